package spec

import (
	"iter"
	"slices"
	"strings"
)

// Occurrence is a place where there is a parameter of a certain name.
type Occurrence struct {
	// Kind and Name are what the parameter belongs to: an action, an event, an
	// object or a type of message. Name is "" for the envelope of all actions or
	// events.
	Kind TopicKind
	Name string
	// Param is the parameter as it is there.
	Param *Param

	domain *Domain
}

// SameEverywhere reports whether the same is said about a TopicParam in all
// actions and events that have it.
func (t *Topic) SameEverywhere() bool {
	return !slices.ContainsFunc(t.Occurrences, func(o Occurrence) bool {
		inHeader := o.Kind == TopicAction || o.Kind == TopicEvent
		return inHeader && (o.Param.Doc != t.Doc || o.Param.Note != t.Note)
	})
}

// paramTopics returns the topics for the parameters of actions and events, by
// name.
func paramTopics() []*Topic {
	byName := make(map[string]*Topic)
	for occurrence := range headerParams() {
		name := occurrence.Param.Name
		if byName[name] == nil {
			byName[name] = &Topic{Kind: TopicParam, Name: name}
		}
		byName[name].Occurrences = append(byName[name].Occurrences, occurrence)
	}
	all := make([]*Topic, 0, len(byName))
	for _, topic := range byName {
		topic.summarize()
		all = append(all, topic)
	}
	for occurrence := range innerParams() {
		if topic := byName[occurrence.Param.Name]; topic != nil {
			topic.Occurrences = append(topic.Occurrences, occurrence)
		}
	}
	slices.SortFunc(all, func(a, b *Topic) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// summarize says of a parameter what most of its occurrences have in common.
func (t *Topic) summarize() {
	t.Domain = t.Occurrences[0].domain
	count, most := make(map[string]int), 0
	for i := range t.Occurrences {
		occurrence := &t.Occurrences[i]
		count[occurrence.Param.Doc]++
		if occurrence.domain != t.Domain {
			t.Domain = nil
		}
	}
	for i := range t.Occurrences {
		if param := t.Occurrences[i].Param; count[param.Doc] > most {
			most = count[param.Doc]
			t.Param, t.Doc, t.Note = param, param.Doc, param.Note
		}
	}
}

// headerParams goes through the parameters of all actions and events, and those
// of their envelopes.
func headerParams() iter.Seq[Occurrence] {
	return func(yield func(Occurrence) bool) {
		for domain := range Domains() {
			for action := range pointers(domain.Actions) {
				if !eachOccurrence(Occurrence{Kind: TopicAction, Name: action.Name, domain: domain}, pointers(action.Params), yield) {
					return
				}
			}
		}
		for domain := range Domains() {
			for event := range pointers(domain.Events) {
				if !eachOccurrence(Occurrence{Kind: TopicEvent, Name: event.Name, domain: domain}, pointers(event.Params), yield) {
					return
				}
			}
		}
		ofActions, ofEvents := Occurrence{Kind: TopicAction}, Occurrence{Kind: TopicEvent}
		_ = eachOccurrence(ofActions, pointers(nameParams[:1]), yield) &&
			eachOccurrence(ofActions, ActionEnvelope(), yield) &&
			eachOccurrence(ofEvents, pointers(nameParams[1:]), yield) &&
			eachOccurrence(ofEvents, EventEnvelope(), yield)
	}
}

// innerParams goes through the members of all objects and of the contents of all
// types of messages.
func innerParams() iter.Seq[Occurrence] {
	return func(yield func(Occurrence) bool) {
		for object := range Objects() {
			if !eachOccurrence(Occurrence{Kind: TopicObject, Name: object.Name}, pointers(object.Params), yield) {
				return
			}
		}
		for messageType := range MessageTypes() {
			if !eachOccurrence(Occurrence{Kind: TopicMessageType, Name: messageType.Name}, pointers(messageType.Params), yield) {
				return
			}
		}
	}
}

// eachOccurrence yields an occurrence for each of the parameters of something.
func eachOccurrence(of Occurrence, params iter.Seq[*Param], yield func(Occurrence) bool) bool {
	for param := range params {
		of.Param = param
		if !yield(of) {
			return false
		}
	}
	return true
}

// nameParams are the members of headers that say what they are: of an action, and
// of an event.
var nameParams = [...]Param{
	{Name: "action", Type: TypeString, Required: true, Doc: "The name of the action."},
	{Name: "event", Type: TypeString, Required: true, Doc: "The name of the event."},
}
