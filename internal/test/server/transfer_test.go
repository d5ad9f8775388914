package server_test

import (
	"fmt"
	"testing"
)

func TestTransferAudience(t *testing.T) {
	transfer := func(params string) string { return `{"action":"transfer_audience",` + params + `}` }
	w := newQueueWorld(t)
	w.names["third"] = w.newQueue(`"name":"third"`, "bert")
	w.names["a"] = w.do("outi", `{"action":"request_audience","queue_id":"$queue","audience_metadata":{"vars":{"page":"faq"}}}`).text("audience_id")
	w.names["waiting"] = w.do("cleo", ask).text("audience_id")
	w.names["ch-a"] = w.do("bert", acceptNext).text("channel_id")
	w.names["red"] = w.tag(`"name":"red"`)
	w.tell("bert", "$ch-a", "ninchat.com/metadata", `{"data":{"tag_ids":["$red"]}}`)
	w.tell("outi", "$ch-a", "ninchat.com/metadata", `{"data":{"rating":1}}`)
	there := `"audience_id":"$a","queue_id":"$other"`
	w.run([]step{
		{"dana", transfer(there), nil, `{"error_type":"permission_denied"}`},
		{"outi", transfer(there), nil, `{"error_type":"audience_not_found"}`},
		{"cleo", transfer(there), nil, `{"error_type":"audience_not_found"}`},
		{"bert", transfer(`"audience_id":"none","queue_id":"$other"`), nil, `{"error_type":"audience_not_found"}`},
		{"bert", transfer(`"audience_id":"$waiting","queue_id":"$other"`), nil, `{"error_type":"audience_not_found"}`},
		{"bert", transfer(`"user_id":"$outi","queue_id":"$other"`), nil, `{"error_type":"audience_not_found"}`},
		{"bert", transfer(`"audience_id":"$a","queue_id":"none"`), nil, `{"error_type":"queue_not_found","queue_id":"none"}`},
		{"bert", transfer(`"audience_id":"$a","queue_id":"$third"`), nil, `{"error_type":"permission_denied","queue_id":"$third"}`},
		{"bert", transfer(`"audience_id":"$a","queue_id":"$queue"`), nil, `{"error_type":"permission_denied"}`},
		{"bert", transfer(`"audience_id":"$a"`), nil, `{"error_type":"request_malformed"}`},
		{"bert", transfer(`"queue_id":"$other"`), nil, `{"error_type":"request_malformed"}`},
		{"anna", `{"action":"update_queue","queue_id":"$other","queue_attrs":{"closed":true}}`, nil, `{"event":"queue_updated"}`},
		{"bert", transfer(there), nil, `{"error_type":"queue_is_closed","queue_id":"$other"}`},
		{"anna", `{"action":"update_queue","queue_id":"$other","queue_attrs":{"closed":false,"suspended":true}}`, nil, `{"event":"queue_updated"}`},
		{"bert", transfer(there), nil, `{"error_type":"queue_is_suspended"}`},
		{"anna", `{"action":"update_queue","queue_id":"$other","queue_attrs":{"suspended":false,"capacity":0}}`, nil, `{"event":"queue_updated"}`},
		{"bert", transfer(there), nil, `{"error_type":"queue_is_full"}`},
		{"anna", `{"action":"update_queue","queue_id":"$other","queue_attrs":{"capacity":null}}`, nil, `{"event":"queue_updated"}`},
	})
	w.settle()
	// All that was refused has changed nothing.
	expect(t, w.do("bert", transfer(there)), w.fill(`{"event":"channel_parted","channel_id":"$ch-a","event_cause":"audience_transfer"}`))
	outi := w.clients["outi"]
	for _, want := range []string{
		`{"event":"message_received","message_type":"ninchat.com/info/transfer/target"}`,
		`{"event":"channel_updated","channel_attrs":{"suspended":true},"event_cause":"audience_transfer"}`,
		`{"event":"message_received","message_type":"ninchat.com/info/channel"}`,
		`{"event":"channel_member_parted","user_id":"$bert","event_cause":"audience_transfer"}`,
		`{"event":"message_received","message_type":"ninchat.com/info/part"}`,
		`{"event":"audience_enqueued","queue_id":"$other","queue_position":1,"queue_attrs":{"name":"other"}}`,
	} {
		e := outi.read()
		expect(t, e, w.fill(want))
		if e.name == "audience_enqueued" {
			w.names["b"] = e.text("audience_id")
		}
		if e.text("message_type") == "ninchat.com/info/transfer/target" && e.payload[0] != w.fill(`{"queue_id":"$other","user_id":"$bert"}`) {
			t.Errorf("got %v", e)
		}
	}
	outi.quiet()
	if w.names["a"] == w.names["b"] {
		t.Error("it is the same audience")
	}
	expect(t, w.clients["dana"].wait("queue_updated"), w.fill(`{"queue_id":"$other","event_cause":"audience_request","queue_attrs":{"length":1}}`))
	expect(t, w.do("bert", transfer(there)), `{"error_type":"permission_denied"}`)

	// The next agent knows where the customer has come from, and can read that.
	w.settle()
	e := w.do("dana", acceptOther)
	expect(t, e, w.fill(`{"event":"channel_joined","channel_attrs":{"audience_id":"$b","queue_id":"$other","requester_id":"$outi"},"audience_metadata":{"vars":{"page":"faq"},"rating":"<absent>","tag_ids":"<absent>"}}`))
	e = w.clients["dana"].wait("message_received")
	if want := w.fill(`{"queue_id":"$queue","audience_id":"$a","channel_id":"$ch-a","user_id":"$bert"}`); e.text("message_type") != "ninchat.com/info/transfer/source" || e.payload[0] != want {
		t.Errorf("got %v, want %s", e, want)
	}
	expect(t, w.do("dana", `{"action":"get_transcript","audience_id":"$a"}`), w.fill(`{"event":"transcript_contents","audience_metadata":{"rating":1,"tag_ids":["$red"]}}`))
	for queue, want := range map[string]sums{
		"queue": {requested: 2, accepted: 1, finished: 1, rated: 1},
		"other": {requested: 1, accepted: 1},
	} {
		e := w.do("anna", `{"action":"get_queue_stats","queue_id":"$`+queue+`","stats_length":2}`)
		if got := sumOf(t, e); got != want {
			t.Errorf("%s: got %+v, want %+v", queue, got, want)
		}
	}
}

