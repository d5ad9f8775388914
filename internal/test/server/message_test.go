package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSendMessage(t *testing.T) {
	const text, notice = "ninchat.com/text", "ninchat.com/notice"
	send := func(kind, rest string) string {
		return `{"action":"send_message","channel_id":"$channel","message_type":"` + kind + `"` + rest + `}`
	}
	hello := []string{`{"text":"hello"}`}
	update := func(attrs string) string {
		return `{"action":"update_channel","channel_id":"$channel","channel_attrs":{` + attrs + `}}`
	}
	fine := `{"event":"message_received"}`
	denied := `{"event":"error","error_type":"permission_denied","channel_id":"$channel"}`
	play(t, []scenario{
		{name: "channel", steps: []step{
			{"bert", send(text, ``), hello, `{"event":"message_received","channel_id":"$channel","message_type":"ninchat.com/text","message_user_id":"$bert","message_user_name":"bert","frames":1,"user_id":"<absent>","message_hidden":"<absent>","message_fold":"<absent>","message_recipient_ids":"<absent>","message_ttl":"<absent>","history_length":"<absent>"}`},
			{"bert", send(text, `,"message_fold":true,"message_ttl":1.5`), hello, `{"message_fold":true,"message_ttl":1.5}`},
			{"bert", send("example.com/x", ``), []string{"", "\xff", "z"}, `{"event":"message_received","frames":3}`},
			{"outi", send(text, ``), hello, denied},
			{"outi", `{"action":"send_message","channel_id":"none","message_type":"x"}`, hello, `{"error_type":"channel_not_found","channel_id":"none"}`},
		}, told: []step{
			{"anna", "message_received", nil, `{"channel_id":"$channel","message_user_id":"$bert","action_id":"<absent>"}`},
		}},
		{name: "malformed", steps: []step{
			{"bert", send(text, ``), nil, `{"error_type":"message_malformed","message_type":"ninchat.com/text"}`},
			{"bert", send("x", ``), nil, `{"error_type":"message_malformed"}`},
			{"bert", send(text, ``), []string{""}, `{"error_type":"message_malformed"}`},
			{"bert", send(text, ``), []string{"[]"}, `{"error_type":"message_malformed"}`},
			{"bert", send(text, ``), []string{"{}"}, `{"error_type":"message_malformed"}`},
			{"bert", send(text, ``), []string{`{"text":1}`}, `{"error_type":"message_malformed"}`},
			{"bert", send(text, ``), []string{`{"text":1}`, `{"text":"b"}`}, `{"error_type":"message_malformed"}`},
			{"bert", send("ninchat.com/ui/compose", ``), []string{"{}"}, `{"error_type":"message_malformed"}`},
			{"bert", send("ninchat.com/ui/compose", ``), []string{"[]"}, `{"error_type":"message_malformed"}`},
			{"bert", send("ninchat.com/ui/compose", ``), []string{"[{}]"}, `{"error_type":"message_malformed","message_type":"ninchat.com/ui/compose","error_reason":"ninchat.com/ui/compose: [0].element: it is missing"}`},
			{"bert", send("ninchat.com/ui/compose", ``), []string{`[{"element":"a","href":"http://example.com"}]`}, `{"error_type":"message_malformed"}`},
			{"bert", send("ninchat.com/ui/compose", ``), []string{`[{"element":"a","href":"https://example.com"}]`}, fine},
			{"bert", send("ninchat.com/ui/action", ``), []string{`{"action":"tap","target":{}}`}, `{"error_type":"message_malformed"}`},
			{"bert", send("ninchat.com/rtc/call", ``), []string{"{}"}, fine},
			{"bert", send("ninchat.com/rtc/offer", ``), []string{"{}"}, `{"error_type":"message_malformed"}`},
			{"bert", send("ninchat.com/rtc/ice-candidate", ``), []string{`{"candidate":null}`}, fine},
			{"bert", send("ninchat.com/rtc/pick-up", ``), []string{`{"answer":"yes"}`}, `{"error_type":"message_malformed"}`},
			{"bert", send("ninchat.com/metadata", ``), []string{`{"data":{}}`}, fine},
			{"bert", send("ninchat.com/metadata", ``), []string{`{"data":{},"time":0}`}, `{"error_type":"message_malformed"}`},
			{"bert", send("ninchat.com/link", ``), []string{`{"url":"x"}`}, `{"error_type":"message_malformed"}`},
			{"bert", send("ninchat.com/json", ``), []string{`1`}, `{"error_type":"message_malformed"}`},
			{"bert", send("ninchat.com/json", ``), []string{`{"json":{}}`}, fine},
			{"anna", send(notice, ``), []string{`{"notice":"x"}`}, `{"error_type":"message_malformed"}`},
			{"bert", send(text, ``), []string{`{"text":"x","other":1}`}, fine},
			{"bert", send("", ``), hello, `{"error_type":"request_malformed"}`},
			{"bert", send(text, `,"message_ttl":-1`), hello, `{"error_type":"request_malformed"}`},
			{"bert", send(text, `,"message_ttl":"1"`), hello, `{"error_type":"request_malformed"}`},
			{"bert", send(text, `,"user_id":"$anna"`), hello, `{"error_type":"request_malformed"}`},
			{"bert", `{"action":"send_message","message_type":"x"}`, hello, `{"error_type":"request_malformed"}`},
			{"bert", `{"action":"send_message","message_type":"x","identity_name":"y"}`, hello, `{"error_type":"request_malformed"}`},
			{"bert", send(strings.Repeat("x", 129), ``), hello, `{"error_type":"message_type_too_long"}`},
		}},
		{name: "types that clients can't send", steps: []step{
			{"anna", send("ninchat.com/info/join", ``), []string{"{}"}, `{"error_type":"message_not_supported","message_type":"ninchat.com/info/join"}`},
			{"anna", send("ninchat.com/unheard-of", ``), []string{"{}"}, `{"error_type":"message_not_supported"}`},
			{"anna", send("ninchat.com/file", ``), []string{"{}"}, `{"error_type":"message_malformed"}`},
		}},
		{name: "notices are for operators", steps: []step{
			{"anna", send(notice, ``), hello, fine},
			{"mona", send(notice, ``), hello, denied},
			{"bert", send(notice, ``), hello, denied},
			{"anna", `{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/notice"}`, hello, `{"error_type":"message_not_supported"}`},
		}},
		{name: "closed", steps: []step{
			{"anna", update(`"closed":true`), nil, `{"event":"channel_updated"}`},
			{"bert", send(text, ``), hello, denied},
			{"mona", send(text, ``), hello, denied},
			{"anna", send(text, ``), hello, fine},
			{"anna", update(`"closed":false`), nil, `{"channel_attrs":{"closed":"<absent>"}}`},
			{"bert", send(text, ``), hello, fine},
		}},
		{name: "suspended", steps: []step{
			{"anna", update(`"suspended":true`), nil, `{"event":"channel_updated"}`},
			{"anna", send(text, ``), hello, denied},
		}},
		{name: "silenced", steps: []step{
			{"mona", `{"action":"update_member","channel_id":"$channel","user_id":"$bert","member_attrs":{"silenced":true}}`, nil, `{"event":"channel_member_updated"}`},
			{"bert", send(text, ``), hello, denied},
		}},
		{name: "blacklist", steps: []step{
			{"anna", update(`"blacklisted_message_types":["ninchat.com/rtc/*","x"]`), nil, `{"event":"channel_updated"}`},
			{"anna", send("ninchat.com/rtc/call", ``), []string{"{}"}, `{"error_type":"message_not_supported","channel_id":"$channel","message_type":"ninchat.com/rtc/call"}`},
			{"anna", send("x", ``), hello, `{"error_type":"message_not_supported"}`},
			{"anna", send("xx", ``), hello, fine},
		}},
		{name: "user", steps: []step{
			{"anna", `{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/text"}`, hello, `{"event":"message_received","user_id":"$bert","channel_id":"<absent>","message_user_id":"$anna"}`},
			{"anna", `{"action":"send_message","user_id":"nobody","message_type":"x"}`, hello, `{"error_type":"user_not_found","user_id":"nobody"}`},
			{"anna", `{"action":"send_message","user_id":"$anna","message_type":"x"}`, hello, `{"event":"message_received","user_id":"$anna"}`},
			{"anna", `{"action":"send_message","identity_type":"email","identity_name":"x","message_type":"x"}`, hello, `{"error_type":"identity_not_found","identity_type":"email","identity_name":"x"}`},
		}, told: []step{
			{"bert", "message_received", nil, `{"user_id":"$anna","message_user_id":"$anna"}`},
		}},
	})
}

