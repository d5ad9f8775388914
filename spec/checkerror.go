package spec

import (
	"strconv"
	"strings"
)

// Error says what is wrong with a header or value that was checked, and where.
// Its text has no values in it, but may have names of members.
//
// It is got from an error by errors.AsType[*spec.Error].
type Error struct {
	// Path is the place: "user_attrs.info.url", "stun_servers[0].urls". It is
	// empty if the header or value as a whole is wrong.
	Path string
	// Reason is the kind of mistake.
	Reason Reason
	// Detail describes the mistake: "want string, got number".
	Detail string
}

// Error returns the path and the detail.
func (e *Error) Error() string {
	if e.Path == "" {
		return e.Detail
	}
	return e.Path + ": " + e.Detail
}

// Reason is a kind of mistake.
type Reason uint8

// The kinds of mistakes.
const (
	// ReasonSyntax means that it isn't JSON, as far as it has been read. A
	// string that isn't UTF-8 is also reported like this.
	ReasonSyntax Reason = iota
	// ReasonType means that a value is of another type than it should be.
	ReasonType
	// ReasonRange means that a number is too large or too small for its type, or
	// negative where it can't be.
	ReasonRange
	// ReasonMissing means that something required is missing.
	ReasonMissing
	// ReasonUnknown means that there is no action, event, structure, parameter
	// or attribute of the name.
	ReasonUnknown
	// ReasonDuplicate means that a name occurs twice in an object.
	ReasonDuplicate
	// ReasonChoice means that parameters don't go together: see [Choice].
	ReasonChoice
	// ReasonUnset means that a value is null where that isn't possible.
	ReasonUnset
	// ReasonName means that the header is of another action or event.
	ReasonName
	// ReasonDepth means that objects and arrays are nested more than [MaxDepth]
	// times.
	ReasonDepth
)

var reasonNames = [...]string{
	ReasonSyntax:    "syntax",
	ReasonType:      "type",
	ReasonRange:     "range",
	ReasonMissing:   "missing",
	ReasonUnknown:   "unknown",
	ReasonDuplicate: "duplicate",
	ReasonChoice:    "choice",
	ReasonUnset:     "unset",
	ReasonName:      "name",
	ReasonDepth:     "depth",
}

// String returns a word for the reason: "missing".
func (r Reason) String() string { return nameOf(reasonNames[:], r) }

// within puts the name of the surrounding object's member in front of the path.
func (e *Error) within(name string) *Error {
	switch {
	case e.Path == "" || e.Path[0] == '[':
		e.Path = pathName(name) + e.Path
	default:
		e.Path = pathName(name) + "." + e.Path
	}
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

// pathName is a name in a form which is short and can be printed.
func pathName(name string) string {
	const most = 64
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	if name == "" || strings.ContainsFunc(name, isSpecial) {
		return strconv.Quote(name)
	}
	return name
}

func isSpecial(r rune) bool {
	return r == '.' || r == '[' || r == ']' || r == '"' || r == ' ' || !strconv.IsPrint(r)
}
