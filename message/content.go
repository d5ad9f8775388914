package message

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Content is what a message says. Those of this package are pointers to structs,
// such as *[Text]; applications may have others, see [Registry].
type Content interface {
	// Type is the message type: "ninchat.com/text".
	Type() string
	// Validate reports whether the content can be sent: nil, or an *[Error] for
	// the first mistake. What [Parse] returns without an error is valid, unless
	// it is [Absent].
	Validate() error
	// Text is what a person should see: the text of a text message, the labels
	// of controls, a sentence about an event. It may have any characters, see
	// [Visible]; it is "" if there is nothing to be shown.
	Text() string
	// Property returns a property of the content by its name in the API. Its
	// type is string, bool, int64, float64, [Secret], [Object], a slice such as
	// []FileRef, or jsontext.Value for one that the content has no field for.
	// It isn't ok if the property is left out.
	Property(name string) (value any, ok bool)
	// Encode returns the payload of the message. The error is that of Validate.
	Encode() (payload [][]byte, err error)
}

// Object is the text of a JSON object of which the message type doesn't say what
// is in it. Nil means that there is none.
type Object jsontext.Value

// NewObject encodes v, which must become a JSON object: a struct or a map. The
// members of maps are sorted.
func NewObject(v any) (Object, error) {
	encoded, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("ninchat: encode object: %w", err)
	}
	if jsontext.Value(encoded).Kind() != '{' {
		return nil, fmt.Errorf("ninchat: encode object: %T isn't an object in JSON", v)
	}
	return encoded, nil
}

// Decode stores the members in the struct or map that v points to.
func (o Object) Decode(v any) error {
	if err := json.Unmarshal(o, v); err != nil {
		return fmt.Errorf("ninchat: decode object: %w", err)
	}
	return nil
}

// String returns the JSON text.
func (o Object) String() string { return string(o) }

// Raw is the content of a message whose type has none of its own: the payload as
// it is. [Parse] also returns it together with an error.
type Raw struct {
	// MessageType is the type of the message.
	MessageType string
	// Payload has the parts of the payload, one or more, which are any bytes.
	Payload [][]byte
}

// Type returns the message type.
func (r *Raw) Type() string { return r.MessageType }

// Validate checks that there is a payload. Nothing more is known about it.
func (r *Raw) Validate() error {
	if len(r.Payload) == 0 {
		return &Error{Type: r.MessageType, Rule: ErrAbsent, Detail: "there is no payload"}
	}
	return nil
}

// Text returns "": what people should see isn't known.
func (r *Raw) Text() string { return "" }

// Property returns a member of the object that the payload consists of, as a
// jsontext.Value. It isn't ok if the payload is anything but one JSON object.
func (r *Raw) Property(name string) (value any, ok bool) {
	if len(r.Payload) != 1 || checkJSON(r.Payload[0]) != nil {
		return nil, false
	}
	return lookUp(r.Payload[0], name)
}

// Encode returns the payload, not a copy of it.
func (r *Raw) Encode() (payload [][]byte, err error) { return r.Payload, r.Validate() }

// Absent stands for the content of a message that came without its payload: the
// server leaves it out if the session doesn't accept the type of the message, as
// its message_types say.
type Absent struct {
	// MessageType is the type of the message.
	MessageType string
}

// Type returns the message type.
func (a *Absent) Type() string { return a.MessageType }

// Validate returns an error that is [ErrAbsent]: it can't be sent.
func (a *Absent) Validate() error {
	return &Error{Type: a.MessageType, Rule: ErrAbsent, Detail: "there is no payload"}
}

// Text returns "".
func (a *Absent) Text() string { return "" }

// Property returns nothing.
func (a *Absent) Property(string) (value any, ok bool) { return nil, false }

// Encode returns the error of Validate.
func (a *Absent) Encode() (payload [][]byte, err error) { return nil, a.Validate() }