// A customer can be transferred on and on, and goes away in the end.
func TestTransferChain(t *testing.T) {
	w := newQueueWorld(t)
	w.set("other", `"transfer_queue_ids":["$queue"]`)
	w.settle()
	audience := w.do("outi", ask).text("audience_id")
	const rounds = 6
	for i := range rounds {
		queue, next := "queue", "other"
		if i%2 == 1 {
			queue, next = next, queue
		}
		expect(t, w.do("dana", `{"action":"accept_audience","queue_id":"$`+queue+`"}`), `{"event":"channel_joined","channel_attrs":{"audience_id":"`+audience+`"}}`)
		expect(t, w.do("dana", `{"action":"transfer_audience","audience_id":"`+audience+`","queue_id":"$`+next+`"}`), `{"event":"channel_parted"}`)
		e := w.clients["outi"].wait("audience_enqueued")
		expect(t, e, w.fill(`{"queue_id":"$`+next+`"}`))
		audience = e.text("audience_id")
	}
	expect(t, w.do("outi", `{"action":"delete_user"}`), `{"event":"user_deleted"}`)
	for queue, want := range map[string]sums{
		"queue": {requested: rounds/2 + 1, accepted: rounds / 2, finished: rounds / 2, dropped: 1},
		"other": {requested: rounds / 2, accepted: rounds / 2, finished: rounds / 2},
	} {
		if got := sumOf(t, w.do("anna", `{"action":"get_queue_stats","queue_id":"$`+queue+`","stats_length":2}`)); got != want {
			t.Errorf("%s: got %+v, want %+v", queue, got, want)
		}
	}
}

