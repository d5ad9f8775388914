package transport

import (
	"errors"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// Conn carries messages between the session and a server.
type Conn interface {
	// Queue takes a message to be written. Messages are written in order, after
	// Flush. If writing fails, Receive returns an error.
	Queue(o *wire.Outgoing)
	// Flush has everything written that was queued, without waiting for it. With
	// hurry, it does as much of it as possible itself, which is faster if no
	// other messages are to be expected at the same time.
	Flush(hurry bool)
	// Receive waits for a message. It returns nil if a keep-alive came. Only one
	// goroutine may call it.
	Receive() (*wire.Message, error)
	// Close writes what was sent, for at most a short time, and closes the
	// connection, in the background. A Receive that is waiting returns. Close
	// may be called more than once.
	Close()
	// Wait returns when everything that belongs to the connection has ended.
	Wait()
}

// errConnClosed is returned by Receive after Close.
var errConnClosed = errors.New("ninchat: connection is closed")