// Bytes arrive as they were sent, in text frames where they are text.
func TestPayload(t *testing.T) {
	w := newWorld(t)
	parts := []string{"", "plain", "\x00\xff\xfe", "ä\x00", strings.Repeat("long ", 100_000)}
	w.do("anna", `{"action":"send_message","channel_id":"$channel","message_type":"x"}`, parts...)
	e := w.clients["bert"].wait("message_received")
	if !slices.Equal(e.payload, parts) {
		t.Errorf("got %d parts", len(e.payload))
	}
	if want := []bool{false, false, true, false, false}; !slices.Equal(e.binary, want) {
		t.Errorf("binary %v, want %v", e.binary, want)
	}
}

func TestNoReplyWithoutActionID(t *testing.T) {
	w := newWorld(t)
	anna := w.clients["anna"]
	second := login(t, w.srv, w.fill(`,"message_types":["*"],"user_id":"$anna","user_auth":"$anna.auth"`))
	anna.write(w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`), "hi")
	expect(t, w.clients["bert"].wait("message_received"), `{"message_type":"x"}`)
	expect(t, second.wait("message_received"), `{"message_type":"x"}`)
	anna.quiet()
	anna.write(w.fill(`{"action":"send_message","channel_id":"none","message_type":"x"}`), "hi")
	expect(t, anna.read(), `{"error_type":"channel_not_found","action_id":"<absent>"}`)
}

func TestMessageTypes(t *testing.T) {
	srv := start(t)
	anna := guest(t, srv)
	channel := anna.call(`{"action":"create_channel"}`).text("channel_id")
	listeners := map[string]*client{}
	for _, types := range []string{`[]`, `["a/x"]`, `["a/*"]`, `["*"]`, `["b","a/y"]`} {
		c := login(t, srv, `,"message_types":`+types)
		c.call(`{"action":"join_channel","channel_id":"` + channel + `"}`)
		listeners[types] = c
	}
	for _, c := range listeners {
		c.settle()
	}
	for _, kind := range []string{"a/x", "a/y", "a", "ab"} {
		anna.call(`{"action":"send_message","channel_id":"`+channel+`","message_type":"`+kind+`"}`, "content")
	}
	for types, want := range map[string][]string{
		`[]`: nil, `["a/x"]`: {"a/x"}, `["a/*"]`: {"a/x", "a/y"}, `["*"]`: {"a/x", "a/y", "a", "ab"}, `["b","a/y"]`: {"a/y"},
	} {
		c := listeners[types]
		for _, kind := range want {
			expect(t, c.read(), `{"event":"message_received","message_type":`+quote(kind)+`}`)
		}
		c.quiet()
	}
	// The reply always comes, but the content needn't.
	e := listeners[`[]`].call(`{"action":"send_message","channel_id":"`+channel+`","message_type":"a"}`, "content")
	expect(t, e, `{"event":"message_received","message_type":"a","frames":"<absent>"}`)
}

func TestRecipients(t *testing.T) {
	w := newWorld(t)
	send := `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/text","message_recipient_ids":`
	expect(t, w.do("anna", send+`["$bert","$outi"]}`, `{"text":"secret"}`), w.fill(`{"message_recipient_ids":["$bert","$outi"]}`))
	expect(t, w.clients["bert"].wait("message_received"), w.fill(`{"message_recipient_ids":["$bert","$outi"]}`))
	expect(t, w.do("bert", send+`[]}`, `{"text":"diary"}`), `{"message_recipient_ids":[]}`)
	w.clients["mona"].quiet()
	w.clients["outi"].quiet()
	w.clients["anna"].quiet()
	for who, want := range map[string]int{"anna": 1, "bert": 2, "mona": 0} {
		e := w.do(who, `{"action":"load_history","channel_id":"$channel","message_types":["ninchat.com/text"]}`)
		expect(t, e, fmt.Sprintf(`{"history_length":%d}`, want))
	}
	expect(t, w.do("anna", `{"action":"send_message","user_id":"$outi","message_type":"ninchat.com/metadata","message_recipient_ids":[],"message_fold":false}`, `{"data":{"rating":1}}`), `{"message_recipient_ids":[],"message_fold":"<absent>"}`)
	w.clients["outi"].quiet()
}

func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"ratelimit":"2/10"}}`)
		send := func(who string) string {
			e := w.do(who, `{"action":"send_message","channel_id":"$channel","message_type":"x"}`, "hi")
			return e.text("error_type")
		}
		for i, want := range []string{"", "", "send_rate_limited", "send_rate_limited"} {
			if got := send("bert"); got != want {
				t.Fatalf("message %d: got %q, want %q", i, got, want)
			}
			if got := send("mona"); got != "" {
				t.Fatalf("moderator: %q", got)
			}
		}
		time.Sleep(10 * time.Second)
		if got := send("bert"); got != "" {
			t.Fatalf("later: %q", got)
		}
	})
}

func TestHiddenMessages(t *testing.T) {
	w := newWorld(t)
	hide := `{"action":"update_member","channel_id":"$channel","user_id":"$bert","member_attrs":{"autohide":true}}`
	expect(t, w.do("mona", hide), `{"event":"channel_member_updated"}`)
	w.clients["outi"].call(w.fill(`{"action":"join_channel","channel_id":"$channel"}`))
	w.settle()

	e := w.do("bert", `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/text"}`, `{"text":"spam"}`)
	expect(t, e, `{"message_hidden":true}`)
	id := e.text("message_id")
	expect(t, w.clients["mona"].read(), `{"event":"message_received","message_hidden":true}`)
	expect(t, w.clients["anna"].read(), `{"event":"message_received","message_hidden":true}`)
	w.clients["outi"].quiet()
	load := `{"action":"load_history","channel_id":"$channel","message_types":["ninchat.com/text"]}`
	for who, want := range map[string]string{"anna": "1", "mona": "1", "bert": "1", "outi": "0"} {
		expect(t, w.do(who, load), `{"history_length":`+want+`}`)
	}
	w.settle()

	show := func(id, hidden string) string {
		return `{"action":"update_message","channel_id":"$channel","message_id":"` + id + `","message_hidden":` + hidden + `}`
	}
	w.run([]step{
		{"bert", show(id, "false"), nil, `{"error_type":"permission_denied"}`},
		{"mona", show("0", "false"), nil, `{"error_type":"request_malformed"}`},
		{"mona", show(id, "0"), nil, `{"error_type":"request_malformed"}`},
		{"mona", show(id, "false"), nil, `{"event":"message_updated","channel_id":"$channel","message_id":"` + id + `","message_hidden":false}`},
		{"mona", show(id, "false"), nil, `{"event":"message_updated","message_hidden":false}`},
		{"outi", load, nil, `{"history_length":1}`},
		{"anna", show(id, "true"), nil, `{"event":"message_updated","message_hidden":true}`},
		{"outi", load, nil, `{"history_length":0}`},
	})
	expect(t, w.clients["outi"].wait("message_updated"), `{"message_hidden":false,"message_id":`+quote(id)+`}`)
}

