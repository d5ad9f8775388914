package export

import "github.com/ninchat-community/ninchat/spec"

// apiVersion is the version of the API, which is in its addresses.
const apiVersion = "2"

func info(title, text string) object {
	return object{
		"title":       title,
		"version":     apiVersion,
		"description": description + "\n\n" + text,
	}
}

// AsyncAPI returns an AsyncAPI 3.0 document about the streaming API, as seen by
// the client: it sends actions and receives events.
func AsyncAPI() ([]byte, error) {
	s := schemas{refs: "#/components/schemas/"}
	document := info("Ninchat streaming API", "Each message is a JSON header in a frame of its own; frames says how many frames with payload follow. "+
		"Empty frames keep connections alive. The same actions and events go through long polling at /v2/poll, where the payload is a member of the header.")
	return encode(object{
		"asyncapi":           "3.0.0",
		"info":               document,
		"defaultContentType": "application/json",
		"servers": object{
			"ninchat": object{"host": "api.ninchat.com", "protocol": "wss", "description": "The service. GET https://api.ninchat.com/v2/endpoint names better hosts."},
		},
		"channels":   object{"socket": socketChannel()},
		"operations": operations(),
		"components": object{
			"schemas":  s.all(),
			"messages": messages(s),
			"correlationIds": object{
				"action_id": object{"description": "The action that an event answers.", "location": "$message.payload#/action_id"},
			},
		},
	})
}

func socketChannel() object {
	all := make(object)
	for action := range spec.Actions() {
		all[actionName(action)] = object{"$ref": "#/components/messages/" + actionName(action)}
	}
	for event := range spec.Events() {
		all[eventName(event)] = object{"$ref": "#/components/messages/" + eventName(event)}
	}
	return object{
		"address":     "/v2/socket",
		"description": "A WebSocket connection with the subprotocol ninchat.com.",
		"messages":    all,
		"bindings":    object{"ws": object{"method": "GET", "bindingVersion": "0.1.0"}},
	}
}

func messages(s schemas) object {
	all := make(object)
	for action := range spec.Actions() {
		all[actionName(action)] = message(action.Name, action.Doc, s.actionRef(action))
	}
	for event := range spec.Events() {
		all[eventName(event)] = message(event.Name, event.Doc, s.eventRef(event))
	}
	return all
}

func message(name, doc string, payload object) object {
	return object{
		"name":          name,
		"summary":       doc,
		"payload":       payload,
		"correlationId": object{"$ref": "#/components/correlationIds/action_id"},
	}
}

func socketMessage(name string) object { return object{"$ref": "#/channels/socket/messages/" + name} }

func operations() object {
	channel := object{"$ref": "#/channels/socket"}
	all := make(object)
	for action := range spec.Actions() {
		replies := []object{}
		for _, name := range action.Replies {
			replies = append(replies, socketMessage("event."+name))
		}
		replies = append(replies, socketMessage("event.error"))
		all[action.Name] = object{
			"action":   "send",
			"channel":  channel,
			"summary":  action.Doc,
			"messages": []object{socketMessage(actionName(action))},
			"reply":    object{"channel": channel, "messages": replies},
		}
	}
	var events []object
	for event := range spec.Events() {
		events = append(events, socketMessage(eventName(event)))
	}
	all["events"] = object{"action": "receive", "channel": channel, "summary": "Receives what happens.", "messages": events}
	return all
}
