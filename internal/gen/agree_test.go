package main

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/spec"
)

// These tests check that the tables and the structs made from them say the
// same: what is valid can be decoded, and what is encoded again is valid and
// the same.

func TestActionsAgree(t *testing.T) {
	for action := range spec.Actions() {
		t.Run(action.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				r := random{t: t, unset: true}
				params := r.params(action.Params, 3)
				r.choose(action, params)
				if action.Puppet {
					params["puppet_id"] = "1"
				}
				header := encode(t, params)
				if err := spec.CheckAction(action.Name, header, spec.Strict); err != nil {
					t.Fatalf("%s: %v", header, err)
				}
				typed, err := (&api.Action{Name: action.Name, Params: header}).Typed()
				if err != nil {
					t.Fatalf("%s: %v", header, err)
				}
				if unknown := reflect.ValueOf(typed).Elem().FieldByName("Unknown"); unknown.Len() > 0 {
					t.Fatalf("%s: there are no fields for %s", header, unknown)
				}
				again, err := typed.(api.TypedAction).Action()
				if err != nil {
					t.Fatalf("%s: %v", header, err)
				}
				checkSame(t, header, again.Params)
			})
		})
	}
}

func TestEventsAgree(t *testing.T) {
	for event := range spec.Events() {
		t.Run(event.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				r := random{t: t}
				params := r.params(event.Params, 4)
				params["event"] = event.Name
				header := encode(t, params)
				if err := spec.CheckEvent(event.Name, header, spec.Strict); err != nil {
					t.Fatalf("%s: %v", header, err)
				}
				typed, err := (&api.Event{Name: event.Name, Header: header}).Typed()
				if err != nil {
					t.Fatalf("%s: %v", header, err)
				}
				if unknown := reflect.ValueOf(typed).Elem().FieldByName("Unknown"); unknown.Len() > 0 {
					t.Fatalf("%s: there are no fields for %s", header, unknown)
				}
				again, err := api.NewEvent(typed.(api.TypedEvent))
				if err != nil {
					t.Fatalf("%s: %v", header, err)
				}
				checkSame(t, header, again.Header)
			})
		})
	}
}

// FuzzAgree checks that a header which is valid can be decoded.
func FuzzAgree(f *testing.F) {
	f.Add("message_received", []byte(`{"event":"message_received","message_id":"1","message_time":1.5e3,"message_type":"a","x":{"y":[null]}}`))
	f.Add("session_created", []byte(`{"session_id":"1","user_id":"1","user_attrs":{"name":"\u00e4"},"user_settings":{},"user_account":{},"user_identities":{},"user_dialogues":{},"user_channels":{},"user_realms":{}}`))
	f.Add("tags_found", []byte(`{"tag_children":{"1":{"tag_attrs":{"theme":{"color":"#fff"}}}}}`))
	f.Fuzz(func(t *testing.T, name string, header []byte) {
		if spec.CheckEvent(name, header, spec.Tolerant) != nil {
			return
		}
		if typed, err := (&api.Event{Name: name, Header: header}).Typed(); err != nil {
			t.Errorf("%s: got %v, %v", header, typed, err)
		}
	})
}

// random makes values that are as the tables say.
type random struct {
	t     *rapid.T
	unset bool // attributes may be unset
}

// choose makes params keep the rules of the action's choices.
func (r random) choose(action *spec.Action, params map[string]any) {
	set := func(name string, present bool) {
		if _, ok := params[name]; ok == present {
			return
		}
		delete(params, name)
		if present {
			param, _ := action.Param(name)
			params[name] = r.value(param.Type, param.Structure, param.NonNegative, 3)
		}
	}
	for _, choice := range action.Choices {
		chosen := rapid.SampledFrom(choice.Names).Draw(r.t, "chosen")
		for _, name := range choice.Names {
			switch choice.Rule {
			case spec.ExactlyOne, spec.AtMostOne:
				set(name, name == chosen)
			case spec.AtLeastOne:
				set(chosen, true)
			case spec.Together:
				// The last one may be part of another choice.
				_, ok := params[choice.Names[len(choice.Names)-1]]
				set(name, ok)
			}
		}
	}
}

