package engine

import (
	"testing"
	"time"
)

// An answer that came in time isn't missed because nothing has run for so long that
// the time for it is over when it can be read.
func TestStandstillWhileCreating(t *testing.T) {
	w := newWorld(t, testConfig())
	w.connect(true)
	w.answerLogin()
	w.serve()
	w.advance(testConfig().Answer + 5*time.Second)
	expect(t, "state", w.state, Connecting)
	w.receive(1)
	expect(t, "state", w.state, Online)
	expect(t, "sessions", w.server.created, 1)
}

// The same goes for a resumption, for signs of life, and for events that are missing.
func TestStandstill(t *testing.T) {
	t.Run("resuming", func(t *testing.T) {
		w := away(t)
		w.tickTo()
		w.connect(true)
		w.serve()
		w.serve()
		w.advance(time.Minute)
		w.receive(5)
		expect(t, "state", w.state, Online)
		expect(t, "connections", w.engine.Stats().Connections, 2)
	})
	t.Run("online", func(t *testing.T) {
		w := online(t, testConfig())
		w.submit("call", RuleOne, false)
		w.serve()
		w.advance(10 * time.Minute)
		expect(t, "state", w.state, Online)
		w.receive(5)
		expect(t, "answered", w.calls[0].done, true)
		expect(t, "connections", w.engine.Stats().Connections, 1)
	})
	t.Run("gap", func(t *testing.T) {
		w := online(t, testConfig())
		w.bring(3)
		w.advance(time.Minute)
		w.bring(2)
		expect(t, "last", w.last["s1"], 3)
		expect(t, "connections", w.engine.Stats().Connections, 1)
	})
}

// Nobody is waited for much longer than that.
func TestStandstillEnds(t *testing.T) {
	w := newWorld(t, testConfig())
	w.connect(true)
	w.answerLogin()
	w.forget()
	w.advance(time.Hour)
	expect(t, "wait", w.tickTo(), standstillGrace)
	expect(t, "state", w.state, Waiting)

	w = online(t, testConfig())
	w.advance(time.Hour)
	for waited := time.Duration(0); w.state == Online; {
		if waited += w.tickTo(); waited > standstillGrace {
			t.Fatalf("still online after %v", waited)
		}
	}
}
