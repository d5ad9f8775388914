package reference

import "github.com/ninchat-community/ninchat/spec"

// param says what a parameter is in each place where it occurs.
func (p *Page) param(topic *spec.Topic) {
	if !topic.SameEverywhere() {
		p.Text = []string{"What it means depends on where it is."}
	}
	p.addText("Type", typeText(topic.Param.Type, "", false))
	if isSecret(topic) {
		p.addText("Secret", "It must not be shown or logged.")
	}
	for _, kind := range []struct {
		kind          spec.TopicKind
		title, column string
		envelope      string
	}{
		{spec.TopicAction, "Actions", "Action", "all actions"},
		{spec.TopicEvent, "Events", "Event", "all events"},
		{spec.TopicObject, "Objects", "Object", ""},
		{spec.TopicMessageType, "Types of messages", "Type", ""},
	} {
		var items []Item
		for i := range topic.Occurrences {
			if occurrence := &topic.Occurrences[i]; occurrence.Kind == kind.kind {
				items = append(items, occurrenceItem(occurrence, kind.envelope))
			}
		}
		p.addItems(kind.title, [3]string{kind.column, "Type", "Meaning"}, items)
	}
}

// occurrenceItem describes a parameter in one place. That of an envelope is called
// envelope.
func occurrenceItem(o *spec.Occurrence, envelope string) Item {
	item := paramItems([]spec.Param{*o.Param})[0]
	item.Name = envelope
	if o.Name != "" {
		item.Name = Ref(o.Kind, o.Name)
	}
	return item
}

func isSecret(topic *spec.Topic) bool {
	for i := range topic.Occurrences {
		if topic.Occurrences[i].Param.Secret {
			return true
		}
	}
	return false
}
