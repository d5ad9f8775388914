package export

import "github.com/ninchat-community/ninchat/spec"

// schemaID identifies the document, not a place where it could be found.
const schemaID = "urn:ninchat-community:ninchat:api"

const description = "An independent description of the Ninchat API. It isn't published by Somia Reality Oy, which runs Ninchat. " +
	"The published reference is at " + spec.Reference + "."

// JSONSchema returns a JSON Schema 2020-12 document with a definition for each
// action ("action.send_message"), event ("event.message_received"), structure
// ("channel_attrs") and payload of messages ("message.ninchat.com.text"). The
// document itself describes the header of any action or event.
func JSONSchema() ([]byte, error) {
	s := schemas{refs: "#/$defs/"}
	var headers []object
	for action := range spec.Actions() {
		headers = append(headers, s.actionRef(action))
	}
	for event := range spec.Events() {
		headers = append(headers, s.eventRef(event))
	}
	return encode(object{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"$id":         schemaID,
		"title":       "Ninchat API",
		"description": description,
		"anyOf":       headers,
		"$defs":       s.all(),
	})
}
