package server

import "time"

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

func (c configured) AfterFunc(d time.Duration, f func()) timer { return c.Clock.AfterFunc(d, f) }

// clockOf is the clock that a configuration asks for.
func clockOf(c Clock) clock {
	if c == nil {
		return clock{}
	}
	return newClock(configured{c})
}

// clock is where every time and every timer of a server comes from that has to do
// with what the server imitates: opening hours, times of day, expiry, deletion. The
// zero clock is that of the system. In tests that is often enough, as
// testing/synctest replaces the time behind it.
type clock struct{ source source }

// source is where a clock takes the time from.
type source interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) timer
}

// timer is one that has been started.
type timer interface {
	Stop() bool
	Reset(d time.Duration) bool
}

// newClock makes a clock that takes its time from a source.
func newClock(s source) clock { return clock{s} }

func (c clock) now() time.Time {
	if c.source == nil {
		return time.Now()
	}
	return c.source.Now()
}

// after calls f in its own goroutine after d. f must lock what it touches, and
// must cope with being called although the timer has just been stopped.
func (c clock) after(d time.Duration, f func()) timer {
	if c.source == nil {
		return time.AfterFunc(d, f)
	}
	return c.source.AfterFunc(d, f)
}

// pulse is the time of connections: how long a peer has been silent, a write may
// take, a poll waits. It is always that of the system, as peers can't be made to
// live faster. The zero pulse is ready for use.
type pulse struct{}

func (pulse) now() time.Time { return time.Now() }

func (pulse) after(d time.Duration, f func()) timer { return time.AfterFunc(d, f) }

// wait waits for d, or until one of two channels is closed; either may be nil.
func (pulse) wait(d time.Duration, done, gone <-chan struct{}) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	case <-gone:
	}
}

// seconds is how the API writes points in time that need more than seconds.
func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
