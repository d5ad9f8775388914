package server

// carrier brings a session's events to its client: a WebSocket connection, or
// long polling. A session has one, or none while the client is away. The methods
// are called with the state locked, and never wait.
type carrier interface {
	// wake says that there is something to be brought.
	wake()
	// drop takes the session away, and tells the client why.
	drop(why *failure)
	// end brings what there is left of a session that has ended.
	end(reason string)
	// snap ends everything, without a word.
	snap()
}

// origin is where an action came from: a WebSocket connection, or a request. The
// methods are called with the state locked, and never wait.
type origin interface {
	// say answers outside of a session.
	say(e entry)
	// mention sends an event that belongs to no session, when there is an
	// occasion.
	mention(e entry)
	// adopt makes the origin, or what it belongs to, the carrier of a session.
	adopt(s *session)
	// spent says that there can be no new session, and spend makes it so.
	spent() bool
	spend()
	// end says that the session has been closed by its client.
	end(reason string)
	// snap ends everything, without a word.
	snap()
	// base is where the client finds the server.
	base() addresses
	// peer is the address of the client's computer.
	peer() string
	// number is for the log.
	number() uint64
}

var (
	_ carrier = (*conn)(nil)
	_ origin  = (*conn)(nil)
)
