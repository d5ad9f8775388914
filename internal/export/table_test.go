package export

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/spec"
)

// table has the members of the document that are promised, and no others.
type table struct {
	Actions map[string]struct {
		Params       map[string]tableParam
		Replies      []string
		Session      string
		Puppet       *bool
		Payload      *bool
		Deprecated   *bool
		Undocumented *bool
	}
	Events map[string]struct {
		Params       map[string]tableParam
		Payload      *bool
		Deprecated   *bool
		Undocumented *bool
	}
	ParamTypes map[string]string
	Objects    map[string]struct {
		Params map[string]tableParam
		Value  string
		Item   string
	}
	Attributes map[string]map[string]struct {
		Type                                                 string
		Initable, Settable, Unsettable, Writable, Privileged *bool
	}
	Settings map[string]map[string]struct{ Type string }
	Messages map[string]struct {
		Payload      string
		Params       map[string]tableParam
		Sender       string
		Deprecated   *bool
		Undocumented *bool
	}
	Errors []string
	Causes []string
}

type tableParam struct {
	Type     string
	Required *bool
}

func readTable(t *testing.T) table {
	t.Helper()
	text, err := Table()
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	var got table
	if err := decoder.Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTable(t *testing.T) {
	got := readTable(t)
	for name, action := range got.Actions {
		if action.Puppet == nil || action.Payload == nil || action.Deprecated == nil || action.Undocumented == nil || action.Replies == nil || action.Params == nil {
			t.Errorf("%s isn't complete: %+v", name, action)
		}
		if !slices.Contains([]string{"required", "optional", "none"}, action.Session) {
			t.Errorf("%s: session is %q", name, action.Session)
		}
		for param, properties := range action.Params {
			if properties.Required == nil || got.ParamTypes[param] != properties.Type {
				t.Errorf("%s.%s is %+v, paramtypes has %q", name, param, properties, got.ParamTypes[param])
			}
		}
		for _, reply := range action.Replies {
			if _, ok := got.Events[reply]; !ok {
				t.Errorf("%s: there is no event %s", name, reply)
			}
		}
	}
	for name, o := range got.Objects {
		forms := 0
		for _, is := range []bool{o.Params != nil, o.Value != "", o.Item != ""} {
			if is {
				forms++
			}
		}
		if forms != 1 {
			t.Errorf("object %s: %+v", name, o)
		}
	}
	for entity, attrs := range got.Attributes {
		for name, attr := range attrs {
			if attr.Type == "" || attr.Initable == nil || attr.Settable == nil || attr.Unsettable == nil || attr.Writable == nil || attr.Privileged == nil {
				t.Errorf("%s.%s isn't complete: %+v", entity, name, attr)
			}
		}
	}
	want := strings.Fields("channel channelmember dialoguemember file identity puppet queue queuemember realm realmmember tag user")
	if entities := slices.Sorted(maps.Keys(got.Attributes)); !slices.Equal(entities, want) {
		t.Errorf("the entities are %q", entities)
	}
	if len(got.Actions) != 75 || len(got.Events) != 67 || len(got.Messages) != 22 || len(got.Errors) != 46 || len(got.Causes) != 11 || len(got.Settings) != 3 {
		t.Errorf("there are %d actions, %d events, %d messages, %d errors, %d causes, settings of %d", len(got.Actions), len(got.Events), len(got.Messages), len(got.Errors), len(got.Causes), len(got.Settings))
	}
	if text, err := Table(); err != nil || strings.ContainsRune(string(text), '\n') {
		t.Error("it isn't one line")
	}
}

// TestTableAgreesWithFacts compares what other programs get with the facts. The
// tables themselves are compared, with the reasons for differences, in package
// spec.
func TestTableAgreesWithFacts(t *testing.T) {
	got := readTable(t)
	var types map[string]string
	readFacts(t, "paramtypes.json", &types)
	for name, want := range types {
		if typ, ok := got.ParamTypes[name]; typ != want && ok {
			t.Errorf("parameter %s: got %q, want %q", name, typ, want)
		} else if !ok {
			t.Errorf("parameter %s is missing", name)
		}
	}
	var attrs map[string]map[string]struct {
		Type                                       string
		WritableBy                                 *string `json:"writable_by"`
		Initable, Settable, Unsettable, Privileged bool
	}
	readFacts(t, "attrs.json", &attrs)
	for entity, table := range attrs {
		for name, want := range table {
			attr, ok := got.Attributes[entity][name]
			if !ok || attr.Type != want.Type || *attr.Initable != want.Initable || *attr.Settable != want.Settable ||
				*attr.Unsettable != want.Unsettable || *attr.Writable != (want.WritableBy != nil) || *attr.Privileged != want.Privileged {
				t.Errorf("attribute %s.%s: got %+v, want %+v", entity, name, attr, want)
			}
		}
	}
	var objects map[string]struct{ Value, Item string }
	readFacts(t, "objecttypes.json", &objects)
	for name, want := range objects {
		if o, ok := got.Objects[name]; !ok || o.Value != want.Value || o.Item != want.Item {
			t.Errorf("object %s: got %+v, want %+v", name, o, want)
		}
	}
}

func readFacts(t *testing.T, name string, facts any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "spec", "testdata", "facts", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, facts); err != nil {
		t.Fatal(err)
	}
}

// TestReferencesInTable checks that types of members name what exists.
func TestReferencesInTable(t *testing.T) {
	got := readTable(t)
	for name, o := range got.Objects {
		types := []string{o.Value + o.Item}
		for _, param := range o.Params {
			types = append(types, param.Type)
		}
		for _, typ := range types {
			_, isObject := got.Objects[typ]
			_, isAttrs := spec.LookUpAttrs(typ)
			if typ != "" && !isObject && !isAttrs && !isType(typ) {
				t.Errorf("object %s: there is no type %q", name, typ)
			}
		}
	}
}

func isType(name string) bool {
	for typ := spec.TypeAny; typ.String() != "invalid"; typ++ {
		if typ.String() == name {
			return true
		}
	}
	return false
}
