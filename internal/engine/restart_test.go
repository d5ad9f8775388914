package engine

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

var errCrashed = errors.New("crashed")

// crash ends the process, and begins another one with the place that was noted
// last. What was received and not handled is lost with it, and so are the calls.
func (w *world) crash() {
	if w.saved.SessionID == "" || w.ended {
		return
	}
	for _, c := range w.calls {
		if !c.done {
			c.done, c.err = true, errCrashed
		}
	}
	if s := w.server.sessions[w.saved.SessionID]; s != nil {
		w.expectAgain(s)
	}
	w.waiting, w.link, w.connecting, w.login, w.claiming = nil, nil, 0, 0, false
	w.now = w.now.Add(time.Second)
	w.restarts++
	config := w.engine.config
	place := w.saved
	place.ActionID = ResumeActionID(place.ActionID, w.now)
	config.Resume = &Resume{UserID: "u", Place: place}
	w.engine = New(config)
	w.state = Connecting
	w.step(Input{Kind: Start})
}

// expectAgain says what must come in a session after a restart: everything that
// the server hasn't forgotten, and that isn't known to have been handled; replies
// to calls of the process that has ended, too.
func (w *world) expectAgain(s *serverSession) {
	from := max(w.saved.EventID, s.acked)
	w.last[s.id] = from
	if s.handled < from {
		for _, id := range s.unsolicited {
			if id > s.handled && id <= from {
				w.t.Fatalf("event %d of %s wouldn't come again and wasn't handled", id, s.id)
			}
		}
	}
	unsolicited := s.unsolicited[:0:0]
	for _, id := range s.unsolicited {
		if id <= from {
			unsolicited = append(unsolicited, id)
		}
	}
	for _, m := range s.events[from:] {
		if m.Name != "pong" {
			unsolicited = append(unsolicited, m.EventID)
		}
	}
	s.unsolicited = unsolicited
}

// failLogin says that there is no login at the moment.
func (w *world) failLogin() {
	if w.login == 0 {
		return
	}
	conn := w.login
	w.login = 0
	w.step(Input{Kind: LoginFailed, Conn: conn, Err: errors.New("no signature")})
}

// claim says whether the credentials have been taken.
func (w *world) claim(err error) {
	if !w.claiming {
		return
	}
	w.claiming = false
	w.step(Input{Kind: Claimed, Err: err})
}

// sentNamed are the messages on their way to the server that have a name.
func (w *world) sentNamed(name string) []wire.Outgoing {
	var found []wire.Outgoing
	for _, o := range w.link.up {
		if o.Name == name {
			found = append(found, o)
		}
	}
	return found
}

// A session that goes on from its place resumes from there, and its ids go on.
func TestResumeFromPlace(t *testing.T) {
	w := online(t, testConfig())
	w.submit("call", RuleOne, false)
	w.serve()
	w.receive(1)
	w.event()
	w.event()
	w.receive(2)
	w.handle(1)
	w.saved = w.engine.Place()
	if want := (Place{SessionID: "s1", EventID: 3, ActionID: 1}); w.saved != want {
		t.Fatalf("place is %+v, want %+v", w.saved, want)
	}
	w.crash()
	w.connect(true)
	resumed := w.sentNamed("resume_session")
	if len(resumed) != 1 || resumed[0].SessionID != "s1" || resumed[0].EventID != 3 {
		t.Fatalf("sent %+v", resumed)
	}
	w.submit("call", RuleOne, false)
	if id := w.calls[1].ID(); id <= 1+actionMargin {
		t.Fatalf("action_id %d", id)
	}
	w.settle()
	expect(t, "sessions", w.server.created, 1)
}

// The server may have been told of more than was noted: what it has forgotten
// isn't missing.
func TestResumeFromBeforeAcknowledged(t *testing.T) {
	w := online(t, testConfig())
	w.saved = w.engine.Place()
	for range 5 {
		w.event()
		w.receive(1)
		w.handle(1)
	}
	w.advance(3 * time.Second)
	w.serve()
	expect(t, "acknowledged", w.server.sessions["s1"].acked, int64(6))
	w.event()
	w.crash()
	w.comeOnline()
	w.receive(1)
	// What belongs before it, if anything, would come now.
	expect(t, "waiting", len(w.waiting), 0)
	expect(t, "wait", w.tickTo(), testConfig().Gap)
	expect(t, "waiting", len(w.waiting), 1)
	expect(t, "gaps", w.engine.Stats().Gaps, 0)
	expect(t, "told to be missing", len(w.missing), 0)
	w.settle()
}

