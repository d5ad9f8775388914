package ninchat

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/engine"
	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/spec"
)

// call is an action on its way, and whoever waits for the replies.
type call struct {
	engine.Call
	session *Session
	// began is when the call was made; nil if nobody wants to know.
	began *time.Time
	// ready has an element when there is something to be seen.
	ready chan struct{}

	mu      sync.Mutex
	replies []*api.Event
	bytes   int
	err     error
	done    bool
	// accepted says that the engine has taken the call; reserving, that the call
	// is only about to get its id.
	accepted, reserving bool

	// started is set if replies are passed to a callback rather than kept.
	started *started
}

// Invoke sends an action and calls reply, in the calling goroutine, for each
// event that answers it: see [api.Invoker]. It waits until the session is online
// if it isn't, and while Config.MaxCalls others are on their way. Waiting ends
// with ctx.
//
// Errors are: an *[ActionError] if the action can't be sent; an *[api.Error] if
// the server refused it; a *[DamageError] if a reply was too large;
// [ErrSessionLost] for transient actions; [ErrClosed] or the error that ended
// the session; the cause of ctx.
func (s *Session) Invoke(ctx context.Context, action *api.Action, reply func(*api.Event) bool) error {
	if err := s.checkAction(action); err != nil {
		return err
	}
	if reply == nil {
		reply = func(*api.Event) bool { return true }
	}
	_, err := s.invoke(ctx, s.newCall(action), reply)
	return err
}

