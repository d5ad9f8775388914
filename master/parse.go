package master

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

const (
	// maxAttrs is the largest size of attributes, or of a request, as JSON.
	maxAttrs = 64 << 10
	// maxMetadata is the largest size of metadata as JSON.
	maxMetadata = 256 << 10
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// parseJSON reads a JSON text: nil, bool, string, json.Number, []any or Pairs. It
// refuses what other readers might understand in another way: names that are
// there twice, invalid UTF-8 and lone surrogates.
func parseJSON(text []byte, limit int) (any, error) {
	if len(text) > limit {
		return nil, malformed("longer than %d bytes", limit)
	}
	if !utf8.Valid(text) || hasLoneSurrogate(text) {
		return nil, malformed("not valid Unicode")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := parseValue(decoder, 0)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, malformed("more than one JSON value")
	}
	return value, nil
}

func parseValue(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, malformed("not JSON")
	}
	if number, ok := token.(json.Number); ok && len(number) > maxNumber {
		return nil, malformed("a number is too long")
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth++; depth > maxDepth {
		return nil, malformed("nested too deep")
	}
	var value any
	if delim == '{' {
		value, err = parseObject(decoder, depth)
	} else {
		value, err = parseArray(decoder, depth)
	}
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != nil { // the end
		return nil, malformed("not JSON")
	}
	return value, nil
}

func parseArray(decoder *json.Decoder, depth int) ([]any, error) {
	items := []any{}
	for decoder.More() {
		item, err := parseValue(decoder, depth)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

func parseObject(decoder *json.Decoder, depth int) (Pairs, error) {
	pairs := Pairs{}
	seen := make(map[string]bool)
	for decoder.More() {
		token, err := decoder.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, malformed("not JSON")
		}
		if seen[name] {
			return nil, malformed("a name is there twice")
		}
		seen[name] = true
		value, err := parseValue(decoder, depth)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, Pair{name, value})
	}
	return pairs, nil
}

// hasLoneSurrogate reports whether a JSON text has half a surrogate pair as an
// escape, which package json would replace.
func hasLoneSurrogate(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		unit, ok := escapedUnit(text[i:])
		i++ // what follows the backslash isn't the beginning of another escape
		if !ok || unit < 0xd800 || unit > 0xdfff {
			continue
		}
		low, ok := escapedUnit(text[min(i+5, len(text)):])
		if unit >= 0xdc00 || !ok || low < 0xdc00 || low > 0xdfff {
			return true
		}
		i += 6
	}
	return false
}

// escapedUnit reads \uXXXX.
func escapedUnit(text []byte) (uint64, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return unit, err == nil
}
