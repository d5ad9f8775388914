package server_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// transcripts returns the list of completed audiences of a queue.
func (w *world) transcripts(who, queue string) []map[string]any {
	w.t.Helper()
	return w.transcriptsOf(who, `"queue_id":"$`+queue+`","interval_begin":0`)
}

func (w *world) transcriptsOf(who, params string) []map[string]any {
	w.t.Helper()
	e := w.do(who, `{"action":"describe_queue_transcripts",`+params+`}`)
	expect(w.t, e, `{"event":"queue_transcripts_found"}`)
	list := []map[string]any{}
	items, _ := e.members["queue_transcripts"].([]any)
	for _, item := range items {
		members, _ := item.(map[string]any)
		list = append(list, members)
	}
	return list
}

// texts are the messages of a transcript, with all pages.
func (w *world) texts(who, params string) string {
	w.t.Helper()
	var texts []string
	for next := ""; ; {
		e := w.do(who, `{"action":"get_transcript",`+params+next+`}`)
		expect(w.t, e, `{"event":"transcript_contents"}`)
		items, _ := e.members["transcript_messages"].([]any)
		for _, item := range items {
			message, _ := item.(map[string]any)
			payload, _ := message["payload"].(map[string]any)
			if text, ok := payload["text"].(string); ok {
				texts = append(texts, text)
			}
		}
		id := e.text("message_id")
		if id == "" {
			return strings.Join(texts, " ")
		}
		next = `,"message_id":"` + id + `"`
	}
}

func TestGetTranscript(t *testing.T) {
	w := newQueueWorld(t, func(c *serverConfig) { c.Limits.Load = 3 })
	w.serve("a", "outi", "bert")
	for i, who := range []string{"outi", "bert", "outi", "bert", "outi"} {
		expect(t, w.tell(who, "$ch-a", "ninchat.com/text", fmt.Sprintf(`{"text":"%d"}`, i)), `{"event":"message_received"}`)
	}
	w.tell("outi", "$ch-a", "example.com/secret", `{"text":"other"}`)
	get := func(params string) string { return `{"action":"get_transcript",` + params + `}` }
	for _, who := range []string{"bert", "dana", "mona", "anna"} {
		for _, where := range []string{`"audience_id":"$a"`, `"channel_id":"$ch-a"`} {
			if got := w.texts(who, where); got != "0 1 2 3 4" {
				t.Errorf("%s, %s: got %q", who, where, got)
			}
		}
	}
	e := w.do("bert", get(`"audience_id":"$a"`))
	expect(t, e, w.fill(`{"audience_id":"$a","channel_id":"$ch-a","dialogue_id":"<absent>","audience_metadata":{},"audience_members":{"$outi":{"customer":true,"agent":"<absent>"},"$bert":{"agent":true}}}`))
	expect(t, w.do("bert", get(`"channel_id":"$ch-a"`)), `{"audience_id":"<absent>","audience_members":"<absent>"}`)
	if got := w.texts("bert", `"audience_id":"$a","interval_begin":9e9`); got != "" {
		t.Errorf("got %q", got)
	}
	if got := w.texts("bert", `"audience_id":"$a","interval_end":1`); got != "" {
		t.Errorf("got %q", got)
	}
	w.names["waiting"] = w.do("cleo", ask).text("audience_id")
	w.run([]step{
		{"outi", get(`"audience_id":"$a"`), nil, `{"error_type":"audience_not_found"}`},
		{"outi", get(`"channel_id":"$ch-a"`), nil, `{"error_type":"permission_denied"}`},
		{"cleo", get(`"channel_id":"$ch-a"`), nil, `{"error_type":"channel_not_found"}`},
		{"cleo", get(`"audience_id":"$a"`), nil, `{"error_type":"audience_not_found"}`},
		{"bert", get(`"audience_id":"$waiting"`), nil, `{"error_type":"audience_not_found"}`},
		{"bert", get(`"audience_id":"none"`), nil, `{"error_type":"audience_not_found"}`},
		{"bert", get(`"channel_id":"none"`), nil, `{"error_type":"channel_not_found"}`},
		{"bert", get(`"channel_id":"$channel"`), nil, `{"error_type":"permission_denied"}`},
		{"anna", get(`"channel_id":"$channel"`), nil, `{"event":"transcript_contents","channel_id":"$channel"}`},
		{"bert", get(`"channel_id":"$channel","audience_id":"$a"`), nil, `{"error_type":"request_malformed"}`},
		{"bert", get(`"interval_begin":1`), nil, `{"error_type":"request_malformed"}`},
		{"bert", get(`"dialogue_id":["$bert"]`), nil, `{"error_type":"request_malformed"}`},
		{"bert", get(`"dialogue_id":["$bert","$bert"]`), nil, `{"error_type":"user_not_found"}`},
		{"bert", get(`"dialogue_id":["$bert","$outi"]`), nil, `{"error_type":"user_not_found"}`},
		{"outi", `{"action":"send_message","user_id":"$cleo","message_type":"ninchat.com/text"}`, []string{`{"text":"psst"}`}, `{"event":"message_received"}`},
		{"cleo", get(`"dialogue_id":["$outi","$cleo"]`), nil, `{"event":"transcript_contents","dialogue_members":{"$outi":{},"$cleo":{}},"channel_id":"<absent>","message_id":"<absent>"}`},
		{"anna", get(`"dialogue_id":["$outi","$cleo"]`), nil, `{"error_type":"permission_denied"}`},
	})
	if got := w.texts("outi", `"dialogue_id":["$cleo","$outi"]`); got != "psst" {
		t.Errorf("got %q", got)
	}
}

