package engine

import (
	"errors"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// EventError is an error that the server has given a reason for. The reason isn't in
// the text: that is for whoever knows what mustn't be shown.
type EventError struct {
	// Err is what the error event led to: ErrSessionLost, for instance.
	Err error
	// Message is the error event.
	Message *wire.Message
}

// Error says what Err says.
func (e *EventError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *EventError) Unwrap() error { return e.Err }

var errNotCreated = errors.New("ninchat: session couldn't be created")
