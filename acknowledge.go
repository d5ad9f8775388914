package ninchat

import (
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/engine"
)

// progress knows which events have been handled, in whatever order that was.
type progress struct {
	// base is the number of the oldest event that hasn't been; ahead are those
	// after it that have been.
	base  uint64
	ahead map[uint64]struct{}
}

// finish notes that an event has been handled, and returns by how much base has
// moved.
func (p *progress) finish(seq uint64) int {
	if seq != p.base {
		if p.ahead == nil {
			p.ahead = make(map[uint64]struct{})
		}
		p.ahead[seq] = struct{}{}
		return 0
	}
	return p.finishBefore(seq + 1)
}

// finishBefore notes that all events before one have been handled.
func (p *progress) finishBefore(end uint64) int {
	count := 0
	for ; ; count++ {
		_, ahead := p.ahead[p.base]
		if !ahead && p.base >= end {
			return count
		}
		delete(p.ahead, p.base)
		p.base++
	}
}

// Acknowledge says that an event has been handled, if Config.ManualAck is set.
// The server is told some time later, within five seconds if the session is
// online, that all events have been handled up to the oldest one that hasn't
// been. Events may be acknowledged in any order, by any goroutine, also after the
// session has ended, which has no effect then. Every event has to be, those that
// come with a *[DamageError], [EventSessionLost] and [EventsMissing] too.
//
// An event that is forgotten stays in the queue, and so do those after it, until
// the queue is full and nothing more is received: see Config.QueueEvents.
//
// The error is [ErrNotAwaited] if the event isn't one that the session has
// yielded and that hasn't been acknowledged. It has to be the same pointer.
func (s *Session) Acknowledge(event *api.Event) error {
	q := &s.stream
	q.mu.Lock()
	seq, ok := q.unacked[event]
	if !ok {
		q.mu.Unlock()
		return ErrNotAwaited
	}
	delete(q.unacked, event)
	count := q.progress.finish(seq)
	q.mu.Unlock()
	s.postHandled(count)
	return nil
}

// handled notes that a handler is done with an event. The engine is told when
// there are several, and a second later at the latest.
func (s *Session) handled(seq uint64) {
	q := &s.stream
	if q.unacked != nil {
		return
	}
	q.mu.Lock()
	q.untold += q.progress.finish(seq)
	many := q.untold >= q.report
	q.mu.Unlock()
	if many {
		s.tellHandled()
		return
	}
	s.tellSoon()
}

// tellSoon has the engine told in a second, if it isn't before.
func (s *Session) tellSoon() {
	q := &s.stream
	if q.armed.Load() || !q.armed.CompareAndSwap(false, true) {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.timer == nil {
		q.timer = time.AfterFunc(time.Second, func() {
			q.armed.Store(false)
			s.tellHandled()
		})
		return
	}
	q.timer.Reset(time.Second)
}

// tellHandled tells the engine what has been handled.
func (s *Session) tellHandled() {
	q := &s.stream
	q.mu.Lock()
	count := q.untold + q.progress.finishBefore(q.read.Load())
	q.untold = 0
	q.mu.Unlock()
	s.postHandled(count)
}

func (s *Session) postHandled(count int) {
	if count > 0 {
		s.mailbox.Post(engine.Input{Kind: engine.Handled, Count: count})
	}
}
