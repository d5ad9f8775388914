package server

import (
	"io"
	"log/slog"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server/internal/damage"
)

// Match says which connections and sessions a fault is for: those of a user, a
// session, or both. The zero Match is for all. Connections without a session
// match only the zero Match. Long polling is a connection that lasts as long as
// the client polls; what says that it is about one connection is about one of its
// requests then.
type Match struct {
	UserID    string
	SessionID api.Secret
}

func (m Match) session(s *session) bool {
	if m == (Match{}) {
		return true
	}
	return s != nil && (m.UserID == "" || m.UserID == s.user.id) && (m.SessionID == "" || m.SessionID.Reveal() == s.id)
}

// call matches an action: one without session may be that of a user.
func (m Match) call(c *call) bool {
	if c.session == nil && c.self != nil {
		return m.SessionID == "" && (m.UserID == "" || m.UserID == c.self.id)
	}
	return m.session(c.session)
}

// Faults makes things go wrong, as they do in real life. Its methods can be
// called at any time, by several goroutines. They return how many connections or
// sessions matched. What they do to a connection that exists ends with it.
type Faults struct {
	hub *hub
	// locked says that the state has been locked already: by the random schedule.
	locked bool
}

// Faults returns the faults of the server.
func (s *Server) Faults() Faults { return Faults{hub: s.hub} }

func (f Faults) lock() {
	if !f.locked {
		f.hub.lock()
	}
}

func (f Faults) unlock() {
	if !f.locked {
		f.hub.unlock()
	}
}

// each calls do for each connection that matches, with the state locked.
func (f Faults) each(m Match, do func(line)) (matched int) {
	f.lock()
	defer f.unlock()
	if f.hub.closed {
		return 0 // they have been cut: nothing would end what holds them up now
	}
	for c := range f.hub.conns {
		if snapped := c.broken && c.closing; !snapped && m.session(c.session) {
			do(c)
			matched++
		}
	}
	for p := range f.hub.pollers {
		if !p.over && m.session(p.session) {
			do(p)
			matched++
		}
	}
	f.hub.note(slog.LevelInfo, "fault", "connections", matched)
	return matched
}

// Cut ends connections without a close frame. Sessions can be resumed.
func (f Faults) Cut(m Match) int {
	return f.each(m, line.snap)
}

// CutAfter ends connections without a close frame when n more bytes have been
// sent to the client, be it in the middle of a frame.
func (f Faults) CutAfter(m Match, n int64) int {
	return f.each(m, func(l line) { l.faulty().Limit(n) })
}

// CutNext does the same to the next connection that is made, counting from the
// end of the handshake, or to the body of the answer to the next request to
// /v2/poll or /v2/call. Each call is about one more of them.
func (f Faults) CutNext(n int64) {
	fault := damage.New()
	fault.Limit(n)
	f.plan(fault)
}

// StallNext makes the next connection, or the next request to /v2/poll or
// /v2/call, half-open.
func (f Faults) StallNext() {
	fault := damage.New()
	fault.Freeze()
	f.plan(fault)
}

// line is what faults happen to: a connection, or long polling.
type line interface {
	snap()
	// faulty is the fault of the connection, or of the request that waits or
	// comes next.
	faulty() *damage.Fault
	slow(time.Duration)
	close(ws.StatusCode, string)
	repeat()
}

var (
	_ line = (*conn)(nil)
	_ line = (*poller)(nil)
)

func (c *conn) slow(d time.Duration) { c.faulty().Slow(d) }

func (c *conn) repeat() {
	if c.session != nil {
		c.session.sent = c.session.buffer.acked
		c.wake()
	}
}

func (p *poller) slow(d time.Duration) { p.delay = d }

func (p *poller) repeat() {
	p.session.sent = p.session.buffer.acked
	p.wake()
}

func (p *poller) faulty() *damage.Fault {
	if p.waiting != nil {
		p.waiting.fault.CompareAndSwap(nil, damage.New())
		return p.hub.holdUp(p.waiting.fault.Load())
	}
	if p.fault == nil {
		p.fault = damage.New()
	}
	return p.fault
}

func (p *poller) close(ws.StatusCode, string) {
	if p.waiting != nil {
		p.waiting.over = true
		p.wake()
	}
}

// CutAt ends the connection of the next matching session which has the named
// action done, after it has been done and before anything about it is sent.
func (f Faults) CutAt(m Match, action string) {
	f.at(trap{match: m, action: action})
}

// LoseAt is like CutAt, but the session is lost as well.
func (f Faults) LoseAt(m Match, action string) {
	f.at(trap{match: m, action: action, lose: true})
}

// HalfOpen makes the server neither read nor write any more, without closing the
// connection: what a network does that has gone away. The connections stay so
// until they are cut, or the server is closed.
func (f Faults) HalfOpen(m Match) int {
	return f.each(m, func(l line) { l.faulty().Freeze() })
}

// Delay makes the server wait before each write: for d, or not at all any more
// if d is 0. What comes up meanwhile is sent together.
func (f Faults) Delay(m Match, d time.Duration) int {
	return f.each(m, func(l line) { l.slow(d) })
}

