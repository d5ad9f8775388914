package engine

import "time"

const (
	// hintRest is how long after an attempt to connect that a hint has led to the
	// next hint may lead to one. It doubles up to Config.RetryMax until the session
	// holds. It is also how seldom a connection is checked.
	hintRest = time.Second
	// hintProbe is how long the answer to a check may take.
	hintProbe = 5 * time.Second
)

// hints is what the engine remembers of hints that the network may be back.
type hints struct {
	// due says that there was a hint to which the next attempt to connect is due.
	due bool
	// tries counts the attempts that hints have led to since a connection last
	// held, and tried is when the last of them was made.
	tries int
	tried time.Time
	// checkAt is when to check the connection, zero if there is no need, and
	// checked when that was last done.
	checkAt, checked time.Time
}

// hint takes the application's word that it is a good moment to try. It changes
// when something is done, and never how often for long: who hints all the time gets
// attempts that back off as others do.
func (e *Engine) hint() {
	switch e.phase {
	case phaseOnline:
		h := &e.hints
		if h.checkAt.IsZero() {
			h.checkAt = later(e.now, h.checked.Add(hintRest))
		}
	case phaseResuming:
		// Nothing is made by it that could be made twice.
		e.connection.answerBy = earlier(e.connection.answerBy, e.now.Add(hintProbe))
	case phaseWaiting:
		if at := e.hintAt(); at.Before(e.connection.retryAt) {
			e.hints.due = true
			e.connection.retryAt = at
		}
	case phaseConnecting:
		// The attempt may have begun on a network that is gone.
		if c := &e.connection; !e.now.Before(later(e.hintAt(), c.begun.Add(hintRest))) {
			e.hints.due = true
			e.effect(Effect{Kind: Disconnect, Conn: e.conn})
			c.again = c.sameHost
			e.connect(c.discovering)
		}
	}
}

// hintAt is when a hint may lead to an attempt, at the earliest.
func (e *Engine) hintAt() time.Time {
	h := &e.hints
	if h.tries == 0 {
		return later(e.now, e.connection.notBefore)
	}
	rest := e.config.RetryMax
	if h.tries < 30 {
		rest = min(rest, hintRest<<(h.tries-1))
	}
	return later(later(e.now, h.tried.Add(rest)), e.connection.notBefore)
}

// followHint notes that an attempt is made, which a hint may have led to. The delays
// after it begin anew, though higher up each time.
func (e *Engine) followHint() {
	h := &e.hints
	if !h.due {
		return
	}
	e.connection.failures = min(e.connection.failures, h.tries)
	h.due, h.tried = false, e.now
	h.tries++
}

// checkIfDue asks for a sign of life, which must come soon. With long polling it must
// be an event, as requests that are answered don't tell whether polls are.
func (e *Engine) checkIfDue() {
	h, c := &e.hints, &e.connection
	if h.checkAt.IsZero() || c.paused || e.now.Before(h.checkAt) {
		return
	}
	h.checkAt, h.checked = time.Time{}, e.now
	e.ping()
	c.checkBy = e.now.Add(hintProbe)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
