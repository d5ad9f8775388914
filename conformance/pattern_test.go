package conformance_test

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// names are the values that a transcript has given names to.
type names map[string]any

// placeholder matches $name and ${name}, and $$ for a dollar sign.
var placeholder = regexp.MustCompile(`\$\$|\$\{(\w+)\}|\$(\w+)`)

func nameOf(found string) string { return strings.Trim(found, "${}") }

// fill replaces the names in what is sent by their values.
func (n names) fill(value any) (any, error) {
	switch value := value.(type) {
	case string:
		return n.fillText(value)
	case object:
		filled := make(object, len(value))
		for name, member := range value {
			key, err := n.fillText(name)
			if err != nil {
				return nil, err
			}
			if filled[fmt.Sprint(key)], err = n.fill(member); err != nil {
				return nil, err
			}
		}
		return filled, nil
	case []any:
		filled := make([]any, len(value))
		for i, element := range value {
			var err error
			if filled[i], err = n.fill(element); err != nil {
				return nil, err
			}
		}
		return filled, nil
	}
	return value, nil
}

// fillText replaces the names in text. A text that is nothing but a name becomes
// its value, whatever its type.
func (n names) fillText(text string) (any, error) {
	var missing error
	lookUp := func(found string) any {
		if found == "$$" {
			return "$"
		}
		value, ok := n[nameOf(found)]
		if !ok {
			missing = fmt.Errorf("nothing is called %s", found)
		}
		return value
	}
	if placeholder.FindString(text) == text && text != "" {
		return lookUp(text), missing
	}
	filled := placeholder.ReplaceAllStringFunc(text, func(found string) string { return fmt.Sprint(lookUp(found)) })
	return filled, missing
}

// match compares what was received with a pattern, and gives names to what has
// none yet. It returns where they differ, "" if they don't.
func (n names) match(path string, pattern, got any, there bool) string {
	if pattern == "<absent>" {
		if there {
			return path + " is there"
		}
		return ""
	}
	if !there {
		return path + " is missing"
	}
	switch pattern := pattern.(type) {
	case string:
		return n.matchText(path, pattern, got)
	case object:
		members, ok := got.(object)
		if !ok {
			return fmt.Sprintf("%s is %v, want an object", path, got)
		}
		for _, name := range sorted(pattern) {
			key, err := n.fillText(name)
			if err != nil {
				return err.Error()
			}
			member, there := members[fmt.Sprint(key)]
			if diff := n.match(path+"."+fmt.Sprint(key), pattern[name], member, there); diff != "" {
				return diff
			}
		}
		return ""
	case []any:
		elements, ok := got.([]any)
		if !ok || len(elements) != len(pattern) {
			return fmt.Sprintf("%s is %v, want %d elements", path, got, len(pattern))
		}
		for i := range pattern {
			if diff := n.match(fmt.Sprintf("%s[%d]", path, i), pattern[i], elements[i], true); diff != "" {
				return diff
			}
		}
		return ""
	}
	if !reflect.DeepEqual(pattern, got) {
		return fmt.Sprintf("%s is %v, want %v", path, got, pattern)
	}
	return ""
}

func (n names) matchText(path, pattern string, got any) string {
	ok := true
	switch pattern {
	case "<any>":
	case "<string>":
		text, is := got.(string)
		ok = is && text != ""
	case "<number>":
		_, ok = got.(float64)
	case "<object>":
		_, ok = got.(object)
	default:
		if found := placeholder.FindString(pattern); found == pattern && found != "" && found != "$$" {
			if _, known := n[nameOf(found)]; !known {
				n[nameOf(found)] = got
			}
		}
		want, err := n.fillText(pattern)
		if err != nil {
			return err.Error()
		}
		if !reflect.DeepEqual(want, got) {
			return fmt.Sprintf("%s is %v, want %v", path, got, want)
		}
	}
	if !ok {
		return fmt.Sprintf("%s is %v, want %s", path, got, pattern)
	}
	return ""
}

// sample makes something that a pattern matches: what has no name yet is called
// by it.
func (n names) sample(pattern any) any {
	switch pattern := pattern.(type) {
	case string:
		switch pattern {
		case "<any>", "<string>":
			return "something"
		case "<number>":
			return 1.0
		case "<object>":
			return object{}
		}
		for _, found := range placeholder.FindAllString(pattern, -1) {
			if _, known := n[nameOf(found)]; !known && found != "$$" {
				n[nameOf(found)] = "the-" + nameOf(found)
			}
		}
		value, _ := n.fillText(pattern)
		return value
	case object:
		made := make(object)
		for _, name := range sorted(pattern) {
			if pattern[name] != "<absent>" {
				made[fmt.Sprint(n.sample(name))] = n.sample(pattern[name])
			}
		}
		return made
	case []any:
		made := make([]any, len(pattern))
		for i := range pattern {
			made[i] = n.sample(pattern[i])
		}
		return made
	}
	return pattern
}

func sorted(o object) []string {
	keys := make([]string, 0, len(o))
	for key := range o {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// encode makes JSON text.
func encode(value any) string {
	text, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// partOf is the text of a payload part: of a string the string, of everything else
// the JSON text.
func partOf(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return encode(value)
}

// matchPart compares a payload part with a pattern.
func (n names) matchPart(path string, pattern any, part string) string {
	if _, ok := pattern.(string); ok {
		return n.match(path, pattern, part, true)
	}
	var got any
	if err := json.Unmarshal([]byte(part), &got); err != nil {
		return path + " isn't JSON"
	}
	return n.match(path, pattern, got, true)
}

// Patterns match what they should, and nothing else.
func TestPatterns(t *testing.T) {
	for _, test := range []struct {
		pattern, got string
		same         bool
	}{
		{`{"a":1}`, `{"a":1,"b":2}`, true}, {`{"a":1}`, `{"a":2}`, false}, {`{"a":1}`, `{}`, false}, {`{"a":1}`, `[1]`, false},
		{`{"a":"<absent>"}`, `{}`, true}, {`{"a":"<absent>"}`, `{"a":null}`, false},
		{`["<number>","<string>"]`, `[1,"x"]`, true}, {`["<number>"]`, `["x"]`, false}, {`["<string>"]`, `[""]`, false},
		{`["<any>"]`, `[null]`, true}, {`["<any>"]`, `[]`, false}, {`["<object>"]`, `[{}]`, true}, {`["<object>"]`, `[1]`, false},
		{`["$x","$x"]`, `["1","1"]`, true}, {`["$x","$x"]`, `["1","2"]`, false}, {`["$y"]`, `["why"]`, true}, {`["$y"]`, `["z"]`, false},
		{`["a ${y}!"]`, `["a why!"]`, true}, {`["a ${y}!"]`, `["a!"]`, false}, {`["${z}!"]`, `["z!"]`, false}, {`["$$"]`, `["$"]`, true},
		{`{"$y":1}`, `{"why":1}`, true}, {`{"$z":1}`, `{"z":1}`, false}, {`[true]`, `[true]`, true}, {`[true]`, `["true"]`, false},
	} {
		var pattern, got any
		if err := errors.Join(json.Unmarshal([]byte(test.pattern), &pattern), json.Unmarshal([]byte(test.got), &got)); err != nil {
			t.Fatal(err)
		}
		n := names{"y": "why"}
		if diff := n.match("", pattern, got, true); (diff == "") != test.same {
			t.Errorf("%s and %s: %q", test.pattern, test.got, diff)
		}
		n = names{"y": "why"}
		if made := n.sample(pattern); n.match("", pattern, made, true) != "" {
			t.Errorf("%s: sample %v", test.pattern, made)
		}
	}
}
