package engine

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// bring has events of the session come in the given order, with which the ids of
// the session's events begin at 1.
func (w *world) bring(ids ...int64) {
	s := w.server.sessions["s1"]
	for _, id := range ids {
		for int64(len(s.events)) < id {
			w.event()
		}
		w.step(Input{Kind: Received, Conn: w.link.number, Message: s.events[id-1]})
		if w.link == nil {
			return
		}
	}
	w.link.down = nil
}

// again has the connection resumed that was given up because of a gap.
func (w *world) resumeAfterGap() {
	w.t.Helper()
	if w.state != Waiting {
		w.t.Fatalf("state is %v, want waiting", w.state)
	}
	w.tickTo()
	w.connect(true)
	for len(w.link.up) > 0 {
		w.serve()
	}
	w.link.down = nil
}

// Events that come in another order are delivered in theirs, without anything being
// asked for again.
func TestReordered(t *testing.T) {
	w := online(t, testConfig())
	w.bring(3, 2, 6, 5, 6, 4, 7)
	expect(t, "last", w.last["s1"], 7)
	expect(t, "waiting", len(w.waiting), 6)
	expect(t, "connections", w.engine.Stats().Connections, 1)
	expect(t, "duplicates", w.engine.Stats().Duplicates, 1)
	expect(t, "missing", len(w.missing), 0)
}

// Replies among them go to their calls.
func TestReorderedReplies(t *testing.T) {
	w := online(t, testConfig())
	w.submit("history", RuleHistory, false)
	w.serve()
	d := w.link.down
	slices.Reverse(d)
	for len(w.link.down) > 0 {
		w.receive(1)
	}
	if c := w.calls[0]; !slices.Equal(c.replies, []string{"3", "2", "1", "0"}) || !c.done {
		t.Fatalf("replies: %q", c.replies)
	}
}

// An event that doesn't come is asked for again, and those that came after it are
// delivered when it has.
func TestMissingEventIsAskedFor(t *testing.T) {
	w := online(t, testConfig())
	w.bring(3, 4)
	expect(t, "delivered", len(w.waiting), 0)
	expect(t, "wait", w.tickTo(), testConfig().Gap)
	w.resumeAfterGap()
	w.bring(2, 3, 4)
	expect(t, "last", w.last["s1"], 4)
	expect(t, "duplicates", w.engine.Stats().Duplicates, 0)
	expect(t, "missing", len(w.missing), 0)
}

// If it never comes, the stream says so, and nothing else is changed by that: a
// later one is asked for again.
func TestEventMissingForGood(t *testing.T) {
	w := online(t, testConfig())
	for range gapProof - 1 {
		w.bring(4, 5)
		w.tickTo()
		w.resumeAfterGap()
	}
	w.bring(4, 5)
	w.tickTo()
	if !slices.Equal(w.missing, []Span{{2, 3}}) {
		t.Fatalf("missing: %v", w.missing)
	}
	expect(t, "last", w.last["s1"], 5)
	w.bring(7)
	w.tickTo()
	w.resumeAfterGap()
	w.bring(6, 7)
	expect(t, "last", w.last["s1"], 7)
	expect(t, "missing places", len(w.missing), 1)
	// What comes all the same isn't a duplicate.
	w.bring(3, 2, 5)
	expect(t, "too late", w.engine.Stats().TooLate, 2)
	expect(t, "duplicates", w.engine.Stats().Duplicates, 1)
}

// What the stream was told isn't acknowledged before that has been handled.
func TestMissingEventsAreAcknowledgedInTurn(t *testing.T) {
	w := online(t, testConfig())
	for range gapProof {
		w.bring(3)
		w.tickTo()
		if w.state == Waiting {
			w.resumeAfterGap()
		}
	}
	expect(t, "waiting", len(w.waiting), 2)
	expect(t, "place", w.engine.Place().EventID, 1)
	w.handle(1)
	expect(t, "place", w.engine.Place().EventID, 2)
	w.handle(1)
	expect(t, "place", w.engine.Place().EventID, 3)
}

