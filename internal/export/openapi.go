package export

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/internal/reference"
	"github.com/ninchat-community/ninchat/spec"
)

// OpenAPI returns an OpenAPI 3.1 document about the sessionless API, where one
// address takes all actions, and about service discovery.
func OpenAPI() ([]byte, error) {
	s := schemas{refs: "#/components/schemas/"}
	return encode(object{
		"openapi": "3.1.0",
		"info": info("Ninchat sessionless API", "The caller's credentials are parameters: caller_id and caller_auth, or caller_type, caller_name and caller_auth. "+
			"Errors are events, too."),
		"jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
		"servers":           []object{{"url": "https://api.ninchat.com", "description": "The service."}},
		"paths": object{
			"/v2/call":     object{"get": callByGet(s), "post": callByPost(s)},
			"/v2/endpoint": object{"get": discovery()},
		},
		"components": object{"schemas": s.all()},
	})
}

// anyAction is the schema for the actions that can be called.
func anyAction(s schemas) object {
	var all []object
	mapping := make(object)
	for action := range spec.Actions() {
		if action.Scope == spec.ScopeAny {
			all = append(all, s.actionRef(action))
			mapping[action.Name] = s.refs + actionName(action)
		}
	}
	return object{"oneOf": all, "discriminator": object{"propertyName": "action", "mapping": mapping}}
}

// anyEvent is the schema for the events that answer actions.
func anyEvent(s schemas) object {
	var all []object
	mapping := make(object)
	for event := range spec.Events() {
		if event.Name == "error" || reference.Answered(event.Name) != nil {
			all = append(all, s.eventRef(event))
			mapping[event.Name] = s.refs + eventName(event)
		}
	}
	return object{"oneOf": all, "discriminator": object{"propertyName": "event", "mapping": mapping}}
}

func answer(s schemas) object {
	binary := object{"schema": object{}}
	return object{
		"200": object{
			"description": "The event that answers the action, or an error event. Several events, and those with payload, need one of the binary formats.",
			"content": object{
				"application/json":         object{"schema": anyEvent(s)},
				"application/octet-stream": binary,
				"application/x-protobuf":   binary,
			},
		},
	}
}

func callByPost(s schemas) object {
	examples := make(object)
	for action := range spec.Actions() {
		if action.Scope == spec.ScopeAny {
			examples[action.Name] = object{"summary": action.Doc, "value": exampleOf(action)}
		}
	}
	return object{
		"operationId": "call",
		"summary":     "Does an action without a session.",
		"requestBody": object{
			"required": true,
			"content": object{
				"application/json":         object{"schema": anyAction(s), "examples": examples},
				"application/octet-stream": object{"schema": object{}},
			},
		},
		"responses": answer(s),
	}
}

// exampleOf is the header of an example, with the name of the action in it.
func exampleOf(action *spec.Action) jsontext.Value {
	params := reference.Header(action)[1:]
	separator := ","
	if params == "}" {
		separator = ""
	}
	return jsontext.Value(`{"action":"` + action.Name + `"` + separator + params)
}

func callByGet(s schemas) object {
	return object{
		"operationId": "callByGet",
		"summary":     "Does an action without a session and payload.",
		"parameters": []object{{
			"name":        "data",
			"in":          "query",
			"required":    true,
			"description": "The action.",
			"content":     object{"application/json": object{"schema": anyAction(s)}},
		}},
		"responses": answer(s),
	}
}

func discovery() object {
	hosts := object{"type": "array", "items": object{"type": "string"}, "minItems": 1}
	return object{
		"operationId": "discover",
		"summary":     "Asks for hosts to open sessions at.",
		"responses": object{
			"200": object{
				"description": "Hosts, the best first, each maybe with a port.",
				"content": object{
					"application/json": object{"schema": objectSchema(object{"hosts": hosts}, []string{"hosts"})},
				},
			},
		},
	}
}
