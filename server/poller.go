package server

import (
	"log/slog"
	"time"

	"github.com/ninchat-community/ninchat/server/internal/damage"
)

// poller is a session's carrier by long polling: it lasts from one poll to the
// next. All of it belongs to the hub.
type poller struct {
	hub *hub
	// id is for the log.
	id uint64
	// by is who polls.
	by pollerID
	// session is nil after it has been taken away.
	session *session
	// waiting is the poll that hasn't been answered, nil if there is none.
	waiting *pollRequest
	// holds keep replies back.
	holds []*hold
	// direct are events that belong to the polling, not to the session.
	direct []entry
	// mentioned means that the client has been told what is to be mentioned.
	mentioned bool
	// arrays means that the client has shown that payloads needn't be objects.
	arrays bool
	// over means that nothing more will come, and fetchable that there is
	// something left for clients that know the sessionID.
	over, fetchable bool
	sessionID       string
	// heard is when the client last had something to say, or was answered.
	heard time.Time
	timer Timer
	// delay and fault are what faults do to all answers, and to the next one.
	delay time.Duration
	fault *damage.Fault
}

// hold keeps the events after one back while an action's own request is being
// answered, and a little longer: a client that gets the reply before the answer
// loses it.
type hold struct {
	after int64
	// until is zero while there is no answer yet.
	until time.Time
}

// replyGap is how much later than the answer to its request an action's reply
// may come.
const replyGap = 20 * time.Millisecond

var _ carrier = (*poller)(nil)

// newPoller makes polling the carrier of a session.
func (h *hub) newPoller(s *session, by pollerID) *poller {
	h.stats.Polled++
	p := &poller{hub: h, id: h.stats.Polled, by: by, session: s, sessionID: s.id, heard: h.pulse.Now()}
	s.attach(p)
	h.pollers[p] = struct{}{}
	p.timer = h.pulse.After(h.config.Silence, p.tick)
	return p
}

// wake has the waiting poll look at what there is.
func (p *poller) wake() {
	if p.waiting != nil {
		p.waiting.wake()
	}
}

// wait makes a request the one that waits; the one before is answered.
func (p *poller) wait(r *pollRequest) {
	older := p.waiting
	r.poller, p.waiting = p, r
	if older != nil {
		older.wake()
	}
	if p.fault != nil {
		delete(p.hub.heldUp, r.fault.Swap(p.hub.holdUp(p.fault)))
		p.fault = nil
	}
	r.wake()
}

// release says that nothing waits any more.
func (p *poller) release() {
	p.waiting = nil
	if p.over && (p.session == nil || !p.fetchable) {
		p.discard()
		return
	}
	p.heard = p.hub.pulse.Now()
	p.timer.Reset(p.hub.config.Silence)
}

// begin keeps what an action is answered with back until finish is called.
func (p *poller) begin() *hold {
	p.heard = p.hub.pulse.Now()
	hold := &hold{after: p.session.buffer.last()}
	p.holds = append(p.holds, hold)
	return hold
}

func (p *poller) finish(h *hold) {
	h.until = p.hub.pulse.Now().Add(replyGap)
	p.wake()
}

// ready returns the last event that may be given away, and when that changes,
// which is zero for never or not known.
func (p *poller) ready(now time.Time) (last int64, change time.Time) {
	last = p.session.buffer.last()
	kept := p.holds[:0]
	for _, h := range p.holds {
		if !h.until.IsZero() && !now.Before(h.until) {
			continue
		}
		kept = append(kept, h)
		last = min(last, h.after)
		if !h.until.IsZero() && (change.IsZero() || h.until.Before(change)) {
			change = h.until
		}
	}
	clear(p.holds[len(kept):])
	p.holds = kept
	return last, change
}

// take moves what there is to the request. done means that the request is to be
// answered with that; if not, it makes sense to look again at the time of change.
func (p *poller) take(r *pollRequest, now time.Time) (done bool, change time.Time) {
	s, held := p.session, false
	if s != nil {
		var last int64
		last, change = p.ready(now)
		held = last < s.buffer.last()
		r.items = p.takeEvents(r, last)
	}
	if !r.creating {
		r.direct, p.direct = append(r.direct, p.direct...), nil
	}
	done = len(r.items) > 0 || len(r.direct) > 0 || p.over && !held
	return done, change
}

// takeEvents appends the events up to last to those that the request has got, as far as
// they fit into one answer. Who creates a session wants the first one only.
func (p *poller) takeEvents(r *pollRequest, last int64) []item {
	s, items := p.session, r.items
	if r.creating {
		if s.sent < last && len(items) == 0 {
			items = s.takeOne(items)
		}
		return items
	}
	for size := 0; len(items) < maxItems && size < fullPoll; {
		before := len(items)
		if items = s.take(items, last); len(items) == before {
			break
		}
		size += itemsSize(items[before:])
	}
	return items
}

// fullPoll is how many bytes of events an answer has at least before it is
// considered full.
const fullPoll = 1 << 20

// drop takes the session away. If nothing waits, the next poll is told why, unless
// nobody knows who polls: that one takes the session back.
func (p *poller) drop(why *failure) {
	p.direct = []entry{plain(pack(&why.event))}
	p.over = true
	if p.session.ended {
		p.remain()
	} else if p.waiting == nil {
		p.discard()
	}
	if !p.session.ended {
		p.session.oust(p.by)
	}
	p.session = nil
	p.wake()
}

// end lets the client fetch what there is left.
func (p *poller) end(string) {
	p.over = true
	if b := &p.session.buffer; b.acked < b.last() {
		p.remain()
	} else if p.waiting == nil {
		p.discard()
	}
	p.wake()
}

// remain keeps the polling open after the end of the session.
func (p *poller) remain() {
	p.fetchable = true
	p.hub.remains[p.sessionID] = p
	p.heard = p.hub.pulse.Now()
	p.timer.Reset(p.hub.config.Silence)
}

// snap makes the waiting poll fail.
func (p *poller) snap() {
	if p.waiting != nil {
		p.waiting.snap()
	}
}

// discard forgets the polling.
func (p *poller) discard() {
	p.timer.Stop()
	delete(p.hub.pollers, p)
	if p.fetchable {
		delete(p.hub.remains, p.sessionID)
	}
}

// tick is called by the timer.
func (p *poller) tick() {
	h := p.hub
	h.watch(func() {
		if _, there := h.pollers[p]; !there || p.waiting != nil {
			return
		}
		if rest := p.heard.Add(h.config.Silence).Sub(h.pulse.Now()); rest > 0 {
			p.timer.Reset(rest)
			return
		}
		p.discard()
		if s := p.session; s != nil && s.carrier == p {
			h.note(slog.LevelDebug, "polling ended", "poller", p.id)
			s.detach()
		}
	})
}
