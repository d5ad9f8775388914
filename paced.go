package ninchat

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
)

// Pace says how long a [Paced] waits before it sends a message again. The server
// doesn't say when it would take it: the attribute ratelimit of a channel, as
// COUNT/SECONDS, says how many messages a member may send within how long.
type Pace struct {
	// First is how long the first wait is at most, and Max how long any wait is: they
	// double. Each is made shorter by a random part, up to half of it. The defaults
	// are 200 milliseconds and 2 seconds.
	First, Max time.Duration
}

// Paced sends messages at the pace that the server allows. What is refused by
// [api.ErrSendRateLimited] is sent again after a while, as a new action, until it is
// taken or its context ends; the error then matches both the cause of the context and
// [api.ErrSendRateLimited]. Other errors, and other actions, pass through.
//
// The order is kept: messages and files for the same channel, user or identity are
// sent one after another, each when the one before has been answered, in the order in
// which the methods were called. Different ones don't wait for each other.
//
// A Paced is an [api.Invoker] over another one, a [Session] or a [Caller], and has the
// methods of an [api.Client] over itself. All methods may be called concurrently. It
// needs no closing. What is sent by other means, such as [Session.Start], [Session.Send]
// or the session's own methods, isn't waited for.
type Paced struct {
	api.Client

	invoker api.Invoker
	retry   Retry

	mu    sync.Mutex
	turns map[recipient]*turn
}

// NewPaced makes a Paced over an invoker. Times of the pace that are 0 or less are the
// defaults.
func NewPaced(invoker api.Invoker, pace Pace) *Paced {
	retry := Retry{First: pace.First, Max: pace.Max}
	if retry.First <= 0 {
		retry.First = 200 * time.Millisecond
	}
	if retry.Max <= 0 {
		retry.Max = 2 * time.Second
	}
	p := &Paced{invoker: invoker, retry: retry, turns: make(map[recipient]*turn)}
	p.Client = api.NewClient(p)
	return p
}

// recipient is what messages are sent to.
type recipient struct {
	ChannelID    string `json:"channel_id"`
	UserID       string `json:"user_id"`
	IdentityType string `json:"identity_type"`
	IdentityName string `json:"identity_name"`
}

// turn is held by the message to a recipient that is on its way. It exists while there
// are any.
type turn struct {
	// taken has an element while it is held. Those who wait get it in their order.
	taken chan struct{}
	users int
}

// Invoke sends an action like the invoker below, and again while messages are sent
// too often. See [Paced].
func (p *Paced) Invoke(ctx context.Context, action *api.Action, reply func(*api.Event) bool) error {
	to, ok := recipientOf(action)
	if !ok {
		return p.invoker.Invoke(ctx, action, reply)
	}
	if err := p.take(ctx, to); err != nil {
		return err
	}
	defer p.leave(to)
	for attempt := 1; ; attempt++ {
		refusal := p.invoker.Invoke(ctx, action, reply)
		if !errors.Is(refusal, api.ErrSendRateLimited) {
			return refusal
		}
		if err := sleep(ctx, p.retry.wait(attempt, 0)); err != nil {
			return fmt.Errorf("ninchat: %w after %w", err, refusal)
		}
	}
}

// recipientOf returns whom an action sends something to. It returns false for other
// actions.
func recipientOf(action *api.Action) (to recipient, ok bool) {
	if action == nil || action.Name != "send_message" && action.Name != "send_file" {
		return to, false
	}
	return to, json.Unmarshal(action.Params, &to) == nil
}

// take waits for the turn of a message, and takes it.
func (p *Paced) take(ctx context.Context, to recipient) error {
	p.mu.Lock()
	t := p.turns[to]
	if t == nil {
		t = &turn{taken: make(chan struct{}, 1)}
		p.turns[to] = t
	}
	t.users++
	p.mu.Unlock()
	select {
	case t.taken <- struct{}{}:
		return nil
	case <-ctx.Done():
		p.forget(to, t)
		return context.Cause(ctx)
	}
}

// leave gives the turn to the next one.
func (p *Paced) leave(to recipient) {
	p.mu.Lock()
	t := p.turns[to]
	p.mu.Unlock()
	<-t.taken
	p.forget(to, t)
}

func (p *Paced) forget(to recipient, t *turn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.users--; t.users == 0 {
		delete(p.turns, to)
	}
}
