package mask

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"strconv"
	"strings"
)

// secret is a text to be hidden, in whatever encoding it comes.
type secret struct {
	text string
	// made says that the forms have been.
	made bool
	// exact are forms of the secret; folded are some in lower case, for texts in which
	// somebody may have changed the case.
	exact, folded []string
}

// foldFrom is the length, in bytes, from which the case doesn't matter. Shorter texts
// might be words.
const foldFrom = 8

// cover hides the secret in a text.
func (s *secret) cover(c *cover) {
	s.make()
	for _, form := range s.exact {
		hideAll(c, c.text, form)
		hideCutOff(c, form)
	}
	for _, form := range s.folded {
		hideAll(c, c.fold(), form)
	}
}

func hideAll(c *cover, text, form string) {
	for from := 0; ; {
		at := strings.Index(text[from:], form)
		if at < 0 {
			return
		}
		c.hide(from+at, from+at+len(form))
		from += at + 1
	}
}

// hideCutOff hides the beginning of a secret where a text was cut off.
func hideCutOff(c *cover, form string) {
	rest, cut := strings.CutSuffix(c.text, "…")
	if !cut {
		return
	}
	for length := min(len(form)-1, len(rest)); length >= MinLength; length-- {
		if strings.HasSuffix(rest, form[:length]) {
			c.hide(len(rest)-length, len(rest))
			return
		}
	}
}

// make finds out what the secret may look like.
func (s *secret) make() {
	if s.made {
		return
	}
	s.made = true
	plain := []string{s.text, url.QueryEscape(s.text), url.PathEscape(s.text)}
	s.exact = append(plain, inQuotes(s.text)...)
	s.exact = append(s.exact, html.EscapeString(s.text))
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 {
			s.exact = append(s.exact, inBase64(encoding, s.text, shift))
		}
	}
	s.exact = distinct(s.exact)
	if len(s.text) >= foldFrom {
		for _, form := range append(plain, hex.EncodeToString([]byte(s.text))) {
			s.folded = append(s.folded, lower(form))
		}
		s.folded = distinct(s.folded)
	}
}

// inQuotes is a text as it is in strings of Go and of JSON, without the quotes.
func inQuotes(text string) []string {
	quoted := []string{strconv.Quote(text), strconv.QuoteToASCII(text)}
	// It can't fail: what isn't UTF-8 is replaced.
	encoded, _ := json.Marshal(text)
	var plain strings.Builder
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text)
	quoted = append(quoted, string(encoded), strings.TrimSuffix(plain.String(), "\n"))
	for i, form := range quoted {
		quoted[i] = form[1 : len(form)-1]
	}
	return append(quoted, strings.ReplaceAll(text, "/", `\/`))
}

// inBase64 is a text in the middle of something in base64, after so many bytes modulo
// three: those digits that depend on nothing else.
func inBase64(encoding *base64.Encoding, text string, shift int) string {
	digits := encoding.EncodeToString(append(make([]byte, shift), text...))
	return digits[(shift*8+5)/6 : (shift+len(text))*8/6]
}

// distinct leaves out forms that are there already, and those that are too short.
func distinct(forms []string) []string {
	seen := make(map[string]bool)
	var result []string
	for _, form := range forms {
		if !seen[form] && len(form) >= MinLength {
			seen[form] = true
			result = append(result, form)
		}
	}
	return result
}
