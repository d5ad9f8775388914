package ninchat

import (
	"crypto/tls"
	"time"
)

// Trace has functions that are told of what happens in a session, in the manner
// of [net/http/httptrace.ClientTrace]: see Config.Trace. Those that are nil cost
// nothing.
//
// They are called one at a time, in the order in which things happened, by a
// goroutine that does nothing else, with no lock held. They are told a little
// later: the session doesn't wait for them. So they may call any method of the
// session, and wait for it; and Close doesn't wait for them, so that they may
// still be called shortly after it has returned. When they are so slow that
// 4,096 calls wait, further ones are left out, and Missed tells how many. One
// that panics is reported like any other callback.
//
// Nothing that they get is secret: neither parameters nor contents.
type Trace struct {
	// DiscoveryStart is called before hosts are discovered.
	DiscoveryStart func()
	// DiscoveryDone is called after that.
	DiscoveryDone func(TraceDiscovery)
	// ConnectStart is called before connecting to a host.
	ConnectStart func(host string)
	// ConnectDone is called after that.
	ConnectDone func(TraceConnect)
	// TLSDone is called after a TLS handshake, those for discovery included.
	TLSDone func(TraceTLS)

	// SessionCreated is called when a session has been created, for a user.
	SessionCreated func(userID string)
	// SessionResumed is called when it goes on on another connection.
	SessionResumed func()
	// SessionLost is called when the server has lost the session.
	SessionLost func()
	// StateChanged is called when the session gets into a state. Unlike
	// [Session.States] it leaves none out.
	StateChanged func(StateChange)
	// RetryScheduled is called when the next attempt to connect will be made
	// after a delay, because of an error.
	RetryScheduled func(delay time.Duration, err error)

	// ActionSent is called when an action is sent, be it again.
	ActionSent func(TraceAction)
	// ActionAnswered is called when a call has come to its end.
	ActionAnswered func(TraceAnswer)
	// EventReceived is called when an event comes, be it again.
	EventReceived func(TraceEvent)
	// EventDelivered is called when an event is put into the stream.
	EventDelivered func(TraceEvent)
	// EventsAcknowledged is called when the server is told that the event with
	// this id, and all before it, have been handled.
	EventsAcknowledged func(eventID int64)
	// Paused is called when reading stops because the queue is full, Unpaused
	// when it goes on.
	Paused   func()
	Unpaused func()

	// TokenSaved is called when Config.TokenStore has saved a token, or failed to.
	TokenSaved func(eventID int64, err error)
	// CallbackPanicked is called when a function of the application panicked: its
	// name, what it panicked with, and where. The session goes on.
	CallbackPanicked func(callback string, value any, stack []byte)
	// Missed is called when functions weren't called because they are too slow:
	// how often that was.
	Missed func(count int)
}

// TraceDiscovery is the outcome of discovering hosts.
type TraceDiscovery struct {
	// Hosts are what was found.
	Hosts []string
	// Duration is how long it took.
	Duration time.Duration
	// Err is why it failed, or nil.
	Err error
}

// TraceConnect is the outcome of connecting to a host.
type TraceConnect struct {
	// Host is the host, with the port unless it is the usual one.
	Host string
	// Transport is WebSocketOnly or LongPollOnly. It is AutoTransport if
	// connecting failed.
	Transport Transport
	// Duration is how long it took.
	Duration time.Duration
	// Err is why it failed, or nil.
	Err error
}

// TraceTLS is the outcome of a TLS handshake.
type TraceTLS struct {
	// Host is the host, with the port unless it is the usual one.
	Host string
	// State is what was agreed upon.
	State tls.ConnectionState
	// Duration is how long it took.
	Duration time.Duration
	// Err is why it failed, or nil.
	Err error
}

// TraceAction is an action that is sent.
type TraceAction struct {
	// Name is the name of the action. The session sends some by itself.
	Name string
	// ID is the action_id, 0 if there is none.
	ID int64
	// Repeated says that it was sent before.
	Repeated bool
}

// TraceAnswer is the end of a call.
type TraceAnswer struct {
	// Name and ID are those of the action.
	Name string
	ID   int64
	// Duration is how long it took since the call was made.
	Duration time.Duration
	// Err is why it failed, or nil: an *[api.Error] if the server refused it.
	Err error
}

// TraceEvent is an event.
type TraceEvent struct {
	// Name is the name of the event.
	Name string
	// ID is the event_id, ActionID the id of the action that it answers; 0 if
	// there is none.
	ID, ActionID int64
	// Size is about how much memory it takes, in bytes.
	Size int
}