// A reply of which the stream was told that it is missing is still a reply.
func TestReplyTooLate(t *testing.T) {
	w := online(t, testConfig())
	w.submit("call", RuleOne, false)
	w.serve()
	s := w.server.sessions["s1"]
	reply := s.events[1]
	w.link.down = nil
	for range gapProof {
		w.bring(3)
		w.tickTo()
		if w.state == Waiting {
			w.resumeAfterGap()
		}
	}
	expect(t, "done", w.calls[0].done, false)
	w.step(Input{Kind: Received, Conn: w.link.number, Message: reply})
	expect(t, "done", w.calls[0].done, true)
	expect(t, "replies", len(w.calls[0].replies), 1)
}

// A server that leaves ids out isn't resumed from all the time.
func TestServerThatLeavesIDsOut(t *testing.T) {
	w := online(t, testConfig())
	start := w.now
	id := int64(1)
	for w.now.Sub(start) < time.Hour {
		id += 2
		for w.last["s1"] < id {
			w.bring(id)
			w.tickTo()
			if w.state == Waiting {
				w.resumeAfterGap()
			}
			w.handle(10)
		}
		w.now = w.now.Add(500 * time.Millisecond)
	}
	if n := w.engine.Stats().Connections; n < 3 || n > maxAsks+65 {
		t.Errorf("%d connections in an hour", n)
	}
	expect(t, "missing", int64(len(w.missing)), (id-1)/2)
}

// Too many events aren't held, and none are when there is no room for the note that
// some are missing: everything comes again.
func TestHeldEventsAreBounded(t *testing.T) {
	config := testConfig()
	config.QueueEvents = 4
	w := online(t, config)
	for id := int64(3); w.link != nil; id++ {
		w.bring(id)
		if id > minHeld+10 {
			t.Fatalf("%d events are held", len(w.engine.connection.held.messages))
		}
	}
	expect(t, "state", w.state, Waiting)
	expect(t, "held", len(w.engine.connection.held.messages), 0)
	w.settle()
	expect(t, "missing", len(w.missing), 0)

	w = online(t, config)
	w.submit("call", RuleOne, false)
	w.forget()
	w.bring(2, 3, 4, 5)
	for range gapProof {
		w.bring(8)
		w.tickTo()
		if w.state == Waiting {
			w.resumeAfterGap()
		}
	}
	expect(t, "missing", len(w.missing), 0)
	expect(t, "last", w.last["s1"], 5)
	w.handle(10)
	w.resumeAfterGap()
	w.bring(8)
	w.tickTo()
	if !slices.Equal(w.missing, []Span{{6, 7}}) {
		t.Fatalf("missing: %v", w.missing)
	}
}

// While reading is paused, nothing can come.
func TestGapWhilePaused(t *testing.T) {
	config := testConfig()
	config.QueueEvents = 2
	w := online(t, config)
	w.bring(2)
	w.bring(5)
	w.bring(3)
	expect(t, "paused", w.link.paused, true)
	w.advance(config.Pause / 2)
	expect(t, "state", w.state, Online)
	w.handle(2)
	expect(t, "paused", w.link.paused, false)
	expect(t, "wait", w.tickTo(), config.Gap)
}

// What came too early is delivered when the session is lost: the stream says then
// that something may be missing.
func TestHeldWhenTheSessionIsLost(t *testing.T) {
	w := online(t, testConfig())
	w.server.sessions["s1"].unsolicited = []int64{2, 4}
	w.bring(2)
	w.step(Input{Kind: Received, Conn: w.link.number, Message: message(t, `{"event":"something","event_id":4,"of":"s1"}`)})
	w.lose()
	w.push(`{"event":"error","error_type":"session_not_found"}`)
	expect(t, "last", w.last["s1"], 4)
	expect(t, "told of the loss", w.lost, 1)
	w.settle()
}

// An event that overtakes session_created isn't forgotten.
func TestEventBeforeCreation(t *testing.T) {
	w := newWorld(t, testConfig())
	w.connect(true)
	w.answerLogin()
	w.serve()
	w.event()
	d := w.link.down
	w.link.down = []*wire.Message{d[1], d[0]}
	w.receive(2)
	w.settle()
	expect(t, "last", w.last["s1"], 2)
}

