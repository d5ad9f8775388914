package engine

import "time"

const (
	// standstill is how late a step must be for the machine to have stood still:
	// overloaded, suspended, or stopped.
	standstill = time.Second
	// standstillGrace is how long what has come meanwhile may take to be read.
	standstillGrace = 2 * time.Second
)

// noteStandstill is called at the beginning of a step. If that comes much later than
// it was due, nothing has run for a while, and what the peer has sent in time may be
// there without having been read: to take it for silence would be to miss it. So
// nobody is given up for not having answered before there was time to read.
func (e *Engine) noteStandstill() {
	due := e.Deadline()
	if !due.IsZero() && e.now.Sub(due) > standstill && e.now.After(e.grace) {
		e.grace = e.now.Add(standstillGrace)
	}
}

// afterGrace is when something may be given up that should have come by then.
func (e *Engine) afterGrace(by time.Time) time.Time { return later(by, e.grace) }
