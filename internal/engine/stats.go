package engine

// Stats are counters since the engine was made, and some current values.
type Stats struct {
	State State
	// Connections counts the connections that were made.
	Connections int64
	// SessionsCreated and SessionsLost count sessions.
	SessionsCreated int64
	SessionsLost    int64
	// Resumed counts the resumptions that succeeded.
	Resumed int64
	// Actions counts the actions that were sent, the repeated ones included;
	// Repeated counts those that were sent again.
	Actions  int64
	Repeated int64
	// Events counts the events that were received, duplicates included.
	Events int64
	// Duplicates counts the events that had been received before.
	Duplicates int64
	// Late counts replies to calls that had been given up.
	Late int64
	// Skipped counts the events that weren't kept because the queue was full,
	// and which the server was asked for again.
	Skipped int64
	// Dropped counts events without id that were dropped because the queue was
	// full: they can't be had again.
	Dropped int64
	// Gaps counts how often events were missing for so long that they were asked
	// for again, or given up.
	Gaps int64
	// Missing counts the places at which events are missing for good, which the
	// stream has been told of, and TooLate the events that came after that.
	Missing, TooLate int64
	// Pauses counts how often reading was paused because the queue was full.
	Pauses int64
	// Queued and QueuedBytes are what waits for the consumer.
	Queued      int
	QueuedBytes int
	// Pending is the number of calls that are on their way.
	Pending int
	// Polls says that the latest connection is one for long polling.
	Polls bool
}

// Stats returns the counters.
func (e *Engine) Stats() Stats {
	s := e.stats
	s.Queued, s.QueuedBytes, s.Pending = e.stream.count(), e.stream.bytes, e.pending.count
	s.Polls = e.connection.polls
	return s
}
