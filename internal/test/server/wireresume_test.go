package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

var wireResume = []wireItem{
	{23, "resuming", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		p := tr.as(w, "bert")
		_, _, session := p.identity()
		p.call(`{"action":"ping"}`)
		w.say("anna", "first")
		seen := p.wait("message_received").number("event_id")
		w.say("anna", "second")
		w.say("anna", "third")
		if p, ok := p.(*poller); ok {
			p.eventID = int64(seen)
			got := ""
			for _, e := range p.poll() {
				got += e.content() + fmt.Sprint(e.number("event_id")-seen, e.members["action_id"])
			}
			if want := `{"text":"second"}1 <nil>{"text":"third"}2 <nil>`; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			return
		}
		// There is no answer to resume_session itself.
		c := connect(t, w.srv)
		c.write(fmt.Sprintf(`{"action":"resume_session","session_id":%q,"event_id":%d}`, session, int64(seen)))
		for i, text := range []string{"second", "third"} {
			e := c.read()
			expect(t, e, fmt.Sprintf(`{"event":"message_received","event_id":%d,"action_id":"<absent>"}`, int64(seen)+1+int64(i)))
			if e.content() != `{"text":"`+text+`"}` {
				t.Errorf("got %v", e)
			}
		}
		c.actionID = 1
		c.quiet()
	})},
	{24, "repeated actions", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		p := tr.as(w, "bert")
		_, _, session := p.identity()
		action := w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`)
		// The client doesn't know that it was done, and says it again: in the
		// session, and in another one after the first has been lost.
		id := p.send(action, `{"n":1}`)
		first := w.clients["mona"].wait("message_received").text("message_id")
		rewind(p, id-1)
		p.send(action, `{"n":1}`)
		w.srv.Faults().Lose(server.Match{SessionID: api.Secret(session)})
		next := tr.as(w, "bert")
		rewind(next, id-1)
		next.send(action, `{"n":1}`)
		expect(t, next.reply(id), `{"event":"message_received","message_id":`+quote(first)+`}`)
		// Once more: the same answer, as long as it is remembered.
		rewind(next, id-1)
		next.send(action, `{"n":1}`)
		// The next action is a new one, and what has no number is always new.
		if e := next.call(action, `{"n":2}`); e.text("message_id") == first {
			t.Errorf("got %v", e)
		}
		w.clients["outi"].call(w.fill(`{"action":"join_channel","channel_id":"$channel"}`))
		for range 2 {
			w.clients["outi"].write(w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`), `{}`)
		}
		w.clients["outi"].settle()
		if got := w.history("mona", `,"channel_id":"$channel","message_types":["x"]`); got != "x x x x" {
			t.Errorf("the messages are %q", got)
		}
	})},
	{25, "acknowledgement", overBoth(func(t *testing.T, tr transport) {
		srv := start(t, discreet)
		p := tr.guest(t, srv)
		_, _, session := p.identity()
		const unacknowledged = 4096
		if p, ok := p.(*poller); ok {
			for range unacknowledged {
				p.post(`{"action":"ping","session_id":` + quote(session) + `}`)
			}
			time.Sleep(time.Second)
			for _, want := range []int{1024, 1024} {
				if events := p.post(p.resumeAt(1)); len(events) != want || events[0].number("event_id") != 2 {
					t.Fatalf("got %d events", len(events))
				}
			}
			// An event_id on any action will do.
			p.post(`{"action":"ping","event_id":5,"session_id":` + quote(session) + `}`)
			expect(t, p.post(p.resumeAt(0))[0], `{"event_id":6}`)
			return
		}
		c := p.(*client)
		for range unacknowledged {
			c.write(`{"action":"ping"}`)
			c.read()
		}
		c.write(`{"action":"ping","event_id":5}`)
		expect(t, c.read(), fmt.Sprintf(`{"event_id":%d}`, unacknowledged+2))
		c.eventID = 0
		c = c.again(srv)
		expect(t, c.read(), `{"event_id":6}`)
		for range unacknowledged - 4 {
			c.read()
		}
		c.write(`{"action":"resume_session","event_id":4000}`) // which has no answer
		c.quiet()
		c.eventID = 0
		c = c.again(srv)
		expect(t, c.read(), `{"event_id":4001}`)
	})},
	{26, "ids, and the last reply", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		p := tr.as(w, "bert")
		last := 1.0
		for range 20 {
			e := p.call(`{"action":"ping"}`)
			if id := e.number("event_id"); id != last+1 || id > 1<<53 {
				t.Fatalf("event_id %v after %v", id, last)
			}
			last++
		}
		for i := range 3 {
			w.say("anna", fmt.Sprint(i))
		}
		id := p.send(w.fill(`{"action":"load_history","channel_id":"$channel","message_types":["ninchat.com/text"]}`))
		lengths := ""
		for {
			e := p.reply(id)
			lengths += fmt.Sprint(e.name, e.number("history_length"), " ")
			if e.number("history_length") <= 0 {
				break
			}
		}
		if want := "history_results3 message_received2 message_received1 message_received0 "; lengths != want {
			t.Errorf("got %s, want %s", lengths, want)
		}
		// Nothing found is one event.
		expect(t, p.call(w.fill(`{"action":"load_history","user_id":"$anna"}`)), `{"event":"history_results","history_length":0}`)
		for _, search := range []string{`{"action":"search","search_term":"anna"}`, `{"action":"search_users","search_term":"anna"}`, `{"action":"search_channels","search_term":"nothing"}`} {
			id := p.send(search)
			for events := 1; ; events++ {
				e := p.reply(id)
				if e.members["users"] == nil && e.members["channels"] == nil {
					break
				}
				if events > 2 {
					t.Fatalf("%s: too many results: %v", search, e)
				}
			}
		}
		p.call(`{"action":"ping"}`)
		if p, ok := p.(*client); ok && len(p.skipped) > 3 {
			t.Errorf("more came: %v", p.skipped[3:])
		}
	})},
	{27, "delete_user", overBoth(func(t *testing.T, tr transport) {
		srv := start(t)
		p := tr.guest(t, srv)
		id, _, session := p.identity()
		expect(t, p.call(`{"action":"delete_user"}`), `{"event":"user_deleted","user_id":`+quote(id)+`}`)
		if got := srv.Stats(); got.Users != 0 || got.Sessions != 0 {
			t.Errorf("got %+v", got)
		}
		if p, ok := p.(*poller); ok {
			// It can be fetched until it has been acknowledged.
			p.eventID = 1
			expect(t, only(t, p.poll()), `{"event":"user_deleted"}`)
			expect(t, only(t, p.poll()), `{"event":"error","error_type":"session_not_found","session_id":`+quote(session)+`}`)
		}
	})},
	{28, "guests log in again", overBoth(func(t *testing.T, tr transport) {
		srv := start(t)
		p := tr.guest(t, srv)
		id, auth, session := p.identity()
		c := connect(t, srv)
		c.write(`{"action":"close_session","session_id":` + quote(session) + `}`)
		_ = c.ended()
		time.Sleep(5 * time.Minute)
		again := tr.login(t, srv, `,"user_existing":true,"user_id":`+quote(id)+`,"user_auth":`+quote(auth))
		if got, _, _ := again.identity(); got != id {
			t.Errorf("logged in as %s", got)
		}
	})},
}

// rewind makes a client's next action have the number after id.
func rewind(p peer, id int64) {
	switch p := p.(type) {
	case *client:
		p.actionID = id
	case *poller:
		p.actionID = id
	}
}

// resumeAt polls from an event on.
func (c *pollClient) resumeAt(eventID int64) string {
	c.eventID = eventID
	return c.resume("")
}
