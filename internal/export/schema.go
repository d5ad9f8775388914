package export

import (
	"math"

	"github.com/ninchat-community/ninchat/spec"
)

// schemas makes JSON schemas that refer to each other. They keep to what JSON
// Schema has had since draft 7, so that all formats can use them.
type schemas struct {
	// refs is the place of the named schemas: "#/$defs/".
	refs string
}

const updateSuffix = "_update"

// all returns the named schemas: of actions, events, structures and payloads of
// messages.
func (s schemas) all() object {
	all := make(object)
	for action := range spec.Actions() {
		all[actionName(action)] = s.action(action)
	}
	for event := range spec.Events() {
		all[eventName(event)] = s.event(event)
	}
	for _, sent := range []bool{false, true} {
		for o := range spec.Objects() {
			all[structureName(o.Name, sent)] = s.structure(o, sent)
		}
		for entity := range spec.Entities() {
			all[structureName(entity.AttrsName(), sent)] = s.attrs(entity.Doc, entity.Attrs, sent)
			if entity.HasSettings() {
				all[structureName(entity.SettingsName(), sent)] = s.attrs(entity.Doc, entity.Settings, sent)
			}
		}
	}
	for m := range spec.MessageTypes() {
		for i := range m.Objects {
			all[m.Objects[i].Name] = s.structure(&m.Objects[i], false)
		}
		all[messageName(m)] = s.message(m)
	}
	return all
}

func actionName(action *spec.Action) string       { return "action." + action.Name }
func eventName(event *spec.Event) string          { return "event." + event.Name }
func messageName(m *spec.MessageType) string      { return "message." + dotted(m.Name) }
func (s schemas) ref(name string) object          { return object{"$ref": s.refs + name} }
func (s schemas) actionRef(a *spec.Action) object { return s.ref(actionName(a)) }
func (s schemas) eventRef(e *spec.Event) object   { return s.ref(eventName(e)) }

// dotted is a name without what can't be in the names of schemas.
func dotted(name string) string {
	text := []byte(name)
	for i, c := range text {
		if c == '/' {
			text[i] = '.'
		}
	}
	return string(text)
}

// structureName is the name of the schema for a structure, as it is sent or
// received.
func structureName(structure string, sent bool) string {
	if sent && hasAttrs(structure, make(map[string]bool)) {
		return structure + updateSuffix
	}
	return structure
}

// hasAttrs reports whether there are attributes or settings in a structure, at
// any depth.
func hasAttrs(structure string, seen map[string]bool) bool {
	if _, ok := spec.LookUpAttrs(structure); ok {
		return true
	}
	o, ok := spec.LookUpObject(structure)
	if !ok || seen[structure] {
		return false
	}
	seen[structure] = true
	if o.Kind == spec.KindUnion || hasAttrs(o.Item.Structure, seen) {
		return true
	}
	for i := range o.Params {
		if hasAttrs(o.Params[i].Structure, seen) {
			return true
		}
	}
	return false
}

func (s schemas) action(a *spec.Action) object {
	properties, required := s.members(a.Params, true)
	for param := range spec.ActionEnvelope() {
		if param.Name == "puppet_id" && !a.Puppet {
			continue
		}
		if _, ok := properties[param.Name]; !ok {
			properties[param.Name] = described(s.param(param, true), param.Doc)
		}
	}
	properties["action"] = object{"const": a.Name}
	schema := objectSchema(properties, append([]string{"action"}, required...))
	describe(schema, a.Name, a.Doc, a.Note)
	var rules []object
	for i := range a.Choices {
		rules = append(rules, choice(&a.Choices[i]))
	}
	if rules != nil {
		schema["allOf"] = rules
	}
	if a.Deprecated {
		schema["deprecated"] = true
	}
	return schema
}

func (s schemas) event(e *spec.Event) object {
	properties, required := s.members(e.Params, false)
	for param := range spec.EventEnvelope() {
		if _, ok := properties[param.Name]; !ok {
			properties[param.Name] = described(s.param(param, false), param.Doc)
		}
	}
	properties["event"] = object{"const": e.Name}
	schema := objectSchema(properties, append([]string{"event"}, required...))
	describe(schema, e.Name, e.Doc, e.Note)
	if e.Deprecated {
		schema["deprecated"] = true
	}
	return schema
}

