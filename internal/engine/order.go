package engine

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// errGap says that an event is missing.
var errGap = errors.New("ninchat: an event is missing; resuming from the one before it")

const (
	// gapProof is how often the same event must be missing to be taken for one that
	// doesn't exist. The reference doesn't say that ids have no gaps.
	gapProof = 3
	// maxAsks is how often in a row missing events are asked for in vain before
	// that is done only now and then: a server that leaves ids out mustn't be
	// resumed from all the time.
	maxAsks = 8
	// askRest is how seldom it is done then.
	askRest = time.Minute
	// minHeld is how many events may be held, however short the queue is.
	minHeld = 64
	// maxMissing is how many spans of missing events are remembered.
	maxMissing = 16
)

// held are the events that came before one that belongs before them. They wait for
// it.
type held struct {
	// messages are in the order of their ids.
	messages []*wire.Message
	bytes    int
	// since is when there came to be nothing to do but wait.
	since time.Time
}

// add adds a message, unless it is there already.
func (h *held) add(m *wire.Message) bool {
	at, found := slices.BinarySearchFunc(h.messages, m.EventID, func(m *wire.Message, id int64) int { return cmp.Compare(m.EventID, id) })
	if found {
		return false
	}
	h.messages = slices.Insert(h.messages, at, m)
	h.bytes += m.Size()
	return true
}

// takeFirst takes the first message out.
func (h *held) takeFirst() *wire.Message {
	m := h.messages[0]
	h.messages[0] = nil
	h.messages = h.messages[1:]
	h.bytes -= m.Size()
	if len(h.messages) == 0 {
		*h = held{}
	}
	return m
}

// Span is a number of events: those with the ids from First to Last.
type Span struct{ First, Last int64 }

func (s Span) has(id int64) bool { return s.First <= id && id <= s.Last }

// last is the id of the latest event that was taken, be it to be asked for again.
func (e *Engine) last() int64 { return max(e.session.received, e.connection.skipped) }

// inOrder takes an event when its turn has come.
func (e *Engine) inOrder(m *wire.Message) {
	switch last := e.last(); {
	case m.EventID == 0:
		// It belongs to the connection.
		e.deal(m)
	case m.EventID <= last:
		e.again(m)
	case m.EventID == last+1:
		e.session.restored = false
		e.deal(m)
		e.release()
	default:
		e.hold(m)
	}
}

// again takes an event whose id has had its turn.
func (e *Engine) again(m *wire.Message) {
	missed := func(s Span) bool { return s.has(m.EventID) }
	switch {
	case e.session.assumed.has(m.EventID):
		e.disproved(m.EventID)
		e.tooLate(m)
	case slices.ContainsFunc(e.session.missing, missed):
		e.tooLate(m)
	case m.EventID > e.session.received:
		// It will be asked for again.
		e.stats.Skipped++
	default:
		e.stats.Duplicates++
	}
}

// disproved notes that an event wasn't handled by another engine, nor were those after
// it: the server would have forgotten them. It is too late for its place, so the stream
// is told, if there is room.
func (e *Engine) disproved(id int64) {
	s := &e.session
	span := Span{id, s.assumed.Last}
	s.assumed.Last = id - 1
	e.miss(span)
	if !e.config.Discard && e.spare() {
		e.stream.push(streamEvent{size: noteSize})
		e.effect(Effect{Kind: Deliver, Missing: span})
	}
}

// miss notes that events are missing for good.
func (e *Engine) miss(span Span) {
	s := &e.session
	s.missing = append(s.missing[max(len(s.missing)-maxMissing+1, 0):], span)
	e.stats.Missing++
}

// tooLate takes an event of which the stream has been told that it is missing. Only
// a call can still do something with it.
func (e *Engine) tooLate(m *wire.Message) {
	e.stats.TooLate++
	if call := e.pending.byID[m.ActionID]; call != nil && !call.Stream && call.replies == 0 {
		e.reply(call, m)
	}
}

// hold keeps an event until those before it have come.
func (e *Engine) hold(m *wire.Message) {
	h := &e.connection.held
	if !h.add(m) {
		e.stats.Duplicates++
		return
	}
	if len(h.messages) == 1 {
		h.since = e.now
	}
	if len(h.messages) > max(e.config.QueueEvents, minHeld) || h.bytes > e.config.QueueBytes {
		e.missed()
	}
}

// release takes the held events whose turn has come.
func (e *Engine) release() {
	h := &e.connection.held
	for conn := e.conn; e.conn == conn && len(h.messages) > 0; {
		if h.messages[0].EventID > e.last()+1 {
			h.since = e.now
			return
		}
		e.deal(h.takeFirst())
	}
}

// heldUntil is when to wait no longer for a missing event, zero if none is waited
// for.
func (e *Engine) heldUntil() time.Time {
	c := &e.connection
	if len(c.held.messages) == 0 || c.paused {
		return time.Time{}
	}
	return e.afterGrace(c.held.since.Add(e.config.Gap))
}

// missed deals with an event that hasn't come in time, although others after it
// have: it is asked for again, unless that has been of no use.
func (e *Engine) missed() {
	s, last := &e.session, e.last()
	if s.restored {
		e.pass()
		return
	}
	e.stats.Gaps++
	if s.gap != last {
		s.gap, s.gapSeen = last, 0
	}
	s.gapSeen++
	if s.gapSeen < gapProof && (s.asks < maxAsks || !e.now.Before(s.asked.Add(askRest))) {
		s.asks++
		s.asked = e.now
		e.reconnect(errGap)
		return
	}
	e.pass()
}

// filled notes that asking for what was missing has been of use.
func (s *session) filled(id int64) {
	if s.gap >= 0 && id > s.gap {
		s.gap, s.asks = -1, 0
	}
}

// pass goes on without the events that are missing, and has the stream say so if
// there is room for that. Otherwise all comes again when there is.
func (e *Engine) pass() {
	s := &e.session
	span := Span{e.last() + 1, e.connection.held.messages[0].EventID - 1}
	switch {
	case s.restored:
		// They have been handled before: the server has been told that they were. If
		// it hasn't, they come after all.
		s.restored, s.received, s.assumed = false, span.Last, span
	case !e.queueHasRoom():
		e.connection.skipped = span.Last
	default:
		s.received, s.gap = span.Last, -1
		for c := e.pending.first; c != nil; c = c.next {
			c.doubted = true
		}
		e.miss(span)
		if !e.config.Discard {
			e.stream.push(streamEvent{id: span.First, size: noteSize})
			e.effect(Effect{Kind: Deliver, Missing: span})
		}
	}
	e.release()
}

// letGo takes all that is held: nothing that is missing can come any more, which
// the stream will be told. What is missing may be a part of what answers a call, which
// must not be taken for the whole: the call fails, or is made again in the next session.
func (e *Engine) letGo() {
	h := &e.connection.held
	if len(h.messages) > 0 {
		e.tear()
	}
	for conn := e.conn; e.conn == conn && len(h.messages) > 0; {
		before := h.messages[0].EventID - 1
		if e.connection.skipped != 0 {
			e.connection.skipped = before
		} else {
			e.session.received = before
		}
		e.release()
	}
}

// tear has the calls that take several events get no more of them in this session.
func (e *Engine) tear() {
	for c := e.pending.first; c != nil; c = c.next {
		c.torn = !c.Stream && c.isLong()
	}
}
