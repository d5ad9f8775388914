package api

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
)

// decodeError says that an event can't be decoded. What the event says isn't in its
// text, nor can it be had by errors.Unwrap: it might be a secret.
type decodeError struct {
	event string
	// into is what the event was to be decoded into.
	into reflect.Type
	err  error
}

func (e *decodeError) Error() string {
	name := "an event"
	if newTypedEvent(e.event) != nil {
		name = e.event
	}
	return "ninchat: decode " + name + ": " + e.reason()
}

// Is reports whether the reason matches target.
func (e *decodeError) Is(target error) bool { return errors.Is(e.err, target) }

// As finds what is in the reason.
func (e *decodeError) As(target any) bool { return errors.As(e.err, target) }

// reason says which parameter has the wrong type.
func (e *decodeError) reason() string {
	wrong, ok := errors.AsType[*json.SemanticError](e.err)
	if !ok {
		return "the header isn't a JSON object that makes sense"
	}
	path := strings.Split(string(wrong.JSONPointer), "/")
	if len(path) < 2 || !hasField(e.into, path[1]) {
		return "a parameter has the wrong type"
	}
	if len(path) > 2 {
		return "something in parameter " + path[1] + " has the wrong type"
	}
	if wrong.JSONKind == 0 || wrong.GoType == nil {
		return "parameter " + path[1] + " has the wrong type"
	}
	return fmt.Sprintf("parameter %s: a JSON %s can't be a %v", path[1], wrong.JSONKind, wrong.GoType)
}

// hasField reports whether a struct, or what a pointer points to, has a field for a
// parameter.
func hasField(into reflect.Type, name string) bool {
	for into != nil && into.Kind() == reflect.Pointer {
		into = into.Elem()
	}
	if into == nil || into.Kind() != reflect.Struct {
		return false
	}
	for _, field := range reflect.VisibleFields(into) {
		if tag, _, _ := strings.Cut(field.Tag.Get("json"), ","); tag == name {
			return true
		}
	}
	return false
}
