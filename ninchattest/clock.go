package ninchattest

import (
	"sync"
	"time"

	"github.com/ninchat-community/ninchat/server"
)

// WithClock gives the server a clock that stands still until [Server.Advance] moves
// it. It begins at the time that it is. Unlike a testing/synctest bubble, it works
// with clients of any kind and real connections: those go by the system's time.
// See [server.Config.Clock] for what goes by the clock.
func WithClock() Option {
	return func(o *options) {
		o.clock = &manualClock{now: time.Now()}
		o.config.Clock = o.clock
	}
}

// Now is the server's time.
func (s *Server) Now() time.Time {
	if s.clock == nil {
		return time.Now()
	}
	return s.clock.Now()
}

// Advance moves the server's time on by d. What was to happen until then has been
// done when it returns, in the order of the times, each at its time: queues have
// been opened, transcripts deleted, guests forgotten. Clients hear of it as soon as
// their connections bring it. It panics if the server hasn't been made with
// [WithClock], or if d is negative. It may be called concurrently: one call waits
// for the other.
func (s *Server) Advance(d time.Duration) {
	if s.clock == nil {
		panic("ninchattest: Advance needs WithClock")
	}
	s.clock.advance(d)
}

// manualClock is a clock that is moved by hand.
type manualClock struct {
	// moving is held while the clock is moved.
	moving sync.Mutex

	mu  sync.Mutex
	now time.Time
	// pending are the timers that will fire, and number is that of the latest.
	pending map[*manualTimer]struct{}
	number  uint64
}

// manualTimer is a timer of a manual clock, whose mutex guards it.
type manualTimer struct {
	clock *manualClock
	f     func()
	at    time.Time
	// number says which one fires first of those at the same time.
	number uint64
}

var _ server.Clock = (*manualClock)(nil)

// Now is where the clock stands.
func (c *manualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc makes a timer. What is due at once doesn't wait for the clock to be
// moved.
func (c *manualClock) AfterFunc(d time.Duration, f func()) server.Timer {
	t := &manualTimer{clock: c, f: f}
	t.Reset(d)
	return t
}

// Stop implements [server.Timer].
func (t *manualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	_, pending := t.clock.pending[t]
	delete(t.clock.pending, t)
	return pending
}

// Reset implements [server.Timer].
func (t *manualTimer) Reset(d time.Duration) bool {
	c := t.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	_, pending := c.pending[t]
	if c.pending == nil {
		c.pending = make(map[*manualTimer]struct{})
	}
	c.number++
	t.at, t.number = c.now.Add(max(d, 0)), c.number
	c.pending[t] = struct{}{}
	if d <= 0 {
		go c.advance(0)
	}
	return pending
}

func (c *manualClock) advance(d time.Duration) {
	if d < 0 {
		panic("ninchattest: time doesn't go back")
	}
	c.moving.Lock()
	defer c.moving.Unlock()
	end := c.Now().Add(d)
	for {
		f := c.step(end)
		if f == nil {
			return
		}
		f()
	}
}

// step moves the clock to the next timer that fires until end, and returns what
// that one does; nil if there is none, and the clock stands at end.
func (c *manualClock) step(end time.Time) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	var next *manualTimer
	for t := range c.pending {
		if !t.at.After(end) && (next == nil || t.before(next)) {
			next = t
		}
	}
	if next == nil {
		c.now = end
		return nil
	}
	delete(c.pending, next)
	if next.at.After(c.now) {
		c.now = next.at
	}
	return next.f
}

func (t *manualTimer) before(other *manualTimer) bool {
	if t.at.Equal(other.at) {
		return t.number < other.number
	}
	return t.at.Before(other.at)
}
