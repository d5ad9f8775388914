package wire

import (
	"math"
	"unicode/utf8"
)

// maxDepth is how deep the values of a header may be nested.
const maxDepth = 64

// scanner walks over JSON text. It never allocates; the first mistake stops it.
type scanner struct {
	text []byte
	at   int
	// fault is the first mistake, "" if none.
	fault string
	// escaped says that the string that was scanned last has escape sequences.
	escaped bool
}

func (s *scanner) fail(what string) {
	if s.fault == "" {
		s.fault = what
	}
}

// next skips white space and returns the byte there, 0 at the end.
func (s *scanner) next() byte {
	for s.at < len(s.text) {
		c := s.text[s.at]
		if c > ' ' {
			return c
		}
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		s.at++
	}
	return 0
}

// expect skips white space and the byte c.
func (s *scanner) expect(c byte, what string) bool {
	if s.next() != c || s.at >= len(s.text) {
		s.fail(what)
		return false
	}
	s.at++
	return true
}

// end checks that nothing but white space follows.
func (s *scanner) end() {
	if s.next(); s.at < len(s.text) {
		s.fail("text after the JSON value")
	}
}

// members calls visit for each member of the object that starts here, with the
// scanner at the member's value, which visit must scan. key is the member's name,
// with its escape sequences resolved.
func (s *scanner) members(visit func(key []byte)) {
	if !s.expect('{', "a JSON object is wanted") {
		return
	}
	if s.next() == '}' {
		s.at++
		return
	}
	for s.fault == "" {
		s.next()
		key := s.string()
		if !s.expect(':', "a colon is missing") {
			return
		}
		if s.escaped {
			key = []byte(unescape(key))
		}
		visit(key)
		if s.next() == ',' {
			s.at++
			continue
		}
		s.expect('}', "a JSON object doesn't end")
		return
	}
}

// elements calls visit with each element of the array that starts here, until it
// returns false.
func (s *scanner) elements(visit func(element []byte) bool) {
	if !s.expect('[', "a JSON array is wanted") {
		return
	}
	if s.next() == ']' {
		s.at++
		return
	}
	for s.fault == "" {
		element := s.value(0)
		if s.fault != "" || !visit(element) {
			return
		}
		if s.next() == ',' {
			s.at++
			continue
		}
		s.expect(']', "a JSON array doesn't end")
		return
	}
}

// value scans a value and returns its text.
func (s *scanner) value(depth int) []byte {
	c := s.next()
	start := s.at
	switch {
	case c == '"':
		s.string()
	case c == '{':
		s.nested(depth, '}')
	case c == '[':
		s.nested(depth, ']')
	case c == 't':
		s.literal("true")
	case c == 'f':
		s.literal("false")
	case c == 'n':
		s.literal("null")
	default:
		s.number()
	}
	if s.fault != "" {
		return nil
	}
	return s.text[start:s.at]
}

// nested scans an object or array.
func (s *scanner) nested(depth int, closing byte) {
	if depth >= maxDepth {
		s.fail("JSON is nested too deeply")
		return
	}
	s.at++
	if s.next() == closing {
		s.at++
		return
	}
	for s.fault == "" {
		if closing == '}' {
			s.next()
			s.string()
			if !s.expect(':', "a colon is missing") {
				return
			}
		}
		s.value(depth + 1)
		if s.next() == ',' {
			s.at++
			continue
		}
		s.expect(closing, "a JSON value doesn't end")
		return
	}
}

// string scans a string and returns what is between the quotes.
func (s *scanner) string() []byte {
	if s.at >= len(s.text) || s.text[s.at] != '"' {
		s.fail("a string is wanted")
		return nil
	}
	s.at++
	s.escaped = false
	start := s.at
	for {
		s.plain()
		switch s.peek() {
		case '"':
			s.at++
			return s.text[start : s.at-1]
		case '\\':
			if !s.escape() {
				s.fail("an escape sequence is wrong")
				return nil
			}
			s.escaped = true
		default:
			if s.at == len(s.text) {
				s.fail("a string doesn't end")
			} else {
				s.fail("a control character is in a string")
			}
			return nil
		}
	}
}

// plain skips what stands for itself in a string. Most of a header is that.
func (s *scanner) plain() {
	rest := s.text[s.at:]
	for i, c := range rest {
		if c < ' ' || c == '"' || c == '\\' {
			s.at += i
			return
		}
	}
	s.at = len(s.text)
}

// escape scans an escape sequence.
func (s *scanner) escape() bool {
	rest := s.text[s.at+1:]
	if len(rest) == 0 {
		return false
	}
	switch rest[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at += 2
		return true
	case 'u':
		if len(rest) < 5 {
			return false
		}
		for _, c := range rest[1:5] {
			if !isHex(c) {
				return false
			}
		}
		s.at += 6
		return true
	}
	return false
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// number scans a number.
func (s *scanner) number() {
	if s.peek() == '-' {
		s.at++
	}
	if s.peek() == '0' {
		s.at++
	} else if s.digits() == 0 {
		s.fail("a JSON value is wanted")
		return
	}
	if s.peek() == '.' {
		s.at++
		if s.digits() == 0 {
			s.fail("a number is incomplete")
			return
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		if s.digits() == 0 {
			s.fail("a number is incomplete")
		}
	}
}

func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) digits() int {
	start := s.at
	for s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at - start
}

func (s *scanner) literal(word string) {
	if len(s.text)-s.at < len(word) || string(s.text[s.at:s.at+len(word)]) != word {
		s.fail("a JSON value is wanted")
		return
	}
	s.at += len(word)
}

// integer reads a JSON value as an integer from 0 to the largest int64. Nothing
// goes through a float.
func integer(value []byte) (n int64, ok bool) {
	if len(value) == 0 {
		return 0, false
	}
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0, false
		}
		digit := int64(c - '0')
		if n > (math.MaxInt64-digit)/10 {
			return 0, false
		}
		n = n*10 + digit
	}
	return n, true
}

// Unquote returns the text of a JSON string; ok is false if value isn't one,
// exactly.
func Unquote(value []byte) (text string, ok bool) {
	s := scanner{text: value}
	contents := s.string()
	switch {
	case s.fault != "" || s.at != len(value):
		return "", false
	case s.escaped:
		return unescape(contents), true
	}
	return string(contents), true
}

// unescape resolves the escape sequences of valid string contents.
func unescape(text []byte) string {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out = append(out, text[i])
			continue
		}
		i++
		switch c := text[i]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			var r rune
			r, i = unescapeRune(text, i)
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// unescapeRune reads the \u sequence whose u is at i, and the one after it when
// they are a surrogate pair. It returns the last index that it used.
func unescapeRune(text []byte, i int) (rune, int) {
	high := hexRune(text[i+1 : i+5])
	i += 4
	if high < 0xd800 || high >= 0xe000 {
		return high, i
	}
	if high < 0xdc00 && len(text) > i+6 && text[i+1] == '\\' && text[i+2] == 'u' {
		if low := hexRune(text[i+3 : i+7]); low >= 0xdc00 && low < 0xe000 {
			return (high-0xd800)<<10 + (low - 0xdc00) + 0x10000, i + 6
		}
	}
	return utf8.RuneError, i
}

func hexRune(digits []byte) (r rune) {
	for _, c := range digits {
		r <<= 4
		switch {
		case c <= '9':
			r |= rune(c - '0')
		case c <= 'F':
			r |= rune(c - 'A' + 10)
		default:
			r |= rune(c - 'a' + 10)
		}
	}
	return r
}