// Close ends connections in an orderly way, with a close code and a reason.
// Clients take code 1001 as advice to look for another server. Polls are answered
// by an empty array.
func (f Faults) Close(m Match, code int, reason string) int {
	return f.each(m, func(l line) { l.close(ws.StatusCode(code), reason) })
}

// Repeat sends the events that haven't been acknowledged again, on the same
// connection.
func (f Faults) Repeat(m Match) int {
	return f.each(m, line.repeat)
}

// Say sends an error event about the session: "internal", "deprecated" and the
// like.
func (f Faults) Say(m Match, kind api.ErrorType, reason string) int {
	return f.sessions(m, func(s *session) { s.push(plain(pack(&fail(kind, "%s", reason).event))) })
}

// Lose makes the server forget sessions, and cuts their connections: resuming
// fails with session_not_found.
func (f Faults) Lose(m Match) int {
	return f.sessions(m, func(s *session) {
		f.hub.lose(s)
		if s.carrier != nil {
			s.carrier.snap()
		}
	})
}

// Overflow makes the server lose sessions as if their clients hadn't acknowledged
// events for too long: session_buffer_overflow.
func (f Faults) Overflow(m Match) int {
	return f.sessions(m, f.hub.overflow)
}

// Supersede takes the connections of sessions away, as if another client had
// resumed them: connection_superseded. The sessions can be resumed.
func (f Faults) Supersede(m Match) int {
	return f.sessions(m, func(s *session) {
		if c := s.carrier; c != nil {
			s.detach()
			c.drop(fail(api.ErrConnectionSuperseded, ""))
		}
	})
}

func (f Faults) sessions(m Match, do func(*session)) (matched int) {
	f.lock()
	defer f.unlock()
	for _, s := range f.hub.sessions {
		if m.session(s) {
			do(s)
			matched++
		}
	}
	f.hub.note(slog.LevelInfo, "fault", "sessions", matched)
	return matched
}

// Refuse makes the server answer every HTTP request, including those for
// WebSockets, with a status such as 503, and nothing else. 0 ends that.
func (f Faults) Refuse(status int) {
	f.lock()
	defer f.unlock()
	f.hub.faults.refuse = status
}

// Slow makes every HTTP request wait before it is answered. 0 ends that.
func (f Faults) Slow(d time.Duration) {
	f.lock()
	defer f.unlock()
	f.hub.faults.slow = d
}

// plan has the faults that are to come. It belongs to the hub.
type plan struct {
	// next are for the next connections and requests.
	next   []*damage.Fault
	traps  []trap
	refuse int
	slow   time.Duration
	// discovery is how long discovery waits, and hosts what it says.
	discovery time.Duration
	hosts     []string
	// random is the random schedule, nil if there is none.
	random *random
}

// trap waits for an action.
type trap struct {
	match  Match
	action string
	lose   bool
	// left counts the actions until one fails with an error; 0 is for traps that
	// cut.
	left   int
	kind   api.ErrorType
	reason string
}

func (f Faults) at(t trap) {
	f.lock()
	defer f.unlock()
	f.hub.faults.traps = append(f.hub.faults.traps, t)
}

func (f Faults) plan(next *damage.Fault) {
	f.lock()
	defer f.unlock()
	f.hub.faults.next = append(f.hub.faults.next, next)
}

// acted is called after each action.
func (p *plan) acted(c *call) {
	for i, t := range p.traps {
		if t.left > 0 || t.action != c.message.Name || !t.match.call(c) {
			continue
		}
		p.traps = append(p.traps[:i:i], p.traps[i+1:]...)
		c.origin.snap()
		if t.lose && c.session != nil {
			c.hub.lose(c.session)
		}
		return
	}
}

// forNext is the fault of a connection that has just been made.
func (p *plan) forNext() *damage.Fault {
	if len(p.next) == 0 {
		return nil
	}
	f := p.next[0]
	p.next = p.next[1:]
	return f
}

// snap ends the connection without sending anything more.
func (c *conn) snap() {
	c.broken, c.closing = true, true
	c.cut()
}

// faulty returns the connection's fault, to be changed.
func (c *conn) faulty() *damage.Fault {
	c.fault.CompareAndSwap(nil, damage.New())
	return c.fault.Load()
}

// Read reads from the connection.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.net.Read(p)
	f := c.fault.Load()
	if !f.Frozen() {
		return n, err
	}
	for swallowed := n; err == nil && swallowed < damage.SystemBuffer; swallowed += n {
		n, err = c.net.Read(p)
	}
	f.Pass(nil)
	return 0, io.ErrClosedPipe
}

// Write writes to the connection.
func (c *conn) Write(p []byte) (int, error) {
	f := c.fault.Load()
	f.Pass(nil)
	f.Linger(nil)
	n, cut := f.Allow(len(p))
	_ = c.net.SetWriteDeadline(c.hub.pulse.Now().Add(c.hub.config.Stall))
	written, err := c.net.Write(p[:n])
	if cut && err == nil {
		c.cut()
		err = io.ErrClosedPipe
	}
	return written, err
}
