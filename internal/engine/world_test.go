package engine

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"pgregory.net/rapid"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// world is an engine together with a server that does everything by the book and
// a network that doesn't. Each of its methods is one thing that may happen; after
// each, check looks at the promises.
type world struct {
	// anyOrder says that ids were reserved, so that they needn't ascend.
	anyOrder bool
	t        tester
	engine   *Engine
	now      time.Time

	// connecting, and login, are the connection that the engine asked for and
	// that hasn't been made, and the one that waits for a login; 0 if none.
	connecting, login int
	link              *link
	server            server
	state             State
	// polls says that connections are ones for long polling.
	polls  bool
	ended  bool
	endErr error

	// waiting are the delivered events that haven't been handled.
	waiting []delivered
	// last is the number of the last event that was delivered, in each session.
	last map[string]int64
	// lost counts the losses that the stream was told of, and missing are the
	// events that it was told to be missing.
	lost    int
	missing []Span
	calls   []*testCall
	// claiming says that credentials wait to be taken.
	claiming bool
	// saved is the place that was noted last; restarts counts the engines that
	// went on from one.
	saved    Place
	restarts int
	// reordered counts how often the event after each id was late.
	reordered map[int64]int
	// heard is when the engine got something from the connection last, or began
	// to read it.
	heard time.Time
	// hinted says that there were hints.
	hinted bool
	// stepped is when the last step was made.
	stepped time.Time
}

// tester is a test, of one kind or the other.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// link is a connection.
type link struct {
	number int
	// paused says that reading is paused, and ahead, that what was read when it
	// was told to pause has been brought to it since.
	paused, ahead bool
	// polls says that it is for long polling: requests are answered after a
	// while, if only with nothing.
	polls bool
	// up and down are what is on its way.
	up   []wire.Outgoing
	down []*wire.Message
	// session is the server's session on the connection; first says that the
	// next message is the first.
	session *serverSession
	first   bool
	// restarted says that the engine went on from a place, and that the server
	// may know a later one.
	restarted bool
}

type delivered struct {
	session string
	id      int64
}

// testCall is a call with what became of it.
type testCall struct {
	Call
	mark    string
	replies []string
	done    bool
	err     error
	refused bool
}

// server is a server with contiguous event ids.
type server struct {
	sessions map[string]*serverSession
	created  int
}

type serverSession struct {
	id     string
	events []*wire.Message
	// acked is the id up to which events have been acknowledged.
	acked int64
	// seen is the highest id that was handled by the consumer, for comparison.
	handled int64
	// done has the names of the actions that were done, by action_id.
	done map[int64]string
	// unsolicited lists the ids of the events that aren't replies.
	unsolicited []int64
	lost        bool
}

// randomConfig is a configuration with narrow limits.
func randomConfig(t *rapid.T) Config {
	config := testConfig()
	config.AckCount = int64(rapid.IntRange(1, 20).Draw(t, "ack count"))
	config.Claim = rapid.Bool().Draw(t, "claim")
	config.QueueEvents = rapid.IntRange(1, 10).Draw(t, "queue")
	return config
}

func testConfig() Config {
	return Config{
		RetryFirst:  100 * time.Millisecond,
		RetryMax:    time.Minute,
		Settled:     5 * time.Second,
		Answer:      20 * time.Second,
		KeepAlive:   45 * time.Second,
		Silence:     90 * time.Second,
		Probe:       10 * time.Second,
		Gap:         500 * time.Millisecond,
		AckDelay:    2 * time.Second,
		AckCount:    256,
		QueueEvents: 1024,
		Pause:       5 * time.Second,
		QueueBytes:  1 << 20,
		Close:       5 * time.Second,
		Random:      func() float64 { return 0.5 },
	}
}

func newWorld(t tester, config Config) *world {
	w := &world{
		t:      t,
		engine: New(config),
		now:    time.Unix(1_700_000_000, 0),
		last:   map[string]int64{},

		reordered: map[int64]int{},
		server:    server{sessions: map[string]*serverSession{}},
	}
	w.step(Input{Kind: Start})
	return w
}

