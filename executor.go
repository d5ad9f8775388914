package ninchat

import (
	"context"
	"runtime"
	"sync"

	"github.com/ninchat-community/ninchat/internal/ring"
)

// Executor decides which goroutine runs callbacks and handlers: see
// Config.Executor. A graphical user interface, for instance, has a function that
// queues another one for its main loop, which is all that is needed.
type Executor interface {
	// Execute has f called, once, by whatever goroutine, at whatever time. It
	// needn't keep any order: a session doesn't give a function away before those
	// have returned that must come before it. It may be called concurrently. It
	// shouldn't wait, and no harm is done if it does: nothing waits for it but
	// the callbacks and handlers of the same session.
	//
	// As long as f isn't called, the callbacks and handlers that it stands for
	// aren't either; nothing else of the session depends on it. So before an executor
	// ends, it should call all functions that it has got, and have others, as they
	// still come, called by another goroutine. If it drops one, nothing that comes
	// after it for the same key is called any more, the events count as not handled,
	// and [Session.Join] waits until its context ends. [Session.Close] and
	// [Session.Suspend] don't wait for executors.
	//
	// A panic of Execute is counted and reported like that of a handler. The function
	// is called by a goroutine of the session then, unless it was called already, so
	// that nothing is lost.
	Execute(f func())
}

// ExecutorFunc is a function that is an [Executor].
type ExecutorFunc func(f func())

// Execute calls the function.
func (e ExecutorFunc) Execute(f func()) { e(f) }

// Loop is an [Executor] that calls functions one at a time, in order, in the
// goroutine that calls Run. It may be the executor of many sessions, so that none
// of what their callbacks and handlers share needs a lock.
//
// The zero Loop is ready for use. It must not be copied.
type Loop struct {
	mu      sync.Mutex
	waiting ring.Queue[func()]
	// wake has an element when there may be something to be called.
	wake    chan struct{}
	running bool
}

// Execute has f called by Run. It doesn't wait, and may be called by any
// goroutine, before Run and inside functions that Run calls too.
func (l *Loop) Execute(f func()) {
	l.mu.Lock()
	wake := l.wakeup()
	l.waiting.Push(f)
	l.mu.Unlock()
	select {
	case wake <- struct{}{}:
	default:
	}
}

// wakeup returns l.wake. l.mu is locked.
func (l *Loop) wakeup() chan struct{} {
	if l.wake == nil {
		l.wake = make(chan struct{}, 1)
	}
	return l.wake
}

// Run calls the functions until ctx ends, and returns the cause. Those that wait
// then are left to the next Run. Only one Run may be running; others return
// [ErrRunning] at once, so that one inside a callback does no harm.
//
// A callback may call any method of any session, also those that wait, such as
// Call and Close: they don't depend on the loop. Meanwhile no other callback is
// called. A panic of a function that wasn't given to the loop by a session is
// passed on, and Run may be called again.
func (l *Loop) Run(ctx context.Context) error {
	l.mu.Lock()
	if l.running {
		l.mu.Unlock()
		return ErrRunning
	}
	l.running = true
	wake := l.wakeup()
	l.mu.Unlock()
	defer l.stop()
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if f := l.next(); f != nil {
			f()
			continue
		}
		select {
		case <-wake:
		case <-ctx.Done():
		}
	}
}

func (l *Loop) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = false
}

// next returns the function whose turn it is, nil if there is none.
func (l *Loop) next() func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, _ := l.waiting.Pop()
	return f
}

// Pool is an [Executor] that calls functions in goroutines of its own: at most as
// many as it has workers, and none when there is nothing to do. It may be the
// executor of many sessions. What runs at the same time is for Config.Key to
// say.
type Pool struct {
	mu      sync.Mutex
	waiting ring.Queue[func()]
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
	p.waiting.Push(f)
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
	f, ok := p.waiting.Pop()
	if !ok {
		p.working--
	}
	return f
}
