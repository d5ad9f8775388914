package spec

import (
	"math/bits"
	"strings"
)

// MaxDepth is how deep objects and arrays may be nested in what is checked.
const MaxDepth = 100

// Mode says how strict a check is.
type Mode uint8

const (
	// Tolerant checks accept parameters, attributes and members of objects that
	// aren't in the tables, whatever their values are: client software sends
	// such, and the API grows.
	Tolerant Mode = iota
	// Strict checks accept only what is in the tables. What may have any
	// members, such as metadata and settings, still does.
	Strict
)

// CheckAction checks the header of an action: a JSON object with the envelope
// and the parameters. The name of the action may be left out of the header. It
// returns nil, or an *[Error] for the first mistake found.
//
// It checks the types of all values, whatever depth they are at, that required
// parameters are there, that names are unique, that times, counts and the like
// aren't negative, and the rules of [Choice]. What it doesn't check are limits, values
// of enumerations, payload, whether an attribute may be given, and the privileges of
// the caller.
//
// Null is accepted for attributes and settings that can be unset, within values
// that can be anything, and nowhere else.
func CheckAction(name string, header []byte, mode Mode) error {
	form, ok := actionShapes()[name]
	if !ok {
		return &Error{Path: "action", Reason: ReasonUnknown, Detail: "there is no action " + pathName(name)}
	}
	return check(header, form, checker{strict: mode == Strict})
}

// CheckEvent checks the header of an event, like [CheckAction] does for
// actions. Null isn't accepted for attributes and settings either: client
// software fails on it.
func CheckEvent(name string, header []byte, mode Mode) error {
	form, ok := eventShapes()[name]
	if !ok {
		return &Error{Path: "event", Reason: ReasonUnknown, Detail: "there is no event " + pathName(name)}
	}
	return check(header, form, checker{strict: mode == Strict, event: true})
}

// CheckValue checks a single JSON value against a type and, unless it is empty,
// a structure: the name of an object, or of attributes or settings. Null is
// treated as by [CheckAction].
func CheckValue(value []byte, typ Type, structure string, mode Mode) error {
	return checkValue(value, structureShapes().of(typ, structure, false), structure, mode)
}

// checkValue checks a value against the shape of a structure, which is nil if
// there is none of the name.
func checkValue(value []byte, form *shape, structure string, mode Mode) error {
	if form == nil {
		return &Error{Reason: ReasonUnknown, Detail: "there is no structure " + pathName(structure)}
	}
	return check(value, form, checker{strict: mode == Strict})
}

func check(data []byte, form *shape, c checker) error {
	c.data = data
	if err := c.value(form); err != nil {
		return err
	}
	if c.next(); c.pos < len(c.data) {
		return c.syntaxError("nothing after the value")
	}
	return nil
}

// checker compares a JSON text with a shape, in one pass.
type checker struct {
	scanner
	depth  int
	strict bool
	event  bool
}

// value checks the next value.
func (c *checker) value(form *shape) *Error {
	first := c.next()
	switch form.typ {
	case TypeString:
		if first == '"' {
			_, _, err := c.str()
			return err
		}
	case TypeInt, TypeTime:
		if isNumber(first) {
			return c.integer(form)
		}
	case TypeFloat:
		if isNumber(first) {
			return c.float(form)
		}
	case TypeBool:
		if first == 't' || first == 'f' {
			return c.anything()
		}
	case TypeObject:
		if first == '{' {
			return c.object(form)
		}
	case TypeStringOrObject:
		if first == '"' || first == '{' {
			return c.anything()
		}
	case TypeAny:
		return c.anything()
	default:
		if first == '[' {
			return c.array(form)
		}
	}
	return c.typeError(form.typ)
}

func isNumber(first byte) bool { return first == '-' || first >= '0' && first <= '9' }

// typeError says that the next value isn't of a type. If it isn't even JSON, it
// says that instead.
func (c *checker) typeError(want Type) *Error {
	got := ""
	switch first := c.next(); {
	case first == '"':
		got = "string"
	case first == '{':
		got = "object"
	case first == '[':
		got = "array"
	case first == 'n':
		got = "null"
	case first == 't' || first == 'f':
		got = "bool"
	case isNumber(first):
		got = "number"
	default:
		return c.syntaxError("a value")
	}
	return &Error{Reason: ReasonType, Detail: "want " + want.String() + ", got " + got}
}

