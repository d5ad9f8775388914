package server

import (
	"slices"
	"sync"
	"time"
)

// budget bounds what everybody takes together, bytes of memory for example. Those who
// wait for it get it in the order in which they came.
type budget struct {
	limit int64

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

// take takes n, unless that isn't left.
func (b *budget) take(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.fits(n) {
		return false
	}
	b.used += n
	return true
}

func (b *budget) fits(n int64) bool { return n <= b.limit-b.used }

// await takes n as soon as it is left and nobody else has waited for longer. It
// reports false if that takes longer than d, if gone is closed, or if it can never be.
func (b *budget) await(clock pulse, n int64, d time.Duration, gone <-chan struct{}) bool {
	if n == 0 {
		return true
	}
	if n > b.limit {
		return false
	}
	p := b.join(n)
	clock.wait(d, p.ready, gone)
	return b.settle(p)
}

// join goes to the end of the line.
func (b *budget) join(n int64) *place {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := &place{n, make(chan struct{})}
	b.line = append(b.line, p)
	b.serve()
	return p
}

// settle leaves the line, and reports whether the place was served.
func (b *budget) settle(p *place) bool {
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

// give gives n back.
func (b *budget) give(n int64) {
	if n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	b.serve()
}

// serve serves the line from its head.
func (b *budget) serve() {
	for len(b.line) > 0 && b.fits(b.line[0].n) {
		b.used += b.line[0].n
		close(b.line[0].ready)
		b.line = slices.Delete(b.line, 0, 1)
	}
}
