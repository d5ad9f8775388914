package ninchat

import (
	"context"

	"github.com/ninchat-community/ninchat/internal/engine"
)

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
	s.mailbox.post(engine.Input{Kind: engine.Leave})
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
