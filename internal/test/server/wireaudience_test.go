package server_test

import (
	"fmt"
	"testing"
)

var wireAudience = []wireItem{
	{34, "queues of a bot", overBoth(func(t *testing.T, tr transport) {
		w := newQueueWorld(t)
		bot := tr.as(w, "dana")
		expect(t, bot.call(w.fill(`{"action":"describe_queue","queue_id":"$queue"}`)),
			w.fill(`{"event":"queue_found","queue_settings":{"transfer_queue_ids":["$other"]}}`))
		expect(t, bot.call(w.fill(`{"action":"describe_queue","queue_id":"$other"}`)), `{"event":"queue_found","queue_settings":{}}`)
		w.do("outi", ask)
		expect(t, bot.wait("queue_updated"), w.fill(`{"queue_id":"$queue","queue_attrs":{"length":1}}`))
		// Another one is faster.
		expect(t, w.do("bert", acceptNext), `{"event":"channel_joined"}`)
		for range 3 {
			expect(t, bot.call(w.fill(acceptNext)), w.fill(`{"event":"error","error_type":"queue_is_empty","queue_id":"$queue"}`))
		}
		// That does no harm.
		w.do("cleo", ask)
		expect(t, bot.call(w.fill(acceptNext)), `{"event":"channel_joined"}`)
	})},
	{35, "an audience's channel", overBoth(func(t *testing.T, tr transport) {
		w := newQueueWorld(t)
		bot := tr.as(w, "bert")
		w.names["audience"] = w.do("outi", `{"action":"request_audience","queue_id":"$queue","audience_metadata":{"order":7}}`).text("audience_id")
		expect(t, bot.call(w.fill(acceptNext)), w.fill(`{"event":"channel_joined","realm_id":"$realm",
			"channel_attrs":{"audience_id":"$audience","queue_id":"$queue","requester_id":"$outi"},
			"audience_metadata":{"order":7},"channel_members":{"$outi":{},"$bert":{}}}`))
		expect(t, w.clients["outi"].wait("channel_joined"), w.fill(`{"channel_attrs":{"audience_id":"$audience","requester_id":"$outi"}}`))
	})},
	{36, "message ids sort by age", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		p := tr.as(w, "bert")
		last := ""
		for range 50 {
			id := p.call(w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`), `{}`).text("message_id")
			if id <= last {
				t.Fatalf("%q after %q", id, last)
			}
			last = id
		}
	})},
	{37, "writing", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		p := tr.as(w, "bert")
		for _, writing := range []string{"true", "false", "true", "null"} {
			want := `"<absent>"`
			if writing == "true" {
				want = "true"
			}
			updated := w.fill(`{"event":"channel_member_updated","channel_id":"$channel","user_id":"$bert","member_attrs":{"writing":` + want + `}}`)
			expect(t, p.call(w.fill(`{"action":"update_member","channel_id":"$channel","user_id":"$bert","member_attrs":{"writing":`+writing+`}}`)), updated)
			expect(t, w.clients["anna"].wait("channel_member_updated"), updated)
		}
	})},
	{38, "the end of an audience's channel", overBoth(func(t *testing.T, tr transport) {
		w := newQueueWorld(t)
		bot := tr.as(w, "bert")
		serve := func() string {
			w.names["audience"] = w.do("outi", ask).text("audience_id")
			e := bot.call(w.fill(acceptNext))
			expect(t, e, `{"event":"channel_joined"}`)
			w.settle()
			return e.text("channel_id")
		}
		// The customer leaves.
		channel := serve()
		expect(t, w.do("outi", `{"action":"part_channel","channel_id":"`+channel+`"}`), `{"event":"channel_parted"}`)
		expect(t, bot.wait("channel_updated"), `{"channel_id":`+quote(channel)+`,"channel_attrs":{"closed":true}}`)
		e := bot.call(`{"action":"send_message","message_privileged":true,"message_type":"ninchat.com/metadata","channel_id":`+quote(channel)+`}`, `{"data":{"rating":1}}`)
		expect(t, e, `{"event":"message_received"}`)
		expect(t, bot.call(`{"action":"part_channel","channel_id":`+quote(channel)+`}`), `{"event":"channel_parted"}`)
		// The customer is transferred.
		channel = serve()
		e = bot.call(w.fill(`{"action":"transfer_audience","audience_id":"$audience","queue_id":"$other"}`))
		expect(t, e, `{"event":"channel_parted","channel_id":`+quote(channel)+`}`)
		expect(t, w.clients["outi"].wait("channel_updated"), `{"event_cause":"audience_transfer","channel_attrs":{"suspended":true}}`)
		expect(t, bot.wait("channel_updated"), `{"event_cause":"audience_transfer","channel_attrs":{"suspended":true}}`)
	})},
	{39, "history after a restart", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		w.chatter(5)
		p := tr.as(w, "bert")
		id := p.send(w.fill(`{"action":"load_history","channel_id":"$channel","message_id":"","history_length":1000,"history_order":1,"message_types":["ninchat.com/text"]}`))
		expect(t, p.reply(id), `{"event":"history_results","history_length":5}`)
		for i := range 5 {
			if e := p.reply(id); e.content() != fmt.Sprintf(`{"text":"%d"}`, i) || e.number("history_length") != float64(4-i) {
				t.Errorf("message %d is %v", i, e)
			}
		}
	})},
	{40, "audiences in dialogues", overBoth(func(t *testing.T, tr transport) {
		w := newQueueWorld(t)
		w.set("queue", `"audience_dialogue":true`)
		bot := tr.as(w, "bert")
		w.names["audience"] = w.do("outi", ask).text("audience_id")
		accepted := bot.call(w.fill(acceptNext))
		expect(t, accepted, w.fill(`{"event":"dialogue_updated","user_id":"$outi","dialogue_status":"visible",
			"dialogue_members":{"$outi":{"queue_id":"$queue","audience_id":"$audience"},"$bert":{}}}`))
		w.do("outi", `{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/text"}`, `{"text":"hello"}`)
		expect(t, bot.wait("message_received"), w.fill(`{"user_id":"$outi"}`))
		expect(t, bot.call(w.fill(`{"action":"transfer_audience","user_id":"$outi","queue_id":"$other"}`)),
			w.fill(`{"event":"dialogue_updated","user_id":"$outi","dialogue_status":"hidden"}`))
		expect(t, w.clients["outi"].wait("audience_enqueued"), w.fill(`{"queue_id":"$other"}`))
	})},
	{41, "messages say where they are, and who wrote them", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		p := tr.as(w, "bert")
		w.say("anna", "hello")
		expect(t, p.wait("message_received"), w.fill(`{"channel_id":"$channel","message_user_id":"$anna","message_user_name":"anna"}`))
		id := p.send(w.fill(`{"action":"load_history","channel_id":"$channel","message_types":["ninchat.com/text"]}`))
		p.reply(id)
		expect(t, p.reply(id), w.fill(`{"channel_id":"$channel","message_user_name":"anna"}`))
	})},
}
