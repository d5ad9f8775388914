package ninchat

import (
	"bytes"
	"context"
	"slices"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/engine"
)

// Reply is what a callback is called with: see [Session.Start].
type Reply struct {
	// Event is an event that answers the action. It is nil if there is none.
	Event *api.Event
	// Last says that the callback won't be called again.
	Last bool
	// Err says, in the last call, why the action hasn't been answered
	// completely: the errors are those of [Session.Invoke].
	Err error
}

// ReplyAs decodes the event of a reply into its struct, T being a pointer to the
// struct for the event's name:
//
//	joined, err := ninchat.ReplyAs[*api.ChannelJoined](reply)
//
// It returns the error of a reply that has one, and an
// *[api.UnexpectedEventError], with the action's name left out, if there is no
// event or one with another name.
func ReplyAs[T api.TypedEvent](r Reply) (typed T, err error) {
	if r.Err != nil {
		return typed, r.Err
	}
	event := r.Event
	if event == nil {
		event = &api.Event{}
	}
	typed, ok, err := api.As[T](event)
	if !ok {
		return typed, &api.UnexpectedEventError{Event: event}
	}
	return typed, err
}

// Start sends an action without waiting for anything, and has callback called
// with what answers it, by the executor: see Config.Executor and
// [Session.Handle], which says what callbacks may do. It returns the action_id, 0
// for actions that have none.
//
// An action with a single reply has its callback called exactly once, with the
// event or an error. Other actions have it called for each event, in order, and
// then once more, without event, when there will be no more. Actions that aren't
// answered have it called once, when they have been sent. The last call comes
// whatever happens: when the session is closed it is with [ErrClosed], and when
// ctx ends with ctx's cause; the action may still take effect then.
//
// The callback isn't called by the goroutine that calls Start, but another one
// may call it before Start has returned.
//
// Errors are: an *[ActionError] if the action can't be sent; [ErrNoCallback];
// the cause of ctx, if it has ended; [ErrTooManyCalls] if Config.MaxCalls actions
// are on their way, or as many callbacks haven't been called for the last time,
// or if replies that take more than Config.QueueBytes wait for their callbacks;
// [ErrClosed] or the error that ended the session. Nothing has been sent then,
// and the callback isn't called.
func (s *Session) Start(ctx context.Context, action *api.Action, callback func(Reply)) (actionID int64, err error) {
	if err := s.checkAction(action); err != nil {
		return 0, err
	}
	c := s.newCall(action)
	c.own()
	if _, err := s.startCall(ctx, c, callback); err != nil {
		return 0, err
	}
	return c.ID(), nil
}

// startCall submits a call with a callback. It reports whether the call can't be
// submitted again.
func (s *Session) startCall(ctx context.Context, c *call, callback func(Reply)) (submitted bool, err error) {
	if callback == nil {
		return false, ErrNoCallback
	}
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if !s.dispatcher.admit() {
		return false, ErrTooManyCalls
	}
	select {
	case s.slots <- struct{}{}:
	default:
		s.dispatcher.dismiss()
		return false, ErrTooManyCalls
	}
	c.started, c.Announce = &started{callback: callback}, true
	s.mailbox.Post(engine.Input{Kind: engine.Submit, Call: &c.Call})
	if err := c.acceptance(); err != nil {
		s.dispatcher.dismiss()
		return true, err
	}
	c.watch(ctx)
	return true, nil
}

// started is what a call with a callback has more than others. The call's lock
// protects it.
type started struct {
	callback func(Reply)
	// waiting counts the replies that wait for the callback; last is the only
	// reply of an action with one, and size what it takes.
	waiting int
	last    *api.Event
	size    int
	// unwatch ends the watch over the context.
	unwatch func() bool
}

// own copies what belongs to the caller, who may change it later.
func (c *call) own() {
	c.Params = bytes.Clone(c.Params)
	c.Payload = slices.Clone(c.Payload)
	for i, part := range c.Payload {
		c.Payload[i] = bytes.Clone(part)
	}
}

// accept notes that the engine has taken the call.
func (c *call) accept() {
	c.mu.Lock()
	c.accepted = true
	c.mu.Unlock()
	c.signal()
}

// acceptance waits until the engine has taken the call, or hasn't. It doesn't
// take long: nothing in the mailbox waits.
func (c *call) acceptance() error {
	<-c.ready
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.accepted {
		return nil
	}
	return c.err
}

// watch gives the call up when ctx ends.
func (c *call) watch(ctx context.Context) {
	unwatch := context.AfterFunc(ctx, func() {
		c.session.mailbox.Post(engine.Input{Kind: engine.Cancel, Call: &c.Call, Err: context.Cause(ctx)})
	})
	c.mu.Lock()
	done := c.done
	c.started.unwatch = unwatch
	c.mu.Unlock()
	if done {
		unwatch()
	}
}

// pass gives a reply to the callback. It returns false when too many wait to be
// taken.
func (c *call) pass(e *engine.Effect, event *api.Event, fault error) bool {
	size := 0
	if event != nil {
		size = e.Message.Size()
	}
	c.mu.Lock()
	if c.err == nil {
		c.err = fault
	}
	room := true
	switch {
	case event == nil || fault != nil:
		c.mu.Unlock()
	case c.Rule == engine.RuleOne:
		c.started.last, c.started.size = event, size
		c.mu.Unlock()
	default:
		c.started.waiting++
		c.bytes += size
		room = c.bytes <= c.session.config.QueueBytes || c.started.waiting == 1
		c.mu.Unlock()
		c.session.dispatcher.add(job{call: c, reply: Reply{Event: event}, size: size})
	}
	if e.Last {
		c.finish(nil)
		return true
	}
	return room
}

// conclude has the callback called for the last time. c is done.
func (c *call) conclude() {
	c.mu.Lock()
	reply, size, unwatch := Reply{Event: c.started.last, Last: true, Err: c.err}, c.started.size, c.started.unwatch
	c.mu.Unlock()
	if unwatch != nil {
		unwatch()
	}
	c.session.dispatcher.add(job{call: c, reply: reply, size: size})
}

// taken notes that the callback has returned.
func (c *call) taken(reply *Reply, size int) {
	if reply.Last {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started.waiting--
	c.bytes -= size
}
