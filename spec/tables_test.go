package spec_test

import (
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/spec"
)

// values turns pointers into values.
func values[T any](pointers iter.Seq[*T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for pointer := range pointers {
			if !yield(*pointer) {
				return
			}
		}
	}
}

var (
	nameForm     = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	sentenceForm = regexp.MustCompile(`^[A-Z].*\.$`)
)

func checkName(t *testing.T, what, name string) {
	t.Helper()
	if !nameForm.MatchString(name) {
		t.Errorf("%s %q isn't a name", what, name)
	}
}

func checkDoc(t *testing.T, what, doc, note string) {
	t.Helper()
	if !sentenceForm.MatchString(doc) {
		t.Errorf("%s: documentation %q isn't a sentence", what, doc)
	}
	if note != "" && !sentenceForm.MatchString(note) {
		t.Errorf("%s: note %q isn't made of sentences", what, note)
	}
}

func checkUnique(t *testing.T, what string, names []string) {
	t.Helper()
	sorted := slices.Sorted(slices.Values(names))
	if len(slices.Compact(sorted)) != len(names) {
		t.Errorf("%s: a name occurs twice: %v", what, names)
	}
}

// structured reports whether a type can have a structure.
func structured(typ spec.Type) bool {
	return typ == spec.TypeObject || typ == spec.TypeObjectArray || typ == spec.TypeArray
}

func checkStructure(t *testing.T, what string, typ spec.Type, structure string) {
	t.Helper()
	if structure == "" {
		return
	}
	object, isObject := spec.LookUpObject(structure)
	_, isAttrs := spec.LookUpAttrs(structure)
	switch {
	case !isObject && !isAttrs:
		t.Errorf("%s: there is no structure %q", what, structure)
	case !structured(typ):
		t.Errorf("%s: a value of type %s has a structure", what, typ)
	case isObject && (object.Kind == spec.KindList) == (typ == spec.TypeObject):
		t.Errorf("%s: type %s doesn't fit the structure %s", what, typ, structure)
	}
}

func checkEnum(t *testing.T, what, enum string) {
	t.Helper()
	if _, ok := spec.LookUpEnum(enum); enum != "" && !ok {
		t.Errorf("%s: there is no enumeration %q", what, enum)
	}
}

func checkParams(t *testing.T, what string, params []spec.Param) {
	t.Helper()
	var names []string
	for _, param := range params {
		names = append(names, param.Name)
		where := what + "." + param.Name
		checkName(t, where, param.Name)
		checkDoc(t, where, param.Doc, param.Note)
		checkStructure(t, where, param.Type, param.Structure)
		checkEnum(t, where, param.Enum)
		if param.Required && param.Condition != "" {
			t.Errorf("%s is required and has a condition", where)
		}
		if strings.HasSuffix(param.Condition, ".") {
			t.Errorf("%s: the condition ends with a full stop", where)
		}
	}
	checkUnique(t, what, names)
}

func TestDomains(t *testing.T) {
	var names []string
	for domain := range spec.Domains() {
		names = append(names, domain.Name)
		checkName(t, "domain", domain.Name)
		checkDoc(t, domain.Name, domain.Doc, "")
	}
	checkUnique(t, "domains", names)
	want := strings.Fields("session user identity dialogue channel realm queue audience member message history access masterkey file transcript tag ice search track")
	if !slices.Equal(names, want) {
		t.Errorf("domains are %v, want %v", names, want)
	}
}

func TestActions(t *testing.T) {
	var names []string
	for action := range spec.Actions() {
		names = append(names, action.Name)
		checkName(t, "action", action.Name)
		checkDoc(t, action.Name, action.Doc, action.Note)
		checkParams(t, action.Name, action.Params)
		checkAnchor(t, action.Name, action.Anchor, action.Undocumented)
		if (action.Payload == spec.PayloadNone) != (action.PayloadDoc == "") {
			t.Errorf("%s: payload is %s, but its documentation is %q", action.Name, action.Payload, action.PayloadDoc)
		}
		if (action.Rule == spec.RuleNone) != (len(action.Replies) == 0) {
			t.Errorf("%s: rule is %s, but the replies are %v", action.Name, action.Rule, action.Replies)
		}
		for _, reply := range action.Replies {
			if _, ok := spec.LookUpEvent(reply); !ok {
				t.Errorf("%s: there is no event %q", action.Name, reply)
			}
		}
		for _, choice := range action.Choices {
			for _, name := range choice.Names {
				if param, ok := action.Param(name); !ok || param.Required {
					t.Errorf("%s: choice of %q, which isn't an optional parameter", action.Name, name)
				}
			}
		}
	}
	checkUnique(t, "actions", names)
	if len(names) != 72+3 {
		t.Errorf("there are %d actions, want 75", len(names))
	}
}

func checkAnchor(t *testing.T, name, anchor string, undocumented bool) {
	t.Helper()
	want := "#" + name
	if undocumented {
		want = ""
	}
	if anchor != want {
		t.Errorf("%s: anchor is %q, want %q", name, anchor, want)
	}
}

func TestEvents(t *testing.T) {
	var names []string
	for event := range spec.Events() {
		names = append(names, event.Name)
		checkName(t, "event", event.Name)
		checkDoc(t, event.Name, event.Doc, event.Note)
		checkParams(t, event.Name, event.Params)
		checkAnchor(t, event.Name, event.Anchor, event.Undocumented)
		for _, param := range event.Params {
			if !param.Required && !param.Undocumented && !event.Undocumented && param.Condition == "" {
				t.Errorf("%s.%s is optional, but has no condition", event.Name, param.Name)
			}
		}
	}
	checkUnique(t, "events", names)
	if len(names) != 64+3 {
		t.Errorf("there are %d events, want 67", len(names))
	}
}

