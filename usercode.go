package ninchat

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/ninchat-community/ninchat/internal/engine"
)

// runUser runs a function of the application, for at most Config.LoginTimeout,
// in a goroutine of its own: it may call any method of the session, also those
// that wait for the session's goroutines. It isn't waited for if it doesn't
// return when it should.
func runUser[T any](ctx context.Context, s *Session, name string, f func(context.Context) (T, error)) (T, error) {
	type result struct {
		value T
		err   error
		// late says that the time was over.
		late bool
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.config.LoginTimeout, fmt.Errorf("%s hasn't returned after Config.LoginTimeout", name))
	defer cancel()
	done := make(chan result, 1)
	go func() {
		r := result{err: errPanicked}
		defer func() {
			if v := recover(); v != nil {
				s.callbackPanicked(name, v, debug.Stack())
			}
			done <- r
		}()
		r.value, r.err = f(ctx)
		r.late = ctx.Err() != nil
	}()
	r := result{late: true}
	select {
	case r = <-done:
	case <-ctx.Done():
		// After the machine has stood still, both may have come at once.
		select {
		case r = <-done:
		default:
		}
	}
	if r.late {
		var zero T
		return zero, context.Cause(ctx)
	}
	return r.value, r.err
}

// errPanicked is the error of a function of the application that panicked.
var errPanicked = errors.New("the function panicked")

// callbackPanicked reports the panic of a function of the application. The value
// might have anything in it, so it isn't logged.
func (s *Session) callbackPanicked(name string, value any, stack []byte) {
	s.countPanic()
	s.trace.callbackPanicked(name, value, stack)
	s.config.Logger.Error("callback panicked", "callback", name, "stack", string(stack))
}

func (s *Session) countPanic() {
	d := &s.dispatcher
	d.mu.Lock()
	defer d.mu.Unlock()
	d.panics++
}

// loggerPanicked reports the panic of the handler of Config.Logger, which may be called
// by whoever has a place in the session, and can't be told.
func (s *Session) loggerPanicked(value any) {
	s.countPanic()
	s.trace.callbackPanicked("Config.Logger", value, debug.Stack())
}

// handOver gives the credentials of a new user to the application.
func (s *Session) handOver() {
	s.tasks.Go(func() {
		err := s.claim()
		s.mailbox.Post(engine.Input{Kind: engine.Claimed, Err: s.secrets.Error(err)})
	})
}

func (s *Session) claim() error {
	if f := s.config.OnCredentials; f != nil {
		credentials := s.Credentials()
		_, err := runUser(s.ctx, s, "Config.OnCredentials", func(ctx context.Context) (struct{}, error) {
			return struct{}{}, f(ctx, credentials)
		})
		if err != nil {
			return fmt.Errorf("Config.OnCredentials: %w", err)
		}
		s.mailbox.Post(engine.Input{Kind: engine.Taken})
	}
	return s.saveFirst(s.ctx)
}
