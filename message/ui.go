package message

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// UICompose brings controls: ninchat.com/ui/compose, see
// https://ninchat.com/docs/api#ninchatcomuicompose. Its payload is an array,
// which is why there are no properties, and none that are unknown.
type UICompose struct {
	// Elements are the controls, at least one.
	Elements []Element
}

// The kinds of controls.
const (
	// ElementLink is a link.
	ElementLink = "a"
	// ElementButton is a button.
	ElementButton = "button"
	// ElementSelect lets one of several options be chosen.
	ElementSelect = "select"
)

const (
	// MaxClasses is how many style classes an [Element] may have.
	MaxClasses = 5
	// MaxOptions is how many options a selection may have.
	MaxOptions = 20
)

// Element is a control.
type Element struct {
	// Class has style classes, up to [MaxClasses], with spaces between them.
	// Official clients put nui-ext- in front of each, and of ID and Name.
	// Optional.
	Class *string
	// Element is the kind: [ElementLink], [ElementButton] or [ElementSelect].
	Element string
	// Href is where a link leads to: an address that [CheckLink] accepts. Only
	// links have it, and they needn't.
	Href *string
	// ID is an identifier. Optional; null in JSON is the same as none.
	ID *string
	// Label is the text on the control. Optional.
	Label *string
	// Name is a name. Optional; null in JSON is the same as none.
	Name *string
	// Options are what can be chosen: 1 to [MaxOptions] if the element is a
	// selection, and none otherwise.
	Options []Option
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

// Option is something that can be chosen.
type Option struct {
	// Label is the text on the option.
	Label string
	// Value is what programs call it.
	Value string
	// Unknown has the other properties as a JSON object, nil if there are none:
	// in the target of [UIAction], selected is true for what was chosen.
	Unknown jsontext.Value
}

var elementForm = form[Element]{
	members: []member[Element]{
		{name: "class", at: func(e *Element) any { return &e.Class }},
		{name: "element", required: true, at: func(e *Element) any { return &e.Element }},
		{name: "href", at: func(e *Element) any { return &e.Href }},
		{name: "id", nullable: true, at: func(e *Element) any { return &e.ID }},
		{name: "label", at: func(e *Element) any { return &e.Label }},
		{name: "name", nullable: true, at: func(e *Element) any { return &e.Name }},
		{name: "options", at: func(e *Element) any { return (*optionList)(&e.Options) }},
	},
	unknown: func(e *Element) *jsontext.Value { return &e.Unknown },
	check:   func(e *Element, _ bool) *Error { return e.check() },
}

var optionForm = form[Option]{
	members: []member[Option]{
		{name: "label", required: true, at: func(o *Option) any { return &o.Label }},
		{name: "value", required: true, at: func(o *Option) any { return &o.Value }},
	},
	unknown: func(o *Option) *jsontext.Value { return &o.Unknown },
}

type optionList []Option

func (l *optionList) parse(array []byte, strict bool) (err *Error) {
	*l, err = parseList(&optionForm, array, strict)
	if n := len(*l); err == nil && (n == 0 || n > MaxOptions) {
		err = fault(ErrCount, "there must be 1 to "+strconv.Itoa(MaxOptions))
	}
	return err
}

func (l *optionList) append(dst []byte) ([]byte, *Error) { return appendList(dst, &optionForm, *l) }
func (l *optionList) length() int                        { return len(*l) }
func (l *optionList) value() any                         { return []Option(*l) }

// check checks what goes together.
func (e *Element) check() *Error {
	if err := checkValue(e.Element, ElementLink, ElementButton, ElementSelect); err != nil {
		return err.within("element")
	}
	switch {
	case e.Class != nil && classes(*e.Class) > MaxClasses:
		return fault(ErrCount, "there are more than "+strconv.Itoa(MaxClasses)+" classes").within("class")
	case e.Href != nil && e.Element != ElementLink:
		return fault(ErrTogether, "only the element a has it").within("href")
	case len(e.Options) > 0 && e.Element != ElementSelect:
		return fault(ErrTogether, "only the element select has it").within("options")
	case len(e.Options) == 0 && e.Element == ElementSelect:
		return fault(ErrRequired, "it is missing; the element select needs it").within("options")
	}
	if e.Href != nil {
		if why := checkLink(*e.Href); why != "" {
			return fault(ErrLink, why).within("href")
		}
	}
	return nil
}

func classes(list string) int {
	return len(strings.FieldsFunc(list, func(r rune) bool { return r == ' ' }))
}

// checkValue checks that a string is among those that are possible.
func checkValue(value string, known ...string) *Error {
	if slices.Contains(known, value) {
		return nil
	}
	return fault(ErrValue, "want "+strings.Join(known, " or "))
}

// text is the control for people.
func (e *Element) text() string {
	label := e.name()
	switch e.Element {
	case ElementLink:
		if e.Href != nil {
			return label + " <" + *e.Href + ">"
		}
		return label
	case ElementSelect:
		labels := make([]string, len(e.Options))
		for i := range e.Options {
			labels[i] = e.Options[i].Label
		}
		return label + ": [" + strings.Join(labels, "] [") + "]"
	}
	return "[" + label + "]"
}

// name is what people call the control.
func (e *Element) name() string {
	for _, name := range []*string{e.Label, e.Name, e.ID} {
		if name != nil && *name != "" {
			return *name
		}
	}
	return e.Element
}

// Type returns [TypeUICompose].
func (*UICompose) Type() string { return TypeUICompose }

// Text returns the labels of the controls and options, and where links lead to:
// "[Yes] [No] Help <https://example.com> Colour: [red] [blue]".
func (c *UICompose) Text() string {
	texts := make([]string, len(c.Elements))
	for i := range c.Elements {
		texts[i] = c.Elements[i].text()
	}
	return strings.Join(texts, " ")
}

// Property returns nothing: the payload is an array.
func (c *UICompose) Property(string) (value any, ok bool) { return nil, false }

// Validate implements [Content].
func (c *UICompose) Validate() error {
	_, err := c.Encode()
	return err
}

// Encode implements [Content].
func (c *UICompose) Encode() (payload [][]byte, err error) {
	part, wrong := appendList(nil, &elementForm, c.Elements)
	if wrong == nil {
		wrong = checkJSON(part)
	}
	if wrong == nil {
		wrong = new(UICompose).parse(part, false)
	}
	if wrong != nil {
		return nil, wrong.of(TypeUICompose)
	}
	return [][]byte{part}, nil
}

// parse reads an array that is valid JSON.
func (c *UICompose) parse(array []byte, strict bool) (err *Error) {
	if jsontext.Value(array).Kind() != '[' {
		return kindFault("an array", array)
	}
	if c.Elements, err = parseList(&elementForm, array, strict); err != nil {
		return err
	}
	if len(c.Elements) == 0 {
		return fault(ErrCount, "there must be at least one element")
	}
	return nil
}

// ActionClick is what can be done to a control.
const ActionClick = "click"

// UIAction says that the author has used a control: ninchat.com/ui/action, see
// https://ninchat.com/docs/api#ninchatcomuiaction.
type UIAction struct {
	// Action is what was done: [ActionClick].
	Action string
	// Target is the control, as it was in the ninchat.com/ui/compose message.
	// Options that were chosen have selected set to true.
	Target Object
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var uiActionForm = form[UIAction]{
	members: []member[UIAction]{
		{name: "action", required: true, at: func(a *UIAction) any { return &a.Action }},
		{name: "target", required: true, at: func(a *UIAction) any { return &a.Target }},
	},
	unknown: func(a *UIAction) *jsontext.Value { return &a.Unknown },
	check:   func(a *UIAction, _ bool) *Error { return checkValue(a.Action, ActionClick).within("action") },
}

// Element returns the target as a control. The error is an *[Error] if it isn't
// one: any object is a valid target.
func (a *UIAction) Element() (*Element, error) {
	if err := checkJSON(a.Target); err != nil {
		return nil, err.within("target").of(TypeUIAction)
	}
	element := new(Element)
	if err := elementForm.parse(a.Target, element, false); err != nil {
		return nil, err.within("target").of(TypeUIAction)
	}
	return element, nil
}

// Text returns a sentence: "Clicked [Yes]." or "Chose [red] in Colour."
func (a *UIAction) Text() string {
	element, err := a.Element()
	if err != nil {
		return "Clicked."
	}
	if element.Element == ElementSelect {
		return "Chose " + element.chosen() + " in " + element.name() + "."
	}
	return "Clicked [" + element.name() + "]."
}

// chosen are the labels of the options that were chosen.
func (e *Element) chosen() string {
	var labels []string
	for i := range e.Options {
		if selected, _ := memberOf(Object(e.Options[i].Unknown), "selected"); string(selected) == "true" {
			labels = append(labels, "["+e.Options[i].Label+"]")
		}
	}
	if labels == nil {
		return "nothing"
	}
	return strings.Join(labels, " ")
}

// Type returns [TypeUIAction].
func (*UIAction) Type() string { return TypeUIAction }

// Validate implements [Content].
func (a *UIAction) Validate() error { return uiActionForm.validate(TypeUIAction, a) }

// Property implements [Content].
func (a *UIAction) Property(name string) (value any, ok bool) { return uiActionForm.property(a, name) }

// Encode implements [Content].
func (a *UIAction) Encode() (payload [][]byte, err error) {
	return uiActionForm.encode(TypeUIAction, a)
}

func (a *UIAction) parse(part []byte, strict bool) *Error { return uiActionForm.parse(part, a, strict) }
