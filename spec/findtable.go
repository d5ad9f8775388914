package spec

import (
	"iter"
	"slices"
	"strings"
	"sync"
)

// searchTable has all topics in the form in which they are searched.
type searchTable struct {
	entries []searchEntry
	words   []string // all that are anywhere, sorted
}

// searchEntry is a topic, as words.
type searchEntry struct {
	topic *Topic
	name  string
	names []string
	doc   []string
	// members has the names of what it is made of.
	members []string
	// notes has the details, and what is said about the members.
	notes []string
}

// searchIndex is made when it is needed first.
var searchIndex = sync.OnceValue(func() *searchTable {
	table := new(searchTable)
	words := make(map[string]bool)
	for topic := range Topics() {
		entry := newSearchEntry(topic)
		for _, list := range [...][]string{entry.names, entry.doc, entry.members, entry.notes} {
			for _, word := range list {
				words[word] = true
			}
		}
		table.entries = append(table.entries, entry)
	}
	for word := range words {
		table.words = append(table.words, word)
	}
	slices.Sort(table.words)
	return table
})

func newSearchEntry(topic *Topic) searchEntry {
	name := plainName(topic.Name)
	entry := searchEntry{topic: topic, name: name, names: wordsOf(name), doc: wordsOf(topic.Doc), notes: wordsOf(topic.Note)}
	switch topic.Kind {
	case TopicAction:
		entry.addNames(topic.Action.Params)
		entry.addMember("", topic.Action.PayloadDoc)
	case TopicEvent:
		entry.addNames(topic.Event.Params)
		entry.addMember("", topic.Event.PayloadDoc)
	case TopicObject:
		entry.addObject(topic.Object)
	case TopicMessageType:
		entry.addParams(pointers(topic.MessageType.Params))
		for object := range pointers(topic.MessageType.Objects) {
			entry.addObject(object)
		}
		entry.addMember("", topic.MessageType.Sender)
	case TopicEnum:
		for value := range pointers(topic.Enum.Values) {
			entry.addMember(value.Value, value.Doc)
		}
	case TopicParam:
		for i := range topic.Occurrences {
			param := topic.Occurrences[i].Param
			entry.addMember("", param.Doc, param.Note, param.Condition)
		}
	}
	return entry
}

// addMember adds the name of a member, and what is said about it.
func (e *searchEntry) addMember(name string, texts ...string) {
	e.members = append(e.members, wordsOf(plainName(name))...)
	for _, text := range texts {
		e.notes = append(e.notes, wordsOf(text)...)
	}
}

// addNames adds parameters of which sentences are found elsewhere: they are topics.
func (e *searchEntry) addNames(params []Param) {
	for param := range pointers(params) {
		e.addMember(param.Name)
	}
}

func (e *searchEntry) addParams(params iter.Seq[*Param]) {
	for param := range params {
		e.addMember(param.Name, param.Doc, param.Note, param.Condition)
	}
}

func (e *searchEntry) addObject(object *Object) {
	e.addParams(pointers(object.Params))
	e.addMember("", object.Key, object.Note)
}

// has reports whether a word is found anywhere.
func (x *searchTable) has(term string) bool {
	q := query{words: []string{term}}
	return slices.ContainsFunc(x.entries, func(e searchEntry) bool { return q.points(&e) > 0 })
}

// nearest returns the words that a misspelled one may be, all of them equally far
// from it.
func (x *searchTable) nearest(term string) (near []string) {
	limit := 0
	switch {
	case len(term) >= 6:
		limit = 2
	case len(term) >= 4:
		limit = 1
	default:
		return nil
	}
	for _, word := range x.words {
		distance := editDistance(term, word)
		if distance > limit {
			continue
		}
		if distance < limit {
			near, limit = near[:0], distance
		}
		near = append(near, word)
	}
	return near
}

// synonyms has words that people use, and those that the API has for the same
// thing.
var synonyms = [...]string{
	"avatar icon picture",
	"bot puppet",
	"close end finish stop",
	"customer audience visitor",
	"find search",
	"kick remove",
	"leave part",
	"mute silence",
	"online connected",
	"password auth",
	"typing writing",
}

// synonymsOf returns the other words for the same thing.
func synonymsOf(word string) (others []string) {
	root := stem(word)
	for _, group := range synonyms {
		words := strings.Fields(group)
		if !slices.ContainsFunc(words, func(other string) bool { return stem(other) == root }) {
			continue
		}
		for _, other := range words {
			if stem(other) != root {
				others = append(others, other)
			}
		}
	}
	return others
}
