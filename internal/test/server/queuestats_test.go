package server_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// sums are figures over all hours.
type sums struct{ described, requested, accepted, finished, dropped, rated int }

// sumOf adds up the figures of all hours and agents.
func sumOf(t *testing.T, e event) sums {
	t.Helper()
	expect(t, e, `{"event":"queue_stats_contents"}`)
	var s sums
	number := func(m map[string]any, name string) int { n, _ := m[name].(float64); return int(n) }
	hours, _ := e.members["queue_stats"].(map[string]any)
	for _, value := range hours {
		hour, _ := value.(map[string]any)
		s.described += number(hour, "describe_count")
		s.requested += number(hour, "request_count")
		s.dropped += number(hour, "drop_count")
		services, _ := hour["audiences"].([]any)
		for _, value := range services {
			service, _ := value.(map[string]any)
			s.accepted += number(service, "accept_count")
			s.finished += number(service, "finish_count")
			ratings, _ := service["ratings"].(map[string]any)
			for rating := range ratings {
				s.rated += number(ratings, rating)
			}
		}
	}
	return s
}

func TestQueueStats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newQueueWorld(t, patient)
		stats := func(params string) event {
			t.Helper()
			return w.do("bert", `{"action":"get_queue_stats","queue_id":"$queue"`+params+`}`)
		}
		// 2000-01-01 00:00:00 UTC
		expect(t, stats(`,"stats_length":1`), `{"event":"queue_stats_contents","queue_stats":{"2000010100":"<absent>"}}`)
		w.do("outi", `{"action":"describe_realm_queues","realm_id":"$realm"}`)
		expect(t, w.do("outi", `{"action":"request_audience","queue_id":"$queue","audience_metadata":{"vars":{"page":"faq"}}}`), `{"event":"audience_enqueued"}`)
		w.pass(10 * time.Second)
		w.do("cleo", ask)
		w.pass(20 * time.Second)
		e := w.do("bert", acceptNext) // outi, after 30 s
		w.names["one"] = e.text("channel_id")
		w.pass(10 * time.Second)
		e = w.do("dana", acceptNext) // cleo, after 30 s
		w.names["two"] = e.text("channel_id")
		w.do("cleo", ask)
		w.pass(50 * time.Second)
		w.do("cleo", `{"action":"delete_user"}`) // drops after 50 s, and finishes the other after 50 s
		expect(t, stats(`,"stats_length":1`), w.fill(`{"queue_stats":{"2000010100":{"describe_count":1,"request_count":3,"accept_delay_avg":30,"drop_count":1,"drop_delay_avg":50}}}`))
		service(t, stats(`,"stats_length":1`), w.fill(`{"agent_id":"$bert","accept_count":1,"finish_count":0,"finish_duration_avg":"<absent>","vars":{"page":"faq"},"ratings":{}}`))
		service(t, stats(`,"stats_length":1`), w.fill(`{"agent_id":"$dana","accept_count":1,"finish_count":1,"finish_duration_avg":50,"vars":"<absent>","ratings":{}}`))

		w.names["red"], w.names["blue"] = w.tag(`"name":"red"`), w.tag(`"name":"blue"`)
		// The other conversation ends in the next hour, with tags and a rating.
		w.pass(time.Hour)
		w.do("outi", `{"action":"part_channel","channel_id":"none"}`)
		expect(t, w.tell("outi", "$one", "ninchat.com/metadata", `{"data":{"rating":-1}}`), `{"event":"message_received"}`)
		expect(t, w.tell("outi", "$one", "ninchat.com/metadata", `{"data":{"rating":1,"tag_ids":["hers"]}}`), `{"event":"message_received"}`)
		expect(t, w.tell("bert", "$one", "ninchat.com/metadata", `{"data":{"tag_ids":["$red","$blue"],"rating":-1}}`), `{"event":"message_received"}`)
		expect(t, w.do("bert", `{"action":"update_channel","channel_id":"$one","channel_attrs":{"closed":true}}`), `{"event":"channel_updated"}`)
		w.pass(time.Minute)
		w.do("bert", `{"action":"part_channel","channel_id":"$one"}`) // it was finished before
		e = stats(`,"stats_length":2`)
		expect(t, e, `{"queue_stats":{"2000010101":{"request_count":0,"drop_count":0,"accept_delay_avg":"<absent>","drop_delay_avg":"<absent>"}}}`)
		if got, want := sumOf(t, e), (sums{described: 1, requested: 3, accepted: 2, finished: 2, dropped: 1, rated: 1}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		service(t, e, w.fill(`{"agent_id":"$bert","accept_count":1,"finish_count":0,"vars":{"page":"faq"},"ratings":{}}`))
		service(t, e, w.fill(`{"agent_id":"$bert","accept_count":0,"finish_count":1,"finish_duration_avg":3660,"ratings":{"1":1,"-1":"<absent>"}}`))

		// Hours are chosen by name.
		expect(t, stats(`,"stats_length":1`), `{"queue_stats":{"2000010100":"<absent>","2000010101":{}}}`)
		expect(t, stats(`,"stats_length":1,"stats_hour":"2000010100"`), `{"queue_stats":{"2000010100":{},"2000010101":"<absent>"}}`)
		expect(t, stats(`,"stats_length":744,"stats_hour":"1999123123"`), `{"queue_stats":{"2000010100":{},"2000010101":{}}}`)
		for _, params := range []string{``, `,"stats_length":0`, `,"stats_length":745`, `,"stats_length":1,"stats_hour":"today"`, `,"stats_length":1,"stats_hour":"20000101"`} {
			expect(t, stats(params), `{"error_type":"request_malformed"}`)
		}
		w.run([]step{
			{"outi", `{"action":"get_queue_stats","queue_id":"$queue","stats_length":1}`, nil, `{"error_type":"permission_denied","queue_id":"$queue"}`},
			{"outi", `{"action":"get_queue_stats","queue_id":"none","stats_length":1}`, nil, `{"error_type":"queue_not_found"}`},
			{"mona", `{"action":"get_queue_stats","queue_id":"$queue","stats_length":2}`, nil, `{"queue_stats":{"2000010101":{}}}`},
			{"dana", `{"action":"get_queue_stats","queue_id":"$other","stats_length":2}`, nil, `{"queue_stats":{"2000010100":{"describe_count":1,"request_count":0}}}`},
		})
	})
}