// Who waits in the other queue already keeps that place.
func TestTransferToWhereOneWaits(t *testing.T) {
	w := newQueueWorld(t)
	w.serve("a", "outi", "bert")
	w.names["b"] = w.do("outi", `{"action":"request_audience","queue_id":"$other"}`).text("audience_id")
	w.do("cleo", `{"action":"request_audience","queue_id":"$other"}`)
	w.settle()
	expect(t, w.do("bert", `{"action":"transfer_audience","audience_id":"$a","queue_id":"$other"}`), `{"event":"channel_parted"}`)
	expect(t, w.do("outi", `{"action":"describe_queue","queue_id":"$other"}`), `{"queue_position":1,"queue_attrs":{"length":2}}`)
	expect(t, w.do("dana", acceptOther), w.fill(`{"channel_attrs":{"audience_id":"$b"}}`))
	if e := w.clients["dana"].wait("message_received"); e.text("message_type") != "ninchat.com/info/transfer/source" {
		t.Errorf("got %v", e)
	}
}

func TestDialogueAudience(t *testing.T) {
	w := newQueueWorld(t)
	w.set("queue", `"audience_dialogue":true,"transcript_delete_delay":3600`)
	w.do("bert", `{"action":"send_message","user_id":"$outi","message_type":"ninchat.com/text"}`, `{"text":"before"}`)
	w.names["a"] = w.do("outi", `{"action":"request_audience","queue_id":"$queue","audience_metadata":{"vars":{"page":"faq"}}}`).text("audience_id")
	w.settle()
	expect(t, w.do("bert", acceptNext), w.fill(`{"event":"dialogue_updated","user_id":"$outi","dialogue_status":"visible","audience_metadata":{"vars":{"page":"faq"}},
		"dialogue_members":{"$outi":{"audience_id":"$a","queue_id":"$queue"},"$bert":{"audience_id":"<absent>"}}}`))
	expect(t, w.clients["outi"].read(), w.fill(`{"event":"dialogue_updated","user_id":"$bert","audience_metadata":"<absent>","dialogue_members":{"$outi":{"audience_id":"$a"}}}`))
	say := func(who, to, kind, content string) {
		t.Helper()
		expect(t, w.do(who, `{"action":"send_message","user_id":"$`+to+`","message_type":"`+kind+`"}`, content), `{"event":"message_received"}`)
	}
	say("outi", "bert", "ninchat.com/text", `{"text":"hello"}`)
	say("bert", "outi", "ninchat.com/text", `{"text":"hi"}`)
	w.names["red"] = w.tag(`"name":"red"`)
	say("bert", "outi", "ninchat.com/metadata", w.fill(`{"data":{"tag_ids":["$red"]}}`))
	e := login(t, w.srv, w.fill(`,"message_types":[],"user_id":"$bert","user_auth":"$bert.auth"`)).call(`{"action":"describe_user"}`)
	expect(t, e, w.fill(`{"user_dialogues":{"$outi":{"audience_metadata":{"tag_ids":["$red"]}}}}`))
	if got := w.texts("dana", `"audience_id":"$a"`); got != "hello hi" {
		t.Errorf("got %q", got)
	}
	if got := w.texts("bert", `"dialogue_id":["$outi","$bert"]`); got != "before hello hi" {
		t.Errorf("got %q", got)
	}
	update := func(params string) string {
		return `{"action":"update_dialogue","user_id":"$outi",` + params + `}`
	}
	expect(t, w.do("outi", `{"action":"update_dialogue","user_id":"$bert","member_attrs":{"audience_ended":true,"rating":-1}}`), `{"event":"dialogue_updated"}`)
	expect(t, w.clients["bert"].wait("dialogue_updated"), w.fill(`{"dialogue_members":{"$outi":{"audience_ended":true,"rating":-1}}}`))
	expect(t, w.do("bert", update(`"member_attrs":{"audience_id":"x"}`)), `{"error_type":"permission_denied"}`)
	if list := w.transcripts("bert", "queue"); len(list) != 0 {
		t.Errorf("got %v", list)
	}
	expect(t, w.do("bert", update(`"dialogue_status":"hidden"`)), `{"event":"dialogue_updated","dialogue_status":"hidden"}`)
	say("outi", "bert", "ninchat.com/text", `{"text":"after"}`)
	list := w.transcripts("bert", "queue")
	if len(list) != 1 || list[0]["rating"] != -1.0 || fmt.Sprint(list[0]["dialogue_id"]) == "<nil>" || list[0]["channel_id"] != nil {
		t.Errorf("got %v", list)
	}
	if got := sumOf(t, w.do("bert", `{"action":"get_queue_stats","queue_id":"$queue","stats_length":2}`)); got != (sums{requested: 1, accepted: 1, finished: 1, rated: 1}) {
		t.Errorf("got %+v", got)
	}
	// Another audience of the two begins anew.
	w.names["b"] = w.do("outi", ask).text("audience_id")
	expect(t, w.do("bert", acceptNext), w.fill(`{"dialogue_status":"unread","audience_metadata":{"vars":"<absent>"},"dialogue_members":{"$outi":{"audience_id":"$b","audience_ended":"<absent>","rating":"<absent>"}}}`))
	say("outi", "bert", "ninchat.com/text", `{"text":"again"}`)
	// Old bots name the customer instead of the audience.
	w.settle()
	transfer := `{"action":"transfer_audience","user_id":"$outi","queue_id":"$other"}`
	expect(t, w.do("dana", transfer), `{"error_type":"audience_not_found"}`)
	expect(t, w.do("outi", transfer), `{"error_type":"audience_not_found"}`)
	expect(t, w.do("bert", transfer), w.fill(`{"event":"dialogue_updated","user_id":"$outi","dialogue_status":"hidden"}`))
	expect(t, w.clients["outi"].wait("dialogue_updated"), w.fill(`{"user_id":"$bert","dialogue_members":{"$bert":{"audience_ended":true}}}`))
	expect(t, w.clients["outi"].wait("audience_enqueued"), w.fill(`{"queue_id":"$other"}`))
	expect(t, w.do("dana", acceptOther), `{"event":"channel_joined"}`)
	for id, want := range map[string]string{"a": "hello hi", "b": "again"} {
		if got := w.texts("mona", `"audience_id":"$`+id+`"`); got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
	// Deleting one leaves the rest of the dialogue.
	w.settle()
	expect(t, w.do("mona", `{"action":"delete_transcript","audience_id":"$a"}`), w.fill(`{"event":"transcript_deleted","audience_id":"$a"}`))
	expect(t, w.clients["outi"].wait("transcript_deleted"), `{}`)
	if got := w.texts("bert", `"dialogue_id":["$outi","$bert"]`); got != "before after again" {
		t.Errorf("got %q", got)
	}
}

// When one of the two is deleted, the audience is over.
func TestDialogueAudienceOfDeletedUsers(t *testing.T) {
	for _, who := range []string{"outi", "bert"} {
		t.Run(who, func(t *testing.T) {
			w := newQueueWorld(t)
			w.set("queue", `"audience_dialogue":true`)
			w.names["a"] = w.do("outi", ask).text("audience_id")
			w.do("bert", acceptNext)
			w.do("outi", `{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/text"}`, `{"text":"x"}`)
			expect(t, w.do(who, `{"action":"delete_user","user_auth":"$`+who+`.auth"}`), `{"event":"user_deleted"}`)
			if list := w.transcripts("dana", "queue"); len(list) != 1 {
				t.Errorf("got %v", list)
			}
			if got := w.texts("dana", `"audience_id":"$a"`); got != "x" {
				t.Errorf("got %q", got)
			}
		})
	}
}
