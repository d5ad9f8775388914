// Package mask hides the secrets that a program knows in texts that others had a part
// in: what a server, a proxy or whoever sits in between says may repeat what it got.
package mask

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/ninchat-community/ninchat/internal/visible"
)

// Hidden takes the place of secrets.
const Hidden = "[hidden]"

const (
	// MinLength is the length in bytes from which a secret is masked. Masking shorter
	// ones would garble what has nothing to do with them, and by that tell them.
	MinLength = 4
	// keep is how many secrets of each kind are remembered: the latest.
	keep = 64
	// maxError is the longest text of a masked error, in bytes.
	maxError = 1000
)

// Set has the secrets that are known. The zero Set knows none. It is safe for
// concurrent use.
type Set struct {
	mu sync.Mutex
	// own are secrets of whoever has the set; passing are those of single actions and
	// events, which mustn't push out the others.
	own, passing []*secret
}

// Own adds secrets that remain of importance, as passwords and tokens do.
func (s *Set) Own(secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, text := range secrets {
		s.own = add(s.own, text)
	}
}

// Passing adds secrets that are used once.
func (s *Set) Passing(secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, text := range secrets {
		s.passing = add(s.passing, text)
	}
}

// add puts a secret at the end of a list, which has room for the latest.
func add(list []*secret, text string) []*secret {
	if len(text) < MinLength {
		return list
	}
	for i, known := range list {
		if known.text == text {
			copy(list[i:], list[i+1:])
			list[len(list)-1] = known
			return list
		}
	}
	if len(list) == keep {
		copy(list, list[1:])
		list = list[:keep-1]
	}
	return append(list, &secret{text: text})
}

// Hide hides the secrets in a text. The rest stays as it is. A nil Set knows none.
func (s *Set) Hide(text string) string {
	if s == nil || text == "" {
		return text
	}
	c := cover{text: text}
	s.mu.Lock()
	for _, list := range [...][]*secret{s.own, s.passing} {
		for _, secret := range list {
			secret.cover(&c)
		}
	}
	s.mu.Unlock()
	return c.result()
}

// Text hides the secrets in a text, and makes visible what could play tricks on a
// terminal.
func (s *Set) Text(text string) string { return visible.Text(s.Hide(text)) }

// Error hides the secrets in the text of an error. The result matches what err
// matches, but there is no way back to err by errors.Unwrap, as its text isn't to be
// shown.
func (s *Set) Error(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	masked := s.Text(text)
	if len(masked) > maxError {
		cut := maxError
		for !utf8.RuneStart(masked[cut]) {
			cut--
		}
		masked = masked[:cut] + "…"
	}
	if masked == text {
		return err
	}
	return &maskedError{err, masked}
}

// cover is a text of which parts are to be hidden.
type cover struct {
	text string
	// folded is the text in lower case, "" if nobody has asked for it.
	folded string
	// hidden says which bytes are; nil if none.
	hidden []bool
}

// hide hides what is from a place up to another one.
func (c *cover) hide(from, to int) {
	if c.hidden == nil {
		c.hidden = make([]bool, len(c.text))
	}
	for i := from; i < to; i++ {
		c.hidden[i] = true
	}
}

// fold returns the text in lower case. Places in it are those in the text.
func (c *cover) fold() string {
	if c.folded == "" {
		c.folded = lower(c.text)
	}
	return c.folded
}

// lower changes ASCII letters only, so that the length stays.
func lower(text string) string {
	folded := []byte(text)
	for i, c := range folded {
		if 'A' <= c && c <= 'Z' {
			folded[i] = c + 'a' - 'A'
		}
	}
	return string(folded)
}

func (c *cover) result() string {
	if c.hidden == nil {
		return c.text
	}
	var b strings.Builder
	for i := range len(c.text) {
		switch {
		case !c.hidden[i]:
			b.WriteByte(c.text[i])
		case i == 0 || !c.hidden[i-1]:
			b.WriteString(Hidden)
		}
	}
	return b.String()
}
