package engine

import (
	"bytes"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// session is what the engine knows about the session.
type session struct {
	id     string
	userID string
	// since is when the session was created, if it was by this engine, and
	// shortLived how many in a row before it were lost soon after that.
	since      time.Time
	shortLived int
	// authDeleted says that the server has deleted the user's authentication
	// token.
	authDeleted bool
	// newUser says that the session being created makes a user.
	newUser bool
	// unclaimed is the authentication token of the user that the session made,
	// as JSON: see abandon.
	unclaimed []byte

	// restored says that the session was begun by another engine, and that
	// nothing has been received since: the first event may have any id, as the
	// server may have been told that those before it were handled.
	restored bool
	// assumed are the events that were taken for handled because of that.
	assumed Span
	// inherited is the highest action_id of actions that another engine has
	// sent.
	inherited int64

	// received is the id of the event up to which all were received and kept.
	received int64
	// acked is the id up to which the server has been told.
	acked int64
	// ackSince is when there came to be something to acknowledge.
	ackSince time.Time
	// gap is the id after which one was missing when that was last noticed, -1 if
	// never or if it isn't any more; gapSeen counts how often that was.
	gap     int64
	gapSeen int
	// asks counts how often missing events were asked for in vain, and asked is
	// when that was last done.
	asks  int
	asked time.Time
	// missing are the latest events that the stream was told to be missing.
	missing []Span
}

// create sends create_session.
func (e *Engine) create(login Login) {
	if e.phase != phaseLogin {
		return
	}
	if e.closing {
		e.end(nil, nil)
		return
	}
	e.phase = phaseCreating
	e.session.newUser = login.NewUser
	e.connection.answerBy = e.now.Add(e.config.Answer)
	e.send(wire.Outgoing{Name: "create_session", Params: login.Params})
}

// creating takes a message that comes while the session is being created.
func (e *Engine) creating(m *wire.Message) {
	switch m.Name {
	case "session_created":
		e.created(m)
	case "error":
		if wire.StringMember(m.Text, "error_type") == "internal" {
			e.reconnect(&EventError{errNotCreated, m})
			return
		}
		// Trying again with the same credentials would lead to the same answer.
		e.end(nil, m)
	default:
		// The session is there, but its first event is still to come.
		if m.EventID != 0 {
			e.skip(m)
		}
	}
}

// created begins the new session.
func (e *Engine) created(m *wire.Message) {
	id, userID := m.SessionID, wire.StringMember(m.Text, "user_id")
	if id == "" || userID == "" {
		e.reconnect(&wire.Error{Kind: wire.Malformed, Part: wire.PartHeader, Reason: "session_created has no session_id or user_id"})
		return
	}
	newUser := e.session.newUser
	e.session = session{id: id, userID: userID, since: e.now, shortLived: e.session.shortLived, received: m.EventID, gap: -1}
	e.stats.SessionsCreated++
	e.connection.progress = true
	if auth, ok := wire.Member(m.Text, "user_auth"); ok && newUser {
		e.session.unclaimed = bytes.Clone(auth)
	}
	if e.closing {
		// Nobody is there any more to take the credentials.
		e.deleteUnclaimed()
		e.closeSession(nil)
		return
	}
	if e.config.Claim && e.session.unclaimed != nil {
		e.phase = phaseClaiming
		e.claim = m
		e.effect(Effect{Kind: Claim, Message: m})
		return
	}
	e.effect(Effect{Kind: Created, Message: m})
	e.keep(m)
	e.online()
}

// resume sends resume_session, and a ping that shows that it worked: events
// come only if there are any.
func (e *Engine) resume() {
	e.phase = phaseResuming
	e.connection.answerBy = e.now.Add(e.config.Answer)
	// What was received but not handled yet isn't acknowledged: it comes again,
	// and is dropped by its ids.
	e.session.acked = e.ackPosition()
	e.session.ackSince = time.Time{}
	e.send(wire.Outgoing{Name: "resume_session", SessionID: e.session.id, EventID: e.session.acked})
	e.ping()
	e.flush()
}

// online begins the flow of actions.
func (e *Engine) online() {
	e.phase = phaseOnline
	e.proven = true
	e.connection.since = e.now
	e.change(Online, nil)
	e.ackLater()
	e.flush()
}

// lose forgets the session and begins a new one.
func (e *Engine) lose(m *wire.Message) {
	conn := e.conn
	e.letGo()
	if e.conn != conn {
		// Something among it has ended the session.
		return
	}
	e.stats.SessionsLost++
	if e.stream.old == 0 {
		e.former = Place{SessionID: e.session.id, EventID: e.ackPosition()}
	}
	authDeleted := e.session.authDeleted || wire.BoolMember(m.Text, "user_auth_deleted")
	failures := e.shortLived()
	e.session = session{gap: -1, authDeleted: authDeleted, shortLived: failures}
	e.loss = &EventError{ErrSessionLost, m}
	e.effect(Effect{Kind: Lost, Message: m, Err: e.loss})
	e.settleCalls()
	if !e.config.Discard {
		e.stream.push(streamEvent{size: noteSize})
		e.effect(Effect{Kind: Deliver, Err: e.loss})
	}
	e.stream.forgetIDs()
	// After the first time, it may be the host's fault.
	e.connection.progress = e.connection.progress && failures <= 1
	e.effect(Effect{Kind: Disconnect, Conn: e.conn})
	e.replace(e.loss, failures)
}

// shortLived is how many sessions in a row have been lost soon after they had been
// made, now that one is lost. That it is lost is an answer: if it wasn't made just
// before, the next one is made at once, however long the server was away.
func (e *Engine) shortLived() int {
	if e.now.After(e.session.since.Add(e.config.Settled)) {
		return 0
	}
	return e.session.shortLived + 1
}

// noteSize is what a note about something lost takes in the queue, in bytes.
const noteSize = 256

// settleCalls ends the calls that aren't to be sent again in another session:
// transient ones, and those that have been answered in part, as what they have
// got would come again.
func (e *Engine) settleCalls() {
	for c := e.pending.first; c != nil; {
		next := c.next
		c.torn = false
		switch {
		case c.Rule == RuleJoin && c.replies > 0:
			e.complete(c)
		case c.Transient || c.replies > 0:
			e.fail(c, e.loss, nil)
		}
		c = next
	}
}
