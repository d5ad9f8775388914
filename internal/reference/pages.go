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
	p.addText("Errors", errorText(a))
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

func errorText(a *spec.Action) string {
	return "The API reference doesn't say which errors an action has. By their names these fit: " +
		refs(spec.TopicErrorType, ErrorsOf(a)) + "."
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
		properties := typeText(param.Type, param.Structure)
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

// typeText describes a type, and the structure that a value has.
func typeText(typ spec.Type, structure string) string {
	if structure == "" {
		return typ.String()
	}
	return typ.String() + ": " + structureRef(structure)
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

func (p *Page) entity(e *spec.Entity) {
	columns := [3]string{"Attribute", "Type", "Meaning"}
	p.addItems("Attributes", columns, attrItems(e.Attrs))
	if len(e.Attrs) == 0 {
		p.addText("Attributes", "There are none.")
	}
	if e.HasSettings() {
		columns[0] = "Setting"
		p.addText("Settings", capital(e.SettingsWritableBy)+" may change them. There may be others, of any type.")
		p.addItems("Known settings", columns, attrItems(e.Settings))
	}
	p.addText("Used by", usedBy(e.AttrsName(), e.SettingsName()))
	p.entityUsage(e)
	p.addText("See also", upstream(e.Anchor))
}

func attrItems(attrs []spec.Attr) (items []Item) {
	for i := range attrs {
		attr := &attrs[i]
		items = append(items, Item{
			Name:       attr.Name,
			Properties: typeText(attr.Type, attr.Structure),
			Text:       sentences(attr.Doc, attr.Note, writeText(attr), enumText(attr.Enum), status(false, attr.Undocumented)),
		})
	}
	return items
}

// writeText says who may do what with an attribute.
func writeText(attr *spec.Attr) string {
	if !attr.Initable && !attr.Settable && !attr.Unsettable && attr.WritableBy == "" {
		return sentences("Read-only.", visibleText(attr))
	}
	var can []string
	if attr.Initable {
		can = append(can, "given at creation"+by(attr.InitableBy))
	}
	if attr.Settable {
		can = append(can, "set")
	}
	if attr.Unsettable {
		can = append(can, "unset"+by(attr.UnsettableBy))
	}
	text := ""
	if len(can) > 0 {
		text = "Can be " + strings.Join(can, ", ") + "."
	}
	if attr.WritableBy != "" {
		text = sentences(text, "Writable by "+attr.WritableBy+".")
	}
	return sentences(text, visibleText(attr))
}

func by(who string) string {
	if who == "" {
		return ""
	}
	return " by " + who
}

func visibleText(attr *spec.Attr) string {
	if attr.VisibleTo == "" {
		return ""
	}
	return "Visible to " + attr.VisibleTo + "."
}

func (p *Page) attr(topic *spec.Topic) {
	attr, noun := topic.Attr, "Attribute"
	if topic.Kind == spec.TopicSetting {
		noun = "Setting"
		p.addText("Who may", capital(topic.Entity.SettingsWritableBy)+" may change it.")
	} else {
		p.addText("Who may", writeText(attr))
	}
	p.addText("Type", typeText(attr.Type, attr.Structure))
	p.addText("Values", enumText(attr.Enum))
	p.addText(noun+" of", Ref(spec.TopicEntity, topic.Entity.Name))
	p.usage()
	p.Text = append(p.Text, paragraphs(status(false, attr.Undocumented))...)
	p.addText("See also", upstream(topic.Entity.Anchor))
}

func (p *Page) object(o *spec.Object) {
	switch o.Kind {
	case spec.KindStruct:
		p.addItems("Members", [3]string{"Member", "Type", "Meaning"}, paramItems(o.Params))
		if len(o.Params) == 0 {
			p.addText("Members", "None is known.")
		}
		if o.Open {
			p.addText("Others", "There may be other members.")
		}
	case spec.KindUnion:
		var parts []string
		for _, part := range o.Union {
			parts = append(parts, structureRef(part))
		}
		p.addText("Members", "Those of one of these: "+strings.Join(parts, ", ")+".")
	case spec.KindMap:
		p.addText("Names", capital(o.Key)+".")
		p.addText("Values", itemText(o))
	default:
		p.addText("Elements", itemText(o))
	}
	p.addText("Used by", usedBy(o.Name))
}

func itemText(o *spec.Object) string {
	text := typeText(o.Item.Type, o.Item.Structure)
	if o.Nullable {
		text += ", or null"
	}
	return capital(text) + "."
}

func (p *Page) messageType(m *spec.MessageType) {
	p.Text = append(p.Text, paragraphs(status(m.Deprecated, m.Undocumented))...)
	p.addText("Who may", "Sent by "+m.Sender+".")
	form := "One part with a JSON object."
	if m.Array {
		form = "One part with an array of JSON objects, at least one."
	}
	p.addText("Payload", form)
	p.addItems("Members", [3]string{"Member", "Type", "Meaning"}, paramItems(m.Params))
	for i := range m.Objects {
		if object := &m.Objects[i]; object.Kind == spec.KindStruct {
			p.addItems("Members of "+object.Name, [3]string{"Member", "Type", "Meaning"}, paramItems(object.Params))
		}
	}
	p.add(Section{Title: "Example", Code: MessageExample(m), Language: "json"})
	p.usage()
	p.addText("See also", Ref(spec.TopicAction, "send_message")+", "+Ref(spec.TopicEvent, "message_received"), upstream(m.Anchor))
}

func (p *Page) errorType(e *spec.ErrorType) {
	var actions []string
	for action := range spec.Actions() {
		for _, name := range ErrorsOf(action) {
			if name == e.Name {
				actions = append(actions, action.Name)
			}
		}
	}
	p.addText("Arrives as", "error_type of "+Ref(spec.TopicEvent, "error")+".")
	p.addText("May answer", refs(spec.TopicAction, actions))
	p.add(Section{Title: "In Go", Code: "if errors.Is(err, api.Err" + GoName(e.Name) + ") {\n\t// Handle it.\n}", Language: "go"})
	p.addText("See also", upstream(spec.ErrorTypesAnchor))
}

func (p *Page) param(topic *spec.Topic) {
	param := topic.Param
	p.addText("Type", typeText(param.Type, param.Structure))
	p.addText("Values", enumText(param.Enum))
	if param.Secret {
		p.addText("Secret", "It must not be shown or logged.")
	}
	var actions, events []string
	for action := range spec.Actions() {
		if _, ok := action.Param(topic.Name); ok {
			actions = append(actions, action.Name)
		}
	}
	for event := range spec.Events() {
		if _, ok := event.Param(topic.Name); ok {
			events = append(events, event.Name)
		}
	}
	if len(actions)+len(events) == 0 {
		p.addText("Where", "It is part of the envelope of all actions or events.")
	}
	p.addText("Actions", refs(spec.TopicAction, actions))
	p.addText("Events", refs(spec.TopicEvent, events))
}

func (p *Page) enum(e *spec.Enum) {
	if p.Topic.Kind == spec.TopicValue {
		p.addText("Value of", Ref(spec.TopicEnum, e.Name))
		return
	}
	var items []Item
	for _, value := range e.Values {
		items = append(items, Item{Name: value.Value, Text: sentences(value.Doc, status(value.Deprecated, value.Undocumented))})
	}
	p.addItems("Known values", [3]string{"Value", "", "Meaning"}, items)
	p.Text = append(p.Text, "There may be other values.")
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
