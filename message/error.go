package message

import (
	"strconv"
	"strings"
)

// Error says what is wrong with the content of a message, and where. Its text
// may have names of properties, and shows what may be seen in [Visible] form,
// but has no values of the message.
//
// It is got from an error by errors.AsType[*message.Error]; errors.Is(err,
// message.ErrRequired) compares its rule.
type Error struct {
	// Type is the message type.
	Type string
	// Path is the place in the payload: "text", "files[0].file_id", or, as a
	// ninchat.com/ui/compose message is an array, "[1].options[0].label". It is
	// empty if the payload as a whole is wrong.
	Path string
	// Rule is the rule that is broken.
	Rule Rule
	// Detail describes the mistake: "want a string, got a number".
	Detail string
}

// Error returns the message type, the path and the detail.
func (e *Error) Error() string {
	text := Visible(shortened(e.Type))
	if e.Path != "" {
		text += ": " + e.Path
	}
	return text + ": " + e.Detail
}

// Is reports whether target is the error's rule.
func (e *Error) Is(target error) bool {
	rule, ok := target.(Rule)
	return ok && rule == e.Rule
}

// Rule is something that the content of a message must comply with. As an error
// it is only good for errors.Is.
type Rule string

// The rules.
const (
	// ErrAbsent means that there is no payload.
	ErrAbsent Rule = "absent"
	// ErrParts means that the payload has several parts where there must be one. Only
	// [ParseStrict] says so.
	ErrParts Rule = "parts"
	// ErrSize means that the payload has more than [MaxSize] bytes.
	ErrSize Rule = "size"
	// ErrDepth means that objects and arrays are nested more than [MaxDepth]
	// times.
	ErrDepth Rule = "depth"
	// ErrSyntax means that it isn't JSON, or that a string isn't UTF-8.
	ErrSyntax Rule = "syntax"
	// ErrDuplicate means that an object has two members of one name.
	ErrDuplicate Rule = "duplicate"
	// ErrKind means that a value is of another kind than it should be.
	ErrKind Rule = "kind"
	// ErrRequired means that a required property is missing.
	ErrRequired Rule = "required"
	// ErrUnknown means that there is no such property. Only [ParseStrict] minds.
	ErrUnknown Rule = "unknown"
	// ErrRange means that a number is out of its range.
	ErrRange Rule = "range"
	// ErrValue means that a string isn't among those that are possible.
	ErrValue Rule = "value"
	// ErrCount means that there are too few or too many of something.
	ErrCount Rule = "count"
	// ErrTogether means that properties don't go together.
	ErrTogether Rule = "together"
	// ErrLink means that an address isn't acceptable: see [CheckLink].
	ErrLink Rule = "link"
)

// Error returns the rule with the prefix "ninchat: message: ".
func (r Rule) Error() string { return "ninchat: message: " + string(r) }

// fault makes an error about the payload as a whole. Those who know where it is
// add the path.
func fault(rule Rule, detail string) *Error { return &Error{Rule: rule, Detail: detail} }

// within puts the name of the surrounding object's member in front of the path.
// It returns nil if e is nil.
func (e *Error) within(name string) *Error {
	if e == nil {
		return nil
	}
	name = pathName(name)
	if e.Path != "" && e.Path[0] != '[' {
		name += "."
	}
	e.Path = name + e.Path
	return e
}

// withinItem puts the position in the surrounding array in front of the path.
func (e *Error) withinItem(i int) *Error {
	item := "[" + strconv.Itoa(i) + "]"
	if e.Path != "" && e.Path[0] != '[' {
		item += "."
	}
	e.Path = item + e.Path
	return e
}

// of completes the error with the message type. It makes an error value that is
// nil if e is.
func (e *Error) of(messageType string) error {
	if e == nil {
		return nil
	}
	e.Type = messageType
	return e
}

// pathName is a name in a form which is short and can be printed.
func pathName(name string) string {
	name = shortened(name)
	if name == "" || strings.ContainsFunc(name, isSpecial) {
		return strconv.Quote(name)
	}
	return name
}

func shortened(name string) string {
	const most = 64
	if len(name) > most {
		return strings.ToValidUTF8(name[:most], "") + "…"
	}
	return name
}

func isSpecial(r rune) bool {
	return r == '.' || r == '[' || r == ']' || r == '"' || r == ' ' || Misleading(r) || !strconv.IsPrint(r)
}
