package transport

import "github.com/ninchat-community/ninchat/internal/wire"

// Conn carries messages between the session and a server.
type Conn interface {
	// Send takes a message to be written and returns at once. Messages are
	// written in order. If writing fails, Receive returns an error.
	Send(o *wire.Outgoing)
	// Receive waits for messages and appends them to dst. It returns none if a
	// keep-alive came. Only one goroutine may call it.
	Receive(dst []*wire.Message) ([]*wire.Message, error)
	// Close writes what was sent, for at most a short time, and closes the
	// connection, in the background. A Receive that is waiting returns. Close
	// may be called more than once.
	Close()
	// Wait returns when everything that belongs to the connection has ended.
	Wait()
}
