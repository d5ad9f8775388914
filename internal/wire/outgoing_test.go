package wire_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ninchat-community/ninchat/internal/wire"
)

func TestAppendHeader(t *testing.T) {
	for want, o := range map[string]*wire.Outgoing{
		`{"action":"ping"}`:                     {Name: "ping"},
		`{"action":"ping","action_id":1}`:       {Name: "ping", ActionID: 1, Params: []byte(`{}`)},
		`{"action":"x","frames":1}`:             {Name: "x", Payload: [][]byte{nil}},
		`{"action":"x","event_id":5,"a":1}`:     {Name: "x", EventID: 5, Params: []byte(` { "a":1}`)},
		`{"action":"x","session_id":"a\"b"}`:    {Name: "x", SessionID: `a"b`, Params: []byte("{ \n }")},
		`{"action":"a\u0000\u001f\\ä","b":[1]}`: {Name: "a\x00\x1f\\ä", Params: []byte(`{"b":[1]}`)},
		`{"action":"x","action_id":9223372036854775807,"event_id":9007199254740993,"frames":2,"session_id":"s","c":{}}`: {
			Name: "x", ActionID: math.MaxInt64, EventID: 1<<53 + 1, SessionID: "s", Params: []byte(`{"c":{}}`), Payload: [][]byte{nil, nil},
		},
	} {
		got := string(o.AppendHeader([]byte("before")))
		if strings.ReplaceAll(got, " ", "") != "before"+want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Whatever goes out is understood by the other side.
func TestHeaderRoundTrip(t *testing.T) {
	id := rapid.Int64Range(0, math.MaxInt64)
	rapid.Check(t, func(t *rapid.T) {
		params := rapid.MapOfN(rapid.String().Filter(notEnvelope), rapid.String(), 0, 4).Draw(t, "params")
		encoded, err := json.Marshal(params)
		if err != nil {
			t.Fatal(err)
		}
		o := &wire.Outgoing{
			Name:      rapid.StringN(1, -1, -1).Draw(t, "name"),
			ActionID:  id.Draw(t, "action id"),
			EventID:   id.Draw(t, "event id"),
			SessionID: rapid.String().Draw(t, "session id"),
			Params:    encoded,
			Payload:   make([][]byte, rapid.IntRange(0, 3).Draw(t, "parts")),
		}
		if err := wire.CheckParams(o.Params); err != nil {
			t.Fatal(err)
		}
		text := o.AppendHeader(nil)
		want := wire.Header{
			Name: o.Name, IsAction: true, ActionID: o.ActionID, EventID: o.EventID, SessionID: o.SessionID, Frames: len(o.Payload),
		}
		got, err := wire.ScanHeader(text, nil)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		for name, value := range params {
			if got := wire.StringMember(text, name); got != value {
				t.Errorf("%s: %q became %q", name, value, got)
			}
		}
	})
}

func notEnvelope(name string) bool {
	switch name {
	case "action", "event", "action_id", "event_id", "frames", "session_id", "users", "channels", "history_length":
		return false
	}
	return true
}

func TestAppendString(t *testing.T) {
	for text, want := range map[string]string{
		"":                 `""`,
		"\"\\/\n\x7f":      `"\"\\/\u000a` + "\x7f" + `"`,
		"ä\u2028😀<>&":      "\"ä\u2028😀<>&\"",
		"a\xffb":           "\"a\uFFFDb\"",
		"\xed\xa0\x80 end": "\"\uFFFD\uFFFD\uFFFD end\"",
	} {
		if got := string(wire.AppendString(nil, text)); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

func TestAppendStringRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
		if rapid.Bool().Draw(t, "valid") {
			text = rapid.String().Draw(t, "valid text")
		}
		quoted := wire.AppendString([]byte("x"), text)[1:]
		want := string([]rune(text))
		var decoded string
		if err := json.Unmarshal(quoted, &decoded); err != nil {
			t.Fatalf("%q: %v", quoted, err)
		}
		got, ok := wire.Unquote(quoted)
		if !ok || got != decoded || !utf8.ValidString(got) {
			t.Errorf("%q became %q, %v; encoding/json says %q", text, got, ok, decoded)
		}
		if got != want {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func TestAppendMembers(t *testing.T) {
	for object, want := range map[string]string{
		``:                "{\"a\":1}",
		`null`:            "{\"a\":1}",
		`{}`:              "{\"a\":1}",
		" {\t} ":          "{\"a\":1}",
		`{"b":2}`:         `{"a":1,"b":2}`,
		` {"b":{"c":[]}}`: `{"a":1,"b":{"c":[]}}`,
	} {
		if got := string(wire.AppendMembers([]byte(`{"a":1`), []byte(object))); got != want {
			t.Errorf("%q: %s", object, got)
		}
	}
}

func TestAppendMembersRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.MapOf(rapid.StringMatching(`[b-z]{1,5}`), rapid.Int64()).Draw(t, "members")
		object, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		space := rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(t, "space")
		joined := wire.AppendMembers([]byte(`{"a":1`), []byte(space+string(object)+space))
		got := map[string]int64{}
		if err := json.Unmarshal(joined, &got); err != nil {
			t.Fatalf("%s: %v", joined, err)
		}
		want["a"] = 1
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestCheckParams(t *testing.T) {
	for _, params := range []string{`{}`, ` { } `, `{"a":null}`, `{"a":{"action":1,"frames":2}}`, `{"Action":"x","":1}`, `{"a":` + nested("[", "]", 63) + `}`} {
		if err := wire.CheckParams([]byte(params)); err != nil {
			t.Errorf("%s: %v", params, err)
		}
	}
	if err := wire.CheckParams(nil); err != nil {
		t.Errorf("nil: %v", err)
	}
	for params, reason := range map[string]string{
		``:                                   "a JSON object is wanted",
		`null`:                               "a JSON object is wanted",
		`[]`:                                 "a JSON object is wanted",
		`{"a":1`:                             "doesn't end",
		`{"a":NaN}`:                          "a JSON value is wanted",
		`{"a":1}}`:                           "text after",
		`{"a":1},"frames":9`:                 "text after",
		"{\"a\":\"\xff\"}":                   "isn't valid UTF-8",
		`{"action":"x"}`:                     "action isn't one",
		`{"event":"x"}`:                      "event isn't one",
		`{"action_id":1}`:                    "action_id isn't one",
		`{"event_id":1}`:                     "event_id isn't one",
		`{"a":1,"frames":1}`:                 "frames isn't one",
		`{"session_id":"x"}`:                 "session_id isn't one",
		`{"\u0066rames":1}`:                  "frames isn't one",
		`{"action\u005fid":}`:                "a JSON value is wanted",
		`{"a":` + nested("[", "]", 64) + `}`: "nested too deeply",
	} {
		err := wire.CheckParams([]byte(params))
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", params, err)
		}
	}
}

// What is appended to a buffer leaves the rest of it alone.
func TestAppendKeepsWhatIsThere(t *testing.T) {
	before := bytes.Repeat([]byte("x"), 100)
	o := &wire.Outgoing{Name: "ping", ActionID: 1, Payload: [][]byte{[]byte("payload")}}
	for _, encoder := range []wire.Encoder{{}, {Mask: func() uint32 { return 0x01020304 }}} {
		got := encoder.AppendAction(bytes.Clone(before), o)
		if !bytes.HasPrefix(got, before) || string(got[100:]) != string(encoder.AppendAction(nil, o)) {
			t.Errorf("got %q", got)
		}
	}
}
