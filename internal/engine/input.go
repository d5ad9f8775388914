package engine

import (
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// Input is something that happened. Which of the fields matter depends on Kind.
type Input struct {
	Kind InputKind
	// Conn is the number of the connection that Connected, ConnectFailed,
	// LoginReady, LoginFailed, Received and Disconnected are about. Numbers of
	// connections that are no longer current are ignored.
	Conn int
	// Call is for Submit, Reserve and Cancel.
	Call *Call
	// ID is the id that Reserve asks for, 0 if any will do.
	ID int64
	// Message and Messages are for Received: one, or several; none means a
	// keep-alive.
	Message  *wire.Message
	Messages []*wire.Message
	// Login is for LoginReady.
	Login Login
	// Count is for Handled.
	Count int
	// Err is for ConnectFailed, LoginFailed, Claimed, Disconnected and Cancel.
	Err error
	// Final, for ConnectFailed, LoginFailed and Disconnected, says that trying
	// again is of no use. A session that has been online isn't given up because
	// of what becomes of connections, though.
	Final bool
	// RetryAfter, for ConnectFailed and Disconnected, is how long the server asks to
	// be left alone, 0 if it doesn't.
	RetryAfter time.Duration
	// Polls, for Connected, says that events are fetched by long polling: the
	// connection needs no keep-alives, acknowledges without a message of its own
	// and can't carry every payload.
	Polls bool
}

// InputKind says what happened.
type InputKind uint8

// The kinds of input.
const (
	// Start begins connecting.
	Start InputKind = iota
	// Submit adds a call.
	Submit
	// Reserve gives a call its id, to be submitted later. Accept or Fail answers.
	Reserve
	// Cancel gives a call up. It is failed with Err.
	Cancel
	// Connected says that a connection is there.
	Connected
	// ConnectFailed says that it couldn't be had.
	ConnectFailed
	// LoginReady brings the parameters of create_session.
	LoginReady
	// LoginFailed says that there are none. It ends the session if it is final.
	LoginFailed
	// Received brings messages, in order.
	Received
	// Disconnected says that a connection is gone.
	Disconnected
	// Handled says that the consumer is done with the oldest Count events of
	// the stream.
	Handled
	// Hint says that this may be a good moment to connect, or that the connection
	// may be dead.
	Hint
	// Tick says that time has passed.
	Tick
	// Drain closes when all calls have been answered; no new ones are taken.
	Drain
	// Close closes.
	Close
	// Abandon closes a session whose credentials nobody has taken.
	Abandon
	// Taken says that somebody has taken the credentials of a new user, who isn't
	// deleted from then on. Claimed is still to come.
	Taken
	// Claimed says that all that had to be done with the credentials of a new user
	// has been done, or, with Err, that it can't be: the session ends then, and the
	// user is deleted unless the credentials were Taken.
	Claimed
	// Leave ends without closing the session on the server: it can be resumed
	// from its place.
	Leave
)

// Login is what create_session is made of.
type Login struct {
	// Params is a JSON object.
	Params []byte
	// NewUser says that a user will be created by it, who is to be deleted if
	// nobody is there any more to take the credentials.
	NewUser bool
}
