package ninchat

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/engine"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// EventSessionLost is the name of an event that the session itself puts into the
// stream when the server has lost the session: events may be missing at this
// place. The session_created of the session that replaces it comes next.
//
// It says why, as error events do, by error_type and perhaps error_reason:
// session_buffer_overflow if events weren't acknowledged for too long. See
// [api.NewError].
const EventSessionLost = "session_lost"

// EventsMissing is the name of an event that the session itself puts into the stream
// at a place where events are missing: the server left them out, also after it was
// asked for them again. The parameters first_event_id and last_event_id say which
// they are. At the beginning of a session that goes on from a token, it may come some
// events later than its place. Other sessions of the same user, and the history, may have
// what they were about.
const EventsMissing = "events_missing"

// stream is the queue of events that wait to be read. Its length is bounded by
// the engine.
type stream struct {
	// ready has an element when there is something to be seen.
	ready chan struct{}
	// report is how many events are handled before the engine is told.
	report int

	// read is the number of the first event that the loop over events hasn't
	// finished with, if there is a loop; armed says that timer is running, which
	// tells the engine how far it has come.
	read  atomic.Uint64
	armed atomic.Bool

	mu    sync.Mutex
	items []item
	spare []item
	ended bool
	err   error
	// busy says that there is a loop over events or a handler, and handling is
	// the latter; known says that there was one before.
	busy     bool
	known    bool
	handling *handling
	// delivered is the number of the next event.
	delivered uint64
	progress  progress
	// untold is how many events have been handled without the engine knowing.
	untold int
	timer  *time.Timer
	// unacked are the events that wait to be acknowledged. It is nil if they
	// needn't be.
	unacked map[*api.Event]uint64
}

// item is an event, or a damaged one, with its number.
type item struct {
	event *api.Event
	err   error
	seq   uint64
}

func (q *stream) init(config *Config) {
	q.ready = make(chan struct{}, 1)
	q.report = max(1, min(32, config.QueueEvents/4))
	if config.ManualAck {
		q.unacked = make(map[*api.Event]uint64)
	}
}

func (q *stream) push(event *api.Event, err error) {
	q.mu.Lock()
	it := item{event, err, q.delivered}
	q.delivered++
	if q.unacked != nil {
		q.unacked[event] = it.seq
	}
	if q.handling != nil {
		q.handling.take(it)
		q.mu.Unlock()
		return
	}
	q.items = append(q.items, it)
	q.mu.Unlock()
	q.signal()
}

// attach gives all events to a handler from now on, unless there is another
// reader. ended says that no more will come.
func (q *stream) attach(h *handling) (attached, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy {
		return false, false
	}
	q.busy, q.known = true, true
	for _, it := range q.items {
		h.take(it)
	}
	q.items = nil
	if !q.ended {
		q.handling = h
	}
	return true, q.ended
}

// detach gives no more events to a handler.
func (q *stream) detach(h *handling) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.handling == h {
		q.handling = nil
	}
}

// endOf is what a handler is told about the end of a session.
func endOf(err error) error {
	if err == nil {
		return ErrClosed
	}
	return err
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
	h := q.handling
	q.handling = nil
	q.mu.Unlock()
	if h != nil {
		h.end(endOf(err))
	}
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
	q.busy, q.known = true, true
	return true
}

// wasRead reports whether there ever was a reader.
func (q *stream) wasRead() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.known
}

// deliver puts an event into the stream, or what the session itself has to say.
func (s *Session) deliver(e *engine.Effect) {
	switch m, missing := e.Message, e.Missing; {
	case missing != (engine.Span{}):
		s.config.Logger.Warn("events missing", "first_event_id", missing.First, "last_event_id", missing.Last)
		header := fmt.Appendf(nil, `{"event":"`+EventsMissing+`","first_event_id":%d,"last_event_id":%d}`, missing.First, missing.Last)
		s.stream.push(&api.Event{Name: EventsMissing, Header: header}, nil)
	case m == nil:
		s.stream.push(lossEvent(s.explain(e.Err)), nil)
	case m.Damage != nil:
		event := toEvent(m)
		s.stream.push(event, &DamageError{event, m.Damage})
	default:
		s.stream.push(toEvent(m), nil)
	}
}

// lossEvent tells of the loss of the session, and why it was lost.
func lossEvent(err error) *api.Event {
	header := append([]byte(nil), `{"event":"`+EventSessionLost+`"`...)
	if said, ok := errors.AsType[*api.Error](err); ok {
		header = wire.AppendString(append(header, `,"error_type":`...), string(said.Type))
		if said.Reason != "" {
			header = wire.AppendString(append(header, `,"error_reason":`...), said.Reason)
		}
	}
	return &api.Event{Name: EventSessionLost, Header: append(header, '}')}
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
	// handled counts the events that the engine hasn't been told by the reader to
	// be handled.
	handled int
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

// done notes that the current event has been handled, unless that is for somebody
// else to say.
func (r *eventReader) done() {
	q := &r.session.stream
	end := r.items[r.at].seq + 1
	r.at++
	if q.unacked != nil {
		return
	}
	q.read.Store(end)
	r.handled++
	if r.handled >= q.report {
		r.tell()
		return
	}
	r.session.tellSoon()
}

// tell tells the engine what has been handled.
func (r *eventReader) tell() {
	if r.handled > 0 {
		r.handled = 0
		r.session.tellHandled()
	}
}

// stop leaves what hasn't been handled to the next loop.
func (r *eventReader) stop() {
	r.session.stream.putBack(r.items[r.at:])
	r.tell()
	r.session.stream.signal()
}
