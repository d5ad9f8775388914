package engine

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// actions are the things that happen at random.
func (w *world) actions(faults bool) map[string]func(*rapid.T) {
	small := rapid.IntRange(1, 6)
	actions := map[string]func(*rapid.T){
		"connect": func(*rapid.T) { w.connect(true) },
		"login":   func(*rapid.T) { w.answerLogin() },
		"claim":   func(*rapid.T) { w.claim(nil) },
		"serve":   func(*rapid.T) { w.serve() },
		"receive": func(t *rapid.T) { w.receive(small.Draw(t, "messages")) },
		"handle":  func(t *rapid.T) { w.handle(small.Draw(t, "events")) },
		"event":   func(*rapid.T) { w.event() },
		"call":    func(*rapid.T) { w.submit("call", RuleOne, false) },
		"history": func(*rapid.T) { w.submit("history", RuleHistory, false) },
		"join":    func(*rapid.T) { w.submit("call", RuleJoin, false) },
		"stream":  func(*rapid.T) { w.submit("stream", RuleOne, false) },
		"none":    func(*rapid.T) { w.submit("none", RuleNone, false) },
		"time": func(t *rapid.T) {
			w.advance(time.Duration(rapid.IntRange(1, 60_000).Draw(t, "milliseconds")) * time.Millisecond)
		},
		"tick": func(*rapid.T) { w.tick() },
		"stand still": func(t *rapid.T) {
			w.now = w.now.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "seconds")) * time.Second)
		},
		"keep-alive": func(*rapid.T) { w.keepAlive() },
		"hint":       func(*rapid.T) { w.hint() },
		"ahead":      func(*rapid.T) { w.ahead() },
		"surplus":    func(t *rapid.T) { w.surplus(t) },
		"transport":  func(*rapid.T) { w.polls = !w.polls },
		"":           func(*rapid.T) { w.check() },
	}
	// Faults alone wouldn't let it get anywhere.
	for _, again := range []string{"1", "2", "3"} {
		actions["come online "+again] = func(*rapid.T) { w.comeOnline() }
		actions["serve "+again] = func(*rapid.T) { w.serve() }
		actions["receive "+again] = actions["receive"]
		actions["event "+again] = actions["event"]
	}
	actions["save"] = func(*rapid.T) { w.saved = w.engine.Place() }
	if faults {
		actions["crash"] = func(*rapid.T) { w.crash() }
		actions["no login"] = func(*rapid.T) { w.failLogin() }
		actions["refuse"] = func(*rapid.T) { w.connect(false) }
		actions["transient"] = func(*rapid.T) { w.submit("call", RuleOne, true) }
		actions["cancel"] = func(t *rapid.T) { w.cancel(rapid.IntRange(0, 30).Draw(t, "call")) }
		actions["cut"] = func(*rapid.T) { w.cut(errors.New("cut")) }
		actions["dead"] = func(t *rapid.T) { w.connectDead(rapid.Bool().Draw(t, "known")) }
		actions["go away"] = func(*rapid.T) { w.cut(&wire.CloseError{Code: goingAway}) }
		actions["poison"] = func(*rapid.T) { w.submit("poison", RuleOne, false) }
		actions["lose"] = func(*rapid.T) { w.lose() }
		actions["duplicate"] = func(*rapid.T) { w.duplicate() }
		actions["reorder"] = func(t *rapid.T) { w.reorder(t) }
		actions["late"] = func(t *rapid.T) { w.late(t) }
	}
	return actions
}

// comeOnline lets a connection be made and the session be created or resumed.
func (w *world) comeOnline() {
	if w.state == Waiting {
		w.tick()
	}
	w.connect(true)
	w.answerLogin()
	w.serve()
	w.receive(1)
	w.claim(nil)
}

// tick lets time pass until the engine wants it to.
func (w *world) tick() {
	if at := w.engine.Deadline(); at.After(w.now) {
		w.now = at
	}
	w.step(Input{Kind: Tick})
}

// keepAlive brings a sign of life.
func (w *world) keepAlive() {
	if w.link != nil && !w.link.paused {
		w.step(Input{Kind: Received, Conn: w.link.number})
	}
}

// ahead brings what was being read when reading was told to pause.
func (w *world) ahead() {
	l := w.link
	if l == nil || !l.paused || l.ahead || len(l.down) == 0 {
		return
	}
	m := l.down[0]
	l.ahead, l.down = true, l.down[1:]
	w.step(Input{Kind: Received, Conn: l.number, Message: m})
}

// connectDead makes a connection that ends at once. Its end may be told of before
// its beginning.
func (w *world) connectDead(known bool) {
	conn := w.connecting
	if conn == 0 {
		return
	}
	if known {
		w.connect(true)
		w.cut(errors.New("dead"))
		return
	}
	w.connecting = 0
	w.step(Input{Kind: Disconnected, Conn: conn, Err: errors.New("dead")})
	w.step(Input{Kind: Connected, Conn: conn, Polls: w.polls})
}

// surplus brings an answer that nobody waits for, about the current connection.
func (w *world) surplus(t *rapid.T) {
	var surplus []Input
	if w.connecting == 0 {
		surplus = append(surplus, Input{Kind: Connected}, Input{Kind: ConnectFailed, Err: errors.New("surplus"), Final: true})
	}
	if w.login == 0 {
		surplus = append(surplus, Input{Kind: LoginReady}, Input{Kind: LoginFailed, Err: errors.New("surplus"), Final: true})
	}
	if !w.claiming {
		surplus = append(surplus, Input{Kind: Claimed}, Input{Kind: Claimed, Err: errors.New("surplus")})
	}
	in := rapid.SampledFrom(surplus).Draw(t, "surplus")
	in.Conn = w.engine.conn
	w.step(in)
}

