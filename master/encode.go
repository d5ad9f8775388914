package master

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// maxDepth bounds how deep values can be nested.
	maxDepth = 64
	// maxNumber bounds the length of a number in JSON.
	maxNumber = 400
	// exactDigits is how many digits an integer has at most that all languages
	// agree about.
	exactDigits = 15
)

// encoder writes JSON without white space.
type encoder struct {
	dst     []byte
	dialect dialect
	// raw keeps the numbers of a parsed text as they are.
	raw bool
	// differs says that another dialect may write the same differently.
	differs bool
	depth   int
}

func unsuitable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrValue, fmt.Sprintf(format, args...))
}

func (e *encoder) value(value any) error {
	switch v := value.(type) {
	case nil:
		e.dst = append(e.dst, "null"...)
	case bool:
		e.dst = strconv.AppendBool(e.dst, v)
	case string:
		return e.text(v)
	case int:
		return e.integer(strconv.AppendInt(nil, int64(v), 10))
	case int64:
		return e.integer(strconv.AppendInt(nil, v, 10))
	case uint64:
		return e.integer(strconv.AppendUint(nil, v, 10))
	case float64:
		return e.float(v)
	case json.Number:
		return e.number(string(v))
	case *big.Int:
		if v == nil {
			return e.value(nil)
		}
		return e.integer(v.Append(nil, 10))
	default:
		return e.composite(value)
	}
	return nil
}

// composite writes what has values inside, and anything else.
func (e *encoder) composite(value any) error {
	if e.depth++; e.depth > maxDepth {
		return unsuitable("nested too deep")
	}
	defer func() { e.depth-- }()
	switch v := value.(type) {
	case Pairs:
		return e.object(v)
	case Map:
		return e.sortedObject(v)
	case map[string]any:
		return e.sortedObject(v)
	case []any:
		return appendArray(e, v)
	case []string:
		return appendArray(e, v)
	case json.RawMessage:
		return e.parsed(v)
	case float32:
		return unsuitable("a float32 has no exact counterpart: convert it to float64")
	}
	text, err := json.Marshal(value)
	if err != nil {
		return unsuitable("%T can't be expressed in JSON", value)
	}
	return e.parsed(text)
}

// parsed writes a JSON text in this dialect.
func (e *encoder) parsed(text []byte) error {
	value, err := parseJSON(text, maxMetadata)
	if err != nil {
		return unsuitable("%v", err)
	}
	return e.value(value)
}

func appendArray[T any](e *encoder, items []T) error {
	e.dst = append(e.dst, '[')
	for i := range items {
		if i > 0 {
			e.dst = append(e.dst, ',')
		}
		if err := e.value(items[i]); err != nil {
			return err
		}
	}
	e.dst = append(e.dst, ']')
	return nil
}

func (e *encoder) sortedObject(members map[string]any) error {
	pairs := Map(members).pairs()
	sortByName(pairs)
	return e.members(pairs)
}

func (e *encoder) object(pairs []Pair) error {
	if len(pairs) > 1 {
		sorted := slices.Clone(pairs)
		sortByName(sorted)
		if err := checkDuplicates(sorted); err != nil {
			return err
		}
	}
	return e.members(pairs)
}

func (e *encoder) members(pairs []Pair) error {
	if len(pairs) == 0 {
		// PHP doesn't know empty objects.
		e.differs = true
		if e.dialect == php {
			e.dst = append(e.dst, "[]"...)
			return nil
		}
	}
	e.dst = append(e.dst, '{')
	for i := range pairs {
		if i > 0 {
			e.dst = append(e.dst, ',')
		}
		if err := e.text(pairs[i].Name); err != nil {
			return err
		}
		e.dst = append(e.dst, ':')
		if err := e.value(pairs[i].Value); err != nil {
			return err
		}
	}
	e.dst = append(e.dst, '}')
	return nil
}

// attrs writes attributes as an array of pairs.
func (e *encoder) attrs(pairs []Pair) error {
	e.dst = append(e.dst, '[')
	for i := range pairs {
		if i > 0 {
			e.dst = append(e.dst, ',')
		}
		e.dst = append(e.dst, '[')
		if err := e.text(pairs[i].Name); err != nil {
			return err
		}
		e.dst = append(e.dst, ',')
		if err := e.value(pairs[i].Value); err != nil {
			return err
		}
		e.dst = append(e.dst, ']')
	}
	e.dst = append(e.dst, ']')
	return nil
}

