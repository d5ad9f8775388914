package reference

import (
	"strings"

	"github.com/ninchat-community/ninchat/spec"
)

var paramColumns = [3]string{"Parameter", "Type", "Meaning"}

func (p *Page) action(a *spec.Action) {
	p.Text = append(p.Text, paragraphs(status(a.Deprecated, a.Undocumented))...)
	p.addText("Who may", sessionText(a), puppetText(a))
	p.addItems("Parameters", paramColumns, paramItems(a.Params))
	var rules []string
	for i := range a.Choices {
		rules = append(rules, capital(a.Choices[i].String())+".")
	}
	p.addText("Rules", rules...)
	p.addText("Payload", payloadText(a.Payload, a.PayloadDoc))
	p.addText("Replies", replyText(a))
	p.addText("Errors", errorTexts(a)...)
	if line := CommandLine(a); line != "" {
		p.add(Section{Title: "On the command line", Code: line, Language: "sh"})
	}
	p.add(Section{Title: "In Go", Code: GoCode(a), Language: "go"})
	p.addText("See also", upstream(a.Anchor))
}

func sessionText(a *spec.Action) string {
	switch a.Session {
	case spec.SessionNone:
		return "It begins a session. Sessions of this library send it by themselves."
	case spec.SessionOptional:
		return "It works in a session, and without one."
	default:
		if !Callable(a) {
			return "It belongs to the session itself: sessions of this library send it by themselves."
		}
		if a.Scope == spec.ScopeSession {
			return "It needs a session, and can't be called without one."
		}
		if a.Public {
			return "It needs a session, or a caller, who needs no credentials for what everybody may see."
		}
		return "It needs a session, or the credentials of a caller."
	}
}

func puppetText(a *spec.Action) string {
	if !a.Puppet {
		return ""
	}
	return "With puppet_id the master of a puppet does it on behalf of the puppet."
}

func payloadText(payload spec.Payload, doc string) string {
	switch payload {
	case spec.PayloadRequired:
		return sentences(doc, "There is at least one part, which may be empty.")
	case spec.PayloadOptional:
		return sentences(doc, "It may be absent.")
	default:
		return ""
	}
}

func replyText(a *spec.Action) string {
	events := refs(spec.TopicEvent, a.Replies)
	switch a.Rule {
	case spec.RuleNone:
		return "There is none."
	case spec.RuleOneOf:
		return "One of " + events + "."
	case spec.RuleAll:
		first, others := a.Replies[:1], a.Replies[1:]
		return refs(spec.TopicEvent, first) + ", then each of these that applies: " + refs(spec.TopicEvent, others) + "."
	case spec.RuleSequence:
		return refs(spec.TopicEvent, a.Replies[:1]) + ", then any number of " + refs(spec.TopicEvent, a.Replies[1:]) + ", counted down by history_length."
	case spec.RuleRepeated:
		return events + ", at least once. The last one has no results."
	case spec.RuleOneWithActionID:
		return events + ", if the action has an action_id."
	default:
		return events + "."
	}
}

func (p *Page) event(e *spec.Event) {
	p.Text = append(p.Text, paragraphs(status(e.Deprecated, e.Undocumented))...)
	if e.Connection {
		p.Text = append(p.Text, "It may concern the connection instead of the session, and has no event_id then.")
	}
	p.addItems("Parameters", paramColumns, paramItems(e.Params))
	p.addText("Payload", payloadText(e.Payload, e.PayloadDoc))
	p.addText("Answers", refs(spec.TopicAction, Answered(e.Name)))
	p.eventUsage(e.Name)
	p.add(Section{Title: "In Go", Code: goEvent(e), Language: "go"})
	p.addText("See also", upstream(e.Anchor))
}

// paramItems describes parameters.
func paramItems(params []spec.Param) (items []Item) {
	for i := range params {
		param := &params[i]
		properties := typeText(param.Type, param.Structure, param.NonNegative)
		if param.Required {
			properties += ", required"
		}
		if param.Secret {
			properties += ", secret"
		}
		condition := ""
		if param.Condition != "" {
			condition = "Present when " + param.Condition + "."
		}
		items = append(items, Item{
			Name:       param.Name,
			Properties: properties,
			Text:       sentences(param.Doc, param.Note, condition, enumText(param.Enum), status(param.Deprecated, param.Undocumented)),
		})
	}
	return items
}

// typeText describes a type, the structure that a value has, and whether a number
// can be below 0.
func typeText(typ spec.Type, structure string, nonNegative bool) string {
	switch {
	case structure != "":
		return typ.String() + ": " + structureRef(structure)
	case typ == spec.TypeTime:
		return typ.String() + ": seconds since 1970"
	case nonNegative:
		return typ.String() + ", not negative"
	}
	return typ.String()
}

func structureRef(structure string) string {
	if _, ok := spec.LookUpObject(structure); ok {
		return Ref(spec.TopicObject, structure)
	}
	if name, ok := strings.CutSuffix(structure, "_attrs"); ok {
		return "attributes of " + Ref(spec.TopicEntity, name)
	}
	if name, ok := strings.CutSuffix(structure, "_settings"); ok {
		return "settings of " + Ref(spec.TopicEntity, name)
	}
	return structure
}

func enumText(name string) string {
	if name == "" {
		return ""
	}
	return "Known values: " + Ref(spec.TopicEnum, name) + "."
}

// usedBy says where structures occur.
func usedBy(structures ...string) string {
	var users []string
	for topic := range spec.Topics() {
		if params, ok := paramsOf(topic); ok && mentions(params, structures) {
			users = append(users, Ref(topic.Kind, topic.Name))
		}
	}
	return strings.Join(users, ", ")
}

// paramsOf returns what a topic that has parameters is made of.
func paramsOf(topic *spec.Topic) ([]spec.Param, bool) {
	switch topic.Kind {
	case spec.TopicAction:
		return topic.Action.Params, true
	case spec.TopicEvent:
		return topic.Event.Params, true
	case spec.TopicMessageType:
		return topic.MessageType.Params, true
	case spec.TopicAttr, spec.TopicSetting:
		return []spec.Param{{Structure: topic.Attr.Structure}}, true
	case spec.TopicObject:
		params := append([]spec.Param{topic.Object.Item}, topic.Object.Params...)
		for _, part := range topic.Object.Union {
			params = append(params, spec.Param{Structure: part})
		}
		return params, true
	default:
		return nil, false
	}
}

func mentions(params []spec.Param, structures []string) bool {
	for _, param := range params {
		for _, structure := range structures {
			if param.Structure != "" && param.Structure == structure {
				return true
			}
		}
	}
	return false
}

// Answered returns the names of the actions that an event may answer.
func Answered(event string) (actions []string) {
	for action := range spec.Actions() {
		for _, reply := range action.Replies {
			if reply == event {
				actions = append(actions, action.Name)
			}
		}
	}
	return actions
}

// capital makes the first letter a capital one, unless it is that of a name of
// the API.
func capital(text string) string {
	if text == "" || strings.HasPrefix(text, refBegin) {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