func (c *checker) integer(form *shape) *Error {
	text, integer, err := c.number()
	switch {
	case err != nil:
		return err
	case !integer:
		return &Error{Reason: ReasonType, Detail: "want int, got number with fraction or exponent"}
	case !fitsInt64(text):
		return &Error{Reason: ReasonRange, Detail: "int is out of range"}
	}
	return form.bounds(text)
}

func (c *checker) float(form *shape) *Error {
	text, integer, err := c.number()
	switch {
	case err != nil:
		return err
	case !fitsFloat64(text, integer):
		return &Error{Reason: ReasonRange, Detail: "float is out of range"}
	}
	return form.bounds(text)
}

// bounds checks that a number, as read by number, isn't negative where it must
// not be.
func (s *shape) bounds(text []byte) *Error {
	if s.nonNegative && isNegative(text) {
		return &Error{Reason: ReasonRange, Detail: s.typ.String() + " is negative"}
	}
	return nil
}

// anything checks that the next value is JSON.
func (c *checker) anything() *Error {
	switch first := c.next(); {
	case first == '"':
		_, _, err := c.str()
		return err
	case first == '{':
		return c.object(&anyObject)
	case first == '[':
		return c.array(&anyArray)
	case first == 't':
		return c.literal("true")
	case first == 'f':
		return c.literal("false")
	case first == 'n':
		return c.literal("null")
	case isNumber(first):
		_, _, err := c.number()
		return err
	default:
		return c.syntaxError("a value")
	}
}

// anyObject and anyArray are the shapes of values that may have anything in
// them.
var (
	anyObject = shape{typ: TypeObject}
	anyArray  = shape{typ: TypeAny}
)

// enter begins an object or array.
func (c *checker) enter() *Error {
	if c.depth++; c.depth > MaxDepth {
		return &Error{Reason: ReasonDepth, Detail: "objects and arrays are nested too deep"}
	}
	c.pos++
	return nil
}

// more goes on to the next element of an object or array that ends with end. It
// reports whether there is one.
func (c *checker) more(end byte, isFirst bool) (bool, *Error) {
	switch next := c.next(); {
	case next == end:
		c.pos++
		c.depth--
		return false, nil
	case isFirst:
		return true, nil
	case next == ',':
		c.pos++
		return true, nil
	default:
		return false, c.syntaxError("a comma or the end of the " + containerNoun(end))
	}
}

func containerNoun(end byte) string {
	if end == '}' {
		return "object"
	}
	return "array"
}

func (c *checker) array(form *shape) *Error {
	if err := c.enter(); err != nil {
		return err
	}
	for i := 0; ; i++ {
		more, err := c.more(']', i == 0)
		if err != nil || !more {
			return err
		}
		if err := c.item(form); err != nil {
			return err.withinItem(i)
		}
	}
}

// item checks an element of an array.
func (c *checker) item(form *shape) *Error {
	switch {
	case form.item != nil:
		return c.nullable(form.item, form.nullable)
	case form.typ == TypeStringArray:
		return c.value(&anyString)
	case form.typ == TypeNullableStringArray:
		return c.nullable(&anyString, true)
	case form.typ == TypeObjectArray:
		return c.value(&anyObject)
	default:
		return c.anything()
	}
}

var anyString = shape{typ: TypeString}

// nullable checks a value that may be null as well, if ok says so.
func (c *checker) nullable(form *shape, ok bool) *Error {
	if ok && c.next() == 'n' {
		return c.literal("null")
	}
	return c.value(form)
}

func (c *checker) object(form *shape) *Error {
	if err := c.enter(); err != nil {
		return err
	}
	var seen uint64 // those of form.members
	var names nameSet
	for isFirst := true; ; isFirst = false {
		more, err := c.more('}', isFirst)
		if err != nil {
			return err
		}
		if !more {
			return form.members.complete(seen)
		}
		if err := c.member(form, &seen, &names); err != nil {
			return err
		}
	}
}

