package engine

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// online is a world whose session has been created.
func online(t *testing.T, config Config) *world {
	t.Helper()
	w := newWorld(t, config)
	w.comeOnline()
	if w.state != Online {
		t.Fatalf("state is %v, want online", w.state)
	}
	w.handle(1)
	return w
}

// tickTo lets time pass up to the engine's deadline, and returns how long that
// was.
func (w *world) tickTo() time.Duration {
	w.t.Helper()
	if w.connecting != 0 {
		return 0
	}
	wait := w.engine.Deadline().Sub(w.now)
	w.advance(wait)
	return wait
}

// names are the names of what is on its way to the server.
func (w *world) names() []string {
	var names []string
	if w.link != nil {
		for _, o := range w.link.up {
			names = append(names, o.Name)
		}
	}
	return names
}

// forget drops what is on its way to the server.
func (w *world) forget() { w.link.up = nil }

// push brings a message to the engine.
func (w *world) push(format string, args ...any) {
	w.step(Input{Kind: Received, Conn: w.link.number, Messages: []*wire.Message{message(w.t, format, args...)}})
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

// A server that closes connections early, after they were made or the session
// was resumed, isn't flooded with attempts.
func TestEarlyCloseBacksOff(t *testing.T) {
	w := online(t, testConfig())
	w.advance(time.Second)
	start, attempts := w.now, 0
	for w.now.Sub(start) < 10*time.Minute {
		w.cut(errors.New("closed early"))
		w.tickTo()
		attempts++
		w.connect(true)
		w.serve()
	}
	if attempts < 10 || attempts > 30 {
		t.Fatalf("%d attempts in ten minutes", attempts)
	}
}

// After a connection that lasted, the next attempt comes at once, and from then
// on the delays grow to the maximum.
func TestDelaysGrow(t *testing.T) {
	config := testConfig()
	config.Random = func() float64 { return 0 }
	w := online(t, config)
	w.advance(config.Settled + time.Second)
	w.cut(errors.New("cut"))
	delays := []time.Duration{w.tickTo()}
	for range 12 {
		w.connect(false)
		delays = append(delays, w.tickTo())
	}
	want := []time.Duration{0}
	for delay := config.RetryFirst; len(want) < len(delays); delay *= 2 {
		want = append(want, min(delay, config.RetryMax)/2)
	}
	if !slices.Equal(delays, want) {
		t.Fatalf("delays are %v, want %v", delays, want)
	}
}

func TestJitterSpreadsAttempts(t *testing.T) {
	seen := map[time.Duration]bool{}
	for i := range 10 {
		config := testConfig()
		config.Random = func() float64 { return float64(i) / 10 }
		w := online(t, config)
		w.advance(config.Settled + time.Second)
		w.cut(errors.New("cut"))
		seen[w.tickTo()] = true
	}
	expect(t, "different delays", len(seen), 10)
}

func TestGoingAwayDiscoversAgain(t *testing.T) {
	w := online(t, testConfig())
	var flags, agains []bool
	for _, err := range []error{errors.New("cut"), &wire.CloseError{Code: goingAway}} {
		w.step(Input{Kind: Disconnected, Conn: w.link.number, Err: err})
		w.now = w.engine.Deadline()
		for _, e := range w.engine.Step(w.now, Input{Kind: Tick}) {
			if e.Kind == Connect {
				flags = append(flags, e.Flag)
				agains = append(agains, e.Again)
			}
			w.effect(e)
		}
		w.comeOnline()
	}
	if !slices.Equal(flags, []bool{false, true}) {
		t.Fatalf("discover again: %v", flags)
	}
	// The second connection brought nothing new.
	if !slices.Equal(agains, []bool{true, false}) {
		t.Fatalf("same host: %v", agains)
	}
}

// A session that is closed before it was created leaves nothing behind.
func TestCloseBeforeCreation(t *testing.T) {
	t.Run("connecting", func(t *testing.T) {
		w := newWorld(t, testConfig())
		w.step(Input{Kind: Close})
		expect(t, "ended", w.ended, true)
		expect(t, "connecting", w.connecting, 0)
	})
	t.Run("login", func(t *testing.T) {
		w := newWorld(t, testConfig())
		w.connect(true)
		w.step(Input{Kind: Close})
		expect(t, "ended", w.ended, true)
		expect(t, "sessions", w.server.created, 0)
	})
	t.Run("creating a user", func(t *testing.T) {
		w := newWorld(t, testConfig())
		w.connect(true)
		w.answerLogin()
		w.step(Input{Kind: Close})
		expect(t, "ended before the answer", w.ended, false)
		var sent []wire.Outgoing
		m := message(t, `{"event":"session_created","event_id":1,"session_id":"s","user_id":"u","user_auth":"a\"b"}`)
		for _, e := range w.engine.Step(w.now, Input{Kind: Received, Conn: w.link.number, Messages: []*wire.Message{m}}) {
			if e.Kind == Send {
				sent = append(sent, e.Outgoing)
			}
		}
		if len(sent) != 2 || sent[0].Name != "delete_user" || sent[1].Name != "close_session" {
			t.Fatalf("sent %+v", sent)
		}
		expect(t, "user_auth", wire.StringMember(sent[0].Params, "user_auth"), `a"b`)
	})
	t.Run("just created", func(t *testing.T) {
		w := newWorld(t, testConfig())
		w.connect(true)
		w.answerLogin()
		m := message(t, `{"event":"session_created","event_id":1,"session_id":"s","user_id":"u","user_auth":"a"}`)
		w.engine.Step(w.now, Input{Kind: Received, Conn: w.link.number, Message: m})
		var sent []string
		for _, e := range w.engine.Step(w.now, Input{Kind: Abandon}) {
			if e.Kind == Send {
				sent = append(sent, e.Outgoing.Name)
			}
		}
		if !slices.Equal(sent, []string{"delete_user", "close_session"}) {
			t.Fatalf("sent %q", sent)
		}
	})
	t.Run("creating for an existing user", func(t *testing.T) {
		w := newWorld(t, testConfig())
		w.server.created = 1
		w.connect(true)
		w.answerLogin()
		w.step(Input{Kind: Close})
		w.push(`{"event":"session_created","event_id":1,"session_id":"s","user_id":"u"}`)
		expect(t, "ended", w.ended, true)
	})
	t.Run("no answer", func(t *testing.T) {
		w := newWorld(t, testConfig())
		w.connect(true)
		w.answerLogin()
		w.step(Input{Kind: Close})
		expect(t, "wait", w.tickTo(), testConfig().Close)
		expect(t, "ended", w.ended, true)
	})
}

// What ends a session ends every pending call.
func TestEndsOfSessions(t *testing.T) {
	for name, text := range map[string]string{
		"superseded":    `{"event":"error","error_type":"connection_superseded"}`,
		"access denied": `{"event":"error","error_type":"access_denied"}`,
		"user gone":     `{"event":"error","error_type":"user_not_found"}`,
		"user deleted":  `{"event":"user_deleted","user_id":"u","of":"s1"}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := online(t, testConfig())
			w.submit("call", RuleOne, false)
			w.submit("call", RuleJoin, false)
			w.submit("stream", RuleOne, false)
			w.push("%s", text)
			expect(t, "ended", w.ended, true)
			for _, c := range w.calls {
				expect(t, "call "+c.mark+" done", c.done, true)
			}
		})
	}
}

func TestDeletingOneselfAnswersFirst(t *testing.T) {
	w := online(t, testConfig())
	w.submit("delete_user", RuleOne, false)
	w.push(`{"event":"user_deleted","action_id":1,"event_id":2,"user_id":"u","mark":"m0","n":"0"}`)
	expect(t, "replies", len(w.calls[0].replies), 1)
	if !w.ended || !errors.Is(w.endErr, ErrUserDeleted) {
		t.Fatalf("ended %v: %v", w.ended, w.endErr)
	}
}

func TestOtherUserDeletedIsAnEvent(t *testing.T) {
	w := online(t, testConfig())
	w.push(`{"event":"user_deleted","user_id":"other","of":"s1"}`)
	expect(t, "ended", w.ended, false)
	expect(t, "delivered", len(w.waiting), 1)
}

func TestRefusedCreationIsFinal(t *testing.T) {
	w := newWorld(t, testConfig())
	w.submit("call", RuleOne, false)
	w.connect(true)
	w.answerLogin()
	w.push(`{"event":"error","error_type":"access_denied"}`)
	expect(t, "ended", w.ended, true)
	expect(t, "call refused", w.calls[0].refused, true)
}

func TestInternalErrorAtCreationIsTriedAgain(t *testing.T) {
	w := newWorld(t, testConfig())
	w.connect(true)
	w.answerLogin()
	w.push(`{"event":"error","error_type":"internal"}`)
	expect(t, "state", w.state, Waiting)
	w.comeOnline()
	expect(t, "state", w.state, Online)
}

func TestNoAnswerToCreationIsTriedAgain(t *testing.T) {
	w := newWorld(t, testConfig())
	w.connect(true)
	w.answerLogin()
	expect(t, "wait", w.tickTo(), testConfig().Answer)
	expect(t, "state", w.state, Waiting)
}

// Keep-alives may come before session_created.
func TestKeepAliveBeforeCreation(t *testing.T) {
	w := newWorld(t, testConfig())
	w.connect(true)
	w.answerLogin()
	w.step(Input{Kind: Received, Conn: w.link.number})
	w.serve()
	w.receive(1)
	expect(t, "state", w.state, Online)
}

func TestUselessSessionCreated(t *testing.T) {
	w := newWorld(t, testConfig())
	w.connect(true)
	w.answerLogin()
	w.push(`{"event":"session_created","event_id":1,"user_id":"u"}`)
	expect(t, "state", w.state, Waiting)
}

// Events on a connection on which nothing is sent are acknowledged after a
// while, or when they are many; not before they have been handled.
func TestAcknowledgement(t *testing.T) {
	config := testConfig()
	config.AckCount = 3
	w := online(t, config)
	w.tickTo() // acknowledges session_created
	w.forget()
	for range 2 {
		w.event()
	}
	w.receive(2)
	w.advance(config.AckDelay * 2)
	expect(t, "sent before handling", len(w.link.up), 0)
	w.handle(2)
	expect(t, "sent at once", len(w.link.up), 0)
	w.advance(config.AckDelay)
	expect(t, "sent after the delay", len(w.link.up), 1)
	expect(t, "name", w.link.up[0].Name, "resume_session")
	expect(t, "session_id", w.link.up[0].SessionID, "")
	expect(t, "event_id", w.link.up[0].EventID, 3)
	w.forget()
	for range 3 {
		w.event()
	}
	w.receive(3)
	w.handle(3)
	expect(t, "sent when there are many", len(w.link.up), 1)
	expect(t, "event_id", w.link.up[0].EventID, 6)
	w.forget()
	w.event()
	w.receive(1)
	w.handle(1)
	w.submit("call", RuleOne, false)
	expect(t, "on an action", w.link.up[0].EventID, 7)
}

func TestDiscardAcknowledgesAtOnce(t *testing.T) {
	config := testConfig()
	config.Discard = true
	w := newWorld(t, config)
	w.comeOnline()
	for _, s := range w.server.sessions {
		s.unsolicited = nil
		for range 5 {
			w.emit(s, false, `"event":"something"`)
		}
	}
	w.receive(5)
	expect(t, "delivered", len(w.waiting), 0)
	w.tickTo()
	expect(t, "event_id", w.link.up[0].EventID, 6)
}

// A retransmitted event is dropped, and the acknowledgement doesn't go back.
func TestDefect13Retransmission(t *testing.T) {
	w := online(t, testConfig())
	for range 3 {
		w.event()
	}
	w.receive(3)
	w.handle(2)
	w.cut(errors.New("cut"))
	w.tickTo()
	w.connect(true)
	expect(t, "resumed from", w.link.up[0].EventID, 3)
	w.serve() // sends event 4 again
	w.serve()
	w.receive(10)
	expect(t, "waiting", len(w.waiting), 1)
	expect(t, "duplicates", w.engine.Stats().Duplicates, 1)
}

func TestKeepAliveIsSent(t *testing.T) {
	w := online(t, testConfig())
	w.tickTo()
	w.forget()
	for range 3 {
		w.now = w.now.Add(testConfig().KeepAlive)
		w.step(Input{Kind: Received, Conn: w.link.number})
		if names := w.names(); len(names) != 1 || names[0] != "" {
			t.Fatalf("sent %q, want a keep-alive", names)
		}
		w.forget()
	}
}

func TestSilenceIsNoticed(t *testing.T) {
	w := online(t, testConfig())
	start := w.now
	for w.state == Online {
		w.tickTo()
	}
	expect(t, "noticed after", w.now.Sub(start), testConfig().Silence)
}

// A connection that is dead while an action is unanswered is noticed sooner.
func TestProbe(t *testing.T) {
	config := testConfig()
	w := online(t, config)
	w.tickTo()
	w.forget()
	start := w.now
	w.submit("call", RuleOne, false)
	w.forget()
	w.tickTo()
	if names := w.names(); len(names) != 1 || names[0] != "ping" {
		t.Fatalf("sent %q, want a ping", names)
	}
	w.tickTo()
	expect(t, "state", w.state, Waiting)
	expect(t, "noticed after", w.now.Sub(start), 2*config.Probe)
	w.settle()
	expect(t, "answered", w.calls[0].done, true)
}

func TestProbeAnswered(t *testing.T) {
	config := testConfig()
	w := online(t, config)
	w.submit("call", RuleOne, false)
	w.forget()
	for range 20 {
		w.tickTo()
		for len(w.link.up) > 0 {
			w.serve()
		}
		w.receive(10)
	}
	expect(t, "connections", w.engine.Stats().Connections, 1)
}

func TestTransientFailsWithSession(t *testing.T) {
	w := online(t, testConfig())
	w.submit("call", RuleOne, true)
	w.submit("call", RuleOne, false)
	w.forget()
	w.lose()
	w.push(`{"event":"error","error_type":"session_not_found"}`)
	if !errors.Is(w.calls[0].err, ErrSessionLost) {
		t.Fatalf("transient call: %v", w.calls[0].err)
	}
	expect(t, "other call done", w.calls[1].done, false)
	expect(t, "told of the loss", w.lost, 1)
	w.settle()
	expect(t, "other call done", w.calls[1].done, true)
}

// The loss of the session may come as the answer to an action.
func TestLossAsReply(t *testing.T) {
	w := online(t, testConfig())
	w.submit("call", RuleOne, false)
	w.forget()
	w.lose()
	w.push(`{"event":"error","error_type":"session_not_found","action_id":1}`)
	w.settle()
	expect(t, "error", w.calls[0].err, nil)
	expect(t, "replies", len(w.calls[0].replies), 1)
}

func TestDeletedAuthIsReported(t *testing.T) {
	w := online(t, testConfig())
	w.lose()
	w.push(`{"event":"error","error_type":"session_not_found","user_auth_deleted":true}`)
	w.tickTo()
	conn := w.connecting
	w.connecting = 0
	for _, e := range w.engine.Step(w.now, Input{Kind: Connected, Conn: conn}) {
		if e.Kind == AskLogin {
			expect(t, "flag", e.Flag, true)
			return
		}
	}
	t.Fatal("no login was asked for")
}

func TestOverflowIsDeliveredAndLoses(t *testing.T) {
	w := online(t, testConfig())
	w.lose()
	w.push(`{"event":"error","error_type":"session_buffer_overflow","of":"s1"}`)
	expect(t, "delivered", len(w.waiting), 2)
	expect(t, "told of the loss", w.lost, 1)
	w.settle()
}

func TestOtherErrorsAreEvents(t *testing.T) {
	for _, kind := range []string{"internal", "deprecated", "request_malformed", "send_rate_limited", "made_up"} {
		w := online(t, testConfig())
		w.push(`{"event":"error","error_type":"%s","of":"s1"}`, kind)
		expect(t, kind+" delivered", len(w.waiting), 1)
		expect(t, kind+" state", w.state, Online)
	}
}

// Cancelled before it was sent, an action isn't sent; afterwards, its reply is
// dropped.
func TestCancel(t *testing.T) {
	w := newWorld(t, testConfig())
	w.submit("call", RuleOne, false)
	w.cancel(0)
	w.comeOnline()
	expect(t, "sent", len(w.link.up), 0)
	w.submit("call", RuleOne, false)
	w.cancel(1)
	w.serve()
	w.receive(10)
	expect(t, "late", w.engine.Stats().Late, 1)
	expect(t, "delivered", len(w.waiting), 1)
}

func TestActionsWithoutReplyAreSentOnce(t *testing.T) {
	w := online(t, testConfig())
	w.submit("none", RuleNone, false)
	expect(t, "done", w.calls[0].done, true)
	expect(t, "action_id", w.link.up[0].ActionID, 0)
	w.cut(errors.New("cut"))
	w.tickTo()
	w.connect(true)
	if slices.Contains(w.names(), "none") {
		t.Fatal("sent again")
	}
}

// While the consumer doesn't read, reading pauses; a call starts it again, and
// what can't be kept then is asked for again.
func TestSlowConsumer(t *testing.T) {
	config := testConfig()
	config.QueueEvents = 4
	w := online(t, config)
	for range 40 {
		w.event()
	}
	w.receive(6)
	expect(t, "paused", w.link.paused, true)
	expect(t, "waiting", len(w.waiting), 6)
	w.submit("call", RuleOne, false)
	expect(t, "paused", w.link.paused, false)
	for len(w.link.up) > 0 {
		w.serve()
	}
	w.receive(100)
	expect(t, "answered", w.calls[0].done, true)
	expect(t, "waiting", len(w.waiting), 6)
	w.settle()
	expect(t, "last", w.last["s1"], 41)
}

// When nobody handles events for long, the connection is kept up all the same.
func TestStuckConsumer(t *testing.T) {
	config := testConfig()
	config.QueueEvents = 20
	w := online(t, config)
	for range 50 {
		w.event()
	}
	w.receive(20)
	expect(t, "paused", w.link.paused, true)
	w.advance(config.Pause)
	expect(t, "paused", w.link.paused, false)
	for range 100 {
		w.event()
		w.receive(100)
		w.advance(time.Minute)
		expect(t, "paused", w.link.paused, false)
		expect(t, "state", w.state, Online)
	}
	expect(t, "waiting", len(w.waiting), 20)
	expect(t, "last sent", w.link.up[len(w.link.up)-1].Name, "")
	w.settle()
	expect(t, "connections", w.engine.Stats().Connections, 2)
	expect(t, "last", w.last["s1"], 151)
}

// An action that the server can't even say the number of is found, and the
// others are done.
func TestCulprit(t *testing.T) {
	w := online(t, testConfig())
	for i := range 7 {
		if i == 3 {
			w.submit("poison", RuleOne, false)
			continue
		}
		w.submit("call", RuleOne, false)
	}
	w.settle()
	for i, c := range w.calls {
		expect(t, "call "+strconv.Itoa(i)+" refused", c.refused, i == 3)
	}
	if n := w.engine.Stats().Connections; n > 3 {
		t.Fatalf("it took %d connections", n)
	}
}

func TestDay(t *testing.T) {
	w := online(t, testConfig())
	end := w.now.Add(24 * time.Hour)
	for i := 0; w.now.Before(end); i++ {
		w.submit("call", RuleOne, false)
		w.event()
		switch i % 4 {
		case 0:
			w.cut(errors.New("cut"))
		case 1:
			w.lose()
		case 2:
			w.connect(false)
		}
		w.advance(17 * time.Minute)
		w.settle()
	}
	for _, c := range w.calls {
		expect(t, "call "+c.mark, len(c.replies), 1)
	}
}

// A sign of life that was asked for before reading paused may be waiting to be
// read when the pause ends.
func TestProbeBeforePause(t *testing.T) {
	config := testConfig()
	config.QueueEvents = 1
	w := online(t, config)
	w.submit("call", RuleOne, false)
	w.forget()
	w.event()
	w.receive(1)
	for !slices.Contains(w.names(), "ping") {
		w.tickTo()
	}
	w.cancel(0)
	expect(t, "paused", w.link.paused, true)
	w.serve()
	// Nothing runs for longer than the pause and the answer may take.
	w.advance(config.Pause + config.Probe)
	expect(t, "paused", w.link.paused, false)
	expect(t, "state", w.state, Online)
	w.receive(10)
	w.advance(config.Probe)
	expect(t, "connections", w.engine.Stats().Connections, 1)
	w.settle()
}

// What is hopeless for a session that never was is no reason to give up one that
// has just come online, which whoever judged it may not have known yet.
func TestHopelessFailures(t *testing.T) {
	w := newWorld(t, testConfig())
	w.step(Input{Kind: ConnectFailed, Conn: w.connecting, Err: errors.New("hopeless"), Final: true})
	expect(t, "ended before it was online", w.ended, true)
	w = newWorld(t, testConfig())
	w.connect(true)
	w.step(Input{Kind: Disconnected, Conn: w.link.number, Err: errors.New("hopeless"), Final: true})
	expect(t, "ended before it was online", w.ended, true)
	w = online(t, testConfig())
	w.step(Input{Kind: Disconnected, Conn: w.link.number, Err: errors.New("hopeless"), Final: true})
	expect(t, "state", w.state, Waiting)
	w.link = nil
	w.tickTo()
	w.step(Input{Kind: ConnectFailed, Conn: w.connecting, Err: errors.New("hopeless"), Final: true})
	expect(t, "state", w.state, Waiting)
	w.settle()
}
