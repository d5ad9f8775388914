package spec

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Result is a topic that [Search] has found.
type Result struct {
	*Topic
	// Score says how well it matches, the higher the better. It compares
	// results of the same search only.
	Score int
}

// Search finds topics by words in their names and sentences, in what they are
// made of (parameters, members of objects and of the contents of messages, values
// of enumerations) and in their notes, the best first. A word matches the
// beginning of a longer one, and a part of a name. Topics that match all words hide
// those that don't; capital letters and the ends of English words don't matter. If
// nothing matches all words well, some other words for the same things count as
// well. A word that is nowhere is taken for a misspelling of the words that it
// differs least from: by one letter if it has at least four, by two if it has at
// least six. Without words nothing is found.
func Search(words string) []Result {
	terms := termsOf(words)
	if len(terms) == 0 {
		return nil
	}
	table := searchIndex()
	queries := make([]query, len(terms))
	for i, term := range terms {
		queries[i] = table.query(term)
	}
	results, well := table.search(queries)
	if !well {
		for i := range queries {
			queries[i].addSynonyms()
		}
		results, _ = table.search(queries)
	}
	for i := range results {
		if name := plainName(results[i].Name); name == strings.Join(terms, "_") || name == plainName(words) {
			results[i].Score += 200
		}
	}
	slices.SortStableFunc(results, func(a, b Result) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
	return results
}

// search returns the topics that match most of the words, and whether one of them
// matches all of them well.
func (x *searchTable) search(queries []query) (results []Result, well bool) {
	most := 0
	for i := range x.entries {
		entry := &x.entries[i]
		score, matched, least := entry.score(queries)
		if matched == 0 || matched < most {
			continue
		}
		if matched > most {
			results, most = results[:0], matched
		}
		well = well || least >= pointsWell
		results = append(results, Result{Topic: entry.topic, Score: score})
	}
	return results, well
}

// query is a word that is searched for: the words that are as good, and those
// that are another name for the same thing.
type query struct{ words, synonyms []string }

// query finds out what a word stands for.
func (x *searchTable) query(term string) query {
	q := query{words: []string{term}}
	if _, known := slices.BinarySearch(x.words, term); known {
		return q
	}
	others := synonymsOf(term)
	if len(others) == 0 && !x.has(term) {
		others = x.nearest(term)
	}
	if len(others) > 0 {
		q.words = others
	}
	return q
}

func (q *query) addSynonyms() {
	for _, word := range q.words {
		q.synonyms = append(q.synonyms, synonymsOf(word)...)
	}
}

// points says how well an entry matches, 0 for not at all.
func (q *query) points(e *searchEntry) (most int) {
	for _, word := range q.words {
		most = max(most, e.points(word))
	}
	for _, word := range q.synonyms {
		most = max(most, e.points(word)*2/3)
	}
	return most
}

// score says how well the entry matches, how many of the words, and how well the
// word that matches least, 0 for not at all.
func (e *searchEntry) score(queries []query) (score, matched, least int) {
	least = math.MaxInt
	for i := range queries {
		points := queries[i].points(e)
		if points > 0 {
			score += points
			matched++
		}
		least = min(least, points)
	}
	if matched == 0 {
		return 0, 0, 0
	}
	// Of several that match, the one with the shorter name says it more exactly.
	score -= min(len(e.names), 8)
	if e.topic.Kind == TopicAction || e.topic.Kind == TopicEvent {
		score += 3
	}
	return max(score, 1), matched, least
}

// pointsWell are the points from which a word matches well: in a name or sentence,
// not in what is said elsewhere.
const pointsWell = 12

// points says how well a word matches, 0 for not at all.
func (e *searchEntry) points(term string) int {
	root := stem(term)
	sameRoot := func(word string) bool { return stem(word) == root }
	switch {
	case slices.Contains(e.names, term):
		return 60
	case slices.ContainsFunc(e.names, sameRoot):
		return 50
	case hasPrefixed(e.names, root):
		return 35
	case len(e.doc) > 0 && sameRoot(e.doc[0]):
		return 26 // the first word says what an action does
	case len(term) >= 4 && strings.Contains(e.name, term):
		return 25
	case slices.Contains(e.doc, term):
		return 20
	case slices.Contains(e.members, term):
		return 18
	case slices.ContainsFunc(e.doc, sameRoot):
		return 16
	case slices.ContainsFunc(e.members, sameRoot):
		return 14
	case hasPrefixed(e.doc, root):
		return 12
	case hasPrefixed(e.members, root):
		return 8
	case slices.ContainsFunc(e.notes, sameRoot):
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
