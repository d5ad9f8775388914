package ninchat

import (
	"context"
	"sync"
)

// Loop is an [Executor] that calls functions one at a time, in order, in the
// goroutine that calls Run. It may be the executor of many sessions, so that none
// of what their callbacks and handlers share needs a lock.
//
// The zero Loop is ready for use. It must not be copied.
type Loop struct {
	mu      sync.Mutex
	waiting fifo[func()]
	// wake has an element when there may be something to be called.
	wake    chan struct{}
	running bool
}

// Execute has f called by Run. It doesn't wait, and may be called by any
// goroutine, before Run and inside functions that Run calls too.
func (l *Loop) Execute(f func()) {
	l.mu.Lock()
	wake := l.wakeup()
	l.waiting.push(f)
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
	f, _ := l.waiting.pop()
	return f
}
