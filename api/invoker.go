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

// Client has a method for each action, apart from those that begin, resume and
// end sessions. It is a value: copy it freely. Its methods may be called
// concurrently, as far as its invoker allows that. The zero Client has no
// invoker and can't be used.
//
// The methods wait for the reply. They return an *[Error] if the server answers
// with an error event, an *[UnexpectedEventError] if it answers with something
// else that isn't a reply to the action, and whatever error the invoker
// returns. An action that can't be encoded, as NaN is in it, is an error before
// anything is sent.
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

// Error names the action, and the event if this package knows it: another name might be
// anything.
func (e *UnexpectedEventError) Error() string {
	if newTypedEvent(e.Event.Name) == nil {
		return fmt.Sprintf("ninchat: %s was answered by an unexpected event, which this package doesn't know", e.Action)
	}
	return fmt.Sprintf("ninchat: %s was answered by unexpected event %q", e.Action, e.Event.Name)
}

// The call functions implement the methods of Client. They take an action as
// its Action method returns it, together with the error.

// callOne is for actions that are answered by one event.
func callOne[T TypedEvent](ctx context.Context, invoker Invoker, action *Action, err error) (typed T, _ error) {
	if err != nil {
		return typed, err
	}
	event, err := first(ctx, invoker, action)
	if err != nil {
		return typed, err
	}
	return asReply[T](action, event)
}

// callNone is for actions that aren't answered.
func callNone(ctx context.Context, invoker Invoker, action *Action, err error) error {
	if err != nil {
		return err
	}
	return invoker.Invoke(ctx, action, func(*Event) bool { return true })
}

// reply is implemented by structs with a field for each event that may answer
// an action, as a pointer.
type reply[R any] interface {
	*R
	// take stores the event in its field, and returns false if there is none.
	take(TypedEvent) bool
}

// callAny is for actions that are answered by one of several events, or by
// several events once each.
func callAny[R any, P reply[R]](ctx context.Context, invoker Invoker, action *Action, err error) (*R, error) {
	result, count := new(R), 0
	for event, err := range replies(ctx, invoker, action, err) {
		if err != nil {
			return nil, err
		}
		if err := takeReply(P(result), action, event); err != nil {
			return nil, err
		}
		count++
	}
	if count == 0 {
		return nil, noReply(action)
	}
	return result, nil
}

// callEach is for actions with many replies, of several kinds.
func callEach[R any, P reply[R]](ctx context.Context, invoker Invoker, action *Action, err error) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for event, err := range replies(ctx, invoker, action, err) {
			var result R
			if err == nil {
				err = takeReply(P(&result), action, event)
			}
			if !yield(result, err) || err != nil {
				return
			}
		}
	}
}

// callRepeated is for actions with many replies of the same kind.
func callRepeated[T TypedEvent](ctx context.Context, invoker Invoker, action *Action, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for event, err := range replies(ctx, invoker, action, err) {
			var result T
			if err == nil {
				result, err = asReply[T](action, event)
			}
			if !yield(result, err) || err != nil {
				return
			}
		}
	}
}

// takeReply decodes an event and stores it in result.
func takeReply[R any, P reply[R]](result P, action *Action, event *Event) error {
	typed := newTypedEvent(event.Name)
	if typed == nil || !result.take(typed) {
		return &UnexpectedEventError{action.Name, event}
	}
	return decodeEvent(event, typed)
}

// asReply decodes an event, which must have the name of T.
func asReply[T TypedEvent](action *Action, event *Event) (T, error) {
	typed, ok, err := As[T](event)
	if !ok {
		return typed, &UnexpectedEventError{action.Name, event}
	}
	return typed, err
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
		return nil, noReply(action)
	}
	return event, nil
}

// replies invokes an action that has any number of replies, once the result is
// iterated over.
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

func noReply(action *Action) error {
	return fmt.Errorf("ninchat: %s ended without a reply", action.Name)
}