func objectSchema(properties object, required []string) object {
	schema := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

func describe(schema object, title, doc, note string) {
	schema["title"] = title
	schema["description"] = joined(doc, note)
}

func joined(doc, note string) string {
	if note == "" {
		return doc
	}
	return doc + " " + note
}

// described adds a description to a schema. Beside a reference it wouldn't count
// everywhere.
func described(schema object, doc string) object {
	if _, isRef := schema["$ref"]; isRef {
		schema = object{"allOf": []object{schema}}
	}
	schema["description"] = doc
	return schema
}

// members returns the schemas of parameters, and the names of the required ones.
func (s schemas) members(params []spec.Param, sent bool) (properties object, required []string) {
	properties = make(object)
	for i := range params {
		param := &params[i]
		schema := described(s.param(param, sent), joined(param.Doc, param.Note))
		if param.Deprecated {
			schema["deprecated"] = true
		}
		if param.Required {
			required = append(required, param.Name)
		}
		properties[param.Name] = schema
	}
	return properties, required
}

func (s schemas) param(p *spec.Param, sent bool) object {
	return s.value(p.Type, p.Structure, p.NonNegative, sent)
}

// value is the schema for a type and structure.
func (s schemas) value(typ spec.Type, structure string, nonNegative, sent bool) object {
	if structure != "" {
		return s.ref(structureName(structure, sent))
	}
	anyString := object{"type": "string"}
	switch typ {
	case spec.TypeBool:
		return object{"type": "boolean"}
	case spec.TypeInt, spec.TypeTime:
		least := int64(math.MinInt64)
		if nonNegative || typ == spec.TypeTime {
			least = 0
		}
		return object{"type": "integer", "format": "int64", "minimum": least, "maximum": int64(math.MaxInt64)}
	case spec.TypeFloat:
		schema := object{"type": "number", "format": "double"}
		if nonNegative {
			schema["minimum"] = 0
		}
		return schema
	case spec.TypeString:
		return anyString
	case spec.TypeObject:
		return object{"type": "object"}
	case spec.TypeStringArray:
		return object{"type": "array", "items": anyString}
	case spec.TypeNullableStringArray:
		return object{"type": "array", "items": nullable(anyString)}
	case spec.TypeObjectArray:
		return object{"type": "array", "items": object{"type": "object"}}
	case spec.TypeArray:
		return object{"type": "array"}
	case spec.TypeStringOrObject:
		return object{"type": []string{"string", "object"}}
	default:
		return object{}
	}
}

func nullable(schema object) object {
	return object{"anyOf": []object{schema, {"type": "null"}}}
}

// structure is the schema for an object.
func (s schemas) structure(o *spec.Object, sent bool) object {
	var schema object
	switch o.Kind {
	case spec.KindMap:
		schema = object{"type": "object", "additionalProperties": s.item(o, sent)}
	case spec.KindList:
		schema = object{"type": "array", "items": s.item(o, sent)}
	case spec.KindUnion:
		properties := make(object)
		for _, part := range o.Union {
			attrs, _ := spec.LookUpAttrs(part)
			s.addAttrs(properties, attrs, sent)
		}
		schema = objectSchema(properties, nil)
	default:
		schema = objectSchema(s.members(o.Params, sent))
	}
	describe(schema, o.Name, o.Doc, o.Note)
	return schema
}

func (s schemas) item(o *spec.Object, sent bool) object {
	schema := s.param(&o.Item, sent)
	if o.Nullable {
		return nullable(schema)
	}
	return schema
}

func (s schemas) attrs(doc string, attrs []spec.Attr, sent bool) object {
	properties := make(object)
	s.addAttrs(properties, attrs, sent)
	schema := objectSchema(properties, nil)
	schema["description"] = doc
	return schema
}

func (s schemas) addAttrs(properties object, attrs []spec.Attr, sent bool) {
	for i := range attrs {
		attr := &attrs[i]
		schema := s.value(attr.Type, attr.Structure, attr.NonNegative, sent)
		if sent && attr.Unsettable {
			schema = nullable(schema)
		}
		schema = described(schema, joined(attr.Doc, attr.Note))
		if !attr.Initable && !attr.Settable && !attr.Unsettable {
			schema["readOnly"] = true
		}
		properties[attr.Name] = schema
	}
}

// message is the schema for the payload of a type of message.
func (s schemas) message(m *spec.MessageType) object {
	schema := objectSchema(s.members(m.Params, false))
	if m.Array {
		schema = object{"type": "array", "items": schema, "minItems": 1}
	}
	describe(schema, m.Name, m.Doc, m.Note)
	if m.Deprecated {
		schema["deprecated"] = true
	}
	return schema
}

// choice is the schema for a rule about parameters.
func choice(c *spec.Choice) object {
	var each, pairs []object
	for i, name := range c.Names {
		each = append(each, object{"required": []string{name}})
		for _, other := range c.Names[:i] {
			pairs = append(pairs, object{"required": []string{other, name}})
		}
	}
	switch c.Rule {
	case spec.ExactlyOne:
		return object{"oneOf": each}
	case spec.AtMostOne:
		return object{"not": object{"anyOf": pairs}}
	case spec.AtLeastOne:
		return object{"anyOf": each}
	default:
		return object{"anyOf": []object{{"required": c.Names}, {"not": object{"anyOf": each}}}}
	}
}
