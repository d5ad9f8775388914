package server_test

import (
	"strings"
	"testing"
	"testing/synctest"
)

const superseded = `{"event":"error","error_type":"connection_superseded","event_id":"<absent>","action_id":"<absent>"}`

// by is the client with another name.
func (c *pollClient) by(poller string) *pollClient {
	named := *c
	named.url += "?poller=" + poller
	return &named
}

// Clients that say who polls are told when somebody else has the session, whether
// they are waiting or not; what comes late from a connection that has been replaced
// takes nothing away.
func TestPollersThatSayWhoTheyAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		c := pollGuest(t, srv)
		// The client that made the session didn't say who it is.
		first := c.by("a.2")
		first.poll()
		if events := c.by("a.1").poll(); len(events) != 1 {
			t.Errorf("got %v", events)
		} else {
			expect(t, events[0], superseded)
		}
		first.eventID = 1
		waiting := first.pollLater()
		synctest.Wait()

		other := c.by("b.7")
		other.eventID = 1
		others := other.pollLater()
		expect(t, only(t, first.parse(<-waiting)), superseded)
		expect(t, only(t, first.poll()), superseded)
		expect(t, only(t, first.post(`{"action":"ping","action_id":9,"session_id":"`+c.sessionID+`"}`)), superseded)
		expect(t, only(t, first.post(`{"action":"close_session","session_id":"`+c.sessionID+`"}`)), superseded)
		if n := srv.Stats().Sessions; n != 1 {
			t.Fatalf("%d sessions", n)
		}
		// On purpose it can have it back.
		back := c.by("a.3")
		back.eventID = 1
		backs := back.pollLater()
		expect(t, only(t, other.parse(<-others)), superseded)
		back.send(`{"action":"ping"}`)
		expect(t, only(t, back.parse(<-backs)), `{"event":"pong"}`)
	})
}

// Who doesn't say it in the way that is understood, or at all, is as before: the newer
// poll has the older one answered by nothing.
func TestPollersThatSayNothing(t *testing.T) {
	for _, poller := range []string{"", "a", "a.", ".1", "a.-1", "a.1.1", "a.99999999999999999999", strings.Repeat("a", 65) + ".1"} {
		synctest.Test(t, func(t *testing.T) {
			srv := start(t)
			c := pollGuest(t, srv)
			c.eventID = 1
			c.url += "?poller=" + poller
			older := c.pollLater()
			synctest.Wait()
			newer := c.pollLater()
			if text := <-older; text != "[]" {
				t.Errorf("%q: got %s", poller, text)
			}
			c.send(`{"action":"ping"}`)
			expect(t, only(t, c.parse(<-newer)), `{"event":"pong"}`)
		})
	}
}
