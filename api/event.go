package api

import (
	"fmt"
	"reflect"

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
// Members with the wrong type are an error, null counting as absent; unknown
// ones are ignored, unless v has a place for them. The error names the parameter, and
// doesn't repeat what the event says.
func (e *Event) Decode(v any) error {
	if err := json.Unmarshal(e.Header, v); err != nil {
		return &decodeError{e.Name, reflect.TypeOf(v), err}
	}
	return nil
}

// Typed decodes the event into the struct for its name: a *MessageReceived for
// message_received, and so on. For an event that this package doesn't know it
// returns e itself. Strings in the struct may share memory with each other, so
// that keeping one keeps all.
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

// Envelope has the members that events of any kind have.
type Envelope struct {
	// Event is the name of the event.
	Event string `json:"event,omitzero"`
	// EventID is the event's position in its session, 0 for none.
	EventID int64 `json:"event_id,omitzero"`
	// ActionID is the id of the action that the event answers, 0 for none.
	ActionID int64 `json:"action_id,omitzero"`
	// Frames is the number of payload parts.
	Frames int `json:"frames,omitzero"`
}

func (e *Envelope) envelope() *Envelope { return e }

// enveloped is implemented by all events of this package, through Envelope.
type enveloped interface {
	envelope() *Envelope
}

// payloadHolder is implemented by actions and events that have payload.
type payloadHolder interface {
	payload() *[][]byte
}

// NewEvent encodes an event: the opposite of [Event.Typed]. The event's name is
// added to the header if the envelope doesn't have it.
func NewEvent(typed TypedEvent) (*Event, error) {
	name := typed.EventName()
	header, err := json.Marshal(typed)
	if err != nil {
		return nil, fmt.Errorf("ninchat: encode %s: %w", name, err)
	}
	if header[0] != '{' {
		return nil, fmt.Errorf("ninchat: encode %s: a nil pointer has no parameters", name)
	}
	event := &Event{Name: name, Header: header}
	if holder, ok := typed.(payloadHolder); ok {
		event.Payload = *holder.payload()
	}
	envelope := new(Envelope)
	if holder, ok := typed.(enveloped); ok {
		envelope = holder.envelope()
	}
	event.ID, event.ActionID = envelope.EventID, envelope.ActionID
	if envelope.Event == "" {
		event.Header = withEventName(header, name)
	}
	return event, nil
}

// withEventName adds the event's name to a header that is without it.
func withEventName(header []byte, name string) []byte {
	named := append([]byte(`{"event":"`), name...)
	named = append(named, '"')
	if len(header) > len("{}") {
		named = append(named, ',')
	}
	return append(named, header[1:]...)
}

func decodeEvent(e *Event, typed any) error {
	if flat, ok := typed.(flatEvent); !ok || !decodeFlat(e.Header, flat) {
		if err := e.Decode(typed); err != nil {
			return err
		}
	}
	if holder, ok := typed.(payloadHolder); ok {
		*holder.payload() = e.Payload
	}
	return nil
}
