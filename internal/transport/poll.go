package transport

import (
	"context"
	"sync"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// poll is a [Conn] over long polling. Each action is a request of its own, sent
// when the one before it has been answered; events come in the answers to polls,
// of which there is always one, and in those to actions.
//
// A poll tells up to where events have been handled: the server forgets those,
// and answers with the ones after them, at once if there are any. So while events
// that have been received aren't handled, a poll would bring the same ones again.
// It is put off then, unless replies are to be expected.
//
// Two goroutines belong to it: one polls, from when the session is known; one
// sends, while there is something to be sent.
type poll struct {
	requester requester
	linger    time.Duration
	// until is when polling ends so that a WebSocket can be tried, zero if never.
	until time.Time
	// ctx is that of polls, sending that of actions. Both are cancelled with the
	// reason.
	ctx, sending   context.Context
	cancel, abort  context.CancelCauseFunc
	tasks          sync.WaitGroup
	ready, changed chan struct{}

	mu sync.Mutex
	// sessionID is "" until the session is known, and polling begins.
	sessionID string
	// handled is the id up to which events have been handled, received the one
	// up to which they have been received.
	handled, received int64
	// asked is the position that the latest poll told.
	asked int64
	// inbox is what waits for Receive; nil elements are keep-alives.
	inbox []*wire.Message
	// out are the actions that wait to be sent, busy says that the sending
	// goroutine runs, and current is what it sends.
	out     []request
	busy    bool
	current *request
	// prompt says that an action was answered since the last poll: there may be
	// something to fetch.
	prompt bool
	failed error
	closed bool
	// overdue is what happens if sending takes too long after Close.
	overdue *time.Timer
}

// request is an action that is to be sent.
type request struct {
	name string
	id   int64
	body []byte
	// answered says that the reply has come by a poll. Then the answer to the
	// request doesn't matter, and isn't waited for for long.
	answered bool
	giveUp   context.CancelFunc
}

func newPoll(r requester, linger time.Duration) *poll {
	p := &poll{requester: r, linger: linger, ready: make(chan struct{}, 1), changed: make(chan struct{}, 1)}
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	p.sending, p.abort = context.WithCancelCause(context.Background())
	return p
}

// Queue encodes an action to be sent, or takes up what polls need to know.
func (p *poll) Queue(o *wire.Outgoing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed != nil || p.closed || o.Name == "" {
		return
	}
	if o.EventID > p.handled {
		p.handled = o.EventID
		signal(p.changed)
	}
	if o.Name == "resume_session" {
		if p.sessionID == "" {
			p.received = o.EventID
			p.begin(o.SessionID)
		}
		return
	}
	addressed := *o
	addressed.SessionID = p.sessionID
	p.out = append(p.out, request{name: o.Name, id: o.ActionID, body: addressed.AppendPoll(nil)})
}

// begin begins polling. p.mu is locked.
func (p *poll) begin(sessionID string) {
	p.sessionID = sessionID
	if !p.closed {
		p.start(p.pollAll)
	}
}

// Flush starts the sending goroutine, if it doesn't run.
func (p *poll) Flush(bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.send()
}

// send starts the sending goroutine, if there is something for it. p.mu is
// locked.
func (p *poll) send() {
	if len(p.out) > 0 && !p.busy && p.failed == nil {
		p.busy = true
		p.start(p.sendAll)
	}
}

// start starts a goroutine. The connection fails if a function of the application ends
// it.
func (p *poll) start(run func()) {
	p.tasks.Go(func() {
		ended := false
		defer func() {
			if !ended {
				p.fail(ErrPanicked)
			}
		}()
		run()
		ended = true
	})
}

// Receive waits for what answers bring.
func (p *poll) Receive() (*wire.Message, error) {
	for {
		m, ok, err := p.take()
		if ok || err != nil {
			return m, err
		}
		<-p.ready
	}
}

func (p *poll) take() (m *wire.Message, ok bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, false, errConnClosed
	case len(p.inbox) > 0:
		m = p.inbox[0]
		p.inbox[0] = nil
		p.inbox = p.inbox[1:]
		if len(p.inbox) == 0 {
			p.inbox = nil
			signal(p.changed)
		}
		return m, true, nil
	}
	return nil, false, p.failed
}

// Close ends polling, and sends what must be sent: everything if the session is
// being closed, else the actions that won't be sent again on another connection.
func (p *poll) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	p.cancel(errConnClosed)
	if n := len(p.out); n == 0 || p.out[n-1].name != "close_session" {
		p.dropRepeatable()
	}
	p.overdue = time.AfterFunc(p.linger, func() { p.abort(errConnClosed) })
	p.send()
	if !p.busy {
		p.hangUp()
	}
	signal(p.ready)
}

// dropRepeatable drops the actions that will be sent again. p.mu is locked.
func (p *poll) dropRepeatable() {
	var rest []request
	for _, r := range p.out {
		if !r.repeatable() {
			rest = append(rest, r)
		}
	}
	p.out = rest
	if p.current != nil && p.current.repeatable() {
		p.current.giveUp()
	}
}

// repeatable reports whether the session will send the action again if need be.
func (r *request) repeatable() bool { return r.id != 0 || r.name == "ping" }

// hangUp lets go of the network connections. p.mu is locked.
func (p *poll) hangUp() {
	p.overdue.Stop()
	p.abort(errConnClosed)
	p.requester.client.close()
}

// Wait waits for the goroutines.
func (p *poll) Wait() {
	p.tasks.Wait()
	p.requester.client.wait()
}

// fail ends the connection because of an error.
func (p *poll) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end(err)
}

// end does what fail does. p.mu is locked.
func (p *poll) end(err error) {
	if p.failed != nil || p.closed {
		return
	}
	p.failed = err
	p.out = nil
	p.cancel(err)
	p.abort(err)
	signal(p.ready)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
