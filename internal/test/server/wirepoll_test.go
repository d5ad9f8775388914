package server_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

var wirePoll = []wireItem{
	{29, "an action is answered before its reply", bubble(func(t *testing.T) {
		c := pollGuest(t, start(t))
		for range 3 {
			answer := c.pollLater()
			synctest.Wait()
			began := time.Now()
			c.send(`{"action":"describe_user"}`)
			if d := time.Since(began); d != 0 {
				t.Errorf("the action was answered after %v", d)
			}
			expect(t, only(t, c.parse(<-answer)), fmt.Sprintf(`{"event":"user_found","action_id":%d}`, c.actionID))
			if d := time.Since(began); d != 20*time.Millisecond {
				t.Errorf("its reply came after %v", d)
			}
		}
	})},
	{30, "one poll at a time", bubble(func(t *testing.T) {
		w := newWorld(t)
		bert, _ := transports[1].as(w, "bert").(*poller)
		older := bert.pollLater()
		synctest.Wait()
		newer := bert.pollLater()
		if text := <-older; text != "[]" {
			t.Errorf("the older poll got %s", text)
		}
		w.say("anna", "hello")
		received := bert.parse(<-newer)
		expect(t, received[0], `{"event":"message_received"}`)
		// It stays until it is acknowledged.
		id := received[0].number("event_id")
		for range 2 {
			expect(t, bert.post(bert.resumeAt(int64(id) - 1))[0], fmt.Sprintf(`{"event_id":%v}`, id))
		}
		if events := bert.post(bert.resumeAt(int64(id))); len(events) != 0 {
			t.Errorf("got %v", events)
		}
	})},
	{31, "a ping without action_id", bubble(func(t *testing.T) {
		srv := start(t)
		c := guest(t, srv)
		// A client that has lost its WebSocket goes on by polling.
		_ = c.nc.Close()
		p := newPollClient(t, srv)
		p.sessionID, p.eventID = c.sessionID, c.eventID
		answer := p.pollLater()
		synctest.Wait()
		if events := p.post(`{"action":"ping","session_id":` + quote(p.sessionID) + `}`); len(events) != 0 {
			t.Errorf("got %v", events)
		}
		expect(t, only(t, p.parse(<-answer)), `{"event":"pong","event_id":2,"action_id":"<absent>"}`)
	})},
	{32, "payload is an object", bubble(func(t *testing.T) {
		w := newWorld(t)
		bert, _ := transports[1].as(w, "bert").(*poller)
		send := w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`)
		w.clients["anna"].call(send, `{"a":[1]}`)
		expect(t, bert.wait("message_received"), `{"payload":{"a":[1]},"frames":"<absent>"}`)
		for _, payload := range []string{`[1,2]`, `"text"`, `7`, `null`, "no JSON", "\xff"} {
			w.clients["anna"].call(send, payload)
			expect(t, bert.wait("message_received"), `{"payload":"<absent>","message_type":"x"}`)
		}
		w.clients["anna"].call(send, `[]`, `{}`)
		expect(t, bert.wait("message_received"), `{"payload":"<absent>"}`)
		// Its own objects arrive, and so do lists of base64 strings.
		bert.call(send, `{"b":2}`)
		if e := w.clients["mona"].find("bert's", func(e event) bool { return e.content() == `{"b":2}` }); e.text("message_user_id") != bert.userID {
			t.Errorf("got %v", e)
		}
		expect(t, bert.call(`{"action":"update_user","user_attrs":{"name":"Bertil"},"payload_attrs":[],"payload":[]}`), `{"event":"user_updated","payload":"<absent>"}`)
	})},
	{33, "polls are answered in time", bubble(func(t *testing.T) {
		c := pollGuest(t, start(t))
		for range 3 {
			began := time.Now()
			if events := c.poll(); len(events) != 0 || time.Since(began) > time.Minute || time.Since(began) < time.Second {
				t.Errorf("got %v after %v", events, time.Since(began))
			}
		}
	})},
}
