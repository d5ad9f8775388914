package server

import (
	"log/slog"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// session is what a client has from create_session on, across connections.
type session struct {
	hub  *hub
	id   string
	user *user
	// types are the message types that the client wants.
	types typeFilter
	// carrier brings the events to the client, nil if it is away.
	carrier carrier
	// ousted are those who polled before another client took the session.
	ousted []pollerID
	// buffer has the events that haven't been acknowledged; those up to sent
	// have been handed to the carrier.
	buffer buffer
	sent   int64
	// swapping means that the next two events are to be sent in the wrong order.
	swapping bool
	journal  journal
	// heir means that the session may be the successor of one that was lost, whose
	// client repeats what it has no answer to, even if it has acknowledged the answer
	// with what came later. Clients do that first, under the old numbers: the first new
	// action ends it. From then on an action that says the same as an old one with the
	// same number is another one, of a client that counts from 1 again.
	heir bool
	// follows are channels whose messages come without membership.
	follows map[*channel]struct{}
	// watches are queues that the client may want to enter.
	watches map[*queue]struct{}
	// idle is what the client said in update_session.
	idle bool
	// ended sessions can't be resumed and get no more events, but their
	// carrier is still given those that they have.
	ended bool
	// detached is when the connection was lost; timer then waits for the end.
	detached time.Time
	timer    Timer
}

func (s *session) stopTimer() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

// push buffers an event and has it sent. It returns the event's id.
func (s *session) push(e entry) int64 {
	if s.ended {
		return 0
	}
	e.delivery = s.hub.keeper.deliver(s, s.buffer.last()+1, e)
	id := s.buffer.push(e)
	s.hub.stats.Events++
	limits := &s.hub.config.Limits
	if s.buffer.entries.Len() == limits.Events+1 || s.buffer.bytes > limits.EventBytes {
		s.hub.doomed = append(s.hub.doomed, s)
	}
	if s.carrier != nil {
		s.carrier.wake()
	}
	return id
}

// deliver pushes a message, if the client wants its type.
func (s *session) deliver(p *parcel, messageType string) {
	if s.types.match(messageType) {
		s.push(plain(p))
	}
}

// take appends what comes next of the events up to last: one, or two that are swapped.
// It appends nothing if that isn't there.
func (s *session) take(items []item, last int64) []item {
	switch {
	case s.swapping && !s.ended:
		return s.takeSwapped(items, last)
	case s.sent < last:
		return s.takeOne(items)
	}
	return items
}

// takeOne appends the next event, which must be there.
func (s *session) takeOne(items []item) []item {
	s.sent++
	return append(items, item{s.buffer.at(s.sent), s.sent})
}

// takeSwapped appends the next two events in the wrong order, and ends the
// swapping, if they are there.
func (s *session) takeSwapped(items []item, last int64) []item {
	if s.sent+2 > last {
		return items
	}
	first, second := s.sent+1, s.sent+2
	s.sent, s.swapping = second, false
	return append(items, item{s.buffer.at(second), second}, item{s.buffer.at(first), first})
}

// acknowledge forgets the events up to id. Ids that haven't been sent yet make
// no sense and are cut back.
func (s *session) acknowledge(id int64) {
	before := s.buffer.acked
	s.buffer.acknowledge(min(id, s.sent))
	if s.buffer.acked != before {
		s.hub.touch(acknowledged{s})
	}
	s.journal.acknowledge(s.buffer.acked)
}

// attach gives the session a carrier, and takes away the one that it had.
func (s *session) attach(c carrier) {
	if old := s.carrier; old != nil {
		old.drop(fail(api.ErrConnectionSuperseded, ""))
	}
	s.stopTimer()
	s.carrier = c
	s.sent = s.buffer.acked
}

// detach is called when the carrier has been lost.
func (s *session) detach() {
	s.carrier = nil
	if s.ended || s.hub.closed {
		return
	}
	h := s.hub
	s.detached = h.clock.Now()
	s.timer = h.clock.After(h.config.Resume, func() {
		h.do(func() {
			if s.carrier == nil && !s.ended && h.clock.Now().Sub(s.detached) >= h.config.Resume {
				h.note(slog.LevelDebug, "session timed out", "user", s.user.id)
				h.lose(s)
			}
		})
	})
}

// start makes a session for a user.
func (h *hub) start(u *user, types typeFilter) *session {
	s := &session{hub: h, id: newToken(), user: u, types: types, heir: len(u.lost) > 0}
	s.journal.session = s
	h.sessions[s.id] = s
	u.sessions = append(u.sessions, s)
	h.stay(u)
	h.touch(s)
	return s
}

// end makes a session unusable. Its connection remains, to be given the rest of
// the events.
func (h *hub) end(s *session) {
	if s.ended {
		return
	}
	s.ended = true
	s.stopTimer()
	delete(h.sessions, s.id)
	h.touch(s, acknowledged{s})
	s.journal.drop()
	s.buffer.disown()
	s.unfollow()
	s.unwatch()
	s.user.removeSession(s)
	h.refreshPresence(s.user)
	if len(s.user.sessions) == 0 {
		h.withdrawAll(s.user)
	}
}

// lose ends a session without the client's consent: what has been done in it is
// remembered for the one that replaces it.
func (h *hub) lose(s *session) {
	if s.ended {
		return
	}
	h.stats.SessionsLost++
	s.bequeath()
	h.end(s)
}

// overflow loses a session whose client doesn't acknowledge its events.
func (h *hub) overflow(s *session) {
	if s.ended {
		return
	}
	h.note(slog.LevelInfo, "session buffer overflow", "user", s.user.id, "events", s.buffer.entries.Len())
	h.lose(s)
	if c := s.carrier; c != nil {
		c.drop(fail(api.ErrSessionBufferOverflow, ""))
	}
}

// createSession begins a session.
func (c *call) createSession(a *api.CreateSession) *failure {
	h := c.hub
	if c.session != nil {
		return fail(api.ErrRequestMalformed, "the connection has a session already")
	}
	if c.origin.spent() {
		return fail(api.ErrRequestMalformed, "the connection's session has been closed")
	}
	if len(h.sessions) >= h.config.Limits.Sessions {
		return fail(api.ErrInternal, "too many sessions")
	}
	types, why := h.newTypeFilter(a.MessageTypes)
	if why != nil {
		return why
	}
	u, auth, why := c.login(a)
	if why != nil {
		return why
	}
	if why := h.makeRoom(u); why != nil {
		return why
	}
	if c.key != nil {
		h.spend(c.key)
	}
	s := h.start(u, types)
	c.origin.adopt(s)
	c.session = s
	h.refreshPresence(u)
	created := h.sessionCreated(s)
	created.UserAuth = auth
	created.SessionHost = ifAny(c.origin.base().host)
	c.reply(created)
	c.deprecate()
	h.note(slog.LevelDebug, "session created", "conn", c.origin.number(), "user", u.id)
	return nil
}

// deprecate tells the client that it is old-fashioned, if the configuration says
// so. The event belongs to the connection.
func (c *call) deprecate() {
	if reason := c.hub.config.Deprecated; reason != "" {
		c.origin.mention(plain(pack(&fail(api.ErrDeprecated, "%s", reason).event)))
	}
}

// makeRoom sees to it that the user can have one more session.
func (h *hub) makeRoom(u *user) *failure {
	if len(u.sessions) < h.config.Limits.SessionsPerUser {
		return nil
	}
	for _, s := range u.sessions {
		if s.carrier == nil {
			h.lose(s)
			return nil
		}
	}
	return fail(api.ErrPermissionDenied, "too many sessions").user(u.id)
}

// resumeSession continues a session on a new connection, or acknowledges
// events, which has been done already when it gets here.
func (c *call) resumeSession(*api.ResumeSession) *failure {
	id := c.message.SessionID
	if c.session != nil {
		if id != "" && id != c.session.id {
			return fail(api.ErrRequestMalformed, "session_id: the connection has another session")
		}
		return nil
	}
	s := c.hub.sessions[id]
	if s == nil || c.message.EventID > s.buffer.last() {
		// A client that claims to have events which never were would ignore
		// the next ones, as their ids are not new to it.
		return sessionNotFound(id)
	}
	s.sent = max(s.sent, c.message.EventID)
	s.acknowledge(c.message.EventID)
	c.origin.adopt(s)
	c.deprecate()
	c.hub.stats.Resumed++
	c.hub.note(slog.LevelDebug, "session resumed", "conn", c.origin.number(), "user", s.user.id)
	return nil
}

// closeSession ends the session, and with it the connection.
func (c *call) closeSession(*api.CloseSession) *failure {
	s := c.session
	if id := c.message.SessionID; s == nil {
		s = c.hub.sessions[id]
		if s == nil {
			c.origin.spend()
			return sessionNotFound(id)
		}
	} else if id != "" && id != s.id {
		return fail(api.ErrRequestMalformed, "session_id: the connection has another session")
	}
	if s.carrier != nil {
		s.carrier.end("session closed")
	}
	c.hub.end(s)
	c.origin.end("session closed")
	return nil
}

// updateSession notes whether the session is in use, and what has been read.
func (c *call) updateSession(a *api.UpdateSession) *failure {
	if a.SessionIdle != nil {
		c.session.idle = *a.SessionIdle
		c.hub.touch(c.session)
		c.hub.refreshPresence(c.session.user)
	}
	switch {
	case a.ChannelID != nil && a.UserID != nil:
		return fail(api.ErrRequestMalformed, "user_id: not together with channel_id")
	case a.MessageID == nil:
		return nil
	case a.ChannelID != nil:
		return c.readChannel(*a.ChannelID, *a.MessageID)
	case a.UserID != nil:
		return c.readDialogue(*a.UserID, *a.MessageID)
	}
	return fail(api.ErrRequestMalformed, "message_id: neither channel_id nor user_id says where it is")
}

func (c *call) readChannel(id, messageID string) *failure {
	ch, m, why := c.membership(id)
	if why != nil {
		return why
	}
	m.status.read(messageID, ch.log.newest())
	c.hub.touch(m)
	c.spread(pack(&api.SessionStatusUpdated{ChannelID: &id, MessageID: messageID}), c.user)
	return nil
}

func (c *call) readDialogue(peerID, messageID string) *failure {
	d := c.user.dialogues[peerID]
	if d == nil {
		return userNotFound(peerID)
	}
	d.side(c.user).status.read(messageID, d.log.newest())
	c.hub.touch(d)
	c.spread(pack(&api.SessionStatusUpdated{UserID: &peerID, MessageID: messageID}), c.user)
	return nil
}

// sessionCreated describes a new session.
func (h *hub) sessionCreated(s *session) *api.SessionCreated {
	u := s.user
	created := &api.SessionCreated{
		SessionID:        api.Secret(s.id),
		UserID:           u.id,
		UserAttrs:        u.visibleAttrs(),
		UserSettings:     u.visibleSettings(),
		UserAccount:      h.account(u),
		UserIdentities:   u.visibleIdentities(u),
		UserDialogues:    u.visibleDialogues(),
		UserChannels:     u.visibleChannels(),
		UserRealms:       h.visibleRealms(u),
		UserRealmsMember: u.visibleRealmMemberships(),
		PuppetMasters:    u.puppetMasters(),
	}
	if queues := u.visibleQueues(); len(queues) > 0 {
		created.UserQueues = queues
	}
	return created
}