// message makes a message as it is received.
func message(t tester, format string, args ...any) *wire.Message {
	text := []byte(fmt.Sprintf(format, args...))
	header, err := wire.ScanHeader(text, nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return &wire.Message{Header: header, Text: text}
}

// step gives the engine an input, and does what it asks for.
func (w *world) step(in Input) {
	if in.Kind == Received && w.link != nil && in.Conn == w.link.number {
		// What a hint leads to isn't content with a request's being answered.
		if empty := in.Message == nil && len(in.Messages) == 0; !empty || !w.link.polls || !w.hinted {
			w.heard = w.now
		}
	}
	w.stepped = w.now
	for _, e := range w.engine.Step(w.now, in) {
		w.effect(e)
	}
}

func (w *world) effect(e Effect) {
	if w.ended && e.Kind != Fail {
		w.t.Fatalf("effect %d after the end", e.Kind)
	}
	switch e.Kind {
	case Connect:
		w.connecting, w.link = e.Conn, nil
	case Claim:
		w.claiming = true
	case AskLogin:
		w.login = e.Conn
	case Send:
		w.sent(e)
	case Disconnect:
		w.disconnect(e.Conn)
	case Pause, Unpause:
		if w.link == nil || w.link.number != e.Conn || w.link.paused == (e.Kind == Pause) {
			w.t.Fatal("pause or unpause of the wrong connection, or twice")
		}
		w.link.paused, w.link.ahead = e.Kind == Pause, false
		w.heard = w.now
	case Deliver:
		if e.Missing != (Span{}) {
			w.missed(e.Missing)
			return
		}
		w.delivered(e.Message)
	case Reply:
		w.replied(e)
	case Fail:
		w.failed(e)
	case Change:
		w.state = e.State
		patience := w.engine.config.Probe
		if w.hinted {
			patience = hintProbe
		}
		if quiet := w.now.Sub(w.heard); errors.Is(e.Err, ErrQuiet) && quiet < patience {
			w.t.Fatalf("the connection is taken for dead after %v", quiet)
		}
	case End:
		w.ended, w.endErr = true, e.Err
	}
}

func (w *world) disconnect(conn int) {
	if w.connecting == conn {
		w.connecting = 0
	}
	if w.login == conn {
		w.login = 0
	}
	if w.link != nil && w.link.number == conn {
		// What was sent is still written.
		for len(w.link.up) > 0 {
			w.serve()
		}
		w.link = nil
	}
}

func (w *world) sent(e Effect) {
	if w.link == nil || w.link.number != e.Conn {
		w.t.Fatal("sent to a connection that isn't there")
	}
	o := e.Outgoing
	if len(w.link.up) > 0 && o.ActionID != 0 {
		for _, earlier := range w.link.up {
			if earlier.ActionID == o.ActionID || earlier.ActionID > o.ActionID && !w.anyOrder {
				w.t.Fatalf("action %d sent after %d", o.ActionID, earlier.ActionID)
			}
		}
	}
	w.link.up = append(w.link.up, o)
}

// delivered checks that the stream is in order, and complete.
func (w *world) delivered(m *wire.Message) {
	if m == nil {
		w.lost++
		w.waiting = append(w.waiting, delivered{})
		return
	}
	session := wire.StringMember(m.Text, "of")
	w.waiting = append(w.waiting, delivered{session, m.EventID})
	if m.EventID == 0 {
		return
	}
	s := w.server.sessions[session]
	want := s.next(w.last[session])
	if s.lost && w.engine.session.id != session {
		// Those before it can't come any more, which the stream is told next.
		want = max(want, m.EventID)
	}
	if m.EventID != want {
		w.t.Fatalf("session %s: event %d delivered, want %d", session, m.EventID, want)
	}
	w.last[session] = m.EventID
}

// missed takes the note that events are missing, which has its place among the
// others.
func (w *world) missed(span Span) {
	session := w.engine.session.id
	w.missing = append(w.missing, span)
	w.waiting = append(w.waiting, delivered{})
	if last := w.last[session]; span.First <= last || span.Last < span.First {
		w.t.Fatalf("session %s: events %v are missing after %d", session, span, last)
	}
	w.last[session] = span.Last
}

// next is the id of the event that belongs to the stream after the one with the
// given id.
func (s *serverSession) next(id int64) int64 {
	for _, n := range s.unsolicited {
		if n > id {
			return n
		}
	}
	return 0
}

func (w *world) replied(e Effect) {
	c := e.Call.Owner.(*testCall)
	if c.done {
		w.t.Fatal("reply after the call was complete")
	}
	if e.Message != nil {
		if mark := wire.StringMember(e.Message.Text, "mark"); mark != c.mark {
			w.t.Fatalf("call %s got the reply to %s", c.mark, mark)
		}
		c.replies = append(c.replies, wire.StringMember(e.Message.Text, "n"))
	}
	c.done = e.Last
}

func (w *world) failed(e Effect) {
	c := e.Call.Owner.(*testCall)
	if c.done {
		w.t.Fatal("failure after the call was complete")
	}
	c.done, c.err, c.refused = true, e.Err, e.Message != nil
}

// connect makes the connection that the engine asked for, or doesn't.
func (w *world) connect(works bool) {
	conn := w.connecting
	if conn == 0 {
		return
	}
	w.connecting = 0
	if !works {
		w.step(Input{Kind: ConnectFailed, Conn: conn, Err: errors.New("refused")})
		return
	}
	w.link = &link{number: conn, first: true, restarted: w.engine.session.restored, polls: w.polls}
	w.heard = w.now
	w.step(Input{Kind: Connected, Conn: conn, Polls: w.polls})
}

func (w *world) answerLogin() {
	if w.login == 0 {
		return
	}
	conn := w.login
	w.login = 0
	w.step(Input{Kind: LoginReady, Conn: conn, Login: Login{Params: []byte(`{"message_types":["*"]}`), NewUser: w.server.created == 0}})
}

// serve lets the server take one message.
func (w *world) serve() {
	l := w.link
	if l == nil || len(l.up) == 0 {
		return
	}
	o := l.up[0]
	l.up = l.up[1:]
	if o.Name == "" {
		return
	}
	if l.first {
		l.first = false
		w.begin(o)
		return
	}
	s := l.session
	if s == nil {
		return
	}
	w.acknowledge(s, o.EventID)
	if s.lost {
		l.down = append(l.down, message(w.t, `{"event":"error","error_type":"session_not_found"}`))
		l.session = nil
		return
	}
	w.act(s, o)
}

func (w *world) begin(o wire.Outgoing) {
	l := w.link
	switch o.Name {
	case "create_session":
		w.server.created++
		s := &serverSession{id: "s" + strconv.Itoa(w.server.created), done: map[int64]string{}}
		w.server.sessions[s.id] = s
		l.session = s
		w.emit(s, true, `"event":"session_created","session_id":"%s","user_id":"u","user_auth":"a"`, s.id)
	case "resume_session":
		s := w.server.sessions[o.SessionID]
		if s.lost {
			l.down = append(l.down, message(w.t, `{"event":"error","error_type":"session_not_found"}`))
			return
		}
		l.session = s
		w.acknowledge(s, o.EventID)
		l.restarted = false
		l.down = append(l.down, s.events[max(o.EventID, s.acked):]...)
	default:
		w.t.Fatalf("%s is the first action on a connection", o.Name)
	}
}

// acknowledge checks that only what was handled, and isn't part of the stream,
// is acknowledged.
func (w *world) acknowledge(s *serverSession, id int64) {
	if id == 0 {
		return
	}
	if id < s.acked && (w.link == nil || !w.link.restarted) {
		w.t.Fatalf("acknowledgement goes back from %d to %d", s.acked, id)
	}
	for _, n := range s.unsolicited {
		if n <= id && n > s.handled {
			w.t.Fatalf("event %d acknowledged, but only handled up to %d", n, s.handled)
		}
	}
	s.acked = max(s.acked, id)
}

// act does an action.
func (w *world) act(s *serverSession, o wire.Outgoing) {
	mark := wire.StringMember(o.Params, "mark")
	switch {
	case o.Name == "ping":
		if o.ActionID == 0 {
			w.link.down = append(w.link.down, message(w.t, `{"event":"pong"}`))
			return
		}
	case o.Name == "resume_session":
		return
	case o.Name == "close_session":
		s.lost = true
		return
	}
	if o.ActionID == 0 {
		return
	}
	if o.Name == "poison" {
		w.link.down = append(w.link.down, message(w.t, `{"event":"error","error_type":"request_malformed"}`))
		return
	}
	if name, repeated := s.done[o.ActionID]; repeated {
		if name != o.Name+mark {
			w.t.Fatalf("action_id %d means %s and %s", o.ActionID, name, o.Name+mark)
		}
		return
	}
	s.done[o.ActionID] = o.Name + mark
	stream := o.Name == "stream"
	switch o.Name {
	case "ping":
		w.emit(s, false, `"event":"pong","action_id":%d`, o.ActionID)
	case "history":
		for left := 3; left >= 0; left-- {
			w.emit(s, false, `"event":"message","action_id":%d,"mark":"%s","n":"%d","history_length":%d`, o.ActionID, mark, left, left)
		}
	default:
		w.emit(s, stream, `"event":"reply","action_id":%d,"mark":"%s","n":"0"`, o.ActionID, mark)
	}
}

// emit adds an event to a session, and sends it if there is a connection.
func (w *world) emit(s *serverSession, stream bool, format string, args ...any) {
	id := int64(len(s.events)) + 1
	m := message(w.t, `{%s,"event_id":%d,"of":"%s"}`, fmt.Sprintf(format, args...), id, s.id)
	s.events = append(s.events, m)
	if stream {
		s.unsolicited = append(s.unsolicited, id)
	}
	if w.link != nil && w.link.session == s {
		w.link.down = append(w.link.down, m)
	}
}

// receive brings messages to the engine.
func (w *world) receive(count int) {
	l := w.link
	if l == nil || l.paused {
		return
	}
	count = min(count, len(l.down))
	messages := l.down[:count]
	l.down = l.down[count:]
	w.step(Input{Kind: Received, Conn: l.number, Messages: messages})
}

// cut breaks the connection: what is on its way is lost.
func (w *world) cut(err error) {
	if w.link == nil {
		return
	}
	number := w.link.number
	w.link = nil
	w.login = 0
	w.step(Input{Kind: Disconnected, Conn: number, Err: err})
}

// handle lets the consumer finish with the oldest events.
func (w *world) handle(count int) {
	count = min(count, len(w.waiting))
	for _, d := range w.waiting[:count] {
		if d.id != 0 {
			s := w.server.sessions[d.session]
			s.handled = max(s.handled, d.id)
		}
	}
	w.waiting = w.waiting[count:]
	w.step(Input{Kind: Handled, Count: count})
}

// submit adds a call.
func (w *world) submit(name string, rule Rule, transient bool) {
	c := &testCall{mark: "m" + strconv.Itoa(len(w.calls))}
	c.Call = Call{
		Name:      name,
		Params:    []byte(`{"mark":"` + c.mark + `"}`),
		Rule:      rule,
		Transient: transient,
		Stream:    name == "stream",
		Owner:     c,
	}
	w.calls = append(w.calls, c)
	w.step(Input{Kind: Submit, Call: &c.Call})
}

// cancel gives one of the calls up.
func (w *world) cancel(index int) {
	if index >= len(w.calls) || w.calls[index].done || w.calls[index].Stream {
		return
	}
	w.step(Input{Kind: Cancel, Call: &w.calls[index].Call, Err: errCancelled})
	if !w.calls[index].done {
		w.t.Fatal("a cancelled call goes on")
	}
}

var errCancelled = errors.New("cancelled")

// lose makes the server lose the session.
func (w *world) lose() {
	for _, s := range w.server.sessions {
		s.lost = true
	}
}

// event has the server send an event to the current session.
func (w *world) event() {
	for _, s := range w.server.sessions {
		if !s.lost {
			w.emit(s, true, `"event":"something"`)
		}
	}
}

// advance lets time pass.
func (w *world) advance(d time.Duration) {
	w.now = w.now.Add(d)
	w.step(Input{Kind: Tick})
}

// check looks at what must always be true.
func (w *world) check() {
	config := &w.engine.config
	if n := len(w.waiting); n > 2*config.QueueEvents+2*w.lost+1 {
		w.t.Fatalf("%d events wait; the queue is for %d", n, config.QueueEvents)
	}
	if n := w.engine.Stats().Queued; n != len(w.waiting) {
		w.t.Fatalf("the engine counts %d waiting events, there are %d", n, len(w.waiting))
	}
	if w.ended {
		for _, c := range w.calls {
			if !c.done {
				w.t.Fatalf("call %s isn't complete after the end", c.mark)
			}
		}
		return
	}
	if w.connecting == 0 && w.login == 0 && !w.claiming && w.engine.Deadline().IsZero() {
		w.t.Fatal("the engine waits for nothing")
	}
	if at := w.engine.Deadline(); !at.IsZero() && !at.After(w.stepped) {
		w.t.Fatalf("the engine wants a tick %v ago", w.stepped.Sub(at))
	}
}
