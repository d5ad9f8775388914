package engine

import (
	"errors"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// received takes messages in order. What comes after a message that ended the
// connection is ignored: it will come again.
func (e *Engine) received(messages []*wire.Message) {
	e.connection.lastReceived = e.now
	e.connection.pingBy = time.Time{}
	if len(messages) > 0 || !e.connection.polls {
		e.connection.checkBy = time.Time{}
	}
	conn := e.conn
	for _, m := range messages {
		switch e.phase {
		case phaseCreating:
			e.stats.Events++
			e.creating(m)
		case phaseClaiming:
			e.stats.Events++
			if m.EventID > e.session.received {
				e.skip(m)
			}
		case phaseResuming, phaseOnline:
			e.stats.Events++
			e.event(m)
		}
		if e.conn != conn || e.phase == phaseEnded {
			return
		}
	}
	e.throttle()
}

// event takes one message of the session.
func (e *Engine) event(m *wire.Message) {
	if isSessionLoss(m) {
		e.lose(m)
		return
	}
	if e.phase == phaseResuming && !isSessionError(m) {
		e.stats.Resumed++
		e.effect(Effect{Kind: Resumed})
		e.online()
	}
	e.inOrder(m)
}

// deal does what is to be done about an event whose turn it is.
func (e *Engine) deal(m *wire.Message) {
	call := e.pending.byID[m.ActionID]
	switch {
	case call != nil && call.torn:
		e.advance(m.EventID)
	case call != nil && !call.Stream:
		e.advance(m.EventID)
		e.reply(call, m)
	case call == nil && m.ActionID > e.session.inherited && m.ActionID <= e.lastID:
		// The call was given up.
		e.stats.Late++
		e.advance(m.EventID)
	case call == nil && m.ActionID != 0 && m.ActionID <= e.session.inherited && m.Name == "pong":
		// It was asked for to know the end of other replies.
		e.advance(m.EventID)
	case m.Name == "pong" && m.ActionID == 0 && e.connection.pings > 0:
		e.connection.pings--
		e.advance(m.EventID)
	default:
		e.unsolicited(call, m)
	}
}

// advance notes that the event with this id needn't come again.
func (e *Engine) advance(id int64) {
	if id == 0 {
		return
	}
	e.connection.progress = true
	if e.connection.skipped != 0 {
		// One before it wasn't kept: both will come again.
		e.connection.skipped = id
		return
	}
	e.session.received = id
	e.session.filled(id)
	e.ackLater()
}

// errIncomplete says that the server has left a part of an answer out.
var errIncomplete = errors.New("ninchat: a part of the answer is missing")

// reply hands a message to its call.
func (e *Engine) reply(c *Call, m *wire.Message) {
	e.connection.progress = true
	if m.EventID != 0 && m.EventID <= c.answered {
		e.stats.Duplicates++
		return
	}
	if c.lacks(m) {
		e.fail(c, errIncomplete, nil)
		e.afterReply()
		return
	}
	c.replies++
	c.answered, c.left = m.EventID, m.HistoryLength
	last := c.complete(m)
	if c.barrier != nil {
		e.done(c)
		e.passBarrier(c.barrier)
		return
	}
	if last {
		e.done(c)
	}
	e.effect(Effect{Kind: Reply, Call: c, Message: m, Last: last})
	if last {
		e.afterReply()
	}
	e.endIfDeleted(m)
}

// passBarrier completes a call that may have had two replies but had one.
func (e *Engine) passBarrier(c *Call) {
	if c.pending && c.replies > 0 {
		e.complete(c)
	}
	e.afterReply()
}

// complete ends a call that has had all its replies.
func (e *Engine) complete(c *Call) {
	e.done(c)
	e.effect(Effect{Kind: Reply, Call: c, Last: true})
}

// unsolicited takes an event that isn't a reply that somebody waits for.
func (e *Engine) unsolicited(call *Call, m *wire.Message) {
	if isSessionError(m) && e.sessionError(m) {
		return
	}
	if !e.hasRoom(m) {
		e.skip(m)
		return
	}
	last := false
	if call != nil {
		// Whoever gets the event may count on the call's being complete.
		call.replies++
		if last = call.complete(m); last {
			e.complete(call)
		}
	}
	e.admit(m)
	if last {
		e.afterReply()
	}
	e.endIfDeleted(m)
}

// endIfDeleted ends the session when its user has been deleted.
func (e *Engine) endIfDeleted(m *wire.Message) {
	if m.Name == "user_deleted" && wire.StringMember(m.Text, "user_id") == e.session.userID {
		e.end(ErrUserDeleted, nil)
	}
}

// ErrUserDeleted says that the session's user has been deleted.
var ErrUserDeleted = errors.New("ninchat: user has been deleted")

// isSessionLoss reports whether m says that the session doesn't exist, be it as
// the answer to an action.
func isSessionLoss(m *wire.Message) bool {
	return m.Name == "error" && wire.StringMember(m.Text, "error_type") == "session_not_found"
}

func isSessionError(m *wire.Message) bool {
	return m.Name == "error" && m.ActionID == 0
}

// sessionError takes an error that isn't the answer to an action. It returns
// false if it is only to be delivered.
func (e *Engine) sessionError(m *wire.Message) bool {
	switch wire.StringMember(m.Text, "error_type") {
	case "session_buffer_overflow":
		e.accept(m)
		e.lose(m)
	case "user_not_found", "access_denied":
		if e.phase == phaseOnline && e.connection.unnumbered {
			// It may be about an action that was sent without an id. If it is
			// about the session, resuming will tell.
			return false
		}
		e.end(nil, m)
	case "connection_superseded":
		e.end(nil, m)
	case "request_malformed":
		return e.culprit(m)
	default:
		return false
	}
	return true
}
