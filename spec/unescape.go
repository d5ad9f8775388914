package spec

import (
	"strings"
	"unicode/utf16"
)

// unescape replaces the escape sequences in the text of a valid string.
func unescape(text []byte) string {
	var result strings.Builder
	for len(text) > 0 {
		if text[0] != '\\' {
			result.WriteByte(text[0])
			text = text[1:]
			continue
		}
		result.WriteRune(escapedRune(text))
		text = text[escapeSize(text):]
	}
	return result.String()
}

// escapedRune returns the character of the escape sequence at the beginning.
func escapedRune(text []byte) rune {
	switch c := text[1]; c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'u':
		code, _ := hexEscape(text)
		if low, ok := hexEscape(text[6:]); ok && utf16.IsSurrogate(rune(code)) {
			return utf16.DecodeRune(rune(code), rune(low))
		}
		return rune(code)
	default:
		return rune(c)
	}
}