// invoke submits a call and waits for it. It reports whether the call can't be
// submitted again.
func (s *Session) invoke(ctx context.Context, c *call, reply func(*api.Event) bool) (submitted bool, err error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	select {
	case s.slots <- struct{}{}:
	default:
		select {
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
	s.mailbox.Post(engine.Input{Kind: engine.Submit, Call: &c.Call})
	return true, c.wait(ctx, reply)
}

// Call sends an action and returns the first event that answers it. See Invoke
// for the errors. Actions that aren't answered give nil.
func (s *Session) Call(ctx context.Context, action *api.Action) (*api.Event, error) {
	var event *api.Event
	err := s.Invoke(ctx, action, func(e *api.Event) bool {
		if event == nil {
			event = e
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return event, nil
}

// Send sends an action without waiting for anything. The events that answer it,
// errors too, come with the stream of [Session.Events], with the action_id that
// Send returns (0 for actions that aren't answered); with Config.DiscardEvents
// they are thrown away like all events. The action isn't given up before it has
// been answered or the session ends.
//
// Errors are: an *[ActionError] if the action can't be sent; [ErrTooManyCalls];
// [ErrClosed] or the error that ended the session.
func (s *Session) Send(action *api.Action) (actionID int64, err error) {
	if err := s.checkAction(action); err != nil {
		return 0, err
	}
	c := s.newCall(action)
	c.own()
	if _, err := s.send(c); err != nil {
		return 0, err
	}
	return c.ID(), nil
}

// send submits a call that is answered by the stream. It reports whether the call
// can't be submitted again.
func (s *Session) send(c *call) (submitted bool, err error) {
	if c.Transient {
		return false, &ActionError{c.Name, errors.New("nobody would be told of the failure of a transient action")}
	}
	select {
	case s.slots <- struct{}{}:
	default:
		return false, ErrTooManyCalls
	}
	c.Stream = true
	s.mailbox.Post(engine.Input{Kind: engine.Submit, Call: &c.Call})
	return true, c.acceptance()
}

func (s *Session) newCall(action *api.Action) *call {
	s.secrets.sending(action)
	c := &call{session: s, ready: make(chan struct{}, 1), began: s.trace.clock()}
	c.Call = engine.Call{
		Name:      action.Name,
		Params:    action.Params,
		Payload:   action.Payload,
		Rule:      engine.Rule(action.Rule),
		Transient: action.Transient,
		Owner:     c,
	}
	return c
}

var errManaged = errors.New("the session sends this action by itself")

// checkAction refuses what would be of no use to send.
func (s *Session) checkAction(action *api.Action) error {
	if err := s.config.Limits.checkAction(action); err != nil {
		return err
	}
	if known, ok := spec.LookUpAction(action.Name); ok && known.Scope == spec.ScopeLifecycle {
		return &ActionError{action.Name, errManaged}
	}
	if s.config.Transport == LongPollOnly {
		o := wire.Outgoing{Name: action.Name, Params: action.Params, Payload: action.Payload}
		if err := o.CheckPoll(); err != nil {
			return &ActionError{action.Name, err}
		}
	}
	return actionCheck(s.config.Check).check(action)
}

// checkAction refuses an action that nobody would understand, or that is beyond
// the limits.
func (l Limits) checkAction(action *api.Action) error {
	if action == nil {
		return &ActionError{"", errors.New("the action is nil")}
	}
	if err := l.actionFault(action); err != nil {
		return &ActionError{action.Name, err}
	}
	return nil
}

func (l Limits) actionFault(action *api.Action) error {
	if action.Name == "" {
		return errors.New("the action has no name")
	}
	if len(action.Name)+len(action.Params)+maxEnvelope > l.Header {
		return fmt.Errorf("the parameters take %d bytes; the limit is %d", len(action.Params), l.Header-maxEnvelope)
	}
	if len(action.Payload) > l.Parts {
		return fmt.Errorf("the payload has %d parts; the limit is %d", len(action.Payload), l.Parts)
	}
	total := 0
	for i, part := range action.Payload {
		if len(part) > l.Part {
			return fmt.Errorf("payload part %d has %d bytes; the limit is %d", i, len(part), l.Part)
		}
		total += len(part)
	}
	if total > l.Total {
		return fmt.Errorf("the payload has %d bytes; the limit is %d", total, l.Total)
	}
	return wire.CheckParams(action.Params)
}

// maxEnvelope is what the envelope adds to a header at most, in bytes.
const maxEnvelope = 256

// reply hands an event to a call.
func (s *Session) reply(e *engine.Effect) {
	c := e.Call.Owner.(*call)
	if !c.push(e) {
		s.mailbox.Post(engine.Input{Kind: engine.Cancel, Call: e.Call, Err: ErrTooManyReplies})
	}
}

// fail ends a call with an error.
func (s *Session) fail(e *engine.Effect) {
	err := s.explain(e.Err)
	if err == nil && e.Message != nil {
		err = s.secrets.fault(e.Call.Name, toEvent(e.Message))
	}
	if errors.Is(err, ErrPollPayload) {
		err = &ActionError{e.Call.Name, err}
	}
	e.Call.Owner.(*call).finish(err)
}

// push adds a reply. It returns false when too many wait to be taken.
func (c *call) push(e *engine.Effect) bool {
	var event *api.Event
	var fault error
	if m := e.Message; m != nil {
		event = toEvent(m)
		switch {
		case m.Name == "error":
			fault = c.session.secrets.fault(c.Name, event)
		case m.Damage != nil:
			fault = &DamageError{event, m.Damage}
		}
	}
	if c.started != nil {
		return c.pass(e, event, fault)
	}
	c.mu.Lock()
	if event != nil && fault == nil {
		c.replies = append(c.replies, event)
		c.bytes += e.Message.Size()
	}
	if c.err == nil {
		c.err = fault
	}
	room := c.bytes <= c.session.config.QueueBytes || len(c.replies) == 1
	c.mu.Unlock()
	if e.Last {
		c.finish(nil)
	} else {
		c.signal()
	}
	return room || e.Last
}

// finish completes the call.
func (c *call) finish(err error) {
	c.mu.Lock()
	c.done = true
	if c.err == nil {
		c.err = err
	}
	called := c.started != nil && c.accepted
	c.mu.Unlock()
	if !c.reserving {
		// Whoever is told now may make another call at once.
		<-c.session.slots
	}
	if called {
		c.conclude()
	}
	c.signal()
}

func (c *call) signal() {
	select {
	case c.ready <- struct{}{}:
	default:
	}
}

// take returns the replies that have come, and whether there will be no more.
func (c *call) take() (replies []*api.Event, done bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	replies, c.replies, c.bytes = c.replies, nil, 0
	return replies, c.done, c.err
}

// wait passes replies on until the call is complete or ctx ends. When it
// returns, nothing refers to the action any more.
func (c *call) wait(ctx context.Context, reply func(*api.Event) bool) error {
	defer c.giveUp()
	for {
		select {
		case <-c.ready:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		replies, done, err := c.take()
		for _, event := range replies {
			if !reply(event) {
				return nil
			}
		}
		if done {
			return err
		}
	}
}

// errGivenUp ends calls that nobody waits for any more.
var errGivenUp = errors.New("ninchat: call was given up")

// giveUp takes the call back, if it isn't complete.
func (c *call) giveUp() {
	if _, done, _ := c.take(); done {
		return
	}
	c.session.mailbox.Post(engine.Input{Kind: engine.Cancel, Call: &c.Call, Err: errGivenUp})
	for {
		// It doesn't take long: nothing in the mailbox waits.
		<-c.ready
		if _, done, _ := c.take(); done {
			return
		}
	}
}
