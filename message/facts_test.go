package message_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/ninchat-community/ninchat/message"
	"github.com/ninchat-community/ninchat/spec"
)

// fact is what has been collected about a message type.
type fact struct {
	Payload    string
	Parts      int
	Properties map[string]factProperty
	SentBy     string `json:"sent_by"`
	// Class has limits, and so has Href.
	MinItems int `json:"min_items"`
}

type factProperty struct {
	Type      string
	Optional  bool
	Nullable  bool
	Values    []string
	Items     map[string]factProperty
	MinItems  int    `json:"min_items"`
	MaxItems  int    `json:"max_items"`
	MaxTokens int    `json:"max_tokens"`
	OnlyWith  string `json:"only_with_element"`
	OnlyIf    string `json:"iff_element"`
	URIRules  *struct {
		Schemes []string
		HTTPS   []string
		Mailto  []string
		Tel     []string
	} `json:"uri_rules"`
}

func facts(t *testing.T) map[string]fact {
	t.Helper()
	text, err := os.ReadFile("testdata/messages.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]fact
	if err := json.Unmarshal(text, &all, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	return all
}

// Every type and property that is known has a content with a test that accepts
// it, one that refuses another kind of value, and one that misses it, if it is
// required.
func TestFactsAreCovered(t *testing.T) {
	all := facts(t)
	var names []string
	for name, f := range all {
		names = append(names, name)
		table, ok := cases()[name]
		if !ok || !message.Known(name) {
			t.Errorf("%s isn't covered", name)
			continue
		}
		if server := f.SentBy == "server only"; server != message.ServerOnly(name) {
			t.Errorf("%s: sent by the server only: %v", name, !server)
		}
		if want := map[string]string{"object": "{", "array": "["}[f.Payload]; want == "" || !strings.HasPrefix(strings.TrimSpace(table.accepted[0].payload), want) || f.Parts != 1 {
			t.Errorf("%s: payload %s of %d parts", name, f.Payload, f.Parts)
		}
		checkProperties(t, name, table, "", f.Properties)
	}
	slices.Sort(names)
	if diff := cmp.Diff(names, message.Types()); diff != "" {
		t.Errorf("types (-facts +package):\n%s", diff)
	}
}

func checkProperties(t *testing.T, name string, table typeCases, prefix string, properties map[string]factProperty) {
	t.Helper()
	if name == message.TypeUICompose && prefix == "" {
		prefix = "[0]."
	}
	for property, f := range properties {
		path := prefix + property
		if !slices.ContainsFunc(table.accepted, func(a accepted) bool { return strings.Contains(a.payload, `"`+property+`"`) }) {
			t.Errorf("%s: %s is accepted by no test", name, path)
		}
		refusedBy := func(rule message.Rule) bool {
			return slices.ContainsFunc(table.refused, func(r refused) bool { return atSome(r.path) == atSome(path) && r.rule == rule })
		}
		for rule, applies := range map[message.Rule]bool{
			message.ErrKind:     true,
			message.ErrRequired: !f.Optional || f.OnlyIf != "",
			message.ErrCount:    f.MinItems > 0 || f.MaxItems > 0 || f.MaxTokens > 0,
			message.ErrValue:    f.Values != nil && property != "cause",
			message.ErrTogether: f.OnlyWith != "" || f.OnlyIf != "",
			message.ErrLink:     f.URIRules != nil,
		} {
			if applies && !refusedBy(rule) {
				t.Errorf("%s: no test has %s refused by the rule %s", name, path, rule)
			}
		}
		checkProperties(t, name, table, path+"[0].", f.Items)
	}
}

// atSome is a path with all positions made 0.
func atSome(path string) string {
	return strings.NewReplacer("[1]", "[0]", "[2]", "[0]").Replace(path)
}

// Limits and values are those that are known.
func TestFactsAboutLimits(t *testing.T) {
	all := facts(t)
	compose := all[message.TypeUICompose].Properties
	options := compose["options"]
	got := []any{
		compose["class"].MaxTokens, options.MinItems, options.MaxItems, compose["element"].Values, all[message.TypeUIAction].Properties["action"].Values,
		compose["id"].Nullable, compose["name"].Nullable, compose["label"].Nullable, all[message.TypeUICompose].MinItems,
		all[message.TypeInfoPart].Properties["cause"].Values, all[message.TypeInfoChannel].Properties["cause"].Values,
		compose["href"].URIRules.Schemes,
	}
	want := []any{
		message.MaxClasses, 1, message.MaxOptions, []string{message.ElementLink, message.ElementButton, message.ElementSelect}, []string{message.ActionClick},
		true, true, false, 1,
		[]string{message.CauseMemberRemove, message.CauseAudienceTransfer}, []string{message.CauseAudienceTransfer},
		[]string{"https", "mailto", "tel"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	rules := compose["href"].URIRules
	if n := len(rules.HTTPS) + len(rules.Mailto) + len(rules.Tel); n != 9 {
		t.Errorf("there are %d rules for links: the table of links may lack some", n)
	}
}

// The tables of package spec have the same types with the same properties.
func TestSpec(t *testing.T) {
	var names []string
	for messageType := range spec.MessageTypes() {
		names = append(names, messageType.Name)
		table := cases()[messageType.Name]
		for _, param := range messageType.Params {
			quoted := `"` + param.Name + `"`
			if !slices.ContainsFunc(table.accepted, func(a accepted) bool { return !a.loose && strings.Contains(a.payload, quoted) }) {
				t.Errorf("%s: %s isn't accepted strictly", messageType.Name, param.Name)
			}
		}
	}
	slices.Sort(names)
	if diff := cmp.Diff(names, message.Types()); diff != "" {
		t.Errorf("types (-spec +package):\n%s", diff)
	}
}
