package message

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Metadata is data about the conversation: ninchat.com/metadata, see
// https://ninchat.com/docs/api#ninchatcommetadata. In the conversation of an
// audience the server obeys rating by the customer, and tag_ids by the agent.
type Metadata struct {
	// Data is the data.
	Data Object
	// Time is when the data was true, in seconds since 1970, more than 0. If it
	// is nil, it is the time of the message.
	Time *float64
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var metadataForm = form[Metadata]{
	members: []member[Metadata]{
		{name: "data", required: true, at: func(m *Metadata) any { return &m.Data }},
		{name: "time", at: func(m *Metadata) any { return &m.Time }},
	},
	unknown: func(m *Metadata) *jsontext.Value { return &m.Unknown },
	check: func(m *Metadata, _ bool) *Error {
		if m.Time != nil && *m.Time <= 0 {
			return fault(ErrRange, "it isn't more than 0").within("time")
		}
		return nil
	},
}

// Text returns the entries of the data, sorted by name: "rating: 1; note: fine"
// comes out as "note: fine; rating: 1". Values other than strings are in JSON.
func (m *Metadata) Text() string {
	var b strings.Builder
	for i, e := range entries(m.Data) {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(e.name + ": " + e.text())
	}
	return b.String()
}

// Type returns [TypeMetadata].
func (*Metadata) Type() string { return TypeMetadata }

// Validate implements [Content].
func (m *Metadata) Validate() error { return metadataForm.validate(TypeMetadata, m) }

// Property implements [Content].
func (m *Metadata) Property(name string) (value any, ok bool) { return metadataForm.property(m, name) }

// Encode implements [Content].
func (m *Metadata) Encode() (payload [][]byte, err error) {
	return metadataForm.encode(TypeMetadata, m)
}

func (m *Metadata) parse(part []byte, strict bool) *Error { return metadataForm.parse(part, m, strict) }
