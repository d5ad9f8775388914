package api

import (
	"context"
	"fmt"
	"iter"
)

// Invoker sends actions and hands over their replies.
type Invoker interface {
	// Invoke sends the action and calls reply, in the calling goroutine, for
	// each event that answers it, in order. It returns nil after the last
	// reply. When reply returns false, Invoke returns nil at once and later
	// replies are discarded. An error event isn't passed to reply but returned
	// as an *[Error]. When ctx ends first, its cause is returned; the action may
	// still take effect.
	//
	// Invoke may be called concurrently, and from inside reply.
	Invoke(ctx context.Context, action *Action, reply func(*Event) bool) error
}

// InvokerFunc is a function that is an [Invoker].
type InvokerFunc func(ctx context.Context, action *Action, reply func(*Event) bool) error

// Invoke calls f.
func (f InvokerFunc) Invoke(ctx context.Context, action *Action, reply func(*Event) bool) error {
	return f(ctx, action, reply)
}

// Client has a method for each action. It is a value: copy it freely. The zero
// Client has no invoker and can't be used.
type Client struct {
	invoker Invoker
}

// NewClient makes a Client whose methods go through invoker.
func NewClient(invoker Invoker) Client {
	return Client{invoker}
}

// UnexpectedEventError says that an action was answered by an event that isn't
// among its replies.
type UnexpectedEventError struct {
	// Action is the name of the action.
	Action string
	// Event is the event that came.
	Event *Event
}

// Error names the action and the event.
func (e *UnexpectedEventError) Error() string {
	return fmt.Sprintf("ninchat: %s was answered by unexpected event %q", e.Action, e.Event.Name)
}

// callOne invokes an action that has one reply and decodes it.
func callOne[T TypedEvent](ctx context.Context, invoker Invoker, action *Action) (typed T, err error) {
	event, err := first(ctx, invoker, action)
	if err != nil {
		return typed, err
	}
	typed, ok, err := As[T](event)
	if !ok {
		return typed, &UnexpectedEventError{action.Name, event}
	}
	return typed, err
}

// callNone invokes an action that isn't answered.
func callNone(ctx context.Context, invoker Invoker, action *Action) error {
	return invoker.Invoke(ctx, action, func(*Event) bool { return true })
}

// first invokes an action and returns its first reply.
func first(ctx context.Context, invoker Invoker, action *Action) (*Event, error) {
	var event *Event
	err := invoker.Invoke(ctx, action, func(e *Event) bool {
		if event == nil {
			event = e
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	if event == nil {
		return nil, fmt.Errorf("ninchat: %s ended without a reply", action.Name)
	}
	return event, nil
}

// replies invokes an action that has many replies.
func replies(ctx context.Context, invoker Invoker, action *Action, err error) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		if err != nil {
			yield(nil, err)
			return
		}
		stopped := false
		err := invoker.Invoke(ctx, action, func(e *Event) bool {
			stopped = !yield(e, nil)
			return !stopped
		})
		if err != nil && !stopped {
			yield(nil, err)
		}
	}
}
