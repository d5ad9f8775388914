package server

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/server/internal/damage"
)

// pollRequest is a request to /v2/poll: a poll, which waits for events, or any
// other action.
type pollRequest struct {
	hub *hub
	// by is who polls.
	by pollerID
	// arrays means that payloads of the answer needn't be objects.
	arrays bool
	// address is what addresses begin with that the client can use.
	address addresses
	// remote is where the request came from.
	remote string
	// woken is written to when there may be something to be done.
	woken chan struct{}
	fault atomic.Pointer[damage.Fault]

	// The rest belongs to the hub.

	id uint64
	// poller is what the request waits for, nil if it doesn't.
	poller *poller
	// acting is what the request is an action for, nil if it isn't, and hold
	// keeps its replies back.
	acting *poller
	hold   *hold
	// creating means that only the first event is wanted.
	creating bool
	// lag is how long the answer is delayed by faults.
	lag time.Duration
	// over requests are answered at once.
	over bool
	// snapped requests are cut.
	snapped bool
	// direct and items are the answer.
	direct []entry
	items  []item
}

var _ origin = (*pollRequest)(nil)

// poll does an action that came by /v2/poll, and answers with an array of events.
func (s *Server) poll(w http.ResponseWriter, r *http.Request) {
	q, ok := newActionQuery(w, r)
	if !ok {
		return
	}
	h := s.hub
	p := &pollRequest{hub: h, address: s.base(r), remote: r.RemoteAddr, woken: make(chan struct{}, 1)}
	p.arrays, p.by = q.values.Get("payloads") == "any", parsePollerID(q.values.Get("poller"))
	p.fault.Store(h.nextFault())
	p.run(r.Context(), s.action(w, r, q))
	defer p.finish()
	n := beyond(&h.outgoing, p.size())
	if p.fault.Load() != nil || p.lag > 0 {
		n = 0 // it isn't the client who holds it up
	}
	if !h.outgoing.Await(h.pulse, n, s.config.Stall, r.Context().Done()) {
		n, p.snapped, p.items, p.direct = 0, true, nil, nil // the events come with the next poll
	}
	defer h.outgoing.Give(n)
	s.answer(w, r, &answer{text: q.apply(p.text()), contentType: q.contentType(), fault: p.fault.Load(), delay: p.lag, snapped: p.snapped})
}

func (p *pollRequest) base() addresses { return p.address }

func (p *pollRequest) peer() string { return peerOf(p.remote) }

// run does the action, and waits for events if it is a poll.
func (p *pollRequest) run(ctx context.Context, a *incoming) {
	defer a.free()
	(&call{hub: p.hub, origin: p, message: a.message, sum: p.hub.digestAhead(a.message)}).execute(a.why, p.enter)
	a.free()
	if p.poller != nil {
		p.wait(ctx)
	}
}

// nextFault is the fault of a request that has just been made.
func (h *hub) nextFault() *damage.Fault {
	h.lock()
	defer h.unlock()
	return h.holdUp(h.faults.forNext())
}

// holdUp notes a fault of a request, until letGo is called. The fault may be nil.
func (h *hub) holdUp(f *damage.Fault) *damage.Fault {
	if f != nil {
		h.heldUp[f] = struct{}{}
	}
	return f
}

// letGo is called when a request has been answered, or never will be.
func (h *hub) letGo(f *damage.Fault) {
	if f == nil {
		return
	}
	f.Release()
	h.lock()
	defer h.unlock()
	delete(h.heldUp, f)
}

// enter brings a call into its session.
func (p *pollRequest) enter(c *call) bool {
	h, m := p.hub, c.message
	h.stats.Polls++
	p.id = h.stats.Polls
	if h.closed {
		p.snapped = true
		return false
	}
	if s := h.sessions[m.SessionID]; s != nil && s.isOusted(p.by) {
		// Without an action_id: it is the end of the session for who asks.
		h.stats.Actions++
		p.say(plain(pack(&fail(api.ErrConnectionSuperseded, "").event)))
		return false
	}
	switch id := m.SessionID; {
	case m.Name == "create_session":
		p.creating = true
		if id != "" && c.why == nil {
			c.why = fail(api.ErrRequestMalformed, "session_id: not together with create_session")
		}
	case m.Name == "resume_session":
		if rest := h.remains[id]; rest != nil && c.why == nil {
			c.why = rest.fetch(p, m.EventID)
			c.perform = func(*call) *failure { return nil }
		}
	case m.Name == "close_session" || id == "":
	case h.sessions[id] == nil:
		c.why = sessionNotFound(id)
	default:
		c.within(h.sessions[id])
		p.act(c.session, m)
	}
	return true
}