// service checks that one of the figures by agent has the members of an object.
func service(t *testing.T, e event, want string) {
	t.Helper()
	hours, _ := e.members["queue_stats"].(map[string]any)
	var failures []string
	for _, value := range hours {
		hour, _ := value.(map[string]any)
		services, _ := hour["audiences"].([]any)
		for _, value := range services {
			members, _ := value.(map[string]any)
			diff := differ("", members, object(t, want))
			if diff == "" {
				return
			}
			failures = append(failures, diff)
		}
	}
	t.Errorf("no figures are %s: %v\n%v", want, failures, e)
}

// Whatever happens in whatever order, requests are those who were accepted, gave
// up or wait.
func TestFiguresAddUp(t *testing.T) {
	w := newQueueWorld(t)
	waiting, accepted, dropped, requested := []*client{}, 0, 0, 0
	for i := range 60 {
		switch (i * i) % 7 {
		case 0, 1:
			c := guest(t, w.srv)
			expect(t, c.call(w.fill(ask)), `{"event":"audience_enqueued"}`)
			waiting = append(waiting, c)
			requested++
		case 2:
			if e := w.do([]string{"bert", "dana"}[i%2], acceptNext); e.name == "channel_joined" {
				accepted++
				waiting = waiting[1:]
			}
		case 4:
			if len(waiting) > 0 {
				waiting[len(waiting)/2].call(`{"action":"delete_user"}`)
				waiting = append(waiting[:len(waiting)/2:len(waiting)/2], waiting[len(waiting)/2+1:]...)
				dropped++
			}
		}
	}
	e := w.do("bert", `{"action":"get_queue_stats","queue_id":"$queue","stats_length":2}`)
	if got, want := sumOf(t, e), (sums{requested: requested, accepted: accepted, dropped: dropped}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if requested != accepted+dropped+len(waiting) || accepted == 0 || dropped == 0 {
		t.Errorf("%d are not %d, %d and %d", requested, accepted, dropped, len(waiting))
	}
	expect(t, w.do("bert", `{"action":"describe_queue","queue_id":"$queue"}`), fmt.Sprintf(`{"queue_attrs":{"length":%d}}`, len(waiting)))
}
