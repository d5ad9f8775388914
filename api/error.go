package api

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/internal/visible"
)

// ErrorType is the type of an [Error]: one of the Err constants, or one that
// this package doesn't know. It is an error, to be matched with errors.Is:
//
//	if errors.Is(err, api.ErrChannelNotFound) { ... }
type ErrorType string

// Error names the type.
func (t ErrorType) Error() string { return "ninchat: " + visible.Text(string(t)) }

// Error is an error event: what the server answered instead of a reply, or said
// about the session.
type Error struct {
	// Type is the kind of error.
	Type ErrorType
	// Reason is a text for people, "" if the server gave none. Secrets that a session
	// or caller knows are hidden in it.
	Reason string
	// Action is the name of the action that failed, "" if the error doesn't
	// answer one.
	Action string
	// Event is the complete event, as it was received: the user, channel, queue and
	// so on that are concerned are in its header.
	Event *Event
}

// Error says what failed, how, and why. Control characters and the like are made
// visible.
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString("ninchat: ")
	if e.Action != "" {
		text.WriteString(e.Action + ": ")
	}
	text.WriteString(visible.Text(string(e.Type)))
	if e.Reason != "" {
		text.WriteString(" (" + visible.Text(e.Reason) + ")")
	}
	return text.String()
}

// Is reports whether target is the error's type.
func (e *Error) Is(target error) bool {
	t, ok := target.(ErrorType)
	return ok && t == e.Type
}

// NewError makes an [Error] of an error event. It never fails: an event without
// a usable type has the type "", and parameters with wrong types are ignored.
func NewError(action string, event *Event) *Error {
	e := &Error{Action: action, Event: event}
	var members map[string]jsontext.Value
	if event.Decode(&members) != nil {
		return e
	}
	e.Type = ErrorType(stringMember(members, "error_type"))
	e.Reason = stringMember(members, "error_reason")
	return e
}

func stringMember(members map[string]jsontext.Value, name string) string {
	value := members[name]
	if value.Kind() != '"' {
		return ""
	}
	text, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		return ""
	}
	return string(text)
}