func TestObjects(t *testing.T) {
	var names []string
	for object := range spec.Objects() {
		names = append(names, object.Name)
		checkName(t, "object", object.Name)
		checkDoc(t, object.Name, object.Doc, object.Note)
		checkParams(t, object.Name, object.Params)
		checkStructure(t, object.Name, object.Item.Type, object.Item.Structure)
		if (object.Kind == spec.KindMap) != (object.Key != "") {
			t.Errorf("%s: kind is %s, but the key is %q", object.Name, object.Kind, object.Key)
		}
		for _, part := range object.Union {
			if _, ok := spec.LookUpAttrs(part); !ok {
				t.Errorf("%s: there are no attributes %q", object.Name, part)
			}
		}
	}
	checkUnique(t, "objects", names)
}

func TestEntities(t *testing.T) {
	var names []string
	count := 0
	for entity := range spec.Entities() {
		names = append(names, entity.Name)
		checkName(t, "entity", entity.Name)
		checkDoc(t, entity.Name, entity.Doc, "")
		if (entity.Anchor == "") != (len(entity.Attrs) == 0) {
			t.Errorf("%s: anchor is %q", entity.Name, entity.Anchor)
		}
		checkAttrs(t, entity.AttrsName(), entity.Attrs)
		checkAttrs(t, entity.SettingsName(), entity.Settings)
		count += len(entity.Attrs)
	}
	checkUnique(t, "entities", names)
	if count != 73+1 {
		t.Errorf("there are %d attributes, want 74", count)
	}
}

func checkAttrs(t *testing.T, what string, attrs []spec.Attr) {
	t.Helper()
	var names []string
	for _, attr := range attrs {
		names = append(names, attr.Name)
		where := what + "." + attr.Name
		checkName(t, where, attr.Name)
		checkDoc(t, where, attr.Doc, attr.Note)
		checkStructure(t, where, attr.Type, attr.Structure)
		checkEnum(t, where, attr.Enum)
		if attr.Settable && attr.WritableBy == "" {
			t.Errorf("%s can be set, but by nobody", where)
		}
	}
	checkUnique(t, what, names)
}

func TestEnums(t *testing.T) {
	var names []string
	for enum := range spec.Enums() {
		names = append(names, enum.Name)
		checkName(t, "enumeration", enum.Name)
		checkDoc(t, enum.Name, enum.Doc, "")
		var values []string
		for _, value := range enum.Values {
			values = append(values, value.Value)
			checkDoc(t, enum.Name+" "+value.Value, value.Doc, "")
		}
		checkUnique(t, enum.Name, values)
	}
	checkUnique(t, "enumerations", names)
	for errorType := range spec.ErrorTypes() {
		checkName(t, "error type", errorType.Name)
		checkDoc(t, errorType.Name, errorType.Doc, "")
	}
}

// TestMessageTypes checks the table, and that the enumeration has the same names
// in the same order.
func TestMessageTypes(t *testing.T) {
	var names, values []string
	for messageType := range spec.MessageTypes() {
		what := messageType.Name
		names = append(names, what)
		checkDoc(t, what, messageType.Doc, messageType.Note)
		checkParams(t, what, withoutOwnStructures(messageType))
		for i := range messageType.Objects {
			object := &messageType.Objects[i]
			checkName(t, what, object.Name)
			checkDoc(t, what+" "+object.Name, object.Doc, object.Note)
			checkParams(t, what+" "+object.Name, object.Params)
		}
		want := "#" + strings.NewReplacer(".", "", "/", "").Replace(what)
		if messageType.Undocumented {
			want = ""
		}
		if messageType.Anchor != want {
			t.Errorf("%s: anchor is %q, want %q", what, messageType.Anchor, want)
		}
		if messageType.Sender == "" {
			t.Errorf("nobody sends %s", what)
		}
		if got, ok := spec.LookUpMessageType(what); !ok || got != messageType {
			t.Errorf("%s: got %v", what, got)
		}
	}
	enum, _ := spec.LookUpEnum("message_type")
	for _, value := range enum.Values {
		values = append(values, value.Value)
	}
	if !slices.Equal(names, values) {
		t.Errorf("the types are %q, the enumeration has %q", names, values)
	}
}

// withoutOwnStructures returns the members of the payload without the structures
// that only the type of message has.
func withoutOwnStructures(messageType *spec.MessageType) []spec.Param {
	params := slices.Clone(messageType.Params)
	for i := range params {
		if slices.ContainsFunc(messageType.Objects, func(o spec.Object) bool { return o.Name == params[i].Structure }) {
			params[i].Structure = ""
		}
	}
	return params
}

// TestSecrets names all secrets, so that a new one is thought of.
func TestSecrets(t *testing.T) {
	found := make(map[string]bool)
	collect := func(params iter.Seq[spec.Param]) {
		for param := range params {
			if param.Secret {
				found[param.Name] = true
			} else if found[param.Name] {
				t.Errorf("%s isn't secret everywhere", param.Name)
			}
		}
	}
	for action := range spec.Actions() {
		collect(slices.Values(action.Params))
	}
	for event := range spec.Events() {
		collect(slices.Values(event.Params))
	}
	for object := range spec.Objects() {
		collect(slices.Values(object.Params))
	}
	collect(values(spec.ActionEnvelope()))
	got := slices.Sorted(maps.Keys(found))
	want := strings.Fields("access_key caller_auth credential identity_auth identity_auth_new jitsi_token master_key_secret master_sign session_id site_secret user_auth")
	if !slices.Equal(got, want) {
		t.Errorf("secrets are %v, want %v", got, want)
	}
}
