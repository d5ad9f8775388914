package api

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Object is a JSON object of which the API doesn't say what is in it, such as
// metadata. It holds the text of the object; nil means that there is none.
type Object jsontext.Value

// NewObject encodes v, which must become a JSON object: a struct or a map.
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

// MarshalJSONTo writes the object; nil is written as an empty one. Anything
// that isn't an object is an error.
func (o Object) MarshalJSONTo(enc *jsontext.Encoder) error {
	if o == nil {
		return enc.WriteValue(jsontext.Value("{}"))
	}
	if jsontext.Value(o).Kind() != '{' {
		return errNotObject
	}
	return enc.WriteValue(jsontext.Value(o))
}

// UnmarshalJSONFrom reads an object, or null for nil. Anything else is an
// error.
func (o *Object) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case 'n':
		*o = nil
		return dec.SkipValue()
	case '{':
		value, err := dec.ReadValue()
		*o = append((*o)[:0:0], value...)
		return err
	default:
		return errNotObject
	}
}

var errNotObject = fmt.Errorf("not a JSON object")

// DayHours has the opening hours of a day: opening and closing times alternate,
// as H:MM or HH:MM. A nil time at the beginning means that it has been open
// since the day before, and one at the end that it stays open. Nil DayHours,
// null in JSON, stand for a day without hours.
type DayHours []*string

// MarshalJSONTo writes an array, or null for nil.
func (h DayHours) MarshalJSONTo(enc *jsontext.Encoder) error {
	if h == nil {
		return enc.WriteToken(jsontext.Null)
	}
	return json.MarshalEncode(enc, []*string(h))
}
