// Package damage is what faults do to the bytes of a connection.
package damage

import (
	"sync"
	"time"

	"github.com/ninchat-community/ninchat/server/internal/clock"
)

// Fault is what faults do to a connection. A nil fault does nothing.
type Fault struct {
	mu sync.Mutex
	// left is how many bytes may still be written; -1 means any number.
	left  int64
	delay time.Duration
	// ice is there while the connection is half-open, and closed to end that.
	ice  chan struct{}
	gone chan struct{}
	once sync.Once
}

// New makes a fault that does nothing yet.
func New() *Fault { return &Fault{left: -1, gone: make(chan struct{})} }

// Limit has the connection cut when n more bytes have been written.
func (f *Fault) Limit(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = max(n, 0)
}

// Slow delays each write.
func (f *Fault) Slow(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.delay = d
}

// Freeze makes the connection half-open.
func (f *Fault) Freeze() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ice == nil {
		f.ice = make(chan struct{})
	}
}

// Frozen reports whether the connection is half-open.
func (f *Fault) Frozen() bool {
	if f == nil {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ice != nil
}

// Release ends all waiting, as the connection has ended.
func (f *Fault) Release() {
	if f != nil {
		f.once.Do(func() { close(f.gone) })
	}
}

// Pass waits while the connection is half-open.
func (f *Fault) Pass(done <-chan struct{}) {
	if f == nil {
		return
	}
	f.mu.Lock()
	ice := f.ice
	f.mu.Unlock()
	if ice == nil {
		return
	}
	select {
	case <-ice:
	case <-f.gone:
	case <-done:
	}
}

// SystemBuffer is how much a half-open connection still takes: what would stay
// in the buffers of the network, which connections in memory don't have.
const SystemBuffer = 64 << 10

// Linger delays a write.
func (f *Fault) Linger(done <-chan struct{}) {
	if f == nil {
		return
	}
	clock.Pulse{}.Wait(f.Lag(), done, f.gone)
}

// Allow says how many of n bytes may be written, and whether that is the end.
func (f *Fault) Allow(n int) (allowed int, cut bool) {
	if f == nil {
		return n, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left < 0 {
		return n, false
	}
	if int64(n) < f.left {
		f.left -= int64(n)
		return n, false
	}
	allowed = int(f.left)
	f.left = 0
	return allowed, true
}

// Remaining is how many bytes may still be written, -1 for any number.
func (f *Fault) Remaining() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.left
}

// Lag is how long writes are delayed.
func (f *Fault) Lag() time.Duration {
	if f == nil {
		return 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.delay
}

// Clear ends what has been done to writing.
func (f *Fault) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left, f.delay = -1, 0
}
