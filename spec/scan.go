package spec

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// scanner reads JSON text. It makes no values, only looks at the text.
type scanner struct {
	data []byte
	pos  int
}

// next skips white space and returns the next byte, without reading it. It
// returns 0 at the end.
func (s *scanner) next() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// syntaxError says that what is at the current position isn't what was to be
// there.
func (s *scanner) syntaxError(want string) *Error {
	detail := fmt.Sprintf("malformed JSON at byte %d: want %s", s.pos, want)
	if s.pos >= len(s.data) {
		detail = "malformed JSON: it ends where there should be " + want
	}
	return &Error{Reason: ReasonSyntax, Detail: detail}
}

// str reads a string and returns it with the quotes. escaped says whether it
// has escape sequences.
func (s *scanner) str() (quoted []byte, escaped bool, err *Error) {
	begin := s.pos
	for i := begin + 1; i < len(s.data); {
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			return s.data[begin:s.pos], escaped, nil
		case c == '\\':
			size := escapeSize(s.data[i:])
			if size == 0 {
				s.pos = i
				return nil, false, s.syntaxError("a valid escape sequence")
			}
			escaped = true
			i += size
		case c < ' ':
			s.pos = i
			return nil, false, s.syntaxError("no control character in a string")
		case c < utf8.RuneSelf:
			i++
		default:
			size := runeSize(s.data[i:])
			if size == 0 {
				s.pos = i
				return nil, false, s.syntaxError("valid UTF-8 in a string")
			}
			i += size
		}
	}
	s.pos = len(s.data)
	return nil, false, s.syntaxError("the end of a string")
}

// runeSize returns the number of bytes of the character at the beginning, 0 if
// it isn't UTF-8.
func runeSize(text []byte) int {
	r, size := utf8.DecodeRune(text)
	if r == utf8.RuneError && size == 1 {
		return 0
	}
	return size
}

// escapeSize returns the number of bytes of the escape sequence at the
// beginning, 0 if it isn't valid. Surrogates must be in pairs.
func escapeSize(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		return unicodeEscapeSize(text)
	default:
		return 0
	}
}

func unicodeEscapeSize(text []byte) int {
	const single, pair = len(`\u0000`), len(`\u0000\u0000`)
	code, ok := hexEscape(text)
	switch {
	case !ok || code >= 0xdc00 && code <= 0xdfff:
		return 0
	case code < 0xd800 || code > 0xdfff:
		return single
	}
	low, ok := hexEscape(text[single:])
	if !ok || low < 0xdc00 || low > 0xdfff {
		return 0
	}
	return pair
}

// hexEscape returns the number in a \u escape sequence.
func hexEscape(text []byte) (code int, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	for _, c := range text[2:6] {
		switch {
		case c >= '0' && c <= '9':
			code = code<<4 | int(c-'0')
		case c >= 'a' && c <= 'f':
			code = code<<4 | int(c-'a'+10)
		case c >= 'A' && c <= 'F':
			code = code<<4 | int(c-'A'+10)
		default:
			return 0, false
		}
	}
	return code, true
}

// number reads a number. integer says whether it has neither fraction nor
// exponent.
func (s *scanner) number() (text []byte, integer bool, err *Error) {
	begin := s.pos
	if s.pos < len(s.data) && s.data[s.pos] == '-' {
		s.pos++
	}
	if s.pos < len(s.data) && s.data[s.pos] == '0' {
		s.pos++
	} else if !s.digits() {
		return nil, false, s.syntaxError("a digit")
	}
	integer = true
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		s.pos++
		integer = false
		if !s.digits() {
			return nil, false, s.syntaxError("a digit")
		}
	}
	if s.pos < len(s.data) && (s.data[s.pos] == 'e' || s.data[s.pos] == 'E') {
		s.pos++
		integer = false
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		if !s.digits() {
			return nil, false, s.syntaxError("a digit")
		}
	}
	return s.data[begin:s.pos], integer, nil
}

// digits reads any number of digits, and reports whether there were any.
func (s *scanner) digits() bool {
	begin := s.pos
	for s.pos < len(s.data) && s.data[s.pos] >= '0' && s.data[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > begin
}

// literal reads a word such as null.
func (s *scanner) literal(word string) *Error {
	if end := s.pos + len(word); end > len(s.data) || string(s.data[s.pos:end]) != word {
		return s.syntaxError(word)
	}
	s.pos += len(word)
	return nil
}

// isNegative reports whether a number, as read by number, is below 0, which -0
// isn't.
func isNegative(text []byte) bool {
	if text[0] != '-' {
		return false
	}
	digits, _, _ := bytes.Cut(bytes.ToLower(text[1:]), []byte{'e'})
	return bytes.ContainsAny(digits, "123456789")
}

// fitsInt64 reports whether an integer, as read by number, is within range.
func fitsInt64(text []byte) bool {
	const most = len("-9223372036854775808")
	if len(text) < most-1 {
		return true
	}
	if len(text) > most {
		return false
	}
	_, err := strconv.ParseInt(string(text), 10, 64)
	return err == nil
}

// fitsFloat64 reports whether a number, as read by number, is within range.
func fitsFloat64(text []byte, integer bool) bool {
	const certain = 300 // digits
	if integer && len(text) < certain {
		return true
	}
	_, err := strconv.ParseFloat(string(text), 64)
	return err == nil
}