// act notes that the client of a session does an action.
func (p *pollRequest) act(s *session, m *wire.Message) {
	if s.carrier == nil {
		p.hub.newPoller(s, p.by)
	}
	if carrier, ok := s.carrier.(*poller); ok {
		p.acting, p.hold = carrier, carrier.begin()
		p.lag = carrier.delay
		carrier.arrays = carrier.arrays || p.arrays || showsArrays(m)
	}
}

// showsArrays reports whether whoever sends an action is able to deal with
// payloads that aren't objects.
func showsArrays(m *wire.Message) bool {
	return m.Name != "update_user" && len(m.Payload) == 1 && !isObject(m.Payload[0])
}

// fetch has a poll given what is left of a session that has ended.
func (p *poller) fetch(r *pollRequest, eventID int64) *failure {
	if s := p.session; s != nil {
		if eventID > s.buffer.last() {
			return sessionNotFound(s.id)
		}
		s.sent = max(s.sent, eventID)
		s.acknowledge(eventID)
		if s.sent = s.buffer.acked; s.sent == s.buffer.last() && p.waiting == nil {
			p.discard()
			return sessionNotFound(s.id)
		}
	}
	p.wait(r)
	return nil
}

// wait waits until there are events, or it has taken too long.
func (p *pollRequest) wait(ctx context.Context) {
	deadline := p.hub.pulse.Now().Add(p.hub.config.Poll)
	timer := p.hub.pulse.After(p.hub.config.Poll, p.wake)
	defer timer.Stop()
	for {
		done, next := p.look(deadline)
		if done {
			return
		}
		timer.Reset(next)
		select {
		case <-p.woken:
		case <-ctx.Done():
			p.leave()
			return
		}
	}
}

// look takes what there is. If that is nothing, it makes sense to look again
// after next.
func (p *pollRequest) look(deadline time.Time) (done bool, next time.Duration) {
	h := p.hub
	h.lock()
	defer h.unlock()
	now := h.pulse.Now()
	if h.closed {
		p.snapped = true
	}
	if p.snapped || p.poller.waiting != p {
		return true, 0
	}
	done, change := p.poller.take(p, now)
	if done || p.over || h.leaving || !now.Before(deadline) {
		p.leaveLocked()
		return true, 0
	}
	if change.IsZero() || deadline.Before(change) {
		change = deadline
	}
	return false, max(change.Sub(now), time.Millisecond)
}

// leave is for a client that has gone away.
func (p *pollRequest) leave() {
	p.hub.lock()
	defer p.hub.unlock()
	p.leaveLocked()
}

func (p *pollRequest) leaveLocked() {
	if q := p.poller; q.waiting == p {
		p.arrays, p.lag = p.arrays || q.arrays, q.delay
		q.release()
	}
}

// size is about how long the answer becomes.
func (p *pollRequest) size() (size int64) {
	size = int64(itemsSize(p.items))
	for _, e := range p.direct {
		size += int64(e.size())
	}
	return size
}

// finish is called when the answer has been written.
func (p *pollRequest) finish() {
	p.hub.lock()
	defer p.hub.unlock()
	if p.hold != nil {
		p.acting.finish(p.hold)
	}
}

func (p *pollRequest) wake() {
	select {
	case p.woken <- struct{}{}:
	default:
	}
}

func (p *pollRequest) say(e entry) { p.direct = append(p.direct, e) }

// mention is for what can wait until the next poll. Each poll resumes the
// session: it is said once.
func (p *pollRequest) mention(e entry) {
	if q := p.poller; !q.mentioned {
		q.mentioned = true
		q.direct = append(q.direct, e)
	}
}

func (p *pollRequest) adopt(s *session) {
	q, ok := s.carrier.(*poller)
	if !ok || q.by != p.by {
		q = p.hub.newPoller(s, p.by)
	}
	q.arrays = q.arrays || p.arrays
	s.sent = s.buffer.acked
	q.wait(p)
}

func (p *pollRequest) spent() bool { return false }

func (p *pollRequest) spend() {}

func (p *pollRequest) end(string) {}

func (p *pollRequest) number() uint64 { return p.id }

func (p *pollRequest) snap() {
	p.snapped = true
	p.wake()
	if p.poller != nil {
		p.leaveLocked() // it waits no more
	}
	if p.acting != nil {
		p.acting.snap()
	}
}
