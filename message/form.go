package message

import "github.com/go-json-experiment/json/jsontext"

// form is what the JSON object of a content, or an object within one, looks
// like. All else follows from it: parsing, checking, encoding, and finding
// properties.
type form[T any] struct {
	members []member[T]
	// unknown is where members that aren't in the form are kept.
	unknown func(*T) *jsontext.Value
	// check checks what isn't about a single member, nil if there is nothing.
	check func(content *T, strict bool) *Error
}

// member is a member of an object.
type member[T any] struct {
	name string
	// at returns a pointer to the field: of one of the types in field.go.
	at func(*T) any
	// required says that it must be there, and nullable that it may be null,
	// which is an empty field.
	required, nullable bool
}

// parse reads an object that is valid JSON.
func (f *form[T]) parse(object []byte, into *T, strict bool) *Error {
	if jsontext.Value(object).Kind() != '{' {
		return fault(ErrKind, "want an object, got "+kindOf(object))
	}
	var seen uint64
	for c := items(object); c.more(); {
		name, value := c.value(), c.value()
		i := f.find(name)
		if i < 0 {
			if strict {
				return fault(ErrUnknown, "there is no such property").within(unquote(name))
			}
			addMember(f.unknown(into), name, value)
			continue
		}
		seen |= 1 << i
		m := &f.members[i]
		if m.nullable && string(value) == "null" {
			continue
		}
		if err := parseField(value, m.at(into), strict); err != nil {
			return err.within(m.name)
		}
	}
	for i := range f.members {
		if f.members[i].required && seen&(1<<i) == 0 {
			return fault(ErrRequired, "it is missing").within(f.members[i].name)
		}
	}
	if f.check == nil {
		return nil
	}
	return f.check(into, strict)
}

func (f *form[T]) find(quoted []byte) int {
	for i := range f.members {
		if isName(quoted, f.members[i].name) {
			return i
		}
	}
	return -1
}

// addMember adds a member to an object, which is nil if it has none yet.
func addMember(object *jsontext.Value, name, value []byte) {
	if *object == nil {
		*object = append(*object, '{')
	} else {
		(*object)[len(*object)-1] = ','
	}
	*object = append(*object, name...)
	*object = append(*object, ':')
	*object = append(*object, value...)
	*object = append(*object, '}')
}

// append adds the object to dst. It is valid JSON, apart from names that may
// occur twice.
func (f *form[T]) append(dst []byte, from *T) ([]byte, *Error) {
	dst = append(dst, '{')
	begin := len(dst)
	for i := range f.members {
		m := &f.members[i]
		field := m.at(from)
		null := isEmpty(field)
		if null && (!m.required || !m.nullable) {
			continue
		}
		if len(dst) > begin {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, m.name...)
		dst = append(dst, '"', ':')
		if null {
			dst = append(dst, "null"...)
			continue
		}
		var err *Error
		if dst, err = appendField(dst, field); err != nil {
			return nil, err.within(m.name)
		}
	}
	return appendUnknown(dst, *f.unknown(from))
}

// appendUnknown adds members of another object, and the end of the object.
func appendUnknown(dst []byte, object jsontext.Value) ([]byte, *Error) {
	if object == nil {
		return append(dst, '}'), nil
	}
	if object.Kind() != '{' || !object.IsValid() {
		return nil, fault(ErrSyntax, "the unknown properties aren't a JSON object")
	}
	for c := items(object); c.more(); {
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(dst, c.value()...)
		dst = append(dst, ':')
		dst = append(dst, c.value()...)
	}
	return append(dst, '}'), nil
}

// encode makes a payload, and checks it.
func (f *form[T]) encode(messageType string, from *T) (payload [][]byte, err error) {
	part, wrong := f.append(nil, from)
	if wrong == nil {
		wrong = checkJSON(part)
	}
	if wrong == nil {
		wrong = f.parse(part, new(T), false)
	}
	if wrong != nil {
		return nil, wrong.of(messageType)
	}
	return [][]byte{part}, nil
}

// validate checks that the content can be encoded.
func (f *form[T]) validate(messageType string, content *T) error {
	_, err := f.encode(messageType, content)
	return err
}

// property finds a property.
func (f *form[T]) property(content *T, name string) (value any, ok bool) {
	for i := range f.members {
		if f.members[i].name == name {
			return fieldValue(f.members[i].at(content))
		}
	}
	if unknown := *f.unknown(content); unknown.IsValid() {
		return lookUp(unknown, name)
	}
	return nil, false
}
