package server

import (
	"cmp"
	"iter"
	"reflect"
	"strings"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/spec"
)

// attribute is what every api.Attr can do.
type attribute interface {
	IsZero() bool
	IsUnset() bool
}

// eachAttr goes through the attributes of a struct such as api.ChannelAttrs,
// which attrs points to.
func eachAttr(attrs any) iter.Seq2[string, reflect.Value] {
	v := reflect.ValueOf(attrs).Elem()
	return func(yield func(string, reflect.Value) bool) {
		for i := range v.NumField() {
			if _, ok := v.Field(i).Interface().(attribute); !ok {
				continue
			}
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if !yield(name, v.Field(i)) {
				return
			}
		}
	}
}

func attributeOf(v reflect.Value) attribute { return v.Interface().(attribute) }

// writer says in which roles somebody changes attributes: it reports whether the
// writer is in a role that the API reference names, such as "operators".
type writer func(role string) bool

// permit checks that a writer may make a change to attributes. structure is the
// name of the attributes in package spec. Attributes that the API doesn't have
// are ignored, unless Config.Strict has refused them already.
func permit(structure string, update any, creating bool, may writer) *failure {
	table, _ := spec.LookUpAttrs(structure)
	for name, value := range eachAttr(update) {
		if attributeOf(value).IsZero() {
			continue
		}
		if !permitted(table, name, attributeOf(value).IsUnset(), creating, may) {
			return fail(api.ErrPermissionDenied, "%s.%s: can't be changed so", structure, name)
		}
	}
	return nil
}

func permitted(table []spec.Attr, name string, unset, creating bool, may writer) bool {
	for i := range table {
		attr := &table[i]
		if attr.Name != name {
			continue
		}
		switch {
		case creating && unset:
			return true
		case creating:
			return attr.Initable && may(cmp.Or(attr.InitableBy, attr.WritableBy))
		case unset:
			return attr.Unsettable && may(cmp.Or(attr.UnsettableBy, attr.WritableBy))
		default:
			return attr.Settable && may(attr.WritableBy)
		}
	}
	return false
}

// merge applies an update to attributes. It returns the attributes that have
// changed, as they were and as they are; those that aren't there are left out.
//
// A flag that is set to false is stored as one that isn't there: published
// clients take a flag to be on because it is present.
func merge[T any](stored, update *T) (before, after T, changed bool) {
	now, given := reflect.ValueOf(stored).Elem(), reflect.ValueOf(update).Elem()
	was, is := reflect.ValueOf(&before).Elem(), reflect.ValueOf(&after).Elem()
	for i := range now.NumField() {
		if !isAttr(now.Field(i)) || attributeOf(given.Field(i)).IsZero() || same(now.Field(i), given.Field(i)) {
			continue
		}
		changed = true
		was.Field(i).Set(now.Field(i))
		if off(given.Field(i)) {
			now.Field(i).SetZero()
			continue
		}
		now.Field(i).Set(given.Field(i))
		is.Field(i).Set(given.Field(i))
	}
	return before, after, changed
}

func isAttr(v reflect.Value) bool {
	_, ok := v.Interface().(attribute)
	return ok
}

// off reports whether a value makes an attribute go away.
func off(given reflect.Value) bool {
	if flag, ok := given.Interface().(api.Attr[bool]); ok {
		return !flag.Or(false)
	}
	return attributeOf(given).IsUnset()
}

func same(stored, given reflect.Value) bool {
	if off(given) {
		return attributeOf(stored).IsZero()
	}
	return reflect.DeepEqual(stored.Interface(), given.Interface())
}

// countAttrs counts the attributes that an update sets or unsets.
func countAttrs(update any) (set, unset int) {
	for _, value := range eachAttr(update) {
		switch a := attributeOf(value); {
		case a.IsUnset():
			unset++
		case !a.IsZero():
			set++
		}
	}
	return set, unset
}