// member writes a pair of a name, which needs no escapes, and a text.
func (e *encoder) member(name, text string) error {
	e.dst = append(e.dst, `["`...)
	e.dst = append(e.dst, name...)
	e.dst = append(e.dst, `",`...)
	if err := e.text(text); err != nil {
		return err
	}
	e.dst = append(e.dst, ']')
	return nil
}

func (e *encoder) float(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return unsuitable("%v can't be expressed in JSON", f)
	}
	e.differs = true
	e.dst = appendFloat(e.dst, f, e.dialect)
	return nil
}

// number writes a number that is JSON already.
func (e *encoder) number(token string) error {
	if len(token) > maxNumber || !isNumber(token) {
		return unsuitable("a number is malformed or too long")
	}
	if e.raw {
		e.differs = true
		e.dst = append(e.dst, token...)
		return nil
	}
	if !strings.ContainsAny(token, ".eE") {
		return e.integer([]byte(token))
	}
	f, err := strconv.ParseFloat(token, 64)
	if err != nil {
		return unsuitable("a number is out of range")
	}
	return e.float(f)
}

// isNumber reports whether a text is a JSON number.
func isNumber(token string) bool {
	if token == "" || token[0] != '-' && (token[0] < '0' || token[0] > '9') {
		return false
	}
	return json.Valid([]byte(token)) && token[len(token)-1] >= '0' && token[len(token)-1] <= '9'
}

// integer writes a number without fraction. Python has integers of any size, PHP
// of 64 bits, and Node none at all.
func (e *encoder) integer(token []byte) error {
	switch {
	case string(token) == "-0":
		e.differs = true
		if e.dialect != php {
			token = token[1:]
		}
	case len(token) > maxNumber:
		return unsuitable("a number is too long")
	case len(token) > exactDigits:
		e.differs = true
		_, err := strconv.ParseInt(string(token), 10, 64)
		if e.dialect == node || e.dialect == php && err != nil {
			f, err := strconv.ParseFloat(string(token), 64)
			if err != nil {
				return unsuitable("a number is out of range")
			}
			return e.float(f)
		}
	}
	e.dst = append(e.dst, token...)
	return nil
}

// text writes a string.
func (e *encoder) text(s string) error {
	e.dst = append(e.dst, '"')
	start := 0
	for i := 0; i < len(s); {
		if b := s[i]; b >= ' ' && b < 0x7f && b != '"' && b != '\\' && b != '/' {
			i++
			continue
		}
		e.dst = append(e.dst, s[start:i]...)
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			return unsuitable("a string isn't valid UTF-8")
		}
		e.special(r)
		i += size
		start = i
	}
	e.dst = append(e.dst, s[start:]...)
	e.dst = append(e.dst, '"')
	return nil
}

// special writes a character that isn't always written as it is.
func (e *encoder) special(r rune) {
	switch {
	case r == '"' || r == '\\':
		e.dst = append(e.dst, '\\', byte(r))
	case r < ' ':
		e.control(r)
	case r == '/':
		e.differs = true
		if e.dialect == php {
			e.dst = append(e.dst, '\\')
		}
		e.dst = append(e.dst, '/')
	default:
		e.differs = true
		if e.escapes(r) {
			e.escape(r)
		} else {
			e.dst = utf8.AppendRune(e.dst, r)
		}
	}
}

func (e *encoder) control(r rune) {
	const short = "\b\f\n\r\t"
	if i := strings.IndexRune(short, r); i >= 0 {
		e.dst = append(e.dst, '\\', "bfnrt"[i])
		return
	}
	e.escape(r)
}

// escapes reports whether a character beyond ~ is escaped.
func (e *encoder) escapes(r rune) bool {
	switch e.dialect {
	case python:
		return true
	case php:
		return r >= 0x80
	case java:
		return r == 0x2028 || r == 0x2029
	}
	return false
}

func (e *encoder) escape(r rune) {
	if r >= 0x10000 {
		r -= 0x10000
		e.escape(0xd800 + r>>10)
		e.escape(0xdc00 + r&0x3ff)
		return
	}
	const digits = "0123456789abcdef"
	e.dst = append(e.dst, '\\', 'u', digits[r>>12], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}
