package server_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

var wireSession = []wireItem{
	{16, "user_existing never makes a user", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		before := w.srv.Stats().Users
		p := tr.login(t, w.srv, w.credentials("anna")+`,"user_existing":true,"site_secret":"s"`)
		if id, _, _ := p.identity(); id != w.clients["anna"].userID {
			t.Errorf("logged in as %s", id)
		}
		for params, want := range map[string]string{
			`,"user_existing":true,"user_id":"gone","user_auth":"x"`:                               "user_not_found",
			`,"user_existing":true`:                                                                "user_not_found",
			`,"user_existing":true,"user_attrs":{"name":"x"}`:                                      "user_not_found",
			w.fill(`,"user_existing":true,"user_id":"$anna","user_auth":"x"`):                      "access_denied",
			w.fill(`,"user_existing":true,"user_id":"$anna"`):                                      "access_denied",
			`,"user_existing":true,"identity_type":"email","identity_name":"x","identity_auth":""`: "identity_not_found",
		} {
			_, e := tr.join(t, w.srv, params)
			expect(t, e, `{"event":"error","error_type":"`+want+`"}`)
		}
		if users := w.srv.Stats().Users; users != before {
			t.Errorf("%d users, want %d", users, before)
		}
	})},
	{17, "session_created", overBoth(func(t *testing.T, tr transport) {
		w := newQueueWorld(t)
		w.do("outi", `{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/text"}`, `{"text":"hi"}`)
		w.do("outi", ask)
		w.do("outi", `{"action":"join_channel","channel_id":"$channel"}`)
		_, e := tr.join(t, w.srv, w.credentials("outi"))
		expect(t, e, w.fill(`{"event":"session_created","event_id":1,"user_id":"$outi","user_auth":"<absent>",
			"user_channels":{"$channel":{"channel_attrs":{"owner_id":"$anna"}}},
			"user_queues":{"$queue":{"queue_attrs":{"name":"main","length":1},"queue_position":1}},
			"user_dialogues":{"$bert":{"dialogue_members":{"$outi":{},"$bert":{}}}}}`))
		if e.text("session_id") == "" {
			t.Errorf("got %v", e)
		}
		// user_channels is there even if there are none.
		_, e = tr.join(t, w.srv, "")
		if channels, ok := e.members["user_channels"].(map[string]any); !ok || len(channels) != 0 || e.text("user_auth") == "" {
			t.Errorf("got %v", e)
		}
	})},
	{18, "errors at creation", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		for params, want := range map[string]string{
			`,"identity_type":"email","identity_name":"nobody@example.com","identity_auth":"x"`: "identity_not_found",
			`,"user_id":"nobody","user_auth":"x"`:                                               "user_not_found",
			w.fill(`,"user_id":"$anna","user_auth":"x"`):                                        "access_denied",
			`,"access_key":"forged"`:                                                            "access_denied",
			`,"user_auth":"x"`:                                                                  "request_malformed",
		} {
			// None of them is internal: those are tried again for ever.
			_, e := tr.join(t, w.srv, params)
			expect(t, e, `{"event":"error","error_type":"`+want+`","session_id":"<absent>"}`)
		}
	})},
	{19, "session_not_found lets clients log in again", overBoth(func(t *testing.T, tr transport) {
		srv := start(t)
		p := tr.guest(t, srv)
		id, auth, session := p.identity()
		srv.Faults().Lose(server.Match{SessionID: api.Secret(session)})
		c := connect(t, srv)
		c.write(`{"action":"resume_session","session_id":` + quote(session) + `,"event_id":1}`)
		// It isn't user_auth_deleted: the user's password is still good.
		expect(t, c.read(), `{"event":"error","error_type":"session_not_found","user_auth_deleted":"<absent>","event_id":"<absent>"}`)
		again := tr.login(t, srv, `,"user_existing":true,"user_id":`+quote(id)+`,"user_auth":`+quote(auth))
		if got, _, other := again.identity(); got != id || other == session {
			t.Errorf("user %s in session %s", got, other)
		}
		// After a guest's time is over, logging in again doesn't make a user.
		_, _, session = again.identity()
		srv.Faults().Lose(server.Match{SessionID: api.Secret(session)})
		time.Sleep(11 * time.Minute)
		_, e := tr.join(t, srv, `,"user_existing":true,"user_id":`+quote(id)+`,"user_auth":`+quote(auth))
		expect(t, e, `{"event":"error","error_type":"user_not_found"}`)
	})},
	{20, "superseded connections, and errors that drop them", func(t *testing.T) {
		srv := start(t, func(c *server.Config) { c.Limits.Part, c.Limits.Payload, c.Limits.Parts = 100, 150, 4 })
		first := guest(t, srv)
		second := first.again(srv)
		second.quiet()
		expect(t, first.read(), `{"event":"error","error_type":"connection_superseded","event_id":"<absent>"}`)
		_ = first.ended()
		second.quiet() // the newer one isn't troubled
		part := strings.Repeat("x", 90)
		for _, test := range []struct {
			payload []string
			want    string
		}{
			{[]string{part + part}, "message_part_too_long"},
			{[]string{part, part}, "message_too_long"},
			{[]string{"1", "2", "3", "4", "5"}, "message_has_too_many_parts"},
		} {
			// call demands the action_id.
			e := second.call(`{"action":"send_message","message_type":"x","user_id":"x"}`, test.payload...)
			expect(t, e, `{"event":"error","error_type":"`+test.want+`"}`)
			second.quiet()
		}
		// What isn't an action has no action_id.
		second.frame(ws.OpText, `{"action"`)
		expect(t, second.read(), `{"event":"error","error_type":"request_malformed","action_id":"<absent>"}`)
		_ = second.ended()
		second.again(srv).quiet()
	}},
	{21, "errors that change nothing for the session", func(t *testing.T) {
		t.Run("deprecated", overBoth(func(t *testing.T, tr transport) {
			p := tr.guest(t, start(t, func(c *server.Config) { c.Deprecated = "there is a newer version" }))
			expect(t, p.wait("error"), `{"error_type":"deprecated","action_id":"<absent>"}`)
			expect(t, p.call(`{"action":"ping"}`), `{"event":"pong"}`)
		}))
		t.Run("internal", overBoth(func(t *testing.T, tr transport) {
			srv := start(t)
			p := tr.guest(t, srv)
			_, _, session := p.identity()
			if n := srv.Faults().Say(server.Match{SessionID: api.Secret(session)}, api.ErrInternal, "a fault"); n != 1 {
				t.Fatalf("said to %d", n)
			}
			expect(t, p.wait("error"), `{"error_type":"internal","action_id":"<absent>"}`)
			expect(t, p.call(`{"action":"ping"}`), `{"event":"pong"}`)
		}))
		t.Run("session_buffer_overflow", overBoth(func(t *testing.T, tr transport) {
			srv := start(t)
			p := tr.guest(t, srv)
			id, auth, session := p.identity()
			srv.Faults().Overflow(server.Match{SessionID: api.Secret(session)})
			expect(t, p.wait("error"), `{"error_type":"session_buffer_overflow","action_id":"<absent>"}`)
			// The client learns the rest when it resumes, and logs in again.
			c := connect(t, srv)
			c.write(`{"action":"resume_session","session_id":` + quote(session) + `,"event_id":1}`)
			expect(t, c.read(), `{"error_type":"session_not_found"}`)
			tr.login(t, srv, `,"user_id":`+quote(id)+`,"user_auth":`+quote(auth))
		}))
	}},
	{22, "the ends of connections", func(t *testing.T) {
		t.Run("1001 when the server shuts down", bubble(func(t *testing.T) {
			srv := start(t)
			c, p := guest(t, srv), pollGuest(t, srv)
			answer, done := p.pollLater(), make(chan error, 1)
			synctest.Wait()
			go func() { done <- srv.Shutdown(t.Context()) }()
			if err, ok := c.ended().(closedError); !ok || err.code != ws.StatusGoingAway {
				t.Errorf("got %v", err)
			}
			c.frame(ws.OpClose, string(ws.NewCloseFrameBody(ws.StatusGoingAway, "")))
			_ = c.nc.Close()
			if text := <-answer; text != "[]" {
				t.Errorf("the poll was answered by %q", text)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		}))
		t.Run("close_session, and the connection cut", func(t *testing.T) {
			srv := start(t)
			c := guest(t, srv)
			c.write(`{"action":"close_session"}`)
			_ = c.nc.Close()
			eventually(t, func() bool { s := srv.Stats(); return s.Sessions == 0 && s.Connections == 0 })
		})
		t.Run("close_session", overBoth(func(t *testing.T, tr transport) {
			srv := start(t)
			p := tr.guest(t, srv)
			_, _, session := p.identity()
			switch c := p.(type) {
			case *poller:
				if events := c.post(`{"action":"close_session","session_id":` + quote(session) + `}`); len(events) != 0 {
					t.Errorf("got %v", events)
				}
			case *client:
				c.write(`{"action":"close_session"}`)
				if err, ok := c.ended().(closedError); !ok || err.code != ws.StatusNormalClosure {
					t.Errorf("got %v", err)
				}
				_ = c.nc.Close()
			}
			if got := srv.Stats().Sessions; got != 0 {
				t.Errorf("%d sessions are left", got)
			}
		}))
	}},
}
