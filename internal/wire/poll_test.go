package wire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// pollLimits are narrow ones.
var pollLimits = wire.Limits{Header: 100, Parts: 3, Part: 50, Total: 80, Answer: 1000}

func TestAppendPoll(t *testing.T) {
	for want, o := range map[string]wire.Outgoing{
		`{"action":"ping"}`: {Name: "ping"},
		`{"action":"resume_session","event_id":9007199254740993,"session_id":"s"}`: {Name: "resume_session", EventID: 1<<53 + 1, SessionID: "s"},
		`{"action":"x","action_id":1,"payload":[9007199254740993, 1],"c":"d"}`:     {Name: "x", ActionID: 1, Params: []byte(`{"c":"d"}`), Payload: [][]byte{[]byte(`[9007199254740993, 1]`)}},
		`{"action":"update_user","payload":["AP8=",""],"c":1}`:                     {Name: "update_user", Params: []byte(` { "c":1}`), Payload: [][]byte{{0, 255}, nil}},
	} {
		if err := o.CheckPoll(); err != nil {
			t.Errorf("%s: %v", want, err)
		}
		got := string(o.AppendPoll(nil))
		if strings.ReplaceAll(got, `, "c"`, `,"c"`) != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestCheckPoll(t *testing.T) {
	for name, o := range map[string]wire.Outgoing{
		"several parts":           {Name: "send_message", Payload: [][]byte{[]byte(`{}`), []byte(`{}`)}},
		"an empty part":           {Name: "send_message", Payload: [][]byte{nil}},
		"not JSON":                {Name: "send_message", Payload: [][]byte{[]byte(`hello`)}},
		"text after JSON":         {Name: "send_message", Payload: [][]byte{[]byte(`{},"action":"delete_user"`)}},
		"not UTF-8":               {Name: "send_message", Payload: [][]byte{[]byte("\"\xff\"")}},
		"a parameter of the name": {Name: "update_user", Params: []byte(`{"payload":1}`)},
	} {
		if err := o.CheckPoll(); !errors.Is(err, wire.ErrPollPayload) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestParsePoll(t *testing.T) {
	_, err := wire.ParsePoll([]byte(` [ {"event":"a","event_id":9007199254740993} , {"payload":[1, {"x":9007199254740993}],"event":"b"},
		{"event":"c","payload":{"text":"hello"} ,"d":{"payload":1}},{"payload":7},{"event":"e","payload":null},{"event":"f","\u0070ayload":"x"}]`), pollLimits, nil)
	if err == nil {
		t.Fatal("an object without a name is an event")
	}
	messages, err := wire.ParsePoll([]byte(` [ {"event":"a","event_id":9007199254740993} , { "payload":[1, {"x":9007199254740993}] , "event":"b"},
		{"event":"c","payload":{"text":"hello"} ,"d":{"payload":1}},{"event":"e","payload":null},{"event":"f","\u0070ayload":"x"}] `), pollLimits, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range messages {
		got = append(got, fmt.Sprintf("%s %d %s %q", m.Name, m.EventID, m.Text, m.Payload))
	}
	want := []string{
		`a 9007199254740993 {"event":"a","event_id":9007199254740993} []`,
		`b 0 { "event":"b"} ["[1, {\"x\":9007199254740993}]"]`,
		`c 0 {"event":"c" ,"d":{"payload":1}} ["{\"text\":\"hello\"}"]`,
		`e 0 {"event":"e"} []`,
		`f 0 {"event":"f"} ["\"x\""]`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if messages, err := wire.ParsePoll([]byte("[]"), pollLimits, nil); len(messages) != 0 || err != nil {
		t.Fatal(messages, err)
	}
}

func TestParsePollRefuses(t *testing.T) {
	for _, text := range []string{
		``, `{}`, `{"event":"e"}`, `null`, `[`, `[{"event":"e"}`, `[{"event":"e"},]`, `[{"event":"e"}]x`, `[1]`, `[null]`, `[[]]`,
		`[{"event":1}]`, `[{"event":"e","event_id":"1"}]`, `[{"event":"e","payload":1,"payload":2}]`, "[{\"event\":\"e\",\"payload\":\"\xff\"}]",
		`<html>`, `[{"event":"e","x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}]`,
	} {
		_, err := wire.ParsePoll([]byte(text), pollLimits, nil)
		if e, ok := errors.AsType[*wire.Error](err); !ok || e.Kind != wire.Malformed {
			t.Errorf("%s: error is %v", text, err)
		}
	}
}

func TestParsePollLimits(t *testing.T) {
	payload := func(length int) string {
		return `[{"event":"e","event_id":7,"payload":"` + strings.Repeat("x", length-2) + `"}]`
	}
	messages, err := wire.ParsePoll([]byte(payload(50)), pollLimits, nil)
	if err != nil || messages[0].Damage != nil || len(messages[0].Payload[0]) != 50 {
		t.Fatalf("%+v, %v", messages, err)
	}
	for name, text := range map[string]string{
		"too long":      payload(51),
		"was left out":  `[{"event":"e","event_id":7,"frames":1}]`,
		"several parts": `[{"event":"e","event_id":7,"frames":2}]`,
	} {
		messages, err := wire.ParsePoll([]byte(text), pollLimits, nil)
		if err != nil || messages[0].Damage == nil || messages[0].Payload != nil || messages[0].EventID != 7 || messages[0].Damage.Header != &messages[0].Header {
			t.Errorf("%s: %+v, %v", name, messages, err)
		}
	}
	for name, text := range map[string]string{
		"header": `[{"event":"e","x":"` + strings.Repeat("x", 100) + `"}]`,
		"answer": `[` + strings.Repeat(" ", 1000) + `]`,
		"events": `[` + strings.Repeat(`{"event":"e"},`, 1<<16) + `{"event":"e"}]`,
	} {
		limits := pollLimits
		if name == "events" {
			limits.Answer = 1 << 20
		}
		_, err := wire.ParsePoll([]byte(text), limits, nil)
		if e, ok := errors.AsType[*wire.Error](err); !ok || e.Kind != wire.TooMuch {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// FuzzParsePoll compares with package encoding/json.
func FuzzParsePoll(f *testing.F) {
	for _, seed := range []string{
		`[]`, `[{"event":"e","event_id":1,"payload":{"a":[1]}},{"payload":1,"event":"f"}]`, `[{"event":"e","payload":null}]`,
		`[ { "event" : "e" , "payload" : "x" } ]`, `[{"event":"e","payload":1,"payload":2}]`, `{"event":"e"}`, `[{"event":"e"},`, `[1]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		messages, err := wire.ParsePoll(text, wire.DefaultLimits(), nil)
		if err != nil {
			if _, ok := errors.AsType[*wire.Error](err); !ok {
				t.Fatalf("error is a %T", err)
			}
			return
		}
		var want []map[string]json.RawMessage
		if err := json.Unmarshal(text, &want); err != nil || len(want) != len(messages) {
			t.Fatalf("%d messages are taken from %d: %v", len(messages), len(want), err)
		}
		for i, m := range messages {
			checkPolled(t, m, want[i])
		}
	})
}

func checkPolled(t *testing.T, m *wire.Message, want map[string]json.RawMessage) {
	t.Helper()
	var got map[string]json.RawMessage
	if err := json.Unmarshal(m.Text, &got); err != nil {
		t.Fatalf("%s: %v", m.Text, err)
	}
	payload, ok := want["payload"]
	delete(want, "payload")
	switch {
	case len(got) != len(want):
		t.Fatalf("%d members of %d", len(got), len(want))
	case ok && string(payload) != "null" && (len(m.Payload) != 1 || string(m.Payload[0]) != string(payload)):
		t.Fatalf("payload is %q, want %q", m.Payload, payload)
	case (!ok || string(payload) == "null") && m.Payload != nil:
		t.Fatalf("payload %q out of nothing", m.Payload)
	}
	for name, value := range want {
		if string(got[name]) != string(value) {
			t.Fatalf("%s is %s, want %s", name, got[name], value)
		}
	}
}
