package engine

import (
	"errors"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

var errCulprit = errors.New("ninchat: server complains about an action without saying which; sending them one by one")

// finishDrain closes when the last call has been answered, if that was asked for.
func (e *Engine) finishDrain() {
	if e.drain && e.pending.count == 0 && e.phase != phaseEnded {
		e.beginClose()
	}
}

// beginClose closes at once, unless a session is being created: its answer is
// waited for, so that no session and no user is left behind.
func (e *Engine) beginClose() {
	if e.closing {
		return
	}
	e.closing = true
	e.change(Closing, nil)
	e.failAll(ErrClosed, nil)
	switch e.phase {
	case phaseCreating:
		e.connection.answerBy = earlier(e.connection.answerBy, e.now.Add(e.config.Close))
	case phaseClaiming, phaseResuming, phaseOnline:
		e.closeSession(nil)
	default:
		e.end(nil, nil)
	}
}

// closeSession ends with err, and tells the server, unless the connection broke while
// credentials were handed over.
func (e *Engine) closeSession(err error) {
	if e.unclaimable == nil {
		e.send(wire.Outgoing{Name: "close_session"})
	}
	e.end(err, nil)
}

// abandon closes a session whose credentials nobody has taken. If a user was
// created with it, the user is deleted.
func (e *Engine) abandon() {
	if e.config.Resume != nil {
		// It isn't ours to close: somebody may want to resume it yet.
		e.leave()
		return
	}
	if e.phase == phaseOnline || e.phase == phaseResuming || e.phase == phaseClaiming {
		e.deleteUnclaimed()
	}
	e.beginClose()
}

// leave ends without closing the session on the server.
func (e *Engine) leave() {
	if e.phase == phaseOnline {
		e.ack()
	}
	e.left = true
	e.end(nil, nil)
}

func (e *Engine) deleteUnclaimed() {
	auth := e.session.unclaimed
	if auth == nil || e.unclaimable != nil {
		return
	}
	e.session.unclaimed = nil
	e.lastID++
	params := append(append([]byte(`{"user_auth":`), auth...), '}')
	e.send(wire.Outgoing{Name: "delete_user", ActionID: e.lastID, Params: params})
}

// end ends the session: with err, with the error event m, or because it was
// asked for.
func (e *Engine) end(err error, m *wire.Message) {
	if e.phase == phaseEnded {
		return
	}
	connected := e.phase != phaseIdle && e.phase != phaseWaiting
	e.phase = phaseEnded
	if connected {
		e.effect(Effect{Kind: Disconnect, Conn: e.conn})
	}
	e.conn++
	cause := err
	if cause == nil && m == nil {
		cause = ErrClosed
	}
	// Whoever is told by a call may ask the session.
	e.change(Closed, err)
	e.effects[len(e.effects)-1].Message = m
	e.failAll(cause, m)
	e.effect(Effect{Kind: End, Message: m, Err: err, Flag: e.left})
}

// failAll ends all calls with err, or with the error event m.
func (e *Engine) failAll(err error, m *wire.Message) {
	for c := e.pending.first; c != nil; c = e.pending.first {
		e.fail(c, err, m)
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
