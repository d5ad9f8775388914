package server_test

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestChannelSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, patient)
		update := func(attrs string) event {
			t.Helper()
			return w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{`+attrs+`}}`)
		}
		expect(t, update(`"schedule":{"timezone":"UTC","week":[["8:00","7:00"]]}`), w.fill(`{"error_type":"request_malformed","channel_id":"$channel"}`))
		// The bubble begins on a Saturday, at midnight.
		expect(t, update(`"schedule":{"timezone":"UTC","week":[null,null,null,null,null,["8:00","16:00"]]}`), `{"channel_attrs":{"closed":true,"schedule":{"timezone":"UTC"}}}`)
		expect(t, w.clients["bert"].wait("channel_updated"), `{"channel_attrs":{"closed":true}}`)
		w.settle()
		for _, step := range []struct {
			after  time.Duration
			closed string
		}{{8 * time.Hour, `"<absent>"`}, {8 * time.Hour, `true`}, {160 * time.Hour, `"<absent>"`}} {
			w.pass(step.after - time.Second)
			w.clients["bert"].quiet()
			w.pass(time.Second)
			bert := w.clients["bert"]
			expect(t, bert.read(), `{"event":"channel_updated","event_cause":"channel_schedule","channel_attrs":{"closed":`+step.closed+`}}`)
			expect(t, bert.read(), `{"event":"message_received","message_type":"ninchat.com/info/channel"}`)
		}
		expect(t, update(`"schedule":null`), `{"channel_attrs":{"schedule":"<absent>","closed":"<absent>"}}`)
		w.settle()
		w.pass(1000 * time.Hour)
		w.clients["bert"].quiet()
		e := w.do("outi", `{"action":"create_channel","channel_attrs":{"schedule":{"timezone":"UTC","week":[]}}}`)
		expect(t, e, `{"event":"channel_joined","channel_attrs":{"closed":true}}`)
		e = w.do("outi", `{"action":"create_channel","channel_attrs":{"closed":false,"schedule":{"timezone":"UTC","week":[]}}}`)
		expect(t, e, `{"event":"channel_joined","channel_attrs":{"closed":"<absent>"}}`)
	})
}
