package engine

import "time"

// Place is where the consumer is: all events up to it have been handled.
type Place struct {
	// SessionID is the session's id, "" if there never was one.
	SessionID string
	// EventID is the id up to which its events have been handled.
	EventID int64
	// ActionID is the action_id that was given out last.
	ActionID int64
}

// Resume is a session that another engine has begun.
type Resume struct {
	// UserID is the id of the session's user.
	UserID string
	// Place is where to go on. Its ActionID must be one that hasn't been given
	// out, nor any after it.
	Place Place
}

// restore begins with a session that another engine has begun. What was received
// after the place comes again; but if the server was told that more has been
// handled, it has forgotten that.
func (e *Engine) restore(r *Resume) {
	e.lastID = r.Place.ActionID
	e.session = session{
		id:        r.Place.SessionID,
		userID:    r.UserID,
		restored:  true,
		inherited: r.Place.ActionID,
		received:  r.Place.EventID,
		acked:     r.Place.EventID,
		gap:       -1,
	}
}

// Place returns where the consumer is. While it hasn't got to know that a
// session was lost, it is in that session: who resumes from there is told of the
// loss.
func (e *Engine) Place() Place {
	p := Place{SessionID: e.session.id, EventID: e.ackPosition()}
	if e.session.id == "" || e.stream.old > 0 {
		p = e.former
	}
	if e.claim != nil {
		// It hasn't been delivered yet.
		p.EventID = e.claim.EventID - 1
	}
	p.ActionID = e.lastID
	return p
}

// ResumeActionID returns the action_id to count from when a session is resumed
// from a place that was noted at some time before now. The server recognizes
// actions by their ids, so none may be used for another action: those that were
// given out after the place was noted are jumped over, and so are those of
// others who went on from the same place and noted nothing. Microseconds since
// 1970 are beyond what any of them can have used, and within the integers that a
// floating-point number holds.
func ResumeActionID(noted int64, now time.Time) int64 {
	return max(noted+actionMargin, now.UnixMicro())
}

// actionMargin is for clocks that go back.
const actionMargin = 1 << 20
