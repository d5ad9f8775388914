package message

import "github.com/go-json-experiment/json/jsontext"

// JSON is any JSON object: ninchat.com/json. It is known from a client library
// only: servers may refuse it.
type JSON struct {
	// JSON is the object.
	JSON Object
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var jsonForm = form[JSON]{
	members: []member[JSON]{
		{name: "json", required: true, at: func(j *JSON) any { return &j.JSON }},
	},
	unknown: func(j *JSON) *jsontext.Value { return &j.Unknown },
}

// Text returns the object on one line, its members sorted.
func (j *JSON) Text() string { return sortedJSON(jsontext.Value(j.JSON)) }

// Type returns [TypeJSON].
func (*JSON) Type() string { return TypeJSON }

// Validate implements [Content].
func (j *JSON) Validate() error { return jsonForm.validate(TypeJSON, j) }

// Property implements [Content].
func (j *JSON) Property(name string) (value any, ok bool) { return jsonForm.property(j, name) }

// Encode implements [Content].
func (j *JSON) Encode() (payload [][]byte, err error) { return jsonForm.encode(TypeJSON, j) }

func (j *JSON) parse(part []byte, strict bool) *Error { return jsonForm.parse(part, j, strict) }
