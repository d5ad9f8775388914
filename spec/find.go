package spec

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// Result is a topic that [Search] has found.
type Result struct {
	*Topic
	// Score says how well it matches, the higher the better. It compares
	// results of the same search only.
	Score int
}

// Search finds topics by words in their names and sentences, the best first. A
// word matches the beginning of a longer one, and a part of a name. Topics that
// match all words hide those that don't; capital letters and the ends of
// English words don't matter. Without words nothing is found.
func Search(words string) []Result {
	terms := termsOf(words)
	if len(terms) == 0 {
		return nil
	}
	var results []Result
	most := 0
	for i := range searchIndex() {
		entry := &searchIndex()[i]
		score, matched := entry.score(terms)
		if matched == 0 || matched < most {
			continue
		}
		if matched > most {
			results, most = results[:0], matched
		}
		if entry.name == strings.Join(terms, "_") || entry.name == plainName(words) {
			score += 200
		}
		results = append(results, Result{Topic: entry.topic, Score: score})
	}
	slices.SortStableFunc(results, func(a, b Result) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
	return results
}

// searchEntry is a topic in the form in which it is searched.
type searchEntry struct {
	topic             *Topic
	name              string
	names, doc, notes []string // words
}

// searchIndex is made when it is needed first.
var searchIndex = sync.OnceValue(func() []searchEntry {
	var index []searchEntry
	for topic := range Topics() {
		name := plainName(topic.Name)
		index = append(index, searchEntry{
			topic: topic,
			name:  name,
			names: wordsOf(name),
			doc:   wordsOf(topic.Doc),
			notes: wordsOf(topic.Note),
		})
	}
	return index
})

// score says how well the entry matches, and how many of the words.
func (e *searchEntry) score(terms []string) (score, matched int) {
	for _, term := range terms {
		if points := e.points(term); points > 0 {
			score += points
			matched++
		}
	}
	if matched == 0 {
		return 0, 0
	}
	// Of several that match, the one with the shorter name says it more exactly.
	score -= min(len(e.names), 8)
	if e.topic.Kind == TopicAction || e.topic.Kind == TopicEvent {
		score += 3
	}
	return max(score, 1), matched
}

// points says how well a word matches, 0 for not at all.
func (e *searchEntry) points(term string) int {
	root := stem(term)
	switch {
	case slices.Contains(e.names, term):
		return 60
	case slices.ContainsFunc(e.names, func(word string) bool { return stem(word) == root }):
		return 50
	case hasPrefixed(e.names, root):
		return 35
	case len(term) >= 3 && strings.Contains(e.name, term):
		return 25
	case slices.Contains(e.doc, term):
		return 20
	case slices.ContainsFunc(e.doc, func(word string) bool { return stem(word) == root }):
		return 16
	case hasPrefixed(e.doc, root):
		return 12
	case slices.ContainsFunc(e.notes, func(word string) bool { return stem(word) == root }):
		return 6
	case hasPrefixed(e.notes, root):
		return 4
	default:
		return 0
	}
}

// hasPrefixed reports whether a word begins with prefix, if that is long enough
// to mean something.
func hasPrefixed(words []string, prefix string) bool {
	return len(prefix) >= 2 && slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, prefix) })
}

// stem cuts off the ending of an English word.
func stem(word string) string {
	for _, ending := range []string{"ing", "ed", "es", "s", "e"} {
		if root, ok := strings.CutSuffix(word, ending); ok && len(root) >= 3 {
			return root
		}
	}
	return word
}

// wordsOf splits a text into words, in small letters.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r < 0x80
	})
}

// fillers are words that say nothing about the API.
const fillers = " a an and are as by can do does for from how i in into is it me my of on or that the this to was what when where which who why with you your "

// termsOf returns the words of a query, without those that say nothing, unless
// that would leave nothing.
func termsOf(query string) []string {
	words := wordsOf(query)
	terms := slices.DeleteFunc(slices.Clone(words), func(word string) bool { return strings.Contains(fillers, " "+word+" ") })
	if len(terms) == 0 {
		return words
	}
	return terms
}
