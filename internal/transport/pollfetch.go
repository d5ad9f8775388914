package transport

import (
	"context"
	"errors"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

const (
	// pollTimeout is how long a poll may take. The server answers after a minute
	// if there is nothing.
	pollTimeout = 75 * time.Second
	// minPollDelay and maxPollDelay bound the delays between polls that bring
	// nothing new. They double. While events wait to be handled, nothing but
	// those is to be expected, and the delays may become longer.
	minPollDelay  = 50 * time.Millisecond
	maxPollDelay  = 5 * time.Second
	maxEventDelay = 25 * time.Second
	// quickPoll is how fast the answer to a poll that brings nothing new must be
	// to be slowed down.
	quickPoll = time.Second
)

// pollAll fetches events until the connection ends.
func (p *poll) pollAll() {
	delay := time.Duration(0)
	for p.awaitTurn(delay) {
		if p.endInTime() {
			return
		}
		began := time.Now()
		ctx, cancel := context.WithTimeoutCause(p.ctx, pollTimeout, errTimeout)
		messages, err := p.requester.do(ctx, p.pollAction())
		cancel()
		if err != nil {
			p.fail(err)
			return
		}
		fresh, prompted := p.fetched(messages)
		switch {
		case fresh, time.Since(began) >= quickPoll:
			delay = 0
		case prompted, len(messages) > 0 && messages[0].EventID == 0:
			// The poll may have been answered before the action was done; or
			// nothing says that what it brought is new.
			delay = minPollDelay
		default:
			delay = min(max(2*delay, minPollDelay), p.maxDelay())
		}
	}
}

// maxDelay is the longest delay before the next poll.
func (p *poll) maxDelay() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.handled < p.received {
		return maxEventDelay
	}
	return maxPollDelay
}

// errTrySocket ends long polling that works.
var errTrySocket = errors.New("ninchat: long polling ends for a WebSocket to be tried again")

// endInTime ends polling if it has been done for long enough, and reports whether
// it has. Actions that are on their way, or about to be, come first.
func (p *poll) endInTime() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until.IsZero() || p.busy || len(p.out) > 0 || !time.Now().After(p.until) {
		return false
	}
	p.end(errTrySocket)
	return true
}

// pollAction is the body of the next poll.
func (p *poll) pollAction() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.prompt, p.asked = false, p.handled
	o := wire.Outgoing{Name: "resume_session", SessionID: p.sessionID, EventID: p.handled}
	return o.AppendPoll(nil)
}

// awaitTurn waits until it is time for the next poll: what came with the one
// before has been taken and handled, or an action has been answered, or the
// delay has passed. It returns false when the connection ends.
func (p *poll) awaitTurn(delay time.Duration) bool {
	timer := time.NewTimer(max(delay, minPollDelay))
	defer timer.Stop()
	for due := false; ; {
		if p.isTurn(delay, due) {
			return p.ctx.Err() == nil
		}
		select {
		case <-p.changed:
		case <-timer.C:
			due = true
		case <-p.ctx.Done():
			return false
		}
	}
}

// isTurn reports whether to poll now. due says that the delay has passed.
func (p *poll) isTurn(delay time.Duration, due bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.inbox) > 0 {
		return false
	}
	return due || p.prompt || p.handled >= p.received && (delay == 0 || p.handled > p.asked)
}

// fetched takes the answer to a poll. It reports whether it has anything new, and
// whether an action was answered meanwhile.
func (p *poll) fetched(messages []*wire.Message) (fresh, prompted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	prompted, p.prompt = p.prompt, false
	return p.deliver(messages, true), prompted
}

// deliver hands messages to Receive. It reports whether any of them is known to be
// new, by its id. p.mu is locked.
//
// Answers may overtake each other: the events of an action's answer that don't
// follow those that have been received are left to the next poll.
func (p *poll) deliver(messages []*wire.Message, polled bool) (fresh bool) {
	taken := 0
	for _, m := range messages {
		switch {
		case m.EventID == 0:
		case !polled && m.EventID > p.received+1:
			continue
		case m.EventID > p.received:
			p.received, fresh = m.EventID, true
		}
		p.inbox = append(p.inbox, m)
		taken++
		if polled {
			p.noteReply(m.ActionID)
		}
	}
	if taken == 0 {
		// Even so it is a sign of life.
		p.inbox = append(p.inbox, nil)
	}
	signal(p.ready)
	return fresh
}

// replyGrace is how long the answer to an action is waited for when the reply
// has come.
const replyGrace = time.Second

// noteReply notes that an action was replied to by a poll. p.mu is locked.
func (p *poll) noteReply(id int64) {
	r := p.current
	if id == 0 || r == nil || r.id != id || r.answered {
		return
	}
	r.answered = true
	time.AfterFunc(replyGrace, r.giveUp)
}