func TestDeleteTranscript(t *testing.T) {
	remove := func(params string) string { return `{"action":"delete_transcript",` + params + `}` }
	playIn(t, newQueueWorld, []scenario{
		{name: "of a channel", steps: []step{
			{"anna", `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/text"}`, []string{`{"text":"x"}`}, `{"event":"message_received"}`},
			{"bert", remove(`"channel_id":"$channel"`), nil, `{"error_type":"permission_denied"}`},
			{"outi", remove(`"channel_id":"$channel"`), nil, `{"error_type":"permission_denied"}`},
			{"anna", remove(`"channel_id":"$channel"`), nil, `{"event":"transcript_deleted","channel_id":"$channel","audience_id":"<absent>"}`},
			{"anna", `{"action":"load_history","channel_id":"$channel"}`, nil, `{"event":"history_results","history_length":0}`},
		}, told: []step{{"bert", "transcript_deleted", nil, `{"channel_id":"$channel","action_id":"<absent>"}`}}},
		{name: "of a dialogue", steps: []step{
			{"anna", `{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/text"}`, []string{`{"text":"x"}`}, `{"event":"message_received"}`},
			{"anna", remove(`"dialogue_id":["$anna","$bert"]`), nil, `{"error_type":"permission_denied"}`},
			{"outi", remove(`"dialogue_id":["$anna","$bert"]`), nil, `{"error_type":"permission_denied"}`},
			{"outi", remove(`"puppet_id":"x"`), nil, `{"error_type":"request_malformed"}`},
		}},
	})
	w := newQueueWorld(t)
	w.serve("a", "outi", "bert")
	w.serve("b", "cleo", "dana")
	w.tell("outi", "$ch-a", "ninchat.com/text", `{"text":"x"}`)
	w.settle()
	w.run([]step{
		{"bert", remove(`"audience_id":"$a"`), nil, `{"error_type":"permission_denied"}`},
		{"outi", remove(`"audience_id":"$a"`), nil, `{"error_type":"audience_not_found"}`},
		{"cleo", remove(`"channel_id":"$ch-a"`), nil, `{"error_type":"channel_not_found"}`},
		{"mona", remove(`"audience_id":"$a"`), nil, `{"event":"transcript_deleted","audience_id":"$a","channel_id":"$ch-a"}`},
		{"mona", remove(`"channel_id":"$ch-b"`), nil, `{"event":"transcript_deleted","audience_id":"<absent>","channel_id":"$ch-b"}`},
	})
	expect(t, w.clients["outi"].read(), w.fill(`{"event":"transcript_deleted","channel_id":"$ch-a"}`))
	if got := w.texts("mona", `"audience_id":"$a"`); got != "" {
		t.Errorf("got %q", got)
	}
}

