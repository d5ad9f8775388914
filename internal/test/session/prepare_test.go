package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// Actions are created and sent apart, in any order, by each way of sending.
func TestPrepare(t *testing.T) {
	byNetwork(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		s := r.bob
		var prepared []*ninchat.Prepared
		for range 3 {
			action, err := r.text(`"x"`).Action()
			if err != nil {
				t.Fatal(err)
			}
			p, err := s.Prepare(action)
			if err != nil {
				t.Fatal(err)
			}
			clear(action.Params)
			clear(action.Payload[0])
			prepared = append(prepared, p)
		}
		if a, b, c := prepared[0].ActionID(), prepared[1].ActionID(), prepared[2].ActionID(); a == 0 || b != a+1 || c != b+1 {
			t.Fatalf("ids %d, %d, %d", a, b, c)
		}
		if event, err := prepared[2].Call(t.Context()); err != nil || event.ActionID != prepared[2].ActionID() {
			t.Fatalf("event %+v, error %v", event, err)
		}
		c := collect(t)
		if err := prepared[1].Start(t.Context(), c.take); err != nil {
			t.Fatal(err)
		}
		if got := c.all(); len(got) != 1 || got[0].Event.ActionID != prepared[1].ActionID() {
			t.Fatalf("replies: %+v", got)
		}
		if err := prepared[0].Send(); err != nil {
			t.Fatal(err)
		}
		for event, err := range s.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if event.ActionID == prepared[0].ActionID() {
				if text, ok := content(t, event); !ok || text != `"x"` {
					t.Fatalf("message %q", text)
				}
				break
			}
		}
		sent := s.Stats().ActionsSent
		for _, p := range prepared {
			_, call := p.Call(t.Context())
			for _, err := range []error{call, p.Send(), p.Start(t.Context(), c.take)} {
				if !errors.Is(err, ninchat.ErrActionUsed) {
					t.Errorf("sent again: %v", err)
				}
			}
		}
		if n := s.Stats().ActionsSent; n != sent {
			t.Errorf("%d actions were sent", n-sent)
		}
	})
}

func TestPrepareWithID(t *testing.T) {
	byNetwork(t, func(t *testing.T, srv *routed) {
		s := open(t, discarding(config(srv, "Alice")))
		p, err := s.PrepareWithID(ping, 1000)
		if err != nil || p.ActionID() != 1000 {
			t.Fatalf("id %d, error %v", p.ActionID(), err)
		}
		for _, id := range []int64{1000, 5, 0, -1, 1 << 53} {
			if _, err := s.PrepareWithID(ping, id); !isActionError(err) {
				t.Errorf("id %d: %v", id, err)
			}
		}
		if _, err := s.PrepareWithID(&api.Action{Name: "ping", Rule: api.RuleNone}, 2000); !isActionError(err) {
			t.Errorf("action without reply: %v", err)
		}
		if _, err := s.PrepareWithID(nil, 2000); !isActionError(err) {
			t.Errorf("no action: %v", err)
		}
		event, err := s.Call(t.Context(), ping)
		if err != nil || event.ActionID != 1001 {
			t.Fatalf("event %+v, error %v", event, err)
		}
		if event, err := p.Call(t.Context()); err != nil || event.ActionID != 1000 {
			t.Fatalf("event %+v, error %v", event, err)
		}
	})
}

// An action without action_id is sent and forgotten; what the server says about
// it is an event, even if it is a refusal.
func TestFireAndForget(t *testing.T) {
	byNetwork(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		action, err := api.DescribeChannel{ChannelID: "none"}.Action()
		if err != nil {
			t.Fatal(err)
		}
		action.Rule = api.RuleNone
		p, err := r.bob.Prepare(action)
		if err != nil || p.ActionID() != 0 {
			t.Fatalf("id %d, error %v", p.ActionID(), err)
		}
		if err := p.Send(); err != nil {
			t.Fatal(err)
		}
		if id, err := r.bob.Send(action); err != nil || id != 0 {
			t.Fatalf("id %d, error %v", id, err)
		}
		if _, err := r.bob.Ping(t.Context(), api.Ping{}); err != nil {
			t.Fatal(err)
		}
	})
}

// A transient action belongs to the session for which it was prepared.
func TestTransientPrepared(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		s := open(t, config(srv, "Alice"))
		transient := *ping
		transient.Transient = true
		var prepared []*ninchat.Prepared
		for range 3 {
			p, err := s.Prepare(&transient)
			if err != nil {
				t.Fatal(err)
			}
			prepared = append(prepared, p)
		}
		if _, err := prepared[0].Call(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := prepared[1].Send(); !isActionError(err) {
			t.Fatalf("Send gives %v", err)
		}
		srv.Faults().Lose(server.Match{})
		nextNamed(t, s, ninchat.EventSessionLost)
		nextNamed(t, s, "session_created")
		if err := prepared[1].Start(t.Context(), func(ninchat.Reply) { t.Error("the callback was called") }); !errors.Is(err, ninchat.ErrSessionLost) {
			t.Fatalf("Start gives %v", err)
		}
		if _, err := prepared[2].Call(t.Context()); !errors.Is(err, ninchat.ErrSessionLost) {
			t.Fatalf("Call gives %v", err)
		}
		if stats := s.Stats(); stats.CallsPending != 0 || stats.CallbacksPending != 0 {
			t.Fatalf("stats: %+v", stats)
		}
	})
}

// What was refused for the moment may be tried again.
func TestPreparedRefused(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		c := discarding(config(srv, "Alice"))
		c.MaxCalls = 1
		s := open(t, c)
		p, err := s.Prepare(ping)
		if err != nil {
			t.Fatal(err)
		}
		srv.Faults().Delay(server.Match{}, time.Second)
		if _, err := s.Send(ping); err != nil {
			t.Fatal(err)
		}
		if err := p.Send(); !errors.Is(err, ninchat.ErrTooManyCalls) {
			t.Fatalf("Send gives %v", err)
		}
		if err := p.Start(t.Context(), func(ninchat.Reply) {}); !errors.Is(err, ninchat.ErrTooManyCalls) {
			t.Fatalf("Start gives %v", err)
		}
		if err := p.Start(t.Context(), nil); !errors.Is(err, ninchat.ErrNoCallback) {
			t.Fatalf("Start gives %v", err)
		}
		if _, err := p.Call(canceled(t)); !errors.Is(err, context.Canceled) {
			t.Fatalf("Call gives %v", err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if _, err := p.Call(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Prepare(ping); !errors.Is(err, ninchat.ErrClosed) {
			t.Fatalf("Prepare gives %v", err)
		}
	})
}
