package engine

import (
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// Effect is something to be done. Which of the fields matter depends on Kind.
type Effect struct {
	Kind EffectKind
	// Conn is the number of the connection that Connect, Login, Send, Pause,
	// Unpause and Disconnect are about.
	Conn int
	// Outgoing is for Send.
	Outgoing wire.Outgoing
	// Call is for Reply and Fail.
	Call *Call
	// Message is for Deliver, Reply, Claim, Change, Created, Lost and End. Deliver without a message
	// stands for the events that Missing has, or, if that is zero, for the loss of the session:
	// Err says why.
	Message *wire.Message
	Missing Span
	// Last, for Reply, says that the call is complete.
	Last bool
	// Flag, for Connect, asks to discover hosts again; for Login, it says that
	// the server has deleted the user's authentication token; for Send, that the
	// action was sent before; for End, that the session goes on on the server.
	Flag bool
	// Again, for Connect, asks for the host that was used last.
	Again bool
	// State is for Change, Delay, how long it will last, for Waiting.
	State State
	Delay time.Duration
	// Err is for Fail, Change, Lost and End.
	Err error
}

// EffectKind says what is to be done.
type EffectKind uint8

// The kinds of effect.
const (
	// Connect asks for a connection; Connected or ConnectFailed answers.
	Connect EffectKind = iota
	// AskLogin asks for the parameters of create_session; LoginReady or
	// LoginFailed answers.
	AskLogin
	// Send sends a message. It must not block.
	Send
	// Disconnect flushes what was sent and closes the connection, or gives up
	// making it. Nothing more about it is of interest.
	Disconnect
	// Pause and Unpause stop and restart reading from the connection.
	Pause
	Unpause
	// Deliver hands an event to the stream.
	Deliver
	// Reply hands an event to a call, or says that it is complete if there is no
	// event.
	Reply
	// Accept says that a call has got its id, if it asked for that.
	Accept
	// Fail ends a call with an error, which is Message's if Err is nil.
	Fail
	// Claim hands over the credentials of a new user; Claimed answers.
	Claim
	// Created tells of a new session, Resumed of one that goes on, Lost of the
	// loss of one.
	Created
	Resumed
	Lost
	// Change tells of a new state.
	Change
	// End ends the session: with Err, with the error event Message, or, if both
	// are nil, because it was asked for. It is the last effect.
	End
)

// State is what the session is doing.
type State uint8

// The states of a session.
const (
	// Connecting means that a connection is being made, or the session is being
	// created or resumed on it.
	Connecting State = iota
	// Online means that actions and events flow.
	Online
	// Waiting means that the last attempt failed, and that the next one will be
	// made after a delay.
	Waiting
	// Closing means that the session has been told to close.
	Closing
	// Closed means that the session has ended.
	Closed
)

// String names the state.
func (s State) String() string {
	return [...]string{"connecting", "online", "waiting", "closing", "closed"}[s]
}
