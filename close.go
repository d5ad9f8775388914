package ninchat

import (
	"context"
	"errors"
	"time"

	"github.com/ninchat-community/ninchat/internal/engine"
)

// ErrCloseTimeout says that something of the session hadn't ended after
// Config.CloseTimeout. It will, by itself.
var ErrCloseTimeout = errors.New("ninchat: session didn't close in time")

// Close closes the session, on the server too if it is connected. Calls that are
// on their way end with [ErrClosed]. It waits until all goroutines of the
// session have ended, for at most about Config.CloseTimeout. Events that were
// received can still be read.
//
// It doesn't wait for callbacks and handlers, which are still called for all that
// was received, and then for the last time: see [Session.Join].
//
// Close may be called more than once, and from anywhere.
func (s *Session) Close() error {
	s.mailbox.post(engine.Input{Kind: engine.Close})
	return s.await(s.config.CloseTimeout)
}

// Drain closes the session after all calls that are on their way have been
// answered. New ones are refused with [ErrClosed]. If ctx ends first, the
// session is closed at once, and ctx's error is returned.
func (s *Session) Drain(ctx context.Context) error {
	s.mailbox.post(engine.Input{Kind: engine.Drain})
	if !doneBefore(s.ended, ctx.Done()) {
		return errors.Join(context.Cause(ctx), s.Close())
	}
	return s.await(s.config.CloseTimeout)
}

// await waits for the session's end and that of its goroutines. The session may
// take all of the time-out to end, and its connection may linger after that; to
// give up at that very moment would be to toss a coin.
func (s *Session) await(timeout time.Duration) error {
	timer := time.NewTimer(timeout + 2*linger)
	defer timer.Stop()
	finished := make(chan struct{})
	go func() {
		<-s.ended
		s.tasks.Wait()
		close(finished)
	}()
	if !doneBefore(finished, timer.C) {
		return ErrCloseTimeout
	}
	return nil
}
