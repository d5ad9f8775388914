package server

import (
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
)

// status is what a user hasn't read yet of a channel or dialogue.
type status struct {
	unread, highlight bool
}

// name is how the API calls the status, nil if there is nothing to say.
func (s status) name() *string {
	switch {
	case s.highlight:
		return new(api.ChannelStatusHighlight)
	case s.unread:
		return new(api.ChannelStatusUnread)
	}
	return nil
}

// read notes that messages have been read up to one.
func (s *status) read(messageID, newest string) {
	if messageID >= newest {
		*s = status{}
	}
}

// note notes a new message for a user who isn't its author.
func (s *status) note(m *message, u *user) {
	if !m.forPeople() {
		return
	}
	s.unread = true
	s.highlight = s.highlight || u.watch.hit(m.text, u.name())
}

const (
	// maxHighlights is how many words of a user are looked for, and maxWatched in
	// how many bytes of a message: that is done for each member of a channel.
	maxHighlights = 100
	maxWatched    = 8 << 10
)

// watch is what makes messages highlights for a user.
type watch struct {
	words []string
	name  bool
}

func newWatch(settings api.UserSettings) watch {
	var typed api.UserSettings
	if json.Unmarshal(settings.Unknown, &typed) != nil {
		return watch{}
	}
	w := watch{name: typed.HighlightName.Or(false)}
	words := typed.Highlight.Or(nil)
	for _, word := range words[:min(len(words), maxHighlights)] {
		if word = strings.ToLower(word); word != "" && word != "*" {
			w.words = append(w.words, word)
		}
	}
	return w
}

// hit reports whether a text has one of the words in it.
func (w *watch) hit(text, name string) bool {
	if text == "" || len(w.words) == 0 && !w.name {
		return false
	}
	words := w.words
	if w.name && name != "" {
		words = append(words[:len(words):len(words)], strings.ToLower(name))
	}
	text = strings.ToLower(text[:min(len(text), maxWatched)])
	for _, word := range words {
		if hasWord(text, word) {
			return true
		}
	}
	return false
}

// hasWord reports whether word, which may end in *, is in text as a word.
func hasWord(text, word string) bool {
	word, prefix := strings.CutSuffix(word, "*")
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		begin, end := from+i, from+i+len(word)
		if !letterBefore(text[:begin]) && (prefix || !letterAfter(text[end:])) {
			return true
		}
		from = begin + 1
	}
}

func letterBefore(text string) bool {
	r := []rune(text[max(0, len(text)-4):])
	return len(r) > 0 && letter(r[len(r)-1])
}

func letterAfter(text string) bool {
	for _, r := range text {
		return letter(r)
	}
	return false
}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
