package transport

import (
	"context"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// actionTimeout is how long the answer to an action may take: not the reply, but
// the server's word that it has got the action.
const actionTimeout = 15 * time.Second

// sendAll sends actions until there is nothing left to be sent. In the end it
// lets go of the network connections, if the connection has been closed.
func (p *poll) sendAll() {
	for {
		r, ctx := p.next()
		if r == nil {
			return
		}
		messages, err := p.requester.do(ctx, r.body)
		r.giveUp()
		if p.sent(r, err) {
			p.welcome(r, messages)
		}
	}
}

// next returns what is to be sent now, nil if there is nothing.
func (p *poll) next() (*request, context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current = nil
	if len(p.out) == 0 || p.sending.Err() != nil {
		p.busy, p.out = false, nil
		if p.closed {
			p.hangUp()
		}
		return nil, nil
	}
	r := p.out[0]
	p.out[0] = request{}
	p.out = p.out[1:]
	var ctx context.Context
	ctx, r.giveUp = context.WithTimeoutCause(p.sending, p.timeout(&r), errTimeout)
	p.current = &r
	return &r, ctx
}

// timeout is how long an action may take. The session has a deadline of its own
// for being created.
func (p *poll) timeout(r *request) time.Duration {
	if r.name == "create_session" {
		return pollTimeout
	}
	return actionTimeout
}

// sent deals with the failure of a request. It reports whether there was none.
func (p *poll) sent(r *request, err error) bool {
	if err == nil {
		return true
	}
	p.mu.Lock()
	unimportant := r.answered || p.closed
	p.mu.Unlock()
	if !unimportant {
		p.fail(err)
	}
	return false
}

// welcome takes the answer to an action.
func (p *poll) welcome(r *request, messages []*wire.Message) {
	if r.name == "create_session" && len(messages) == 0 {
		p.fail(p.requester.explain(&wire.Error{Kind: wire.Malformed, Part: wire.PartHeader, Reason: "create_session was answered by nothing"}))
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.enter(messages)
	p.deliver(messages, false)
	p.prompt = true
	signal(p.changed)
}

// enter takes up the session that was created, before it is known to anybody:
// the actions that follow then belong to it. p.mu is locked.
func (p *poll) enter(messages []*wire.Message) {
	for _, m := range messages {
		if p.sessionID == "" && m.Name == "session_created" && m.SessionID != "" {
			// It needn't come again: it was the answer.
			p.handled = m.EventID
			p.received = max(m.EventID-1, 0)
			p.begin(m.SessionID)
		}
	}
}
