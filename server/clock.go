package server

import (
	"time"

	"github.com/ninchat-community/ninchat/server/internal/clock"
)

// Clock is where a server takes the time from: see [Config.Clock]. It must be
// possible to call its methods concurrently, with the state of the server locked:
// they return at once and never call f themselves.
type Clock interface {
	// Now is the time. It never goes back.
	Now() time.Time
	// AfterFunc has f called in another goroutine after d, like
	// [time.AfterFunc].
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is what [Clock.AfterFunc] returns. A [time.Timer] is one.
type Timer interface {
	// Stop ends the timer. It returns false if it has fired or been stopped.
	Stop() bool
	// Reset has f called after d from now instead.
	Reset(d time.Duration) bool
}

// configured is the clock of a configuration as the clock of a server takes it.
type configured struct{ Clock }

func (c configured) AfterFunc(d time.Duration, f func()) clock.Timer { return c.Clock.AfterFunc(d, f) }

// clockOf is the clock that a configuration asks for.
func clockOf(c Clock) clock.Clock {
	if c == nil {
		return clock.Clock{}
	}
	return clock.New(configured{c})
}