// duplicate sends an event a second time.
func (w *world) duplicate() {
	if w.link != nil && len(w.link.down) > 0 && w.link.down[0].EventID != 0 {
		w.link.down = append([]*wire.Message{w.link.down[0]}, w.link.down...)
	}
}

// reorder moves an event back among those that are on their way. If it is the same
// event again and again, and it comes so late that it is asked for each time, a
// client can't tell that from a server that leaves ids out.
func (w *world) reorder(t *rapid.T) {
	if w.link == nil || len(w.link.down) < 2 {
		return
	}
	d := slices.Clone(w.link.down)
	first := d[0]
	if w.reordered[first.EventID]++; w.reordered[first.EventID] >= gapProof {
		return
	}
	to := rapid.IntRange(1, len(d)-1).Draw(t, "back")
	copy(d, d[1:to+1])
	d[to] = first
	w.link.down = d
}

// late brings something from a connection that is gone.
func (w *world) late(t *rapid.T) {
	conn := rapid.IntRange(0, w.engine.conn-1).Draw(t, "connection")
	m := message(t, `{"event":"late","event_id":3}`)
	in := rapid.SampledFrom([]Input{
		{Kind: Received, Conn: conn, Messages: []*wire.Message{m}},
		{Kind: Disconnected, Conn: conn, Err: errors.New("late")},
		{Kind: Connected, Conn: conn},
		{Kind: ConnectFailed, Conn: conn, Err: errors.New("late")},
		{Kind: LoginReady, Conn: conn},
	}).Draw(t, "late")
	w.step(in)
}

// settle lets everything run without faults until nothing moves any more.
func (w *world) settle() {
	for range 10_000 {
		w.progress()
		w.check()
		if w.settled() {
			return
		}
	}
	w.t.Fatalf("it doesn't settle: state %v, %d calls pending, %d events wait", w.state, w.engine.pending.count, len(w.waiting))
}

// progress does what doesn't go wrong. Time passes when there is nothing to do.
func (w *world) progress() {
	if w.link != nil && w.link.session != nil && w.link.session.lost {
		// Servers close the connections of sessions that they have lost.
		w.cut(errors.New("closed"))
	}
	w.connect(true)
	w.answerLogin()
	for w.link != nil && len(w.link.up) > 0 {
		w.serve()
	}
	w.receive(5)
	w.claim(nil)
	w.handle(3)
	if w.link == nil || len(w.link.up) == 0 && len(w.link.down) == 0 {
		if at := w.engine.Deadline(); at.After(w.now) {
			w.now = at
		}
		if w.link != nil && w.link.polls && !w.link.paused {
			w.step(Input{Kind: Received, Conn: w.link.number})
		}
		w.step(Input{Kind: Tick})
	}
}

// settled reports whether everything has arrived and been acknowledged.
func (w *world) settled() bool {
	if w.state != Online || w.engine.pending.count > 0 || len(w.waiting) > 0 {
		return false
	}
	if len(w.missing) > 0 {
		w.t.Fatalf("nothing is missing, but %v is said to be", w.missing)
	}
	s := w.server.sessions[w.engine.session.id]
	return !s.lost && s.acked == int64(len(s.events)) && s.next(w.last[s.id]) == 0
}

// TestRandomInterleavings lets everything happen in any order, and checks the
// promises after each step. In the end, all that was left unanswered must be
// answered, and all events must have arrived and been acknowledged.
func TestRandomInterleavings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, randomConfig(t))
		t.Repeat(w.actions(true))
		w.settle()
		for _, c := range w.calls {
			switch {
			case !c.done:
				t.Fatalf("call %s was never answered", c.mark)
			case errors.Is(c.err, errCancelled), errors.Is(c.err, errCrashed):
			case errors.Is(c.err, ErrSessionLost) && (c.Transient || len(c.replies) > 0):
			case c.refused != (c.Name == "poison"):
				t.Fatalf("call %s (%s) was refused: %v", c.mark, c.Name, c.refused)
			case c.err != nil:
				t.Fatalf("call %s failed: %v", c.mark, c.err)
			case c.Name == "history" && !slices.Equal(c.replies, []string{"3", "2", "1", "0"}):
				t.Fatalf("replies to %s: %v", c.mark, c.replies)
			}
		}
	})
}

// TestRandomClosing closes at a random moment: every call must be complete then.
func TestRandomClosing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, randomConfig(t))
		t.Repeat(w.actions(true))
		kind := rapid.SampledFrom([]InputKind{Close, Drain, Abandon, Leave}).Draw(t, "how")
		w.step(Input{Kind: kind})
		if rapid.Bool().Draw(t, "faults go on") {
			more := w.actions(true)
			delete(more, "crash")
			t.Repeat(more)
		}
		for range 10_000 {
			if w.ended {
				break
			}
			w.progress()
		}
		if !w.ended || w.endErr != nil {
			t.Fatalf("ended: %v, error: %v", w.ended, w.endErr)
		}
		w.check()
		w.submit("call", RuleOne, false)
		if c := w.calls[len(w.calls)-1]; !errors.Is(c.err, ErrClosed) {
			t.Fatalf("call after the end: %v", c.err)
		}
	})
}
