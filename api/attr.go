package api

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Attr is the value of an attribute or setting in one of three states: left
// out (the zero value), set, or unset (JSON null). In an update, left out means
// that the attribute stays as it is, and unset removes it; set is set, also to
// false, 0 and "".
type Attr[T any] struct {
	value T
	state attrState
}

type attrState uint8

const (
	attrLeft attrState = iota
	attrSet
	attrUnset
)

// Set is an attribute with a value.
func Set[T any](value T) Attr[T] {
	return Attr[T]{value: value, state: attrSet}
}

// Unset is an attribute to be removed.
func Unset[T any]() Attr[T] {
	return Attr[T]{state: attrUnset}
}

// Get returns the value, and whether there is one.
func (a Attr[T]) Get() (value T, ok bool) {
	return a.value, a.state == attrSet
}

// Or returns the value, or fallback if there is none.
func (a Attr[T]) Or(fallback T) T {
	if a.state == attrSet {
		return a.value
	}
	return fallback
}

// IsUnset reports whether the attribute is null: to be removed, or removed.
func (a Attr[T]) IsUnset() bool { return a.state == attrUnset }

// IsZero reports whether the attribute is left out.
func (a Attr[T]) IsZero() bool { return a.state == attrLeft }

// MarshalJSONTo writes the value, or null.
func (a Attr[T]) MarshalJSONTo(enc *jsontext.Encoder) error {
	if a.state != attrSet {
		return enc.WriteToken(jsontext.Null)
	}
	return json.MarshalEncode(enc, &a.value)
}

// UnmarshalJSONFrom reads a value, or null.
func (a *Attr[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == 'n' {
		*a = Unset[T]()
		return dec.SkipValue()
	}
	*a = Attr[T]{state: attrSet}
	return json.UnmarshalDecode(dec, &a.value)
}
