package engine

import (
	"errors"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// connection is what the engine knows about the current connection.
type connection struct {
	// polls says that it is one for long polling: see [Input].
	polls bool
	// since is when it came to be online.
	since time.Time
	// progress says that the session got further on it: a new event, or the
	// answer to a call.
	progress bool
	// lastSent and lastReceived are when something went out and came in.
	lastSent     time.Time
	lastReceived time.Time
	// answerBy is when the session must have been created or resumed.
	answerBy time.Time
	// pings counts the pings of our own that haven't been answered.
	pings int
	// pingBy is when the last of them must have been.
	pingBy time.Time
	// checkBy is when something must have come because of a hint.
	checkBy time.Time
	// untraceable says that something was sent about which the server may
	// complain, and which isn't among the pending calls any more.
	untraceable bool
	// unnumbered says that an action was sent without action_id.
	unnumbered bool
	// paused says that reading is paused, since pausedAt; impatient, that it was
	// for so long that it mustn't be again before there is room in the queue.
	paused    bool
	pausedAt  time.Time
	impatient bool
	// skipped is the id of the last event that came but wasn't kept, 0 if none.
	skipped int64
	// held are events that came before others that belong before them.
	held held

	// failures counts the attempts in a row that led to nothing.
	failures int
	// retryAt is when the next attempt will be made.
	retryAt time.Time
	// retryAfter is how long the server asks to be left alone.
	retryAfter time.Duration
	// notBefore is when the server's wish to be left alone ends. Hints don't override it.
	notBefore time.Time
	// discover asks for new hosts at the next attempt, again for the same one.
	discover, again bool
	// begun is when the current attempt to connect was begun, and discovering and
	// sameHost are what it was asked to do.
	begun                 time.Time
	discovering, sameHost bool
}

// connect asks for a new connection.
func (e *Engine) connect(discover bool) {
	e.conn++
	e.phase = phaseConnecting
	e.followHint()
	c := &e.connection
	again := c.again
	c.discover, c.again = false, false
	c.begun, c.discovering, c.sameHost = e.now, discover, again
	e.change(Connecting, nil)
	e.effect(Effect{Kind: Connect, Conn: e.conn, Flag: discover, Again: again})
}

// connected creates or resumes the session.
func (e *Engine) connected(polls bool) {
	if e.phase != phaseConnecting {
		return
	}
	e.stats.Connections++
	e.connection = connection{
		polls:        polls,
		failures:     e.connection.failures,
		since:        e.now,
		lastSent:     e.now,
		lastReceived: e.now,
	}
	e.hints.checkAt = time.Time{}
	e.unsent = e.pending.first
	if e.session.id == "" {
		e.phase = phaseLogin
		e.effect(Effect{Kind: AskLogin, Conn: e.conn, Flag: e.session.authDeleted})
		return
	}
	e.resume()
}

func (e *Engine) connectFailed(err error, final bool) {
	if e.phase != phaseConnecting {
		return
	}
	if final && !e.proven {
		e.end(err, nil)
		return
	}
	e.connection.failures++
	e.wait(err)
}

// loginFailed tries again later, unless that is of no use.
func (e *Engine) loginFailed(err error, final bool) {
	if e.phase != phaseLogin {
		return
	}
	if final || e.closing {
		e.end(err, nil)
		return
	}
	e.reconnect(err)
}

// disconnected deals with the loss of the connection.
func (e *Engine) disconnected(err error, final bool) {
	switch e.phase {
	case phaseConnecting:
		// Whoever told of its end was faster than who was to tell of its
		// beginning.
		e.connectFailed(err, final)
		return
	case phaseClaiming:
		e.unclaimable = err
		return
	case phaseLogin, phaseCreating, phaseResuming, phaseOnline:
	default:
		return
	}
	if e.closing {
		e.end(nil, nil)
		return
	}
	if final && !e.proven {
		e.end(err, nil)
		return
	}
	e.replace(err, e.failures())
}

// replace has a new connection made, after so many attempts in a row that led to
// nothing.
func (e *Engine) replace(err error, failures int) {
	if e.hasLasted() {
		e.hints.tries = 0
	}
	var closed *wire.CloseError
	e.connection.discover = errors.As(err, &closed) && closed.Code == goingAway
	e.connection.again = e.connection.progress && !e.connection.discover
	e.connection.failures = failures
	e.wait(err)
}

// failures is how many attempts in a row have led to nothing, now that the
// connection has ended. However long it lasted: if the session was never online on
// it, it got nowhere.
func (e *Engine) failures() int {
	c := &e.connection
	switch {
	case e.phase != phaseOnline:
		return c.failures + 1
	case e.hasLasted():
		return 0
	case c.progress:
		// It dies early but gets somewhere: try again soon, yet not at once.
		return 1
	}
	return c.failures + 1
}

// hasLasted reports whether the session has been online on the connection for long.
func (e *Engine) hasLasted() bool {
	return e.phase == phaseOnline && e.connection.since.Add(e.config.Settled).Before(e.now)
}

// goingAway is the close code of a server that is about to stop.
const goingAway = 1001

// reconnect drops the connection and makes a new one.
func (e *Engine) reconnect(err error) {
	e.effect(Effect{Kind: Disconnect, Conn: e.conn})
	e.disconnected(err, false)
}

// wait chooses the time of the next attempt.
func (e *Engine) wait(err error) {
	e.conn++
	e.phase = phaseWaiting
	e.connection.paused, e.connection.held = false, held{}
	e.connection.notBefore = e.now.Add(e.asked())
	e.connection.retryAt = later(e.now.Add(e.delay()), e.connection.notBefore)
	e.change(Waiting, err)
}

// delay is how long to wait before the next attempt: nothing after a connection
// that lasted, else an exponentially growing time, of which a random half is
// taken off so that many clients don't come back at the same moment.
func (e *Engine) delay() time.Duration {
	n := e.connection.failures
	if n == 0 {
		// Even so, don't let a restarting server meet all clients at once.
		return time.Duration(e.config.Random() * float64(e.config.RetryFirst))
	}
	delay := e.config.RetryMax
	if n-1 < 30 {
		delay = min(delay, e.config.RetryFirst<<(n-1))
	}
	return delay/2 + time.Duration(e.config.Random()*float64(delay/2))
}

// asked is how long to wait because the server asks for it, once. Many clients were
// asked for the same.
func (e *Engine) asked() time.Duration {
	asked := e.connection.retryAfter
	e.connection.retryAfter = 0
	if asked <= 0 {
		return 0
	}
	return asked + time.Duration(e.config.Random()*float64(e.config.RetryFirst))
}

// keepAlive sees to it that both sides hear from each other.
func (e *Engine) keepAlive() {
	c := &e.connection
	if !c.paused && !e.now.Before(e.silenceAt()) {
		e.reconnect(ErrQuiet)
		return
	}
	if !c.polls && !e.now.Before(c.lastSent.Add(e.config.KeepAlive)) {
		e.send(wire.Outgoing{})
	}
	if at := e.probeAt(); !at.IsZero() && !e.now.Before(at) {
		e.ping()
		c.pingBy = e.now.Add(e.config.Probe)
	}
	e.checkIfDue()
}

// silenceAt is when the connection counts as dead.
func (e *Engine) silenceAt() time.Time {
	c := &e.connection
	at := c.lastReceived.Add(e.config.Silence)
	for _, by := range []time.Time{c.pingBy, c.checkBy} {
		if !by.IsZero() {
			at = earlier(at, by)
		}
	}
	return e.afterGrace(at)
}

// probeAt is when to ask for a sign of life, zero if there is no need.
func (e *Engine) probeAt() time.Time {
	c := &e.connection
	if e.phase != phaseOnline || c.paused || !c.pingBy.IsZero() || e.pending.first == nil || e.pending.first == e.unsent {
		return time.Time{}
	}
	from := c.lastReceived
	if sent := e.first.Add(e.pending.first.sent); sent.After(from) {
		from = sent
	}
	return from.Add(e.config.Probe)
}

// ping asks for a sign of life, without an action_id.
func (e *Engine) ping() {
	e.connection.pings++
	e.send(wire.Outgoing{Name: "ping"})
}

func (e *Engine) send(o wire.Outgoing) {
	e.connection.lastSent = e.now
	e.effect(Effect{Kind: Send, Conn: e.conn, Outgoing: o})
}
