// Package clock has the two times of a server: that of what it imitates, which can be
// moved, and that of connections, which can't.
package clock

import "time"

// Clock is where every time and every timer of a server comes from that has to do
// with what the server imitates: opening hours, times of day, expiry, deletion. The
// zero clock is that of the system. In tests that is often enough, as
// testing/synctest replaces the time behind it.
type Clock struct{ source Source }

// Source is where a clock takes the time from.
type Source interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a timer that has been started, like a [time.Timer].
type Timer interface {
	Stop() bool
	Reset(d time.Duration) bool
}

// New makes a clock that takes its time from a source.
func New(s Source) Clock { return Clock{s} }

// Now is the time.
func (c Clock) Now() time.Time {
	if c.source == nil {
		return time.Now()
	}
	return c.source.Now()
}

// After calls f in its own goroutine after d. f must lock what it touches, and
// must cope with being called although the timer has just been stopped.
func (c Clock) After(d time.Duration, f func()) Timer {
	if c.source == nil {
		return time.AfterFunc(d, f)
	}
	return c.source.AfterFunc(d, f)
}

// Pulse is the time of connections: how long a peer has been silent, a write may
// take, a poll waits. It is always that of the system, as peers can't be made to
// live faster. The zero pulse is ready for use.
type Pulse struct{}

// Now is the time.
func (Pulse) Now() time.Time { return time.Now() }

// After calls f in its own goroutine after d.
func (Pulse) After(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// Wait waits for d, or until one of two channels is closed; either may be nil.
func (Pulse) Wait(d time.Duration, done, gone <-chan struct{}) {
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

// Seconds is how the API writes points in time that need more than seconds.
func Seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
