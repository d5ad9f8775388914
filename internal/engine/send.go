package engine

import "github.com/ninchat-community/ninchat/internal/wire"

// submit takes a new call, and sends it if it can be sent.
func (e *Engine) submit(c *Call) {
	if e.closing || e.drain {
		e.effect(Effect{Kind: Fail, Call: c, Err: ErrClosed})
		return
	}
	if c.Transient && c.reserved && c.era != e.stats.SessionsLost {
		e.effect(Effect{Kind: Fail, Call: c, Err: e.loss})
		return
	}
	e.add(c)
	if c.Stream || c.Announce {
		e.effect(Effect{Kind: Accept, Call: c})
	}
	if c.Rule == RuleJoin {
		e.add(&Call{Name: "ping", barrier: c})
	}
	e.throttle()
	e.flush()
}

func (e *Engine) add(c *Call) {
	e.number(c)
	e.pending.add(c)
	if e.unsent == nil {
		e.unsent = c
	}
}

// number gives a call its id, unless it has one or needs none.
func (e *Engine) number(c *Call) {
	if c.Rule != RuleNone && !c.reserved {
		e.lastID++
		c.id = e.lastID
	}
}

// reserve gives a call its id before it is submitted: c.ID, if that isn't 0, or
// the next one. Ids are never given out twice, so c.ID must be above all others.
func (e *Engine) reserve(c *Call, id int64) {
	if e.closing || e.drain {
		e.effect(Effect{Kind: Fail, Call: c, Err: ErrClosed})
		return
	}
	if id != 0 {
		if id <= e.lastID {
			e.effect(Effect{Kind: Fail, Call: c, Err: ErrIDUsed})
			return
		}
		e.lastID = id - 1
	}
	e.number(c)
	c.reserved, c.era = true, e.stats.SessionsLost
	e.effect(Effect{Kind: Accept, Call: c})
}

// flush sends what hasn't been sent on this connection. While the session is
// being resumed it is sent too: if the session turns out to be lost, it is sent
// again in the next one.
func (e *Engine) flush() {
	if e.phase != phaseOnline && e.phase != phaseResuming {
		return
	}
	for c := e.unsent; c != nil; c = e.unsent {
		if !e.maySend(c) {
			return
		}
		e.unsent = c.next
		if err := e.cannotCarry(c); err != nil {
			e.fail(c, err, nil)
			continue
		}
		e.sendCall(c)
	}
}

// cannotCarry returns why the connection can't carry a call, nil if it can.
func (e *Engine) cannotCarry(c *Call) error {
	if !e.connection.polls {
		return nil
	}
	o := wire.Outgoing{Name: c.Name, Params: c.Params, Payload: c.Payload}
	return o.CheckPoll()
}

// maySend reports whether it is the turn of the first unsent call.
func (e *Engine) maySend(c *Call) bool {
	if c.Rule == RuleNone && e.phase != phaseOnline {
		// It wouldn't be sent again if the session turned out to be lost.
		return false
	}
	first := e.pending.first
	return e.careful == 0 || c == first || c.barrier == first
}

func (e *Engine) sendCall(c *Call) {
	e.stats.Actions++
	repeated := c.conn != 0
	if repeated {
		e.stats.Repeated++
	}
	c.conn, c.sent = int32(e.conn), e.now.Sub(e.first)
	e.send(wire.Outgoing{
		Name:     c.Name,
		ActionID: c.id,
		EventID:  e.takeAck(),
		Params:   c.Params,
		Payload:  c.Payload,
	})
	e.effects[len(e.effects)-1].Flag = repeated
	if c.Rule == RuleNone {
		e.connection.untraceable, e.connection.unnumbered = true, true
		e.complete(c)
	}
}

// done removes a call from the pending ones.
func (e *Engine) done(c *Call) {
	if !c.pending {
		return
	}
	if e.unsent == c {
		e.unsent = c.next
	}
	e.pending.remove(c)
}

// afterReply goes on with what waited for a call to complete.
func (e *Engine) afterReply() {
	if e.careful != 0 && (e.pending.first == nil || e.pending.first.order > e.careful) {
		e.careful = 0
	}
	e.flush()
}

// fail ends a call with err, or with the error event m.
func (e *Engine) fail(c *Call, err error, m *wire.Message) {
	barrier := c.barrier != nil
	e.done(c)
	if !barrier {
		e.effect(Effect{Kind: Fail, Call: c, Message: m, Err: err})
	}
}

// cancel gives a call up. If it was sent, a late reply will be dropped.
func (e *Engine) cancel(c *Call, err error) {
	if !c.pending {
		return
	}
	e.connection.untraceable = e.connection.untraceable || int(c.conn) == e.conn
	e.fail(c, err, nil)
	e.afterReply()
	e.throttle()
}

// culprit deals with the complaint that an action was malformed which doesn't
// say which one. Sending it again for ever would be of no use, so it must be
// found: if it can be only one, it is that one; otherwise all that are
// unanswered are sent again, one at a time, until the complaint comes again.
func (e *Engine) culprit(m *wire.Message) bool {
	first := e.pending.first
	if first == nil || first == e.unsent {
		return false
	}
	if !e.connection.untraceable && (e.careful != 0 || first.next == e.unsent) {
		e.advance(m.EventID)
		e.fail(first, nil, m)
		e.afterReply()
		return true
	}
	last := e.pending.last
	if e.unsent != nil {
		last = e.unsent.previous
	}
	e.careful = last.order
	e.advance(m.EventID)
	e.reconnect(errCulprit)
	return true
}