// member checks a member of an object: its name and value.
func (c *checker) member(form *shape, seen *uint64, names *nameSet) *Error {
	if c.next() != '"' {
		return c.syntaxError("the name of a member")
	}
	quoted, escaped, err := c.str()
	if err != nil {
		return err
	}
	if c.next() != ':' {
		return c.syntaxError("a colon")
	}
	c.pos++
	known, isKnown := form.members.find(quoted, escaped)
	if isKnown {
		bit := uint64(1) << known
		if *seen&bit != 0 {
			return duplicate(quoted, escaped)
		}
		*seen |= bit
		member := &form.members.members[known]
		if err := c.memberValue(member); err != nil {
			return err.within(member.name)
		}
		return nil
	}
	if !names.add(quoted, escaped) {
		return duplicate(quoted, escaped)
	}
	if err := c.otherValue(form); err != nil {
		return err.within(unquote(quoted, escaped))
	}
	return nil
}

func duplicate(quoted []byte, escaped bool) *Error {
	err := &Error{Reason: ReasonDuplicate, Detail: "the name occurs twice"}
	return err.within(unquote(quoted, escaped))
}

// memberValue checks the value of a known member.
func (c *checker) memberValue(m *member) *Error {
	if m.text != "" {
		return c.text(m.text)
	}
	if !m.attr || c.event || c.next() != 'n' {
		return c.value(m.shape)
	}
	if !m.unsettable {
		return &Error{Reason: ReasonUnset, Detail: "it can't be unset"}
	}
	return c.literal("null")
}

// text checks for a certain string.
func (c *checker) text(want string) *Error {
	if c.next() != '"' {
		return c.typeError(TypeString)
	}
	quoted, escaped, err := c.str()
	if err != nil {
		return err
	}
	if !escaped && string(quoted[1:len(quoted)-1]) == want || escaped && unquote(quoted, true) == want {
		return nil
	}
	return &Error{Reason: ReasonName, Detail: "want " + want}
}

// otherValue checks the value of a member that isn't known.
func (c *checker) otherValue(form *shape) *Error {
	switch set := form.members; {
	case form.item != nil:
		return c.nullable(form.item, form.nullable)
	case set != nil && c.strict && !set.open:
		return &Error{Reason: ReasonUnknown, Detail: "unknown " + set.noun}
	default:
		return c.anything()
	}
}

// find returns the position of a member.
func (s *memberSet) find(quoted []byte, escaped bool) (position uint8, ok bool) {
	if s == nil {
		return 0, false
	}
	if escaped {
		position, ok = s.index[unquote(quoted, true)]
		return position, ok
	}
	position, ok = s.index[string(quoted[1:len(quoted)-1])]
	return position, ok
}

// complete checks which members were there.
func (s *memberSet) complete(seen uint64) *Error {
	if s == nil {
		return nil
	}
	if missing := s.required &^ seen; missing != 0 {
		first := &s.members[bits.TrailingZeros64(missing)]
		return &Error{Path: first.name, Reason: ReasonMissing, Detail: "required " + s.noun + " is missing"}
	}
	for i := range s.choices {
		choice := &s.choices[i]
		if !choice.allows(bits.OnesCount64(seen & choice.members)) {
			return &Error{Reason: ReasonChoice, Detail: choice.String()}
		}
	}
	return nil
}

// allows reports whether it is right that count of the parameters are there.
func (c *Choice) allows(count int) bool {
	switch c.Rule {
	case ExactlyOne:
		return count == 1
	case AtMostOne:
		return count <= 1
	case AtLeastOne:
		return count >= 1
	default:
		return count == 0 || count == len(c.Names)
	}
}

// String returns the rule as a sentence: "exactly one of channel_id, user_id is
// needed".
func (c *Choice) String() string {
	names := strings.Join(c.Names, ", ")
	switch c.Rule {
	case AtMostOne:
		return "at most one of " + names + " is allowed"
	case Together:
		return "either all of " + names + " are needed, or none"
	default:
		return c.Rule.String() + " " + names + " is needed"
	}
}