// Sessions that are lost as soon as they are made aren't made all the time, however
// it is told.
func TestLostSessionsBackOff(t *testing.T) {
	for name, told := range map[string]func(w *world){
		"at once": func(w *world) { w.push(`{"event":"error","error_type":"session_not_found"}`) },
		"after an event": func(w *world) {
			w.event()
			w.receive(5)
			w.push(`{"event":"error","error_type":"session_buffer_overflow","of":"%s"}`, w.engine.session.id)
		},
		"when resumed": func(w *world) {
			w.cut(errors.New("cut"))
			w.tickTo()
			w.connect(true)
			for w.link != nil && len(w.link.up) > 0 {
				w.serve()
			}
			w.receive(5)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, testConfig())
			start := w.now
			for w.now.Sub(start) < 10*time.Minute {
				w.comeOnline()
				w.handle(10)
				w.lose()
				told(w)
				expect(t, "state", w.state, Waiting)
			}
			if n := w.engine.Stats().Connections; n < 10 || n > 50 {
				t.Errorf("%d connections in ten minutes", n)
			}
		})
	}
}

// That a session is lost is an answer: the next one is made at once, however long
// the server couldn't be reached.
func TestLoginFollowsLossAtOnce(t *testing.T) {
	w := online(t, testConfig())
	w.advance(time.Minute)
	w.lose()
	w.cut(errors.New("cut"))
	for range 15 {
		w.tickTo()
		w.connect(false)
	}
	w.tickTo()
	w.connect(true)
	w.serve()
	w.receive(1)
	if wait := w.tickTo(); wait > testConfig().RetryFirst {
		t.Fatalf("the login follows after %v", wait)
	}
	w.comeOnline()
	expect(t, "state", w.state, Online)
}

// A server that never gets a session created isn't asked all the time, however long
// it takes to say so.
func TestSlowFailuresBackOff(t *testing.T) {
	for name, fail := range map[string]func(w *world){
		"no answer": func(w *world) { w.tickTo() },
		"internal error": func(w *world) {
			w.now = w.now.Add(10 * time.Second)
			w.push(`{"event":"error","error_type":"internal"}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, testConfig())
			start, attempts := w.now, 0
			for ; w.now.Sub(start) < time.Hour; attempts++ {
				w.connect(true)
				w.answerLogin()
				fail(w)
				w.tickTo()
			}
			if attempts > 80 {
				t.Errorf("%d attempts in an hour", attempts)
			}
		})
	}
}

// A history of which the server leaves a part out isn't taken for the whole; one that
// lacks nothing is, whatever else is missing.
func TestIncompleteHistory(t *testing.T) {
	for name, test := range map[string]struct {
		come     []int64
		complete bool
	}{
		"a part":         {[]int64{2, 4, 5}, false},
		"something else": {[]int64{2, 3, 4, 5, 7}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := online(t, testConfig())
			w.submit("history", RuleHistory, false)
			w.serve()
			w.link.down = nil
			for range gapProof {
				w.bring(test.come...)
				w.tickTo()
				if w.state == Waiting {
					w.resumeAfterGap()
				}
			}
			expect(t, "missing places", len(w.missing), 1)
			c := w.calls[0]
			if !c.done || errors.Is(c.err, errIncomplete) == test.complete {
				t.Errorf("done: %v, error: %v, replies: %q", c.done, c.err, c.replies)
			}
		})
	}
}

// What a call gets when the session is lost isn't taken for the whole if a part of it
// was still to come: the call fails, or, if it has got nothing, is made again.
func TestTornReplies(t *testing.T) {
	for name, test := range map[string]struct {
		// come are the ids of the replies, which are 2 to 5, in the order in which they come.
		come   []int64
		failed bool
	}{
		"in the middle": {[]int64{2, 3, 5}, true},
		"at the start":  {[]int64{4, 5}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := online(t, testConfig())
			w.submit("history", RuleHistory, false)
			w.serve()
			w.bring(test.come...)
			w.lose()
			w.push(`{"event":"error","error_type":"session_not_found"}`)
			w.settle()
			c := w.calls[0]
			if test.failed {
				if !errors.Is(c.err, ErrSessionLost) {
					t.Fatalf("done: %v, error: %v, replies: %q", c.done, c.err, c.replies)
				}
				return
			}
			if c.err != nil || !slices.Equal(c.replies, []string{"3", "2", "1", "0"}) {
				t.Fatalf("error: %v, replies: %q", c.err, c.replies)
			}
		})
	}
}
