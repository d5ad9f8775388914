package server_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// history loads messages, checks the counting, and returns their texts. Other
// types are shown as their names.
func (w *world) history(who, params string) string {
	w.t.Helper()
	c := w.clients[who]
	id := c.send(w.fill(`{"action":"load_history"` + params + `}`))
	results := c.reply(id)
	expect(w.t, results, `{"event":"history_results"}`)
	left := int(results.number("history_length"))
	var texts []string
	last := ""
	for left > 0 {
		left--
		e := c.reply(id)
		expect(w.t, e, fmt.Sprintf(`{"event":"message_received","history_length":%d}`, left))
		last = e.text("message_id")
		text := e.text("message_type")
		if text == "ninchat.com/text" {
			text = strings.TrimSuffix(strings.TrimPrefix(e.payload[0], `{"text":"`), `"}`)
		}
		texts = append(texts, text)
	}
	if got := results.text("message_id"); got != last {
		w.t.Fatalf("history_results has message_id %q, the last message has %q", got, last)
	}
	return strings.Join(texts, " ")
}

func TestHistory(t *testing.T) {
	w := newWorld(t)
	ids := map[string]string{}
	for i := range 6 {
		text := strconv.Itoa(i)
		ids[text] = w.say("anna", text)
	}
	w.do("anna", `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/text","message_ttl":10}`, `{"text":"passing"}`)
	w.do("anna", `{"action":"send_message","channel_id":"$channel","message_type":"example.com/x"}`, `{"text":"other"}`)
	in := `,"channel_id":"$channel"`
	text := in + `,"message_types":["ninchat.com/text"]`
	for _, test := range []struct{ params, want string }{
		{text, "5 4 3 2 1 0"},
		{text + `,"history_order":-1`, "5 4 3 2 1 0"},
		{text + `,"history_order":1`, "0 1 2 3 4 5"},
		{text + `,"history_length":2`, "5 4"},
		{text + `,"history_length":2,"history_order":1`, "0 1"},
		{text + `,"history_length":0`, ""},
		{text + `,"message_id":"` + ids["3"] + `"`, "2 1 0"},
		{text + `,"message_id":"` + ids["3"] + `","history_order":1`, "4 5"},
		{text + `,"message_id":"","history_order":1`, "0 1 2 3 4 5"},
		{text + `,"message_id":""`, ""},
		{text + `,"message_id":"zzz"`, "5 4 3 2 1 0"},
		{text + `,"message_id":"zzz","history_order":1`, ""},
		{in + `,"message_types":["example.com/*"]`, "example.com/x"},
		{in + `,"message_types":[]`, ""},
		{in + `,"history_length":2`, "example.com/x 5"},
		{text + `,"filter_property":"text","filter_substring":"4"`, "4"},
		{text + `,"filter_property":"text","filter_substring":"none"`, ""},
		{in + `,"filter_property":"text","filter_substring":"OTHER"`, ""},
	} {
		if got := w.history("anna", test.params); got != test.want {
			t.Errorf("%s: got %q, want %q", test.params, got, test.want)
		}
	}
	load := func(rest string) string { return `{"action":"load_history"` + rest + `}` }
	w.run([]step{
		{"outi", load(in), nil, `{"error_type":"permission_denied"}`},
		{"anna", load(``), nil, `{"error_type":"request_malformed"}`},
		{"anna", load(in + `,"user_id":"$bert"`), nil, `{"error_type":"request_malformed"}`},
		{"anna", load(in + `,"history_order":2`), nil, `{"error_type":"request_malformed"}`},
		{"anna", load(in + `,"history_length":-1`), nil, `{"error_type":"request_malformed"}`},
		{"anna", load(in + `,"history_length":1.5`), nil, `{"error_type":"request_malformed"}`},
		{"anna", load(in + `,"filter_property":"text"`), nil, `{"error_type":"request_malformed"}`},
		{"anna", load(in + `,"filter_property":"x","filter_substring":"y"`), nil, `{"error_type":"request_malformed"}`},
		{"anna", load(`,"channel_id":"none"`), nil, `{"error_type":"channel_not_found"}`},
		{"anna", load(`,"user_id":"nobody"`), nil, `{"error_type":"user_not_found"}`},
		{"anna", load(`,"user_id":"$bert"`), nil, `{"event":"history_results","user_id":"$bert","history_length":0,"message_id":"<absent>"}`},
	})
}

// Without message_types, those of the session count.
func TestHistoryDefaultTypes(t *testing.T) {
	w := newWorld(t)
	w.clients["texts"] = login(t, w.srv, w.fill(`,"message_types":["ninchat.com/text"],"user_id":"$anna","user_auth":"$anna.auth"`))
	w.say("anna", "x")
	if got := w.history("texts", `,"channel_id":"$channel"`); got != "x" {
		t.Errorf("got %q", got)
	}
}

