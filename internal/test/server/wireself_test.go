package server_test

import (
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/server"
)

// wireSelf is what the published test suites begin with.
var wireSelf = []wireItem{
	{46, "messages to oneself", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		other, p := w.clients["bert"], tr.as(w, "bert")
		e := p.call(w.fill(`{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/text"}`), `{"text":"note"}`)
		expect(t, e, w.fill(`{"event":"message_received","user_id":"$bert","message_user_id":"$bert","message_user_name":"bert","channel_id":"<absent>"}`))
		if e.content() != `{"text":"note"}` {
			t.Errorf("got %v", e)
		}
		// The other sessions of the user get it once.
		id := quote(e.text("message_id"))
		expect(t, other.read(), w.fill(`{"event":"message_received","user_id":"$bert","message_id":`+id+`,"action_id":"<absent>"}`))
		other.quiet()
		never(t, p, "message_received", "dialogue_updated")
		// It is a dialogue like others, with one member, who has read everything.
		expect(t, p.call(`{"action":"describe_user"}`), w.fill(`{"user_dialogues":{"$bert":{"dialogue_members":{"$bert":{}},"dialogue_status":"<absent>"}}}`))
		loaded := p.send(w.fill(`{"action":"load_history","user_id":"$bert"}`))
		expect(t, p.reply(loaded), w.fill(`{"event":"history_results","user_id":"$bert","history_length":1}`))
		expect(t, p.reply(loaded), `{"message_id":`+id+`,"history_length":0}`)
		expect(t, p.call(w.fill(`{"action":"get_transcript","dialogue_id":["$bert","$bert"]}`)), `{"event":"transcript_contents"}`)
		expect(t, p.call(w.fill(`{"action":"update_dialogue","user_id":"$bert","dialogue_status":"hidden","member_attrs":{"writing":true}}`)),
			w.fill(`{"event":"dialogue_updated","user_id":"$bert","dialogue_status":"hidden","dialogue_members":{"$bert":{"writing":true}}}`))
		expect(t, other.read(), `{"event":"dialogue_updated","action_id":"<absent>"}`)
		other.quiet()
		p.send(w.fill(`{"action":"update_session","user_id":"$bert","message_id":` + id + `}`))
		expect(t, other.wait("session_status_updated"), w.fill(`{"user_id":"$bert","message_id":`+id+`}`))
		expect(t, p.call(w.fill(`{"action":"discard_history","user_id":"$bert","message_id":`+id+`}`)), `{"event":"history_discarded"}`)
		// Files, messages to one's own identity, and calls go the same way.
		w.names = map[string]string{"file": fileIDOf(t, p.call(w.fill(`{"action":"send_file","user_id":"$bert","file_attrs":{"name":"a.json"}}`), `{"a":1}`))}
		expect(t, p.call(w.fill(describe)), `{"event":"file_found","file_attrs":{"name":"a.json"}}`)
		p.call(`{"action":"create_identity","identity_type":"email","identity_name":"bert@example.com","identity_auth_new":"x"}`)
		w.verify("bert@example.com")
		expect(t, p.call(`{"action":"send_message","identity_type":"email","identity_name":"bert@example.com","message_type":"x"}`, `{}`),
			w.fill(`{"event":"message_received","user_id":"$bert"}`))
		other.settle()
		expect(t, callJSON(t, w.srv, w.as("bert", `{"action":"send_message","user_id":"$bert","message_type":"x","payload":{}}`)),
			w.fill(`{"event":"message_received","user_id":"$bert"}`))
		expect(t, other.read(), `{"event":"message_received","message_type":"x","action_id":"<absent>"}`)
		other.quiet()
		// Nothing of it stays when the user is deleted.
		expect(t, p.call(w.fill(`{"action":"delete_user","user_auth":"$bert.auth"}`)), `{"event":"user_deleted"}`)
		if users := w.srv.Stats().Users; users != 3 {
			t.Errorf("%d users are left", users)
		}
	})},
	{47, "more payload parts than one", overBoth(func(t *testing.T, tr transport) {
		w := newQueueWorld(t)
		_, w.names["room"] = w.serve("a", "outi", "bert")
		w.open()
		p := tr.as(w, "bert")
		want := func(parts ...string) string {
			if tr.name == "polling" {
				return parts[0] // only one goes into an event
			}
			return strings.Join(parts, "|")
		}
		for kind, first := range map[string]string{
			"ninchat.com/text":        `{"text":"one"}`,
			"ninchat.com/notice":      `{"text":"one"}`,
			"ninchat.com/metadata":    `{"data":{"a":1}}`,
			"ninchat.com/ui/action":   `{"action":"click","target":{"element":"button","label":"x"}}`,
			"ninchat.com/rtc/call":    `{}`,
			"example.com/own":         `{"a":1}`,
			"ninchat.com/ui/compose2": "",
		} {
			send := w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"` + kind + `"}`)
			if first == "" {
				expect(t, w.do("anna", send, "{}", "{}"), `{"error_type":"message_not_supported"}`)
				continue
			}
			for _, second := range []string{`{"text":"two"}`, "", "\xff"} {
				e := w.do("anna", send, first, second)
				expect(t, e, `{"event":"message_received"}`)
				if e.content() != first+"|"+second {
					t.Errorf("%s: the sender got %q", kind, e.content())
				}
				if e := p.wait("message_received"); e.content() != want(first, second) {
					t.Errorf("%s: the other got %q", kind, e.content())
				}
			}
			// The first part must be what the type says.
			if strings.HasPrefix(kind, "ninchat.com/") {
				expect(t, w.do("anna", send, "no JSON", first), `{"error_type":"message_malformed"}`)
			}
		}
		loaded := p.send(w.fill(`{"action":"load_history","channel_id":"$channel","history_length":1,"message_types":["ninchat.com/text"]}`))
		p.reply(loaded)
		if e := p.reply(loaded); !strings.HasPrefix(e.content(), want(`{"text":"one"}`, "")) {
			t.Errorf("the history has %v", e)
		}
		// What counts is in the first part, and files stay what they are.
		e := w.do("outi", `{"action":"send_message","channel_id":"$room","message_type":"ninchat.com/metadata"}`, `{"data":{"rating":1}}`, "two")
		expect(t, e, `{"event":"message_received"}`)
		expect(t, w.do("bert", `{"action":"part_channel","channel_id":"$room"}`), `{"event":"channel_parted"}`)
		if list := w.transcripts("bert", "queue"); len(list) != 1 || list[0]["rating"] != 1.0 {
			t.Errorf("got %v", list)
		}
		w.names["file"] = w.sendFile("bert", upload(toChannel), "content")
		e = w.do("bert", `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/file"}`, w.fill(`{"files":[{"file_id":"$file","file_attrs":{}}]}`), "two")
		expect(t, e, `{"event":"message_received"}`)
		if len(e.payload) != 2 || !strings.Contains(e.payload[0], `"size":7`) || e.payload[1] != "two" {
			t.Errorf("got %v", e)
		}
		strict := newWorld(t, func(c *server.Config) { c.Strict = true })
		expect(t, strict.do("anna", `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/text"}`, `{"text":"one"}`, "two"),
			`{"error_type":"message_malformed","message_type":"ninchat.com/text"}`)
		expect(t, strict.do("anna", `{"action":"send_message","channel_id":"$channel","message_type":"x"}`, "one", "two"), `{"event":"message_received"}`)
	})},
	{48, "public things without credentials", func(t *testing.T) {
		w := newQueueWorld(t)
		w.names["room"] = w.do("anna", `{"action":"create_channel","channel_attrs":{"private":true}}`).text("channel_id")
		w.names["office"] = w.do("anna", `{"action":"create_channel","realm_id":"$realm"}`).text("channel_id")
		w.clients["eve"] = guest(t, w.srv)
		for action, want := range map[string]string{
			`{"action":"describe_channel","channel_id":"$channel"}`:                   `{"event":"channel_found","channel_id":"$channel","channel_members":"<absent>"}`,
			`{"action":"describe_channel","channel_id":"$room"}`:                      `{"error_type":"channel_not_found","channel_id":"$room"}`,
			`{"action":"describe_channel","channel_id":"$office"}`:                    `{"error_type":"channel_not_found","channel_id":"$office"}`,
			`{"action":"describe_channel","channel_id":"none"}`:                       `{"error_type":"channel_not_found","channel_id":"none"}`,
			`{"action":"describe_user","user_id":"$anna"}`:                            `{"event":"user_found","user_attrs":{"name":"anna"},"user_settings":"<absent>","user_channels":"<absent>"}`,
			`{"action":"describe_user","user_id":"none"}`:                             `{"error_type":"user_not_found","user_id":"none"}`,
			`{"action":"describe_realm","realm_id":"$realm"}`:                         `{"event":"realm_found","realm_attrs":{"name":"office"},"realm_members":"<absent>"}`,
			`{"action":"describe_realm","realm_id":"none"}`:                           `{"error_type":"realm_not_found"}`,
			`{"action":"describe_queue","queue_id":"$queue"}`:                         `{"event":"queue_found","queue_attrs":{"name":"main"},"queue_members":"<absent>","queue_settings":"<absent>"}`,
			`{"action":"describe_queue","queue_id":"none"}`:                           `{"error_type":"queue_not_found"}`,
			`{"action":"describe_realm_queues","realm_id":"$realm"}`:                  `{"event":"realm_queues_found","realm_queues":{"$queue":{"queue_attrs":{"name":"main"}}}}`,
			`{"action":"describe_realm_queues","realm_id":"none"}`:                    `{"error_type":"realm_not_found"}`,
			`{"action":"describe_realm_queues","realm_id":"$realm","puppet_id":"$x"}`: ``,
			`{"action":"describe_user"}`:                                              ``,
			`{"action":"describe_user","user_id":"$anna","puppet_id":"$anna"}`:        ``,
			`{"action":"search","search_term":"anna"}`:                                ``,
			`{"action":"load_history","channel_id":"$channel"}`:                       ``,
			`{"action":"join_channel","channel_id":"$channel"}`:                       ``,
		} {
			action = w.fill(action)
			if want == "" {
				expect(t, callJSON(t, w.srv, action), `{"event":"error","error_type":"access_denied"}`)
				continue
			}
			e := callJSON(t, w.srv, action)
			expect(t, e, w.fill(want))
			// It is what a stranger with a session sees.
			if got, want := seen(e), seen(w.do("eve", action)); got != want {
				t.Errorf("%s: got %s, a stranger with a session got %s", action, got, want)
			}
		}
		// Wrong credentials are still wrong.
		expect(t, callJSON(t, w.srv, w.fill(`{"action":"describe_channel","channel_id":"$channel","caller_id":"$anna","caller_auth":"x"}`)), `{"error_type":"access_denied"}`)
	}},
}

// never checks that a client hasn't been given events of these names, apart from
// those that were waited for.
func never(t *testing.T, p peer, names ...string) {
	t.Helper()
	p.call(`{"action":"ping"}`)
	var skipped []event
	switch p := p.(type) {
	case *client:
		skipped = p.skipped
	case *poller:
		skipped = p.skipped
	}
	for _, e := range skipped {
		for _, name := range names {
			if e.name == name {
				t.Errorf("got %v", e)
			}
		}
	}
}

// fileIDOf is the file that a message brings, whichever way it came.
func fileIDOf(t *testing.T, e event) string {
	t.Helper()
	e.payload = []string{e.content()}
	return fileID(t, e)
}
