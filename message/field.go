package message

import (
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// list is a field with an array of objects.
type list interface {
	parse(array []byte, strict bool) *Error
	append(dst []byte) ([]byte, *Error)
	length() int
	value() any
}

// parseField stores a value, which is valid JSON, in a field.
func parseField(value []byte, field any, strict bool) *Error {
	kind := jsontext.Value(value).Kind()
	switch field := field.(type) {
	case *string:
		if kind == '"' {
			*field = unquote(value)
			return nil
		}
		return kindFault("a string", value)
	case *Secret:
		return parseField(value, (*string)(field), strict)
	case **string:
		*field = new(string)
		return parseField(value, *field, strict)
	case *bool:
		if kind == 't' || kind == 'f' {
			*field = kind == 't'
			return nil
		}
		return kindFault("a boolean", value)
	case **bool:
		*field = new(bool)
		return parseField(value, *field, strict)
	case *int64:
		return parseInt(value, field)
	case **float64:
		*field = new(float64)
		return parseFloat(value, *field)
	case *Object:
		if kind == '{' {
			*field = append(Object(nil), value...)
			return nil
		}
		return kindFault("an object", value)
	case list:
		if kind == '[' {
			return field.parse(value, strict)
		}
		return kindFault("an array", value)
	}
	return fault(ErrKind, "it can't be parsed")
}

func kindFault(want string, value []byte) *Error {
	return fault(ErrKind, "want "+want+", got "+kindOf(value))
}

func parseInt(value []byte, field *int64) *Error {
	if jsontext.Value(value).Kind() != '0' {
		return kindFault("an integer", value)
	}
	for _, b := range value {
		if b == '.' || b == 'e' || b == 'E' {
			return fault(ErrKind, "want an integer, got a fraction or exponent")
		}
	}
	var err error
	if *field, err = strconv.ParseInt(string(value), 10, 64); err != nil {
		return fault(ErrRange, "it needs more than 64 bits")
	}
	return nil
}

func parseFloat(value []byte, field *float64) *Error {
	if jsontext.Value(value).Kind() != '0' {
		return kindFault("a number", value)
	}
	var err error
	if *field, err = strconv.ParseFloat(string(value), 64); err != nil {
		return fault(ErrRange, "it is too large")
	}
	return nil
}

// isEmpty reports whether a field is one that is left out.
func isEmpty(field any) bool {
	switch field := field.(type) {
	case **string:
		return *field == nil
	case **bool:
		return *field == nil
	case **float64:
		return *field == nil
	case *Object:
		return *field == nil
	case list:
		return field.length() == 0
	}
	return false
}

// appendField adds a field that isn't empty to a JSON text.
func appendField(dst []byte, field any) ([]byte, *Error) {
	switch field := field.(type) {
	case *string:
		return appendString(dst, *field)
	case *Secret:
		return appendString(dst, string(*field))
	case **string:
		return appendString(dst, **field)
	case *bool:
		return strconv.AppendBool(dst, *field), nil
	case **bool:
		return strconv.AppendBool(dst, **field), nil
	case *int64:
		return strconv.AppendInt(dst, *field, 10), nil
	case **float64:
		if math.IsNaN(**field) || math.IsInf(**field, 0) {
			return nil, fault(ErrRange, "it isn't a number that JSON has")
		}
		return strconv.AppendFloat(dst, **field, 'g', -1, 64), nil
	case *Object:
		if value := jsontext.Value(*field); value.Kind() != '{' || !value.IsValid() {
			return nil, fault(ErrSyntax, "it isn't a JSON object")
		}
		return append(dst, *field...), nil
	case list:
		return field.append(dst)
	}
	return nil, fault(ErrKind, "it can't be encoded")
}

func appendString(dst []byte, text string) ([]byte, *Error) {
	dst, err := jsontext.AppendQuote(dst, text)
	if err != nil {
		return nil, fault(ErrSyntax, "it isn't UTF-8")
	}
	return dst, nil
}

// fieldValue is a field as [Content].Property returns it.
func fieldValue(field any) (value any, ok bool) {
	if isEmpty(field) {
		return nil, false
	}
	switch field := field.(type) {
	case *string:
		return *field, true
	case *Secret:
		return *field, true
	case **string:
		return **field, true
	case *bool:
		return *field, true
	case **bool:
		return **field, true
	case *int64:
		return *field, true
	case **float64:
		return **field, true
	case *Object:
		return *field, true
	case list:
		return field.value(), true
	}
	return nil, false
}

// parseList reads an array of objects.
func parseList[T any](f *form[T], array []byte, strict bool) ([]T, *Error) {
	var all []T
	for c := items(array); c.more(); {
		var item T
		if err := f.parse(c.value(), &item, strict); err != nil {
			return nil, err.withinItem(len(all))
		}
		all = append(all, item)
	}
	return all, nil
}

// appendList adds an array of objects to a JSON text.
func appendList[T any](dst []byte, f *form[T], all []T) ([]byte, *Error) {
	dst = append(dst, '[')
	for i := range all {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err *Error
		if dst, err = f.append(dst, &all[i]); err != nil {
			return nil, err.withinItem(i)
		}
	}
	return append(dst, ']'), nil
}
