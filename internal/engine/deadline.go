package engine

import "time"

// deadlines does what is due.
func (e *Engine) deadlines() {
	switch e.phase {
	case phaseWaiting:
		if !e.now.Before(e.connection.retryAt) {
			e.connect(e.connection.discover)
		}
	case phaseCreating, phaseResuming:
		if !e.now.Before(e.afterGrace(e.connection.answerBy)) {
			e.reconnect(ErrNoAnswer)
		}
	case phaseOnline:
		if e.connection.paused {
			e.throttle()
		}
		if at := e.heldUntil(); !at.IsZero() && !e.now.Before(at) {
			e.missed()
		}
		if e.phase == phaseOnline {
			e.keepAlive()
		}
		if e.phase == phaseOnline && !e.session.ackSince.IsZero() && !e.now.Before(e.ackAt()) {
			e.ack()
		}
	}
}

func (e *Engine) ackAt() time.Time {
	return e.session.ackSince.Add(e.config.AckDelay)
}

// Deadline returns when the engine wants a Tick at the latest, unless another
// input comes first; zero if never.
func (e *Engine) Deadline() time.Time {
	c := &e.connection
	switch e.phase {
	case phaseWaiting:
		return c.retryAt
	case phaseCreating, phaseResuming:
		return e.afterGrace(c.answerBy)
	case phaseOnline:
		at := e.silenceAt()
		if c.paused {
			at = e.pauseEnd()
		}
		if !c.polls {
			at = earlier(at, c.lastSent.Add(e.config.KeepAlive))
		}
		if probe := e.probeAt(); !probe.IsZero() {
			at = earlier(at, probe)
		}
		if check := e.hints.checkAt; !check.IsZero() && !c.paused {
			at = earlier(at, check)
		}
		if held := e.heldUntil(); !held.IsZero() {
			at = earlier(at, held)
		}
		if !e.session.ackSince.IsZero() {
			at = earlier(at, e.ackAt())
		}
		return at
	}
	return time.Time{}
}
