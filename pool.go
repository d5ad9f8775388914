package ninchat

import (
	"runtime"
	"sync"
)

// Pool is an [Executor] that calls functions in goroutines of its own: at most as
// many as it has workers, and none when there is nothing to do. It may be the
// executor of many sessions. What runs at the same time is for Config.Key to
// say.
type Pool struct {
	mu      sync.Mutex
	waiting fifo[func()]
	workers int
	working int
}

// NewPool makes a pool with a number of workers. If it isn't positive, it is
// that of [runtime.GOMAXPROCS].
func NewPool(workers int) *Pool {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return &Pool{workers: workers}
}

// Execute has f called by one of the workers. It doesn't wait.
func (p *Pool) Execute(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting.push(f)
	if p.working < p.workers {
		p.working++
		go p.work()
	}
}

// work calls functions until there are none.
func (p *Pool) work() {
	ended := false
	defer func() {
		if !ended {
			// The function has ended the goroutine.
			go p.work()
		}
	}()
	for f := p.next(); f != nil; f = p.next() {
		f()
	}
	ended = true
}

// next returns a function, or nil to a worker that is to end.
func (p *Pool) next() func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.waiting.pop()
	if !ok {
		p.working--
	}
	return f
}