// What the server hasn't forgotten, and sends later than that, was never handled: the
// stream is told, and it isn't a duplicate.
func TestResumeWithLateEvents(t *testing.T) {
	for _, test := range []struct {
		late []int64
		want []Span
	}{
		{[]int64{3, 4, 5}, []Span{{3, 5}}},
		{[]int64{5, 5, 3, 4}, []Span{{5, 5}, {3, 4}}},
	} {
		w := online(t, testConfig())
		w.saved = w.engine.Place()
		w.crash()
		w.comeOnline()
		w.last["s1"] = 5
		w.bring(6)
		w.tickTo()
		expect(t, "waiting", len(w.waiting), 1)
		for _, id := range test.late {
			w.last["s1"] = 0 // the notes come too late for their place
			w.bring(id)
		}
		if !slices.Equal(w.missing, test.want) {
			t.Errorf("missing: %v, want %v", w.missing, test.want)
		}
		stats := w.engine.Stats()
		expect(t, "too late", stats.TooLate, int64(len(test.late)))
		expect(t, "duplicates", stats.Duplicates, 0)
		expect(t, "place", w.engine.Place().EventID, 5)
		w.handle(10)
		expect(t, "place", w.engine.Place().EventID, 6)
	}
}

// While the consumer hasn't seen the loss of a session, the place is in that
// session: after a restart it is told of the loss again.
func TestPlaceAfterLoss(t *testing.T) {
	w := online(t, testConfig())
	w.event()
	w.receive(1)
	w.lose()
	w.cut(errors.New("cut"))
	w.tickTo()
	w.connect(true)
	w.serve()
	w.receive(1)
	w.tickTo()
	w.comeOnline()
	expect(t, "sessions", w.server.created, 2)
	want := Place{SessionID: "s1", EventID: 1}
	for range 2 {
		expect(t, "place", w.engine.Place(), want)
		w.handle(1)
	}
	want = Place{SessionID: "s2"}
	expect(t, "place", w.engine.Place(), want)
	w.handle(1)
	want.EventID = 1
	expect(t, "place", w.engine.Place(), want)
}

// A place in a session that is gone leads to a loss and a new session.
func TestResumeLost(t *testing.T) {
	w := online(t, testConfig())
	w.saved = w.engine.Place()
	w.lose()
	w.crash()
	w.connect(true)
	w.serve()
	w.receive(1)
	w.tickTo()
	w.comeOnline()
	expect(t, "losses", w.lost, 1)
	expect(t, "state", w.state, Online)
	expect(t, "waiting", len(w.waiting), 2)
}

func TestLeave(t *testing.T) {
	w := online(t, testConfig())
	w.event()
	w.receive(1)
	w.handle(1)
	var names []string
	for _, e := range w.engine.Step(w.now, Input{Kind: Leave}) {
		if e.Kind == Send {
			names = append(names, e.Outgoing.Name)
			expect(t, "acknowledged", e.Outgoing.EventID, 2)
		}
		w.ended = w.ended || e.Kind == End
	}
	expect(t, "ended", w.ended, true)
	if len(names) != 1 || names[0] != "resume_session" {
		t.Fatalf("sent %q", names)
	}
	expect(t, "place", w.engine.Place(), Place{SessionID: "s1", EventID: 2})
}

// A login that can't be had at the moment is asked for again, later and later.
func TestLoginIsAskedForAgain(t *testing.T) {
	w := newWorld(t, testConfig())
	var last time.Duration
	for range 5 {
		w.connect(true)
		w.advance(10 * time.Second)
		w.failLogin()
		expect(t, "state", w.state, Waiting)
		wait := w.tickTo()
		if wait <= last {
			t.Fatalf("waited %v, and %v before", wait, last)
		}
		last = wait
	}
	w.connect(true)
	w.step(Input{Kind: LoginFailed, Conn: w.login, Err: errCancelled, Final: true})
	expect(t, "error", w.endErr, errCancelled)
}
