package engine

import (
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// stream is the engine's view of the events that have been delivered but not
// handled yet.
type stream struct {
	events []streamEvent
	// from is the index of the oldest event in events, and old the number of
	// events there that belong to earlier sessions.
	from, old int
	bytes     int
}

type streamEvent struct {
	// id is 0 for events of the connection.
	id   int64
	size int
}

func (s *stream) count() int { return len(s.events) - s.from }

func (s *stream) push(event streamEvent) {
	if s.from > 0 && s.from >= len(s.events)/2 {
		s.events = s.events[:copy(s.events, s.events[s.from:])]
		s.from = 0
	}
	s.events = append(s.events, event)
	s.bytes += event.size
}

func (s *stream) handled(count int) {
	for range min(count, s.count()) {
		s.bytes -= s.events[s.from].size
		s.from++
		s.old = max(s.old-1, 0)
	}
	if s.count() == 0 {
		s.from = 0
		s.events = s.events[:0]
		if cap(s.events) > keepCapacity {
			s.events = nil
		}
	}
}

// keepCapacity is how many places are kept for the next events when there are
// none.
const keepCapacity = 16

// forgetIDs is for when the session that the ids belong to is lost.
func (s *stream) forgetIDs() { s.old = s.count() }

// firstID is the id of the oldest event that has one, 0 if there is none.
func (s *stream) firstID() int64 {
	for _, event := range s.events[s.from+s.old:] {
		if event.id != 0 {
			return event.id
		}
	}
	return 0
}

// accept delivers an event, if there is room, or leaves it for later.
func (e *Engine) accept(m *wire.Message) {
	if e.hasRoom(m) {
		e.admit(m)
	} else {
		e.skip(m)
	}
}

// admit delivers an event for which there is room.
func (e *Engine) admit(m *wire.Message) {
	// Kept first: what waits to be handled mustn't be acknowledged.
	e.keep(m)
	e.advance(m.EventID)
}

// hasRoom reports whether an event can be delivered now.
func (e *Engine) hasRoom(m *wire.Message) bool {
	if e.config.Discard {
		return true
	}
	return (e.connection.skipped == 0 || m.EventID == 0) && e.spare()
}

// queueHasRoom reports whether something can be delivered now that has its place
// among the events.
func (e *Engine) queueHasRoom() bool {
	return e.connection.skipped == 0 && (e.config.Discard || e.spare())
}

// spare reports whether there is room in the queue.
func (e *Engine) spare() bool { return !(e.full() && e.mustRead()) && !e.overfull() }

// keep delivers an event. Reading stops soon after the queue is full, so that
// there is room for what comes with the same read.
func (e *Engine) keep(m *wire.Message) {
	if e.config.Discard {
		return
	}
	e.stream.push(streamEvent{m.EventID, m.Size()})
	e.effect(Effect{Kind: Deliver, Message: m})
}

// skip drops an event which the server will be asked for again.
func (e *Engine) skip(m *wire.Message) {
	if m.EventID == 0 {
		e.stats.Dropped++
		return
	}
	e.stats.Skipped++
	e.connection.skipped = max(e.connection.skipped, m.EventID)
}

func (e *Engine) full() bool {
	return e.stream.count() >= e.config.QueueEvents || e.stream.bytes >= e.config.QueueBytes
}

// overfull reports whether there is no room even for what is read before a pause
// takes effect. Twice a limit might not fit into an int.
func (e *Engine) overfull() bool {
	return e.stream.count()/2 >= e.config.QueueEvents || e.stream.bytes/2 >= e.config.QueueBytes
}

func (e *Engine) halfEmpty() bool {
	return e.stream.count() <= e.config.QueueEvents/2 && e.stream.bytes <= e.config.QueueBytes/2
}

// mustRead reports whether there is a reason to read although the queue is full:
// somebody waits for a reply, or to know that the session goes on, or nothing
// has been read for long.
func (e *Engine) mustRead() bool {
	return e.pending.count > 0 || e.phase != phaseOnline || e.connection.impatient
}

// throttle pauses reading while the queue is full and nobody waits for a reply,
// and takes it up again when that changes. If somebody does wait, events are
// skipped instead, and asked for again when there is room for them.
func (e *Engine) throttle() {
	c := &e.connection
	if e.phase != phaseOnline {
		return
	}
	if c.skipped != 0 && e.halfEmpty() {
		c.progress = true
		e.reconnect(nil)
		return
	}
	if e.halfEmpty() {
		c.impatient = false
	} else if c.paused && !e.now.Before(e.pauseEnd()) {
		c.impatient = true
	}
	pause := e.full() && !e.mustRead() || c.paused && !e.halfEmpty() && !e.mustRead()
	if pause == c.paused {
		return
	}
	c.paused = pause
	if pause {
		c.pausedAt = e.now
		e.stats.Pauses++
		e.effect(Effect{Kind: Pause, Conn: e.conn})
		return
	}
	// What came meanwhile, be it the answer to a ping, is read only now.
	c.lastReceived, c.pingBy, c.held.since = e.now, time.Time{}, e.now
	if !c.checkBy.IsZero() {
		c.checkBy = e.now.Add(hintProbe)
	}
	e.effect(Effect{Kind: Unpause, Conn: e.conn})
}

// pauseEnd is when a pause must end.
func (e *Engine) pauseEnd() time.Time { return e.connection.pausedAt.Add(e.config.Pause) }

// handled notes that the consumer is done with the oldest events.
func (e *Engine) handled(count int) {
	e.stream.handled(count)
	e.ackLater()
	e.throttle()
}
