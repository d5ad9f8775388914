package message

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	// MaxSize is how many bytes the payload of a message type of this package
	// may have: what a session receives at most. Servers take less.
	MaxSize = 16 << 20
	// MaxDepth is how deep objects and arrays may be nested in it.
	MaxDepth = 100
)

// checkJSON checks that a part is a JSON text within the limits.
func checkJSON(part []byte) *Error {
	switch {
	case len(part) > MaxSize:
		return fault(ErrSize, "more than "+strconv.Itoa(MaxSize)+" bytes")
	case tooDeep(part):
		return fault(ErrDepth, "nested more than "+strconv.Itoa(MaxDepth)+" times")
	case !jsontext.Value(part).IsValid():
		return syntaxFault(part)
	}
	return nil
}

// tooDeep reports whether objects and arrays are nested too much.
func tooDeep(text []byte) bool {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = endOfString(text, i) - 1
		case '{', '[':
			if depth++; depth > MaxDepth {
				return true
			}
		case '}', ']':
			depth--
		}
	}
	return false
}

// endOfString is the position after the string that begins at start.
func endOfString(text []byte, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// syntaxFault says where a text that isn't valid ends to be JSON.
func syntaxFault(text []byte) *Error {
	decoder := jsontext.NewDecoder(bytes.NewReader(text))
	err := decoder.SkipValue()
	if err == nil {
		_, err = decoder.ReadToken()
	}
	wrong, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok {
		return fault(ErrSyntax, "it ends too early to be JSON")
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return fault(ErrDuplicate, "a name occurs twice in the object "+Visible(shortened(string(wrong.JSONPointer.Parent()))))
	}
	return fault(ErrSyntax, "it isn't JSON from byte "+strconv.FormatInt(wrong.ByteOffset, 10)+" on")
}

// cursor walks over a JSON text that is valid.
type cursor struct {
	text []byte
	at   int
}

// items is a cursor inside an object or array.
func items(container []byte) cursor {
	c := cursor{text: container}
	c.next()
	c.at++
	return c
}

// next skips white space, commas and colons, and returns the byte there, 0 at
// the end.
func (c *cursor) next() byte {
	for ; c.at < len(c.text); c.at++ {
		switch b := c.text[c.at]; b {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return b
		}
	}
	return 0
}

// more reports whether there is another value before the end of the object or
// array.
func (c *cursor) more() bool {
	b := c.next()
	return b != 0 && b != '}' && b != ']'
}

// value returns the next value, or name of a member.
func (c *cursor) value() []byte {
	first := c.next()
	start := c.at
	switch first {
	case '"':
		c.at = endOfString(c.text, c.at)
	case '{', '[':
		c.at = endOfContainer(c.text, c.at)
	default:
		for c.at < len(c.text) && strings.IndexByte(" \t\r\n,]}", c.text[c.at]) < 0 {
			c.at++
		}
	}
	return c.text[start:c.at]
}

func endOfContainer(text []byte, start int) int {
	depth := 0
	for i := start; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = endOfString(text, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// unquote is the text of a valid string.
func unquote(quoted []byte) string {
	if len(quoted) < 2 {
		return ""
	}
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	text, _ := jsontext.AppendUnquote(nil, quoted)
	return string(text)
}

// isName reports whether a quoted name is the given one.
func isName(quoted []byte, name string) bool {
	if len(quoted) == len(name)+2 && string(quoted[1:len(quoted)-1]) == name {
		return true
	}
	return bytes.IndexByte(quoted, '\\') >= 0 && unquote(quoted) == name
}

// lookUp finds a member of an object that is valid JSON.
func lookUp(object []byte, name string) (value any, ok bool) {
	if jsontext.Value(object).Kind() != '{' {
		return nil, false
	}
	for c := items(object); c.more(); {
		found := isName(c.value(), name)
		value := c.value()
		if found {
			return jsontext.Value(value), true
		}
	}
	return nil, false
}

// kindOf says what kind of value a JSON text is.
func kindOf(value []byte) string {
	switch jsontext.Value(value).Kind() {
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "an array"
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	}
	return "a number"
}
