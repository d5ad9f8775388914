package engine

import (
	"errors"
	"slices"
	"testing"
)

// claiming is a world whose session is being created with a new user.
func claiming(t *testing.T) *world {
	t.Helper()
	config := testConfig()
	config.Claim = true
	w := newWorld(t, config)
	w.connect(true)
	w.answerLogin()
	w.serve()
	w.receive(1)
	expect(t, "claiming", w.claiming, true)
	expect(t, "delivered", len(w.waiting), 0)
	expect(t, "place", w.engine.Place(), Place{SessionID: "s1"})
	return w
}

// Nothing happens before the credentials have been taken, and nothing is lost.
func TestClaim(t *testing.T) {
	w := claiming(t)
	w.event()
	w.receive(1)
	w.submit("call", RuleOne, false)
	expect(t, "delivered", len(w.waiting), 0)
	expect(t, "sent", len(w.link.up), 0)
	w.claim(nil)
	expect(t, "delivered", w.waiting[0], delivered{"s1", 1})
	w.settle()
	expect(t, "events", w.last["s1"], int64(2))
}

func TestClaimRefused(t *testing.T) {
	w := claiming(t)
	refused := errors.New("disk is full")
	var names []string
	for _, e := range w.engine.Step(w.now, Input{Kind: Claimed, Err: refused}) {
		switch e.Kind {
		case Send:
			names = append(names, e.Outgoing.Name)
		case End:
			expect(t, "error", e.Err, refused)
		case Deliver:
			t.Fatal("delivered")
		}
	}
	if !slices.Equal(names, []string{"delete_user", "close_session"}) {
		t.Fatalf("sent %q", names)
	}
}

// Who has taken the credentials keeps the user, whatever goes wrong then.
func TestClaimTaken(t *testing.T) {
	for _, in := range []Input{{Kind: Claimed, Err: errors.New("disk is full")}, {Kind: Abandon}} {
		w := claiming(t)
		w.step(Input{Kind: Taken})
		expect(t, "claiming", w.claiming, true)
		var names []string
		for _, e := range w.engine.Step(w.now, in) {
			if e.Kind == Send {
				names = append(names, e.Outgoing.Name)
			}
		}
		if !slices.Equal(names, []string{"close_session"}) {
			t.Fatalf("sent %q", names)
		}
	}
}

// A connection that breaks meanwhile changes nothing.
func TestClaimDisconnected(t *testing.T) {
	w := claiming(t)
	w.cut(errors.New("cut"))
	expect(t, "connecting", w.connecting, 0)
	w.claim(nil)
	expect(t, "delivered", len(w.waiting), 1)
	expect(t, "state", w.state, Waiting)
	w.settle()
	expect(t, "sessions", w.server.created, 1)
}

// Nor does it make anything be sent, if the session is closed then.
func TestClaimDisconnectedAndClosed(t *testing.T) {
	for _, kind := range []InputKind{Close, Drain, Abandon, Leave} {
		w := claiming(t)
		w.cut(errors.New("cut"))
		w.step(Input{Kind: kind})
		expect(t, "ended", w.ended, true)
		expect(t, "error", w.endErr, nil)
	}
}

func TestClaimAbandoned(t *testing.T) {
	w := claiming(t)
	var names []string
	for _, e := range w.engine.Step(w.now, Input{Kind: Abandon}) {
		if e.Kind == Send {
			names = append(names, e.Outgoing.Name)
		}
	}
	if !slices.Equal(names, []string{"delete_user", "close_session"}) {
		t.Fatalf("sent %q", names)
	}
}
