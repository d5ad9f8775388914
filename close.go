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
	s.mailbox.Post(engine.Input{Kind: engine.Close})
	return s.await(context.Background(), s.config.CloseTimeout)
}

// Drain closes the session after all calls that are on their way have been
// answered. New ones are refused with [ErrClosed]. It waits like [Session.Close]. If
// ctx ends first, the session is closed at once, and ctx's cause is returned without
// waiting for the session's goroutines, which end within about Config.CloseTimeout.
func (s *Session) Drain(ctx context.Context) error {
	s.mailbox.Post(engine.Input{Kind: engine.Drain})
	if !doneBefore(s.ended, ctx.Done()) {
		s.mailbox.Post(engine.Input{Kind: engine.Close})
		return context.Cause(ctx)
	}
	return s.await(ctx, s.config.CloseTimeout)
}

// await waits for the session's end and that of its goroutines. The session may
// take all of the time-out to end, and its connection may linger after that; to
// give up at that very moment would be to toss a coin.
func (s *Session) await(ctx context.Context, timeout time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout+2*linger, ErrCloseTimeout)
	defer cancel()
	if !s.awaitEnd(ctx.Done()) {
		return context.Cause(ctx)
	}
	return nil
}

// awaitEnd waits for the session's end and that of its goroutines, until over comes.
// It reports whether they have ended.
func (s *Session) awaitEnd(over <-chan struct{}) bool {
	finished := make(chan struct{})
	go func() {
		<-s.ended
		s.tasks.Wait()
		close(finished)
	}()
	return doneBefore(finished, over)
}

// Suspend ends the session here, but not on the server, and returns the token
// with which it can be gone on with. The server waits for that for a while, and
// keeps the events meanwhile; those that were received but not handled come
// again. Calls that are on their way end with [ErrClosed]: whether they have been
// done isn't known. Config.TokenStore has the token when Suspend returns.
//
// The error is [ErrCloseTimeout], as that of [Session.Close]. A session that has
// ended otherwise can't be suspended any more: the error is [ErrClosed] or the one
// that ended it.
func (s *Session) Suspend() (Token, error) {
	// What a loop over events is done with mustn't come again.
	s.tellHandled()
	s.mailbox.Post(engine.Input{Kind: engine.Leave})
	if err := s.await(context.Background(), s.config.CloseTimeout); err != nil {
		return s.Token(), err
	}
	if !s.left {
		return Token{}, s.endError()
	}
	return s.last, nil
}

// endError is why the session has ended, after it has.
func (s *Session) endError() error {
	if s.err != nil {
		return s.err
	}
	return ErrClosed
}

// doneBefore waits until done or over comes, and reports whether it is done. That prevails
// if both have come at once, as after the machine has stood still.
func doneBefore[T any](done <-chan struct{}, over <-chan T) bool {
	select {
	case <-done:
		return true
	case <-over:
	}
	select {
	case <-done:
		return true
	default:
		return false
	}
}