func (r random) params(params []spec.Param, depth int) map[string]any {
	values := make(map[string]any)
	for _, param := range params {
		if param.Required || rapid.Bool().Draw(r.t, "present") {
			values[param.Name] = r.value(param.Type, param.Structure, param.NonNegative, depth)
		}
	}
	return values
}

func (r random) value(typ spec.Type, structure string, nonNegative bool, depth int) any {
	if structure != "" {
		return r.structure(structure, depth-1)
	}
	switch typ {
	case spec.TypeBool:
		return rapid.Bool().Draw(r.t, "bool")
	case spec.TypeInt, spec.TypeTime:
		least := int64(math.MinInt64)
		if nonNegative || typ == spec.TypeTime {
			least = 0
		}
		return rapid.Int64Min(least).Draw(r.t, "int")
	case spec.TypeFloat:
		floats := []float64{0, 1.5, 1e300, 1500000000.123456}
		if !nonNegative {
			floats = append(floats, -1e300)
		}
		return rapid.SampledFrom(floats).Draw(r.t, "float")
	case spec.TypeString:
		return r.string()
	case spec.TypeStringArray:
		return rapid.SliceOfN(rapid.Just("a"), 0, 2).Draw(r.t, "strings")
	case spec.TypeNullableStringArray:
		return []any{nil, r.string()}
	case spec.TypeObjectArray:
		return []any{map[string]any{}, map[string]any{"a": nil}}
	case spec.TypeStringOrObject:
		return rapid.SampledFrom([]any{"a", map[string]any{"a": "b"}}).Draw(r.t, "string or object")
	case spec.TypeObject:
		return map[string]any{"a": []any{nil, 1.5}}
	default:
		return []any{"anything"}
	}
}

func (r random) string() string {
	return rapid.SampledFrom([]string{"", "a", "ä\n\"\\\u2028<"}).Draw(r.t, "string")
}

func (r random) structure(name string, depth int) any {
	if attrs, ok := spec.LookUpAttrs(name); ok {
		return r.attrs(attrs, depth)
	}
	object, ok := spec.LookUpObject(name)
	if !ok {
		r.t.Fatalf("there is no structure %s", name)
	}
	count := 0
	if depth > 0 {
		count = rapid.IntRange(0, 2).Draw(r.t, "count")
	}
	switch object.Kind {
	case spec.KindStruct:
		return r.params(object.Params, depth)
	case spec.KindUnion:
		attrs, _ := spec.LookUpAttrs(rapid.SampledFrom(object.Union).Draw(r.t, "part"))
		return r.attrs(attrs, depth)
	case spec.KindMap:
		values := make(map[string]any)
		for i := range count {
			values[strconv.Itoa(i)] = r.item(object, depth)
		}
		return values
	default:
		values := []any{}
		for range count {
			values = append(values, r.item(object, depth))
		}
		return values
	}
}

func (r random) item(object *spec.Object, depth int) any {
	if object.Nullable && rapid.Bool().Draw(r.t, "null") {
		return nil
	}
	return r.value(object.Item.Type, object.Item.Structure, object.Item.NonNegative, depth)
}

func (r random) attrs(attrs []spec.Attr, depth int) map[string]any {
	values := make(map[string]any)
	for _, attr := range attrs {
		switch rapid.IntRange(0, 2).Draw(r.t, "state") {
		case 1:
			values[attr.Name] = r.value(attr.Type, attr.Structure, attr.NonNegative, depth)
		case 2:
			if attr.Unsettable && r.unset {
				values[attr.Name] = json.RawMessage(`null`)
			}
		}
	}
	return values
}

func encode(t *rapid.T, params map[string]any) jsontext.Value {
	text, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// checkSame checks that two JSON texts have the same values, numbers to the
// last digit.
func checkSame(t *rapid.T, want, got jsontext.Value) {
	if !reflect.DeepEqual(decode(t, want), decode(t, got)) {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func decode(t *rapid.T, text []byte) (value any) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}
