package message

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// entry is a member of an object.
type entry struct {
	name  string
	value jsontext.Value
}

// text is the value for people.
func (e entry) text() string {
	if e.value.Kind() == '"' {
		return unquote(e.value)
	}
	return sortedJSON(e.value)
}

// entries are the members of an object, sorted by name. There are none if it
// isn't an object.
func entries(object Object) []entry {
	if value := jsontext.Value(object); value.Kind() != '{' || !value.IsValid() {
		return nil
	}
	var all []entry
	for c := items(object); c.more(); {
		name := unquote(c.value())
		all = append(all, entry{name, c.value()})
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return all
}

// sortedJSON is a JSON text on one line with sorted members. Numbers stay as
// they are. It is "" if it isn't JSON.
func sortedJSON(value jsontext.Value) string {
	value = value.Clone()
	if err := value.Format(jsontext.ReorderRawObjects(true)); err != nil {
		return ""
	}
	return string(value)
}

// memberOf finds a member of an object, if it is one.
func memberOf(object Object, name string) (value jsontext.Value, ok bool) {
	if !jsontext.Value(object).IsValid() {
		return nil, false
	}
	found, ok := lookUp(object, name)
	value, _ = found.(jsontext.Value)
	return value, ok
}

// stringIn is a member of an object that is a string, "" if there isn't any.
func stringIn(object Object, name string) string {
	value, _ := memberOf(object, name)
	if value.Kind() != '"' {
		return ""
	}
	return unquote(value)
}
