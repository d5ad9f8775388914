// Package visible makes texts of others fit for a terminal and for the text of an error.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text writes whatever could move the cursor, change colours, begin another line or
// reverse the order of what follows as an escape sequence.
func Text(text string) string {
	return escape(text, Misleading)
}

// Name is for names. In addition they can't look like the end of the name, and have no
// characters that can't be seen.
func Name(name string) string {
	return escape(name, func(r rune) bool {
		return Misleading(r) || r == '<' || r == '>' || unicode.Is(unicode.Cf, r)
	})
}

func escape(text string, harmful func(rune) bool) string {
	if utf8.ValidString(text) && !strings.ContainsFunc(text, harmful) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r == '\n':
			b.WriteString("⏎")
		case harmful(r):
			writeEscape(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func writeEscape(b *strings.Builder, r rune) {
	if r > 0xFFFF {
		fmt.Fprintf(b, `\U%08x`, r)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}

// Misleading reports whether a terminal, or the eyes of who sits before it, may
// be misled by a character: control characters, line separators, and what
// changes the direction of the text.
func Misleading(r rune) bool {
	switch {
	case r < ' ', r >= 0x7F && r <= 0x9F:
		return true
	case r < 0x61C:
		return false
	case r == 0x61C, r == 0x200E, r == 0x200F, r >= 0x2028 && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return r == 0xFEFF || r >= 0xFFF9 && r <= 0xFFFB
}
