// Package budget bounds what many take together.
package budget

import (
	"slices"
	"sync"
	"time"

	"github.com/ninchat-community/ninchat/server/internal/clock"
)

// Budget bounds what everybody takes together, bytes of memory for example. Those who
// wait for it get it in the order in which they came.
type Budget struct {
	// Limit is how much there is. It must not be changed once something has been taken.
	Limit int64

	mu   sync.Mutex
	used int64
	line []*place
}

// place is that of somebody who waits.
type place struct {
	n int64
	// ready is closed when it has been taken.
	ready chan struct{}
}

// Take takes n, unless that isn't left.
func (b *Budget) Take(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.fits(n) {
		return false
	}
	b.used += n
	return true
}

func (b *Budget) fits(n int64) bool { return n <= b.Limit-b.used }

// Await takes n as soon as it is left and nobody else has waited for longer. It
// reports false if that takes longer than d, if gone is closed, or if it can never be.
func (b *Budget) Await(clock clock.Pulse, n int64, d time.Duration, gone <-chan struct{}) bool {
	if n == 0 {
		return true
	}
	if n > b.Limit {
		return false
	}
	p := b.join(n)
	clock.Wait(d, p.ready, gone)
	return b.settle(p)
}

// join goes to the end of the line.
func (b *Budget) join(n int64) *place {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := &place{n, make(chan struct{})}
	b.line = append(b.line, p)
	b.serve()
	return p
}

// settle leaves the line, and reports whether the place was served.
func (b *Budget) settle(p *place) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.Index(b.line, p)
	if i < 0 {
		return true
	}
	b.line = slices.Delete(b.line, i, i+1)
	b.serve() // the next one may need less
	return false
}

// Give gives n back.
func (b *Budget) Give(n int64) {
	if n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	b.serve()
}

// serve serves the line from its head.
func (b *Budget) serve() {
	for len(b.line) > 0 && b.fits(b.line[0].n) {
		b.used += b.line[0].n
		close(b.line[0].ready)
		b.line = slices.Delete(b.line, 0, 1)
	}
}

// Used is how much has been taken.
func (b *Budget) Used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}
