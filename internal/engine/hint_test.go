package engine

import (
	"errors"
	"testing"
	"time"
)

// hint tells the engine to try or check now.
func (w *world) hint() {
	w.hinted = true
	w.step(Input{Kind: Hint})
}

// away is a world whose session is waiting, after many attempts have failed, for the
// next one.
func away(t *testing.T) *world {
	w := online(t, testConfig())
	w.advance(time.Minute)
	w.cut(errors.New("cut"))
	for range 15 {
		w.tickTo()
		w.connect(false)
	}
	expect(t, "state", w.state, Waiting)
	return w
}

// A hint leads to an attempt at once, and if that fails, to others soon.
func TestHintWhileWaiting(t *testing.T) {
	w := away(t)
	w.hint()
	expect(t, "state", w.state, Connecting)
	w.connect(false)
	if wait := w.tickTo(); wait > testConfig().RetryFirst {
		t.Fatalf("the next attempt is made after %v", wait)
	}
	w.connect(true)
	w.serve()
	w.serve()
	w.receive(5)
	expect(t, "state", w.state, Online)
}

// Attempts that hints led to don't count any more when a connection has lasted, also if
// it was then the session that was lost.
func TestHintAfterLoss(t *testing.T) {
	w := away(t)
	for w.engine.hints.tries < 10 || w.engine.hints.tried != w.now {
		w.connect(false)
		w.advance(time.Second)
		w.hint()
	}
	w.connect(true)
	w.serve()
	w.serve()
	w.receive(5)
	expect(t, "state", w.state, Online)
	w.advance(10 * time.Second)
	w.lose()
	w.push(`{"event":"error","error_type":"session_not_found"}`)
	for range 6 {
		w.tickTo()
		w.connect(false)
	}
	expect(t, "state", w.state, Waiting)
	w.hint()
	expect(t, "state", w.state, Connecting)
}

// A server that asks to be left alone is left alone for that long, hint or not.
func TestHintLeavesBusyServersAlone(t *testing.T) {
	w := online(t, testConfig())
	w.advance(time.Minute)
	w.cut(errors.New("cut"))
	w.tickTo()
	conn := w.connecting
	w.connecting = 0
	w.step(Input{Kind: ConnectFailed, Conn: conn, Err: errors.New("busy"), RetryAfter: 3 * time.Minute})
	busy := w.now
	w.advance(time.Minute)
	w.hint()
	expect(t, "state", w.state, Waiting)
	w.tickTo()
	expect(t, "state", w.state, Connecting)
	if left := w.now.Sub(busy); left < 3*time.Minute {
		t.Fatalf("tried again after %v", left)
	}
}

// Whoever hints all the time doesn't have attempts made all the time, whether they
// fail or the connection is lost again.
func TestHintsBackOff(t *testing.T) {
	for name, attempt := range map[string]func(w *world){
		"refused": func(w *world) { w.connect(false) },
		"cut": func(w *world) {
			w.connect(true)
			w.serve()
			w.serve()
			w.receive(5)
			w.cut(errors.New("cut"))
		},
		"no answer": func(*world) {},
	} {
		t.Run(name, func(t *testing.T) {
			w := away(t)
			start, attempts := w.now, 0
			for w.now.Sub(start) < time.Hour {
				last := w.engine.conn
				w.hint()
				if w.connecting != 0 && w.engine.conn != last {
					attempts++
					attempt(w)
				}
				w.advance(100 * time.Millisecond)
				if w.connecting != 0 && name != "no answer" {
					attempts++
					attempt(w)
				}
			}
			if attempts < 60 || attempts > 400 {
				t.Errorf("%d attempts in an hour", attempts)
			}
		})
	}
}

// An attempt that has been going on for a while is begun again: it may be on a
// network that is gone.
func TestHintWhileConnecting(t *testing.T) {
	w := away(t)
	w.tickTo()
	first := w.connecting
	w.hint()
	expect(t, "the same attempt", w.connecting, first)
	w.advance(2 * time.Second)
	w.hint()
	if w.connecting == first {
		t.Fatal("the attempt goes on")
	}
	w.connect(true)
	w.serve()
	w.serve()
	w.receive(5)
	expect(t, "state", w.state, Online)
}

// A connection that is there is checked, and replaced if there is no answer soon.
func TestHintWhileOnline(t *testing.T) {
	w := online(t, testConfig())
	w.advance(10 * time.Second)
	w.forget()
	w.hint()
	w.hint()
	if names := w.names(); len(names) != 1 || names[0] != "ping" {
		t.Fatalf("sent %q, want a ping", names)
	}
	w.serve()
	w.receive(1)
	// It may have broken after the answer.
	w.hint()
	expect(t, "sent", len(w.link.up), 0)
	expect(t, "wait", w.tickTo(), hintRest)
	expect(t, "sent", len(w.link.up), 1)
	w.forget()
	expect(t, "wait", w.tickTo(), hintProbe)
	expect(t, "state", w.state, Waiting)
	if wait := w.tickTo(); wait > testConfig().RetryFirst {
		t.Fatalf("the next attempt is made after %v", wait)
	}
}

// A resumption that isn't answered soon after a hint is tried anew; a session that
// is being created isn't created twice because of one.
func TestHintWhileWaitingForAnAnswer(t *testing.T) {
	w := away(t)
	w.hint()
	w.connect(true)
	w.hint()
	expect(t, "wait", w.tickTo(), hintProbe)
	expect(t, "state", w.state, Waiting)

	w = newWorld(t, testConfig())
	w.connect(true)
	w.answerLogin()
	w.hint()
	expect(t, "wait", w.tickTo(), testConfig().Answer)
}

// What is paused is checked when it goes on.
func TestHintWhilePaused(t *testing.T) {
	config := testConfig()
	config.QueueEvents = 1
	w := online(t, config)
	w.advance(time.Second)
	w.bring(2)
	expect(t, "paused", w.link.paused, true)
	w.forget()
	w.hint()
	expect(t, "sent", len(w.link.up), 0)
	w.handle(1)
	w.hint()
	if names := w.names(); len(names) == 0 || names[len(names)-1] != "ping" {
		t.Fatalf("sent %q", names)
	}
}

// Hints that come too late do nothing.
func TestHintAfterTheEnd(t *testing.T) {
	w := online(t, testConfig())
	w.step(Input{Kind: Close})
	w.hint()
	expect(t, "ended", w.ended, true)
}
