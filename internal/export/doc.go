// Package export writes what package spec knows about the API in formats for
// other programs: one of our own ([Table]), JSON Schema 2020-12 ([JSONSchema]),
// AsyncAPI 3.0 for the streaming API ([AsyncAPI]), and OpenAPI 3.1 for the
// sessionless one ([OpenAPI]).
//
// The schemas are tolerant: they allow parameters, attributes and members that
// aren't known, as the API grows. In what is sent, attributes that can be unset
// may be null; the structures that this makes a difference for have a second
// schema, whose name ends in _update.
package export

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// object is a JSON object.
type object = map[string]any

// encode writes a document, with the members of objects in alphabetical order.
func encode(document object) ([]byte, error) {
	return json.Marshal(document, json.Deterministic(true), jsontext.WithIndent("  "))
}
