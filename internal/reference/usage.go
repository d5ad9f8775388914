package reference

import (
	"strings"

	"github.com/ninchat-community/ninchat/spec"
)

// Usage is an example of how to use something that isn't an action itself.
type Usage struct {
	// Action is the action that is used.
	Action *spec.Action
	// Params are its parameters, as a JSON object.
	Params string
	// CommandLine and GoCode are the example, like [CommandLine] and [GoCode].
	CommandLine, GoCode string
}

func newUsage(a *spec.Action, params []chosen, payload string) *Usage {
	return &Usage{a, header(params), commandLine(a, params, payload), goCode(a, params, payload)}
}

// UsageOf returns an example for attributes, settings and types of messages that
// a client can write, nil for other topics.
func UsageOf(topic *spec.Topic) *Usage {
	switch topic.Kind {
	case spec.TopicAttr:
		if topic.Attr.Settable {
			return attrUsage("update_", topic.Entity.AttrsName(), topic.Attr)
		}
		if topic.Attr.Initable {
			return attrUsage("", topic.Entity.AttrsName(), topic.Attr)
		}
	case spec.TopicSetting:
		return attrUsage("update_", topic.Entity.SettingsName(), topic.Attr)
	case spec.TopicMessageType:
		return messageUsage(topic.MessageType)
	}
	return nil
}

// attrUsage is an example of an action, with a certain beginning of its name,
// that sets an attribute.
func attrUsage(prefix, structure string, attr *spec.Attr) *Usage {
	for action := range spec.Actions() {
		if !strings.HasPrefix(action.Name, prefix) || !Callable(action) {
			continue
		}
		for i := range action.Params {
			if param := &action.Params[i]; accepts(param, structure) {
				return newUsage(action, withAttr(action, param, attr), samplePayload)
			}
		}
	}
	return nil
}

// accepts reports whether a parameter may have certain attributes.
func accepts(param *spec.Param, structure string) bool {
	if param.Structure == structure {
		return true
	}
	union, ok := spec.LookUpObject(param.Structure)
	if !ok || union.Kind != spec.KindUnion {
		return false
	}
	for _, part := range union.Union {
		if part == structure {
			return true
		}
	}
	return false
}

// withAttr returns the parameters of an example that sets an attribute, and no
// other ones.
func withAttr(action *spec.Action, param *spec.Param, attr *spec.Attr) []chosen {
	value := attrSample(param.Structure, attr)
	if !param.Required {
		value.code = "&" + value.code
	}
	var params []chosen
	for _, other := range exampleParams(action) {
		_, isAttrs := spec.LookUpAttrs(other.Structure)
		if other.Param != param && (other.Required || !isAttrs) {
			params = append(params, other)
		}
	}
	return append(params, chosen{param, value})
}

// messageUsage is an example of sending a message, if members may.
func messageUsage(m *spec.MessageType) *Usage {
	action, ok := spec.LookUpAction("send_message")
	if !ok || strings.HasPrefix(m.Sender, "the server") {
		return nil
	}
	params := exampleParams(action)
	for i := range params {
		if params[i].Name == "message_type" {
			params[i].sample = sample{`"` + m.Name + `"`, "api.MessageType" + GoName(strings.TrimPrefix(m.Name, "ninchat.com/"))}
		}
	}
	return newUsage(action, params, MessageExample(m))
}

// usage adds the example of how to use the topic.
func (p *Page) usage() {
	usage := UsageOf(p.Topic)
	if usage == nil {
		return
	}
	p.add(Section{Title: "On the command line", Code: usage.CommandLine, Language: "sh"})
	p.add(Section{Title: "In Go", Code: usage.GoCode, Language: "go"})
}

// entityUsage adds the example for the first attribute or setting of an entity
// that can be written.
func (p *Page) entityUsage(entity *spec.Entity) {
	for topic := range spec.Topics() {
		isAttr := topic.Kind == spec.TopicAttr || topic.Kind == spec.TopicSetting
		if !isAttr || topic.Entity != entity {
			continue
		}
		if usage := UsageOf(topic); usage != nil {
			p.add(Section{Title: "On the command line", Code: usage.CommandLine, Language: "sh"})
			p.add(Section{Title: "In Go", Code: usage.GoCode, Language: "go"})
			return
		}
	}
}

// eventUsage adds an example of how to get an event as an answer.
func (p *Page) eventUsage(event string) {
	for _, name := range Answered(event) {
		if action, ok := spec.LookUpAction(name); ok && Callable(action) {
			p.add(Section{Title: "On the command line", Code: CommandLine(action), Language: "sh"})
			return
		}
	}
}
