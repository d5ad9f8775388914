package spec

import (
	"bytes"
	"encoding/base64"
	"math"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Validate checks a Go value against a type and, unless it is empty, a
// structure, as [CheckValue] does for JSON. The value may be made of nil, bool,
// numbers, strings, maps with string keys, slices, arrays and pointers to such,
// and of values with a method MarshalJSON, such as raw JSON. Other values are
// mistakes of [ReasonType].
//
// A float is accepted for an integer if it is one and below 2⁵³, so that values
// which encoding/json has decoded can be validated. NaN and infinities aren't
// accepted anywhere.
func Validate(value any, typ Type, structure string, mode Mode) error {
	text, err := encodeValue(value)
	if err != nil {
		return err
	}
	return CheckValue(text, typ, structure, mode)
}

// ValidateAction checks the parameters of an action, as [CheckAction] does for
// JSON. The values are those of [Validate].
func ValidateAction(name string, params map[string]any, mode Mode) error {
	text, err := encodeHeader(params)
	if err != nil {
		return err
	}
	return CheckAction(name, text, mode)
}

// ValidateEvent checks the parameters of an event, as [CheckEvent] does for
// JSON. The values are those of [Validate].
func ValidateEvent(name string, params map[string]any, mode Mode) error {
	text, err := encodeHeader(params)
	if err != nil {
		return err
	}
	return CheckEvent(name, text, mode)
}

// Validate checks a Go value for the parameter, which may be absent: nil, a nil
// pointer, map or slice and JSON's null mean that, and are accepted unless the
// parameter is required. Everything else is as with the function [Validate].
//
// It is for checking values before a header is made of them, without those that
// are absent: in a header, null isn't accepted by [CheckAction].
func (p *Param) Validate(value any, mode Mode) error {
	text, err := encodeValue(value)
	if err != nil {
		return err
	}
	if isNull(text) {
		if p.Required {
			return &Error{Reason: ReasonMissing, Detail: "required parameter is missing"}
		}
		return nil
	}
	return checkValue(text, structureShapes().of(p.Type, p.Structure, p.NonNegative), p.Structure, mode)
}

// Validate checks a Go value for the attribute, as the function [Validate] does.
// What means that a [Param] is absent isn't accepted: an attribute that isn't to
// be set is left out, and whether it can be removed, by null, is what Unsettable
// says.
func (a *Attr) Validate(value any, mode Mode) error {
	text, err := encodeValue(value)
	if err != nil {
		return err
	}
	return checkValue(text, structureShapes().of(a.Type, a.Structure, a.NonNegative), a.Structure, mode)
}

func isNull(text []byte) bool { return string(bytes.TrimSpace(text)) == "null" }

// encodeHeader encodes parameters, of which there may be none.
func encodeHeader(params map[string]any) ([]byte, error) {
	if params == nil {
		return []byte("{}"), nil
	}
	return encodeValue(params)
}

// marshaler is implemented by values that encode themselves.
type marshaler interface{ MarshalJSON() ([]byte, error) }

func encodeValue(value any) ([]byte, error) {
	text, mistake := appendValue(nil, reflect.ValueOf(value), 0)
	if mistake != nil {
		return nil, mistake
	}
	return text, nil
}

// appendValue appends the JSON text of a value.
func appendValue(text []byte, v reflect.Value, depth int) ([]byte, *Error) {
	if depth > MaxDepth {
		return nil, &Error{Reason: ReasonDepth, Detail: "objects and arrays are nested too deep"}
	}
	if !v.IsValid() {
		return append(text, "null"...), nil
	}
	if m, ok := v.Interface().(marshaler); ok && (v.Kind() != reflect.Pointer || !v.IsNil()) {
		return appendMarshaled(text, m)
	}
	switch v.Kind() {
	case reflect.Bool:
		return strconv.AppendBool(text, v.Bool()), nil
	case reflect.String:
		return appendString(text, v.String())
	case reflect.Float32, reflect.Float64:
		return appendFloat(text, v.Float())
	case reflect.Pointer, reflect.Interface:
		return appendValue(text, v.Elem(), depth+1)
	case reflect.Map:
		return appendMap(text, v, depth)
	case reflect.Slice, reflect.Array:
		return appendSlice(text, v, depth)
	}
	switch {
	case v.CanInt():
		return strconv.AppendInt(text, v.Int(), 10), nil
	case v.CanUint():
		return strconv.AppendUint(text, v.Uint(), 10), nil
	}
	return nil, unsupported(v)
}

func unsupported(v reflect.Value) *Error {
	return &Error{Reason: ReasonType, Detail: "a Go value of type " + v.Type().String() + " can't be validated"}
}

func appendMarshaled(text []byte, m marshaler) ([]byte, *Error) {
	encoded, err := m.MarshalJSON()
	if err != nil {
		return nil, &Error{Reason: ReasonSyntax, Detail: "the value can't be encoded: " + err.Error()}
	}
	return append(text, encoded...), nil
}

// appendFloat writes integers without fraction and exponent while all their
// digits are known.
func appendFloat(text []byte, f float64) ([]byte, *Error) {
	const exact = 1 << 53
	switch {
	case math.IsNaN(f):
		return nil, &Error{Reason: ReasonRange, Detail: "NaN isn't a value"}
	case math.IsInf(f, 0):
		return nil, &Error{Reason: ReasonRange, Detail: "infinity isn't a value"}
	case f == math.Trunc(f) && math.Abs(f) < exact:
		return strconv.AppendInt(text, int64(f), 10), nil
	}
	return strconv.AppendFloat(text, f, 'e', -1, 64), nil
}

// appendString appends a string. Go's way of quoting isn't that of JSON.
func appendString(text []byte, s string) ([]byte, *Error) {
	if !utf8.ValidString(s) {
		return nil, &Error{Reason: ReasonSyntax, Detail: "the string isn't UTF-8"}
	}
	const hex = "0123456789abcdef"
	text = append(text, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			text = append(text, '\\', c)
		case c < ' ':
			text = append(text, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			text = append(text, c)
		}
	}
	return append(text, '"'), nil
}

func appendMap(text []byte, v reflect.Value, depth int) ([]byte, *Error) {
	if v.Type().Key().Kind() != reflect.String {
		return nil, unsupported(v)
	}
	if v.IsNil() {
		return append(text, "null"...), nil
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		if a.String() < b.String() {
			return -1
		}
		return 1
	})
	text = append(text, '{')
	for i, key := range keys {
		if i > 0 {
			text = append(text, ',')
		}
		var mistake *Error
		if text, mistake = appendString(text, key.String()); mistake != nil {
			return nil, mistake
		}
		if text, mistake = appendValue(append(text, ':'), v.MapIndex(key), depth+1); mistake != nil {
			return nil, mistake.within(key.String())
		}
	}
	return append(text, '}'), nil
}

// appendSlice appends an array, or bytes as Go's encoders do.
func appendSlice(text []byte, v reflect.Value, depth int) ([]byte, *Error) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return append(text, "null"...), nil
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		return appendString(text, base64.StdEncoding.EncodeToString(v.Bytes()))
	}
	text = append(text, '[')
	for i := range v.Len() {
		if i > 0 {
			text = append(text, ',')
		}
		var mistake *Error
		if text, mistake = appendValue(text, v.Index(i), depth+1); mistake != nil {
			return nil, mistake.withinItem(i)
		}
	}
	return append(text, ']'), nil
}
