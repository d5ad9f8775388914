package server_test

import "testing"

// Who has looked at some queues hears of them until entering one of those.
func TestWatchedQueues(t *testing.T) {
	w := newQueueWorld(t)
	outi := w.clients["outi"]
	expect(t, w.do("outi", `{"action":"describe_realm_queues","realm_id":"$realm","queue_ids":["$other"]}`), `{"event":"realm_queues_found"}`)
	expect(t, w.do("outi", `{"action":"request_audience","queue_id":"$queue"}`), `{"event":"audience_enqueued"}`)
	w.change("other", `"closed":true`)
	expect(t, outi.wait("queue_updated"), w.fill(`{"queue_id":"$other","queue_attrs":{"closed":true}}`))
	w.change("other", `"closed":false`)
	expect(t, outi.wait("queue_updated"), w.fill(`{"queue_id":"$other","queue_attrs":{"closed":"<absent>"}}`))
	expect(t, w.do("outi", `{"action":"request_audience","queue_id":"$other"}`), `{"event":"audience_enqueued"}`)
	w.settle()
	// What comes now comes to somebody who waits: once.
	w.change("other", `"closed":true`)
	expect(t, outi.wait("queue_updated"), w.fill(`{"queue_id":"$other","queue_attrs":{"closed":true},"queue_position":1}`))
	outi.quiet()
}