// Transcripts go when their time has come, counted from when everybody has left.
func TestTranscriptDeleteDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newQueueWorld(t, patient)
		expect(t, w.do("anna", `{"action":"update_realm","realm_id":"$realm","realm_settings":{"default_queue_settings":{"transcript_delete_delay":3600}}}`), `{"event":"realm_updated"}`)
		w.serve("a", "outi", "bert")
		// What is set later is for later audiences.
		w.set("queue", `"transcript_delete_delay":60`)
		w.serve("b", "cleo", "dana")
		for _, who := range []string{"a:outi", "b:cleo"} {
			name, customer, _ := strings.Cut(who, ":")
			w.tell(customer, "$ch-"+name, "ninchat.com/text", `{"text":"x"}`)
			w.do(customer, `{"action":"part_channel","channel_id":"$ch-`+name+`"}`)
		}
		if got := w.transcripts("bert", "queue"); len(got) != 0 {
			t.Errorf("got %v", got)
		}
		ongoing := w.transcriptsOf("bert", `"queue_id":"$queue","interval_begin":0,"interval_ongoing":true`)
		if len(ongoing) != 2 || ongoing[0]["complete_time"] != nil || ongoing[0]["finish_time"] == nil {
			t.Errorf("got %v", ongoing)
		}
		w.pass(30 * time.Second)
		w.do("dana", `{"action":"part_channel","channel_id":"$ch-b"}`)
		w.pass(time.Second)
		w.do("bert", `{"action":"part_channel","channel_id":"$ch-a"}`)
		got := w.transcripts("bert", "queue")
		if len(got) != 2 || got[0]["audience_id"] != w.names["b"] || got[0]["agent_id"] != w.clients["dana"].userID {
			t.Fatalf("got %v", got)
		}
		for i, want := range []float64{60, 3600} {
			completed, _ := got[i]["complete_time"].(float64)
			deleted, _ := got[i]["delete_time"].(float64)
			if deleted-completed != want {
				t.Errorf("%d: %v after %v", i, deleted, completed)
			}
		}
		w.pass(58 * time.Second)
		if got := w.texts("bert", `"audience_id":"$a"`) + w.texts("bert", `"channel_id":"$ch-b"`); got != "xx" {
			t.Errorf("got %q", got)
		}
		w.pass(2 * time.Second)
		if got := w.texts("bert", `"audience_id":"$a"`) + w.texts("bert", `"audience_id":"$b"`); got != "x" {
			t.Errorf("got %q", got)
		}
		expect(t, w.do("bert", `{"action":"get_transcript","channel_id":"$ch-b"}`), `{"error_type":"channel_not_found"}`)
		w.pass(time.Hour)
		if got := w.texts("bert", `"audience_id":"$a"`); got != "" {
			t.Errorf("got %q", got)
		}
		// What was counted stays.
		if got := w.transcripts("bert", "queue"); len(got) != 2 {
			t.Errorf("got %v", got)
		}
		if got := sumOf(t, w.do("bert", `{"action":"get_queue_stats","queue_id":"$queue","stats_length":9}`)); got.accepted != 2 || got.finished != 2 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestQueueTranscripts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newQueueWorld(t, patient)
		for _, name := range []string{"a", "b", "c"} {
			w.serve(name, "outi", "bert")
			w.tell("outi", "$ch-"+name, "ninchat.com/text", `{"text":"`+name+`"}`)
			w.do("outi", `{"action":"part_channel","channel_id":"$ch-`+name+`"}`)
			w.do("bert", `{"action":"part_channel","channel_id":"$ch-`+name+`"}`)
			w.pass(100 * time.Second)
		}
		at := func(offset int) string { return fmt.Sprint(946684800 + offset) }
		list := func(params string) string {
			return `{"action":"describe_queue_transcripts","queue_id":"$queue",` + params + `}`
		}
		remove := func(params string) string {
			return `{"action":"delete_queue_transcripts","queue_id":"$queue",` + params + `}`
		}
		if got := w.transcriptsOf("bert", `"queue_id":"$queue","interval_begin":`+at(100)+`,"interval_end":`+at(200)); len(got) != 1 || got[0]["audience_id"] != w.names["b"] {
			t.Errorf("got %v", got)
		}
		w.run([]step{
			{"outi", list(`"interval_begin":0`), nil, `{"error_type":"permission_denied","queue_id":"$queue"}`},
			{"bert", list(`"interval_begin":5,"interval_end":4`), nil, `{"error_type":"request_malformed"}`},
			{"bert", list(`"interval_begin":1e300`), nil, `{"error_type":"request_malformed"}`},
			{"bert", list(`"interval_end":1`), nil, `{"error_type":"request_malformed"}`},
			{"bert", `{"action":"describe_queue_transcripts","queue_id":"none","interval_begin":0}`, nil, `{"error_type":"queue_not_found"}`},
			{"bert", remove(`"interval_begin":` + at(0) + `,"interval_end":` + at(200)), nil, `{"error_type":"permission_denied"}`},
			{"mona", remove(`"interval_begin":0,"interval_end":` + at(200)), nil, `{"error_type":"request_malformed"}`},
			{"mona", remove(`"interval_begin":0`), nil, `{"error_type":"request_malformed"}`},
			{"mona", `{"action":"delete_queue_transcripts","queue_id":"none","interval_begin":0,"interval_end":1}`, nil, `{"error_type":"queue_not_found"}`},
			{"mona", remove(`"interval_begin":` + at(0) + `,"interval_end":` + at(200)), nil, `{"event":"queue_transcripts_deleted","queue_id":"$queue","interval_begin":` + at(0) + `,"interval_end":` + at(200) + `}`},
		})
		if got := w.texts("bert", `"audience_id":"$a"`) + w.texts("bert", `"audience_id":"$b"`) + w.texts("bert", `"audience_id":"$c"`); got != "c" {
			t.Errorf("got %q", got)
		}
	})
}

