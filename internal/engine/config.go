package engine

import "time"

// Config has the engine's settings. None has a default here: the session package
// fills them in.
type Config struct {
	// RetryFirst is the delay before the second of several attempts to
	// connect; it doubles up to RetryMax.
	RetryFirst time.Duration
	RetryMax   time.Duration
	// Settled is how long a connection must last for the next attempt to be
	// made without delay.
	Settled time.Duration
	// Answer is how long to wait for a session to be created or resumed.
	Answer time.Duration
	// KeepAlive is how long nothing may be sent before a keep-alive is.
	KeepAlive time.Duration
	// Silence is how long nothing may be received before the connection is
	// taken for dead.
	Silence time.Duration
	// Probe is how long an action may be unanswered, with nothing received,
	// before the server is asked for a sign of life, and how long that may take.
	Probe time.Duration
	// Gap is how long events that came too early wait for those before them,
	// before these are asked for again.
	Gap time.Duration
	// AckDelay and AckCount are how long, and how many events, to wait for an
	// action that can carry an acknowledgement before it is sent by itself.
	AckDelay time.Duration
	AckCount int64
	// QueueEvents and QueueBytes bound the events that wait for the consumer.
	QueueEvents int
	QueueBytes  int
	// Pause is how long reading may pause. Then events are read, and dropped to
	// be asked for again: the server wouldn't keep up a connection from which
	// nothing is read.
	Pause time.Duration
	// Discard drops events that aren't replies, as handled.
	Discard bool
	// Close is how long a session that is being created may delay closing.
	Close time.Duration
	// Resume is the session to be resumed; nil means that one is to be created.
	Resume *Resume
	// Claim has the credentials of a user that the session makes handed over
	// before anything else happens.
	Claim bool
	// Random returns a number from 0 to 1, for jitter.
	Random func() float64
}
