package export

import (
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/spec"
)

// Table returns everything as one JSON object on one line: actions, events,
// paramtypes, objects, attributes, settings, messages, errors and causes. The
// names are those of the API reference; it writes those of entities without
// underscores.
func Table() ([]byte, error) {
	return json.Marshal(object{
		"actions":    tableActions(),
		"events":     tableEvents(),
		"paramtypes": tableParamTypes(),
		"objects":    tableObjects(),
		"attributes": tableAttributes(),
		"settings":   tableSettings(),
		"messages":   tableMessages(),
		"errors":     tableErrors(),
		"causes":     tableCauses(),
	}, json.Deterministic(true))
}

func tableActions() object {
	actions := make(object)
	for action := range spec.Actions() {
		replies := action.Replies
		if replies == nil {
			replies = []string{}
		}
		actions[action.Name] = object{
			"params":       tableParams(action.Params),
			"replies":      replies,
			"session":      action.Session.String(),
			"puppet":       action.Puppet,
			"payload":      action.Payload != spec.PayloadNone,
			"deprecated":   action.Deprecated,
			"undocumented": action.Undocumented,
		}
	}
	return actions
}

func tableEvents() object {
	events := make(object)
	for event := range spec.Events() {
		events[event.Name] = object{
			"params":       tableParams(event.Params),
			"payload":      event.Payload != spec.PayloadNone,
			"deprecated":   event.Deprecated,
			"undocumented": event.Undocumented,
		}
	}
	return events
}

// tableParams has the parameters of an action or event.
func tableParams(params []spec.Param) object {
	table := make(object)
	for _, param := range params {
		table[param.Name] = object{"type": param.Type.String(), "required": param.Required}
	}
	return table
}

func tableParamTypes() object {
	types := make(object)
	for name, typ := range spec.ParamTypes() {
		types[name] = typ.String()
	}
	return types
}

// tableObjects has the objects. Their members refer to each other by name.
func tableObjects() object {
	objects := make(object)
	for o := range spec.Objects() {
		objects[referenceName(o.Name)] = tableObject(o)
	}
	return objects
}

func tableObject(o *spec.Object) object {
	switch o.Kind {
	case spec.KindMap:
		return object{"value": tableType(&o.Item)}
	case spec.KindList:
		return object{"item": tableType(&o.Item)}
	case spec.KindUnion:
		params := make(object)
		for _, part := range o.Union {
			attrs, _ := spec.LookUpAttrs(part)
			for _, attr := range attrs {
				params[attr.Name] = object{"type": tableType(&spec.Param{Type: attr.Type, Structure: attr.Structure}), "required": false}
			}
		}
		return object{"params": params}
	default:
		params := make(object)
		for i := range o.Params {
			param := &o.Params[i]
			params[param.Name] = object{"type": tableType(param), "required": param.Required}
		}
		return object{"params": params}
	}
}

// tableType is the name of a value's structure, or else of its type.
func tableType(param *spec.Param) string {
	if param.Structure != "" {
		return referenceName(param.Structure)
	}
	return param.Type.String()
}

// referenceName is the name of a structure in the API reference.
func referenceName(name string) string {
	if name == "string_map" {
		return "string map"
	}
	return name
}

func tableAttributes() object {
	attributes := make(object)
	for entity := range spec.Entities() {
		table := make(object)
		for _, attr := range entity.Attrs {
			table[attr.Name] = object{
				"type":       attr.Type.String(),
				"initable":   attr.Initable,
				"settable":   attr.Settable,
				"unsettable": attr.Unsettable,
				"writable":   attr.WritableBy != "",
				"privileged": attr.VisibleTo != "",
			}
		}
		attributes[entityName(entity)] = table
	}
	return attributes
}

func tableSettings() object {
	settings := make(object)
	for entity := range spec.Entities() {
		if !entity.HasSettings() {
			continue
		}
		table := make(object)
		for _, setting := range entity.Settings {
			table[setting.Name] = object{"type": setting.Type.String()}
		}
		settings[entityName(entity)] = table
	}
	return settings
}

func entityName(entity *spec.Entity) string { return strings.ReplaceAll(entity.Name, "_", "") }

func tableMessages() object {
	messages := make(object)
	for m := range spec.MessageTypes() {
		payload := "object"
		if m.Array {
			payload = "array"
		}
		messages[m.Name] = object{
			"payload":      payload,
			"params":       tableParams(m.Params),
			"sender":       m.Sender,
			"deprecated":   m.Deprecated,
			"undocumented": m.Undocumented,
		}
	}
	return messages
}

func tableErrors() []string {
	var names []string
	for errorType := range spec.ErrorTypes() {
		names = append(names, errorType.Name)
	}
	return names
}

func tableCauses() []string {
	names := []string{}
	if causes, ok := spec.LookUpEnum("event_cause"); ok {
		for _, value := range causes.Values {
			names = append(names, value.Value)
		}
	}
	return names
}

// Entry returns what [Table] has about a topic, nil if it has nothing.
func Entry(topic *spec.Topic) any {
	switch topic.Kind {
	case spec.TopicAction:
		return tableActions()[topic.Name]
	case spec.TopicEvent:
		return tableEvents()[topic.Name]
	case spec.TopicObject:
		return tableObject(topic.Object)
	case spec.TopicEntity:
		return tableAttributes()[entityName(topic.Entity)]
	case spec.TopicAttr:
		return tableAttributes()[entityName(topic.Entity)].(object)[topic.Attr.Name]
	case spec.TopicSetting:
		return tableSettings()[entityName(topic.Entity)].(object)[topic.Attr.Name]
	case spec.TopicMessageType:
		return tableMessages()[topic.Name]
	case spec.TopicParam:
		return tableParamTypes()[topic.Name]
	default:
		return nil
	}
}