func TestHistoryLengths(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) { c.Limits.History = 1200 })
	for i := range 1400 {
		w.clients["bert"].write(w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/text"}`), fmt.Sprintf(`{"text":"%d"}`, i))
	}
	text := `,"channel_id":"$channel","message_types":["ninchat.com/text"]`
	w.settle()
	if got := len(strings.Fields(w.history("anna", text))); got != 100 {
		t.Errorf("by default %d messages", got)
	}
	if got := strings.Fields(w.history("anna", text+`,"history_length":5000`)); len(got) != 1000 || got[0] != "1399" {
		t.Errorf("at most %d messages, the first one is %s", len(got), got[0])
	}
	if got := w.history("anna", text+`,"history_order":1,"history_length":1`); got == "0" {
		t.Error("nothing was forgotten")
	}
}

func TestFoldedHistory(t *testing.T) {
	w := newWorld(t)
	fold := func(who, kind, text string) string {
		e := w.do(who, `{"action":"send_message","channel_id":"$channel","message_fold":true,"message_type":"`+kind+`"}`, `{"text":"`+text+`"}`)
		return e.text("message_id")
	}
	fold("anna", "ninchat.com/text", "a1")
	fold("bert", "ninchat.com/text", "b1")
	bound := fold("anna", "ninchat.com/text", "a2")
	w.say("anna", "plain")
	fold("anna", "x", "")
	in := `,"channel_id":"$channel"`
	for _, test := range []struct{ params, want string }{
		{in + `,"message_fold":true`, "x a2 b1"},
		{in + `,"message_fold":true,"history_order":1`, "b1 a2 x"},
		{in + `,"message_fold":true,"history_order":1,"history_length":1`, "b1"},
		{in + `,"message_fold":true,"message_id":"` + bound + `"`, "b1"},
		{in + `,"message_types":["ninchat.com/text"]`, "plain a2 b1 a1"},
	} {
		if got := w.history("anna", test.params); got != test.want {
			t.Errorf("%s: got %q, want %q", test.params, got, test.want)
		}
	}
}

// New members don't see what was said before, unless it has been disclosed.
func TestDisclosedSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		text := `,"channel_id":"$channel","message_types":["ninchat.com/text"]`
		join := `{"action":"join_channel","channel_id":"$channel"}`
		w.say("anna", "private")
		time.Sleep(time.Second)
		w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"disclosed_since":1}}`)
		time.Sleep(time.Second)
		w.say("anna", "disclosed")
		time.Sleep(time.Second)
		w.do("outi", join)
		w.say("anna", "new")
		if got := w.history("outi", text); got != "new disclosed" {
			t.Errorf("got %q", got)
		}
		if got := w.history("bert", text); got != "new disclosed private" {
			t.Errorf("got %q", got)
		}
		w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"disclosed_since":null}}`)
		if got := w.history("outi", text); got != "new" {
			t.Errorf("got %q", got)
		}
	})
}

// What was said isn't disclosed because the clock has been set back.
func TestDisclosedSinceWhenTheClockIsSetBack(t *testing.T) {
	clock := new(setClock)
	w := newWorld(t, func(c *serverConfig) { c.Clock = clock })
	clock.set(time.Hour)
	w.say("anna", "confidential")
	clock.set(2 * time.Second)
	expect(t, w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"disclosed_since":1}}`), `{"event":"channel_updated"}`)
	clock.set(4 * time.Second)
	expect(t, w.do("outi", `{"action":"join_channel","channel_id":"$channel"}`), `{"event":"channel_joined"}`)
	if got := w.history("outi", `,"channel_id":"$channel","message_types":["ninchat.com/text"]`); strings.Contains(got, "confidential") {
		t.Errorf("got %q", got)
	}
}

func TestDialogueHistory(t *testing.T) {
	w := newWorld(t)
	ids := []string{}
	for i := range 4 {
		e := w.do("anna", `{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/text"}`, fmt.Sprintf(`{"text":"%d"}`, i))
		ids = append(ids, e.text("message_id"))
	}
	if got := w.history("anna", `,"user_id":"$bert"`); got != "3 2 1 0" {
		t.Errorf("got %q", got)
	}
	discard := `{"action":"discard_history","user_id":"$anna","message_id":"` + ids[1] + `"}`
	expect(t, w.do("bert", discard), w.fill(`{"event":"history_discarded","user_id":"$anna","message_id":"`+ids[1]+`","history_length":"<absent>"}`))
	if got := w.history("bert", `,"user_id":"$anna"`); got != "3 2" {
		t.Errorf("got %q", got)
	}
	if got := w.history("anna", `,"user_id":"$bert","history_order":1`); got != "0 1 2 3" {
		t.Errorf("got %q", got)
	}
	expect(t, w.do("bert", `{"action":"load_history","user_id":"$anna","history_length":1}`), w.fill(`{"user_id":"$anna"}`))
	w.settle()
	w.clients["bert"].write(w.fill(discard))
	w.clients["bert"].quiet()
	expect(t, w.do("bert", `{"action":"discard_history","user_id":"$outi","message_id":"x"}`), `{"error_type":"user_not_found"}`)
	expect(t, w.do("bert", `{"action":"discard_history","user_id":"$outi"}`), `{"error_type":"request_malformed"}`)
}
