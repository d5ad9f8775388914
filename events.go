package ninchat

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/engine"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// EventSessionLost is the name of an event that the session itself puts into the
// stream when the server has lost the session: events may be missing at this
// place. The session_created of the session that replaces it comes next.
const EventSessionLost = "session_lost"

// stream is the queue of events that wait to be read. Its length is bounded by
// the engine.
type stream struct {
	// ready has an element when there is something to be seen.
	ready chan struct{}
	// report is how many events are handled before the engine is told.
	report int

	mu    sync.Mutex
	items []item
	spare []item
	ended bool
	err   error
	busy  bool
}

// item is an event, or a damaged one.
type item struct {
	event *api.Event
	err   error
}

func (q *stream) init(limit int) {
	q.ready = make(chan struct{}, 1)
	q.report = max(1, min(32, limit/4))
}

func (q *stream) push(it item) {
	q.mu.Lock()
	q.items = append(q.items, it)
	q.mu.Unlock()
	q.signal()
}

func (q *stream) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

func (q *stream) end(err error) {
	q.mu.Lock()
	q.ended, q.err = true, err
	q.mu.Unlock()
	q.signal()
}

// take returns what waits. If there is nothing, ended says whether there never
// will be.
func (q *stream) take() (items []item, ended bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		return nil, q.ended, q.err
	}
	items, q.items, q.spare = q.items, q.spare, nil
	return items, false, nil
}

// putBack returns events that weren't handled.
func (q *stream) putBack(items []item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.busy = false
	if len(items) > 0 {
		q.items = append(items[:len(items):len(items)], q.items...)
	}
}

// recycle keeps a small buffer for later.
func (q *stream) recycle(items []item) {
	clear(items)
	if cap(items) > 64 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.spare = items[:0]
}

// begin reports whether the caller may read.
func (q *stream) begin() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy {
		return false
	}
	q.busy = true
	return true
}

// deliver puts an event into the stream.
func (s *Session) deliver(m *wire.Message) {
	switch {
	case m == nil:
		s.stream.push(item{event: &api.Event{Name: EventSessionLost, Header: []byte(`{"event":"` + EventSessionLost + `"}`)}})
	case m.Damage != nil:
		event := toEvent(m)
		s.stream.push(item{event, &DamageError{event, m.Damage}})
	default:
		s.stream.push(item{event: toEvent(m)})
	}
}

// Events returns the events that aren't replies to calls, in order. The first is
// session_created. An event counts as handled, and is acknowledged to the server
// some time later, when the body of the loop has finished with it; one whose
// body panicked comes again.
//
// The loop goes on until ctx ends, when it yields ctx's error, or the session
// ends: then what is left is yielded, and at last, unless the session was closed
// by Close or Drain, a nil event with the error that ended it. An error together
// with an event is a *[DamageError]; the loop goes on after it.
//
// The loop may be left and another one begun: it goes on with the next event.
// Only one at a time may run; others yield [ErrBusy].
func (s *Session) Events(ctx context.Context) iter.Seq2[*api.Event, error] {
	return func(yield func(*api.Event, error) bool) {
		if !s.stream.begin() {
			yield(nil, ErrBusy)
			return
		}
		r := eventReader{session: s}
		defer r.stop()
		for {
			it, err := r.next(ctx)
			if err != nil {
				if !errors.Is(err, errStreamEnd) {
					yield(nil, err)
				}
				return
			}
			more := yield(it.event, it.err)
			r.done()
			if !more {
				return
			}
		}
	}
}

// errStreamEnd is the end of a stream that was closed.
var errStreamEnd = errors.New("ninchat: end of stream")

// eventReader is the state of one loop over events.
type eventReader struct {
	session *Session
	items   []item
	at      int
	// handled counts the events that the engine doesn't know to be handled,
	// the first of them since since.
	handled int
	since   time.Time
}

// next returns the event whose turn it is.
func (r *eventReader) next(ctx context.Context) (item, error) {
	for r.at == len(r.items) {
		if err := r.more(ctx); err != nil {
			return item{}, err
		}
	}
	if ctx.Err() != nil {
		return item{}, context.Cause(ctx)
	}
	return r.items[r.at], nil
}

// more waits for events.
func (r *eventReader) more(ctx context.Context) error {
	if r.items != nil {
		r.session.stream.recycle(r.items)
		r.items, r.at = nil, 0
	}
	items, ended, err := r.session.stream.take()
	switch {
	case len(items) > 0:
		r.items = items
		return nil
	case ended && err != nil:
		return err
	case ended:
		return errStreamEnd
	}
	r.tell()
	select {
	case <-r.session.stream.ready:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// done notes that the current event has been handled.
func (r *eventReader) done() {
	r.at++
	now := time.Now()
	if r.handled == 0 {
		r.since = now
	}
	r.handled++
	if r.handled >= r.session.stream.report || now.Sub(r.since) >= time.Second {
		r.tell()
	}
}

// tell tells the engine what has been handled.
func (r *eventReader) tell() {
	if r.handled > 0 {
		r.session.mailbox.post(engine.Input{Kind: engine.Handled, Count: r.handled})
		r.handled = 0
	}
}

// stop leaves what hasn't been handled to the next loop.
func (r *eventReader) stop() {
	r.session.stream.putBack(r.items[r.at:])
	r.tell()
	r.session.stream.signal()
}
