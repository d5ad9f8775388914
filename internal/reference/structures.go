package reference

import (
	"strings"

	"github.com/ninchat-community/ninchat/spec"
)

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
			Properties: typeText(attr.Type, attr.Structure, attr.NonNegative),
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
	p.addText("Type", typeText(attr.Type, attr.Structure, attr.NonNegative))
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
	text := typeText(o.Item.Type, o.Item.Structure, o.Item.NonNegative)
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
