package server_test

import (
	"testing"
	"testing/synctest"
	"time"
)

// What there is in queues outlives the server: who waits and where, who is being
// served, figures, and the times that pass meanwhile.
func TestQueuesOutliveTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(memoryStore)
		config := func(c *serverConfig) {
			patient(c)
			c.Store = store
		}
		w := newQueueWorld(t, config)
		w.set("queue", `"transcript_delete_delay":3600,"transfer_queue_ids":["$other"]`)
		w.serve("a", "outi", "bert")
		w.tell("outi", "$ch-a", "ninchat.com/text", `{"text":"x"}`)
		w.tell("outi", "$ch-a", "ninchat.com/metadata", `{"data":{"rating":1}}`)
		for _, who := range []string{"outi", "bert"} {
			w.do(who, `{"action":"part_channel","channel_id":"$ch-a"}`)
		}
		w.serve("b", "outi", "bert")
		w.tell("outi", "$ch-b", "ninchat.com/text", `{"text":"y"}`)
		w.set("other", `"audience_dialogue":true`)
		w.names["d"] = w.do("cleo", `{"action":"request_audience","queue_id":"$other"}`).text("audience_id")
		expect(t, w.do("dana", acceptOther), `{"event":"dialogue_updated"}`)
		for _, who := range []string{"cleo", "outi"} {
			w.do(who, `{"action":"request_audience","queue_id":"$other","audience_metadata":{"vars":{"who":"`+who+`"}}}`)
		}
		w.do("anna", `{"action":"describe_realm_queues","realm_id":"$realm","queue_ids":["$other"]}`)
		// The bubble begins on a Saturday, at midnight.
		expect(t, w.change("queue", `"schedule":{"timezone":"UTC","week":[null,null,null,null,null,["8:00","16:00"]]}`), `{"queue_attrs":{"closed":true}}`)
		w.settle()
		stats := `{"action":"get_queue_stats","queue_id":"$queue","stats_hour":"2000010100","stats_length":1}`
		before := sumOf(t, w.do("bert", stats))
		if err := w.srv.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(9 * time.Hour)
		w.srv = start(t, config)
		w.pass(time.Second)
		w.settle()

		if after := sumOf(t, w.do("bert", stats)); after != before || after.rated != 1 {
			t.Errorf("got %+v, had %+v", after, before)
		}
		if got := w.texts("bert", `"audience_id":"$a"`); got != "" {
			t.Errorf("got %q", got)
		}
		if got := w.texts("bert", `"audience_id":"$b"`); got != "y" {
			t.Errorf("got %q", got)
		}
		w.run([]step{
			{"bert", `{"action":"describe_queue","queue_id":"$queue"}`, nil, `{"queue_attrs":{"closed":"<absent>"},"queue_settings":{"transcript_delete_delay":3600},"queue_members":{"$bert":{},"$dana":{}}}`},
			{"cleo", `{"action":"describe_user"}`, nil, `{"user_queues":{"$other":{"queue_position":1}}}`},
			{"outi", `{"action":"describe_user"}`, nil, `{"user_queues":{"$other":{"queue_position":2}}}`},
			{"bert", `{"action":"describe_channel","channel_id":"$ch-b"}`, nil, `{"channel_attrs":{"audience_id":"$b"},"audience_metadata":{}}`},
			{"dana", `{"action":"transfer_audience","user_id":"$cleo","queue_id":"$queue"}`, nil, `{"error_type":"permission_denied"}`},
			{"anna", `{"action":"update_queue","queue_id":"$other","queue_settings":{"audience_dialogue":null,"transfer_queue_ids":["$queue"]}}`, nil, `{"event":"queue_updated"}`},
			{"dana", `{"action":"transfer_audience","user_id":"$cleo","queue_id":"$queue"}`, nil, `{"event":"dialogue_updated","dialogue_status":"hidden"}`},
			{"dana", acceptOther, nil, `{"event":"channel_joined","channel_attrs":{"requester_id":"$cleo"},"audience_metadata":{"vars":{"who":"cleo"}}}`},
			{"outi", `{"action":"part_channel","channel_id":"$ch-b"}`, nil, `{"event":"channel_parted"}`},
		})
		expect(t, w.clients["anna"].wait("queue_updated"), w.fill(`{"queue_id":"$other"}`))
		expect(t, w.clients["bert"].wait("channel_updated"), w.fill(`{"channel_id":"$ch-b","channel_attrs":{"closed":true}}`))
		// The schedule goes on.
		w.settle()
		w.pass(7 * time.Hour)
		expect(t, w.clients["bert"].wait("queue_updated"), `{"event_cause":"queue_schedule","queue_attrs":{"closed":true}}`)
	})
}
