package api

import (
	"reflect"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// compareAll compares unexported fields too.
var compareAll = cmp.Exporter(func(reflect.Type) bool { return true })

// TestActionRoundTrip checks that each action keeps its values when it is
// encoded and decoded.
func TestActionRoundTrip(t *testing.T) {
	for _, name := range actionNames {
		t.Run(name, func(t *testing.T) {
			checkRandom(t, newTypedAction(name), func(t *rapid.T, want TypedAction) {
				if want.ActionName() != name {
					t.Fatalf("the name is %s", want.ActionName())
				}
				action, err := want.Action()
				if err != nil {
					t.Fatal(err)
				}
				if action.Name != name || action.Rule != ruleOf(name) || action.Transient {
					t.Fatalf("got %+v", action)
				}
				got, err := action.Typed()
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(any(want), got, compareAll); diff != "" {
					t.Fatalf("%s\n(-want +got):\n%s", action.Params, diff)
				}
			})
		})
	}
}

// TestEventRoundTrip checks that each event keeps its values when it is encoded
// and decoded.
func TestEventRoundTrip(t *testing.T) {
	for _, name := range eventNames {
		t.Run(name, func(t *testing.T) {
			checkRandom(t, newTypedEvent(name), func(t *rapid.T, want TypedEvent) {
				event, err := NewEvent(want)
				if err != nil {
					t.Fatal(err)
				}
				if event.Name != name || want.EventName() != name {
					t.Fatalf("got %+v", event)
				}
				got, err := event.Typed()
				if err != nil {
					t.Fatal(err)
				}
				envelope := got.(enveloped).envelope()
				if envelope.Event != name || envelope.EventID != event.ID || envelope.ActionID != event.ActionID {
					t.Fatalf("got %+v of %+v", envelope, event)
				}
				envelope.Event = ""
				if diff := cmp.Diff(any(want), got, compareAll); diff != "" {
					t.Fatalf("%s\n(-want +got):\n%s", event.Header, diff)
				}
			})
		})
	}
}

// TestUnknownSurvives checks that members without a field are kept at each
// level.
func TestUnknownSurvives(t *testing.T) {
	const header = `{"event":"channel_found","channel_id":"1",` +
		`"channel_attrs":{"name":"a","new_attr":[1.50]},` +
		`"channel_members":{"2":{"user_attrs":{"new_attr":null},"member_attrs":{},"new_member":{}}},` +
		`"new_param":9007199254740993}`
	event := &Event{Name: "channel_found", Header: jsontext.Value(header)}
	typed, ok, err := As[*ChannelFound](event)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if got := string(typed.Unknown); got != `{"new_param":9007199254740993}` {
		t.Errorf("unknown parameters are %s", got)
	}
	encoded, err := NewEvent(typed)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(encoded.Header); got != header {
		t.Errorf("got  %s\nwant %s", got, header)
	}
}

// TestZeroValues checks what is written of values that are zero.
func TestZeroValues(t *testing.T) {
	tests := []struct {
		value any
		want  string
	}{
		{SendMessage{}, `{"message_type":""}`},
		{SendMessage{ChannelID: new(""), MessageFold: new(false), MessageTTL: new(0.0)}, `{"channel_id":"","message_type":"","message_fold":false,"message_ttl":0}`},
		{SendMessage{MessageRecipientIDs: []string{}}, `{"message_type":"","message_recipient_ids":[]}`},
		{CreateSession{}, `{"message_types":[]}`},
		{UpdateMessage{}, `{"channel_id":"","message_id":"","message_hidden":false}`},
		{UpdateChannel{}, `{"channel_id":"","channel_attrs":{}}`},
		{Track{}, `{"realm_id":"","track_stage":"","track_metadata":{}}`},
		{TagChild{}, `{"tag_attrs":{}}`},
		{TagChild{TagChildren: map[string]TagChild{}}, `{"tag_attrs":{},"tag_children":{}}`},
		{Schedule{Week: []DayHours{nil, {}, {nil, new("2:00")}}}, `{"timezone":"","week":[null,[],[null,"2:00"]]}`},
		{SearchResults{}, `{}`},
		{ICEBegun{}, `{"stun_servers":[],"turn_servers":[]}`},
	}
	for _, test := range tests {
		got, err := json.Marshal(test.value)
		if err != nil || string(got) != test.want {
			t.Errorf("%T: got %s, %v, want %s", test.value, got, err, test.want)
		}
	}
}
