package api

import (
	"math"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestNewAction(t *testing.T) {
	tests := []struct {
		params any
		want   string
	}{
		{nil, ""},
		{map[string]any{"b": 1, "a": []string{}}, `{"a":[],"b":1}`},
		{struct{}{}, `{}`},
		{SendMessage{UserID: new("1"), MessageType: "x"}, `{"user_id":"1","message_type":"x"}`},
		{jsontext.Value(`{"large":9007199254740993}`), `{"large":9007199254740993}`},
	}
	for _, test := range tests {
		action, err := NewAction("load_history", test.params, []byte("payload"))
		if err != nil {
			t.Errorf("%v: %v", test.params, err)
			continue
		}
		if string(action.Params) != test.want || action.Rule != RuleHistory || len(action.Payload) != 1 {
			t.Errorf("got %+v, want %s", action, test.want)
		}
	}
}

// TestNewActionFails checks that what can't be encoded is an error at once.
func TestNewActionFails(t *testing.T) {
	for _, params := range []any{
		map[string]any{"a": math.NaN()},
		map[string]any{"a": math.Inf(1)},
		map[string]any{"a": "\xff"},
		map[string]any{"a": func() {}},
		[]string{"a"},
		"text",
		(*SendMessage)(nil),
		jsontext.Value(`{`),
	} {
		action, err := NewAction("ping", params)
		if err == nil || !strings.HasPrefix(err.Error(), "ninchat: encode ping: ") {
			t.Errorf("%#v: got %+v, %v", params, action, err)
		}
	}
	if _, err := (SendMessage{MessageTTL: new(math.NaN())}).Action(); err == nil {
		t.Error("NaN was accepted")
	}
}

func TestRules(t *testing.T) {
	want := map[string]Rule{
		"send_message":    RuleOne,
		"something":       RuleOne,
		"update_session":  RuleNone,
		"resume_session":  RuleNone,
		"load_history":    RuleHistory,
		"search":          RuleSearch,
		"search_users":    RuleSearch,
		"search_channels": RuleSearch,
		"join_channel":    RuleJoin,
		"create_realm":    RuleJoin,
		"add_member":      RuleOne,
	}
	for name, rule := range want {
		if got := ruleOf(name); got != rule {
			t.Errorf("%s: got %d, want %d", name, got, rule)
		}
	}
}

func TestActionTyped(t *testing.T) {
	action := &Action{Name: "send_message", Params: jsontext.Value(`{"user_id":"1","message_type":"x","more":1}`), Payload: [][]byte{{1}}}
	typed, err := action.Typed()
	if err != nil {
		t.Fatal(err)
	}
	message, ok := typed.(*SendMessage)
	if !ok || *message.UserID != "1" || len(message.Payload) != 1 || string(message.Unknown) != `{"more":1}` {
		t.Errorf("got %+v", typed)
	}

	if typed, err := (&Action{Name: "ping"}).Typed(); err != nil || typed.(*Ping) == nil {
		t.Errorf("without parameters: got %v, %v", typed, err)
	}
	unknown := &Action{Name: "something", Params: jsontext.Value(`{`)}
	if typed, err := unknown.Typed(); err != nil || typed != any(unknown) {
		t.Errorf("unknown action: got %v, %v", typed, err)
	}
	for _, params := range []string{`{"user_id":1}`, `[]`, `{`, `{"user_id":"1","user_id":"2"}`, `{"message_ttl":"1"}`} {
		action := &Action{Name: "send_message", Params: jsontext.Value(params)}
		if typed, err := action.Typed(); err == nil {
			t.Errorf("%s: got %+v", params, typed)
		}
	}
}
