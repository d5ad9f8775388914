package api

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Event is one event from the server, as received.
//
// An Event must not be changed; it may be read concurrently. Header and Payload
// belong to the event alone and stay valid.
type Event struct {
	// Name is the name of the event: "message_received". It may be one that
	// this package doesn't know.
	Name string
	// ID is the event's position in its session, 0 for events that belong to
	// the connection only.
	ID int64
	// ActionID is the id of the action that the event answers, 0 if none.
	ActionID int64
	// Header is the complete JSON header, envelope included.
	Header jsontext.Value
	// Payload has the payload parts, nil if there are none.
	Payload [][]byte
}

// Decode stores the header's parameters in the struct or map that v points to.
// Members with the wrong type are an error; unknown ones are ignored, unless v
// has a place for them.
func (e *Event) Decode(v any) error {
	if err := json.Unmarshal(e.Header, v); err != nil {
		return fmt.Errorf("ninchat: decode %s: %w", e.Name, err)
	}
	return nil
}

// Typed decodes the event into the struct for its name: a *MessageReceived for
// message_received, and so on. For an event that this package doesn't know it
// returns e itself.
func (e *Event) Typed() (any, error) {
	typed := newTypedEvent(e.Name)
	if typed == nil {
		return e, nil
	}
	if err := decodeEvent(e, typed); err != nil {
		return nil, err
	}
	return typed, nil
}

// As decodes the event into its struct, T being a pointer to the struct for the
// event's name. ok is false, and nothing is decoded, if the event has another
// name:
//
//	if message, ok, err := api.As[*api.MessageReceived](event); ok { ... }
func As[T TypedEvent](e *Event) (typed T, ok bool, err error) {
	if e.Name != typed.EventName() {
		return typed, false, nil
	}
	typed = newTypedEvent(e.Name).(T)
	if err := decodeEvent(e, typed); err != nil {
		return typed, true, err
	}
	return typed, true, nil
}

// TypedEvent is implemented by the struct of each event, as a pointer.
type TypedEvent interface {
	// EventName is the name of the event. It works on nil pointers.
	EventName() string
}

// payloadHolder is implemented by events that carry payload.
type payloadHolder interface {
	setPayload([][]byte)
}

func decodeEvent(e *Event, typed any) error {
	if err := e.Decode(typed); err != nil {
		return err
	}
	if holder, ok := typed.(payloadHolder); ok {
		holder.setPayload(e.Payload)
	}
	return nil
}