func TestUpdateUserMessages(t *testing.T) {
	w := newWorld(t)
	first, second := w.say("bert", "1"), w.say("bert", "2")
	other, third := w.say("anna", "x"), w.say("bert", "3")
	w.settle()
	hide := `{"action":"update_user_messages","channel_id":"$channel","message_user_id":"$bert","message_hidden":true`
	expect(t, w.do("bert", hide+`}`), `{"error_type":"permission_denied"}`)
	expect(t, w.do("mona", hide+`,"message_id":"x","interval_end":1}`), `{"error_type":"request_malformed"}`)
	expect(t, w.do("mona", hide+`,"interval_end":1}`), `{"event":"message_updated"}`)

	expect(t, w.do("mona", hide+`,"message_id":"`+second+`"}`), `{"event":"message_updated","message_id":`+quote(second)+`}`)
	expect(t, w.clients["mona"].wait("message_updated"), `{"message_id":`+quote(first)+`,"action_id":"<absent>"}`)
	expect(t, w.clients["anna"].wait("message_updated"), `{"message_id":`+quote(first)+`}`)
	expect(t, w.clients["anna"].wait("message_updated"), `{"message_id":`+quote(second)+`}`)
	expect(t, w.do("mona", hide+`,"message_id":"`+second+`"}`), `{"event":"message_updated","message_id":`+quote(second)+`}`)

	expect(t, w.do("mona", hide+`}`), `{"message_id":`+quote(third)+`}`)
	for _, e := range w.clients["anna"].skipped {
		if e.text("message_id") == other {
			t.Errorf("another's message was changed: %v", e)
		}
	}
}

// Message ids have one width, and sort by age as text.
func TestMessageIDs(t *testing.T) {
	w := newWorld(t)
	last := ""
	for range 100 {
		id := w.say("anna", "x")
		if id <= last || last != "" && len(id) != len(last) {
			t.Fatalf("%q after %q", id, last)
		}
		last = id
	}
}

// Many messages aren't changed at once: nobody's session overflows by their events.
func TestUpdateManyUserMessages(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) { c.Limits.Events = 80 })
	var ids []string
	for range 25 {
		ids = append(ids, w.say("bert", "x"))
	}
	w.settle()
	hide := `{"action":"update_user_messages","channel_id":"$channel","message_user_id":"$bert","message_hidden":true}`
	for _, last := range []int{9, 19, 24, 24} {
		expect(t, w.do("mona", hide), `{"event":"message_updated","message_hidden":true,"message_id":`+quote(ids[last])+`}`)
	}
	for _, id := range ids {
		expect(t, w.clients["anna"].read(), `{"event":"message_updated","message_id":`+quote(id)+`}`)
	}
	w.clients["anna"].quiet()
}