// A queue remembers so many audiences, and forgets the oldest one that is over.
func TestForgottenAudiences(t *testing.T) {
	w := newQueueWorld(t, func(c *serverConfig) { c.Limits.Audiences = 2 })
	w.serve("a", "outi", "bert")
	w.serve("b", "cleo", "bert")
	for _, who := range []string{"cleo", "bert"} {
		w.do(who, `{"action":"part_channel","channel_id":"$ch-b"}`)
	}
	w.serve("c", "cleo", "bert")
	w.run([]step{
		{"bert", `{"action":"get_transcript","audience_id":"$a"}`, nil, `{"event":"transcript_contents"}`},
		{"bert", `{"action":"get_transcript","audience_id":"$b"}`, nil, `{"error_type":"audience_not_found"}`},
		{"bert", `{"action":"get_transcript","channel_id":"$ch-b"}`, nil, `{"error_type":"channel_not_found"}`},
		{"bert", `{"action":"get_transcript","audience_id":"$c"}`, nil, `{"event":"transcript_contents"}`},
	})
	if got := sumOf(t, w.do("bert", `{"action":"get_queue_stats","queue_id":"$queue","stats_length":9}`)); got.accepted != 3 || got.finished != 1 {
		t.Errorf("got %+v", got)
	}
}
