package spec

import (
	"iter"
	"slices"
	"strings"
	"sync"
)

// TopicKind is the kind of a [Topic].
type TopicKind uint8

// The kinds of topics, in the order in which they are sorted.
const (
	TopicAction TopicKind = iota
	TopicEvent
	TopicEntity
	TopicAttr
	TopicSetting
	TopicObject
	TopicMessageType
	TopicErrorType
	TopicParam
	TopicEnum
	TopicValue
)

var topicNames = [...]string{
	TopicAction:      "action",
	TopicEvent:       "event",
	TopicEntity:      "entity",
	TopicAttr:        "attribute",
	TopicSetting:     "setting",
	TopicObject:      "object",
	TopicMessageType: "message type",
	TopicErrorType:   "error",
	TopicParam:       "parameter",
	TopicEnum:        "enumeration",
	TopicValue:       "value",
}

// String returns a noun: "message type".
func (k TopicKind) String() string { return nameOf(topicNames[:], k) }

// Topic is something that the API has a name for. One of the pointers, or none
// for parameters, says what it is; they belong to the tables and must not be
// changed.
type Topic struct {
	// Kind says what it is.
	Kind TopicKind
	// Name is its name: "channel_id". For attributes, settings and values it is
	// preceded by the name of what they belong to: "channel.topic".
	Name string
	// Doc is the sentence about it, and Note has the details.
	Doc, Note string
	// Domain is the domain that it belongs to. It is nil for errors and for
	// parameters of several domains.
	Domain *Domain

	Action      *Action      // of a TopicAction
	Event       *Event       // of a TopicEvent
	Entity      *Entity      // of a TopicEntity, TopicAttr and TopicSetting
	Attr        *Attr        // of a TopicAttr and TopicSetting
	Object      *Object      // of a TopicObject
	MessageType *MessageType // of a TopicMessageType
	ErrorType   *ErrorType   // of a TopicErrorType
	Param       *Param       // of a TopicParam: that of one of its occurrences
	Enum        *Enum        // of a TopicEnum and TopicValue

	// Occurrences has all places where a TopicParam is found: actions, events,
	// envelopes, objects and types of messages. What it means may depend on
	// that: Doc, Note and Param are those that most actions and events have.
	Occurrences []Occurrence
}

// Topics goes through everything that has a name, each kind in turn.
func Topics() iter.Seq[*Topic] { return slices.Values(topics()) }

// LookUp returns the topics called name. There may be several: dialogue_status
// is a parameter and an enumeration. Attributes, settings and values are found
// by their own names, and with the name of what they belong to in front: "topic"
// and "channel.topic". "channel_attrs" finds the entity channel.
// Capital letters, and spaces or hyphens instead of underscores, don't matter.
// Messages are also found without "ninchat.com/".
func LookUp(name string) []*Topic { return topicsByName()[plainName(name)] }

// ParamTypes goes through the types of all parameters of actions and events, in
// the order of their names. A parameter has the same type everywhere.
func ParamTypes() iter.Seq2[string, Type] {
	return func(yield func(string, Type) bool) {
		for topic := range Topics() {
			if topic.Kind == TopicParam && !yield(topic.Name, topic.Param.Type) {
				return
			}
		}
	}
}

// LookUpParamType returns the type of the parameter called name.
func LookUpParamType(name string) (typ Type, ok bool) {
	for _, topic := range LookUp(name) {
		if topic.Kind == TopicParam && topic.Name == name {
			return topic.Param.Type, true
		}
	}
	return 0, false
}

// plainName is a name in the form in which names are compared.
func plainName(name string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
}

var (
	topics       = sync.OnceValue(makeTopics)
	topicsByName = sync.OnceValue(func() map[string][]*Topic {
		byName := make(map[string][]*Topic)
		for _, topic := range topics() {
			for _, name := range topic.names() {
				byName[name] = append(byName[name], topic)
			}
		}
		return byName
	})
)

// names returns the names by which a topic is found.
func (t *Topic) names() []string {
	names := []string{plainName(t.Name)}
	switch t.Kind {
	case TopicAttr, TopicSetting:
		names = append(names, t.Attr.Name)
	case TopicEntity:
		names = append(names, t.Entity.AttrsName())
		if t.Entity.HasSettings() {
			names = append(names, t.Entity.SettingsName())
		}
		if plain := strings.ReplaceAll(t.Name, "_", ""); plain != t.Name {
			names = append(names, plain)
		}
	case TopicMessageType:
		names = append(names, plainName(strings.TrimPrefix(t.Name, "ninchat.com/")))
	case TopicValue:
		_, value, _ := strings.Cut(t.Name, ".")
		names = append(names, plainName(value))
	}
	return names
}

func makeTopics() []*Topic {
	var all []*Topic
	for domain := range Domains() {
		all = append(all, domain.topics()...)
	}
	for messageType := range MessageTypes() {
		all = append(all, &Topic{Kind: TopicMessageType, Name: messageType.Name, Doc: messageType.Doc, Note: messageType.Note, Domain: &messageDomain, MessageType: messageType})
	}
	for errorType := range ErrorTypes() {
		all = append(all, &Topic{Kind: TopicErrorType, Name: errorType.Name, Doc: errorType.Doc, ErrorType: errorType})
	}
	all = append(all, paramTopics()...)
	slices.SortStableFunc(all, func(a, b *Topic) int { return int(a.Kind) - int(b.Kind) })
	return all
}

// topics returns the topics that belong to a domain, except for parameters.
func (d *Domain) topics() []*Topic {
	var all []*Topic
	for action := range pointers(d.Actions) {
		all = append(all, &Topic{Kind: TopicAction, Name: action.Name, Doc: action.Doc, Note: action.Note, Domain: d, Action: action})
	}
	for event := range pointers(d.Events) {
		all = append(all, &Topic{Kind: TopicEvent, Name: event.Name, Doc: event.Doc, Note: event.Note, Domain: d, Event: event})
	}
	for object := range pointers(d.Objects) {
		all = append(all, &Topic{Kind: TopicObject, Name: object.Name, Doc: object.Doc, Note: object.Note, Domain: d, Object: object})
	}
	for entity := range pointers(d.Entities) {
		all = append(all, d.entityTopics(entity)...)
	}
	for enum := range pointers(d.Enums) {
		all = append(all, d.enumTopics(enum)...)
	}
	return all
}

func (d *Domain) entityTopics(entity *Entity) []*Topic {
	all := []*Topic{{Kind: TopicEntity, Name: entity.Name, Doc: entity.Doc, Domain: d, Entity: entity}}
	add := func(kind TopicKind, attrs []Attr) {
		for attr := range pointers(attrs) {
			all = append(all, &Topic{Kind: kind, Name: entity.Name + "." + attr.Name, Doc: attr.Doc, Note: attr.Note, Domain: d, Entity: entity, Attr: attr})
		}
	}
	add(TopicAttr, entity.Attrs)
	add(TopicSetting, entity.Settings)
	return all
}

// enumTopics returns the topics for an enumeration and its values. Types of
// messages are topics of their own.
func (d *Domain) enumTopics(enum *Enum) []*Topic {
	all := []*Topic{{Kind: TopicEnum, Name: enum.Name, Doc: enum.Doc, Domain: d, Enum: enum}}
	for _, value := range enum.Values {
		if _, ok := LookUpMessageType(value.Value); !ok {
			all = append(all, &Topic{Kind: TopicValue, Name: enum.Name + "." + value.Value, Doc: value.Doc, Domain: d, Enum: enum})
		}
	}
	return all
}
