package server

import (
	"slices"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/ring"
	"github.com/ninchat-community/ninchat/server/internal/clock"
)

// message is a message in a channel or dialogue.
type message struct {
	id   string
	at   float64
	kind string
	// authorID and authorName are "" in messages of the server.
	authorID, authorName string
	// restricted messages are for the author and the recipients only.
	restricted bool
	recipients []string
	// sorted are the recipients once they have been looked for, if there are many.
	sorted  []string
	hidden  bool
	fold    bool
	ttl     *float64
	payload [][]byte
	// files are what a message of that type brings.
	files []*file
	// text is what people read, "" if the type has none.
	text string
	// when is the time that the author gives the message, nil for its own.
	when *float64
	// parcels are the message as an event: the first one in a channel, and one
	// for each side of a dialogue that counts, which call each other by name.
	parcels [2]*parcel
	// log is where the message is stored, nil if it isn't; forgotten means that it
	// isn't any more.
	log       *chatlog
	forgotten bool
}

// forPeople reports whether the message makes a conversation unread.
func (m *message) forPeople() bool {
	switch m.kind {
	case api.MessageTypeText, api.MessageTypeNotice, api.MessageTypeFile, api.MessageTypeLink, api.MessageTypeUICompose:
		return true
	}
	return false
}

// addressed reports whether a user is among those whom the message is for.
func (m *message) addressed(userID string) bool {
	switch {
	case !m.restricted, m.authorID == userID:
		return true
	case len(m.recipients) <= fewRecipients:
		return slices.Contains(m.recipients, userID)
	}
	if m.sorted == nil {
		m.sorted = slices.Sorted(slices.Values(m.recipients))
	}
	_, found := slices.BinarySearch(m.sorted, userID)
	return found
}

// fewRecipients are quicker to go through than to sort. More are looked for among the
// members of a channel, of whom there are many, too.
const fewRecipients = 16

// visibleTo reports whether a member of the channel may see the message.
func (m *message) visibleTo(viewer *member) bool {
	if m.hidden && m.authorID != viewer.user.id && !viewer.moderating() {
		return false
	}
	return m.addressed(viewer.user.id)
}

// size is about how much memory the message takes. The sides of a dialogue
// share the payload.
func (m *message) size() int { return 2 * m.parcels[0].size() }

func (m *message) event() *api.MessageReceived {
	event := &api.MessageReceived{MessageID: m.id, MessageTime: m.at, MessageType: m.kind, MessageTTL: m.ttl}
	if m.authorID != "" {
		event.MessageUserID, event.MessageUserName = &m.authorID, &m.authorName
	}
	if m.restricted {
		event.MessageRecipientIDs = m.recipients
	}
	if m.hidden {
		event.MessageHidden = new(true)
	}
	if m.fold {
		event.MessageFold = new(true)
	}
	return event
}

func (m *message) packFor(ch *channel) {
	event := m.event()
	event.ChannelID = &ch.id
	m.parcels[0] = pack(event)
	m.parcels[0].payload = m.payload
}

func (m *message) packForBoth(d *dialogue) {
	for i, side := range d.parties() {
		event := m.event()
		event.UserID = &d.peer(side.user).user.id
		m.parcels[i] = pack(event)
		m.parcels[i].payload = m.payload
	}
}

// withoutContent is the parcel as those get it who don't want its type.
func (p *parcel) withoutContent() *parcel { return &parcel{name: p.name, tail: p.tail} }

func (c *call) sendMessage(a *api.SendMessage) *failure {
	m, why := c.newMessage(a, c.message.Payload)
	if why == nil && m.kind == api.MessageTypeFile {
		why = c.attachFiles(m)
	}
	if why != nil {
		return why
	}
	return c.sendTo(a, m)
}

// sendTo sends a message where an action says.
func (c *call) sendTo(a *api.SendMessage, m *message) *failure {
	switch {
	case a.ChannelID != nil:
		return c.sendToChannel(*a.ChannelID, m)
	case a.UserID != nil:
		return c.sendToUser(*a.UserID, m)
	case a.IdentityType != nil && a.IdentityName != nil:
		i := c.hub.identities[newIdentityKey(*a.IdentityType, *a.IdentityName)]
		if i == nil || !i.findableBy(c.user) {
			return identityNotFound(*a.IdentityType, *a.IdentityName)
		}
		return c.sendToUser(i.user.id, m)
	}
	return fail(api.ErrRequestMalformed, "channel_id, user_id, identity_name: one is needed")
}

// newMessage checks what can be checked without knowing whom the message is for.
func (c *call) newMessage(a *api.SendMessage, payload [][]byte) (*message, *failure) {
	limits := &c.hub.config.Limits
	switch {
	case a.MessageType == "":
		return nil, fail(api.ErrRequestMalformed, "message_type: empty")
	case len(a.MessageType) > limits.MessageType:
		return nil, fail(api.ErrMessageTypeTooLong, "message_type: longer than %d bytes", limits.MessageType)
	case len(a.MessageRecipientIDs) > limits.Members:
		return nil, fail(api.ErrRequestMalformed, "message_recipient_ids: more than %d", limits.Members)
	case a.MessageTTL != nil && *a.MessageTTL < 0:
		return nil, fail(api.ErrRequestMalformed, "message_ttl: negative")
	}
	said, why := checkContent(a.MessageType, payload, c.hub.config.Strict)
	if why != nil {
		return nil, why.messageType(a.MessageType)
	}
	return &message{
		kind:       a.MessageType,
		authorID:   c.user.id,
		authorName: c.user.name(),
		restricted: a.MessageRecipientIDs != nil,
		recipients: a.MessageRecipientIDs,
		fold:       a.MessageFold != nil && *a.MessageFold,
		ttl:        a.MessageTTL,
		payload:    payload,
		text:       said.text,
		when:       said.when,
	}, nil
}

// stamp gives a message its place in time. Metadata can say when it was true, which
// doesn't change its place among the others.
func (h *hub) stamp(m *message) {
	now := h.clock.Now()
	m.id, m.at = h.nextMessageID(now), clock.Seconds(now)
	if m.when != nil {
		m.at = *m.when
	}
}

func (c *call) sendToChannel(id string, m *message) *failure {
	ch, by, why := c.membership(id)
	if why != nil {
		return why
	}
	if why := c.maySend(ch, by, m); why != nil {
		return why
	}
	if why := c.hub.noteMetadata(ch, m); why != nil {
		return why.channel(ch.id)
	}
	m.hidden = !by.moderating() && (ch.attrs.Autohide.Or(false) || by.attrs.Autohide.Or(false))
	c.hub.stamp(m)
	m.packFor(ch)
	c.replyMessage(m, m.parcels[0])
	c.hub.deliver(ch, m, c.session)
	return nil
}

// maySend says whether a member may send a message to the channel.
func (c *call) maySend(ch *channel, by *member, m *message) *failure {
	blacklist := typeFilter(ch.attrs.BlacklistedMessageTypes.Or(nil))
	switch {
	case ch.attrs.Suspended.Or(false):
		return fail(api.ErrPermissionDenied, "the channel is suspended").channel(ch.id)
	case ch.attrs.Closed.Or(false) && !by.operator() && !ch.rateable(m):
		return fail(api.ErrPermissionDenied, "the channel is closed").channel(ch.id)
	case by.attrs.Silenced.Or(false):
		return fail(api.ErrPermissionDenied, "the member is silenced").channel(ch.id)
	case m.kind == api.MessageTypeNotice && !by.operator():
		return fail(api.ErrPermissionDenied, "notices are for operators").channel(ch.id).messageType(m.kind)
	case blacklist.match(m.kind):
		return fail(api.ErrMessageNotSupported, "not in this channel").channel(ch.id).messageType(m.kind)
	case len(m.files) > 0 && !by.mayUpload():
		return fail(api.ErrPermissionDenied, "the channel's attribute upload doesn't let the member send files").channel(ch.id)
	case !by.moderating() && !by.withinRate(c.hub):
		return fail(api.ErrSendRateLimited, "").channel(ch.id)
	}
	return nil
}

// withinRate notes a message, unless there have been too many.
func (m *member) withinRate(h *hub) bool {
	rate := m.channel.rate
	if rate.count == 0 {
		m.sent = ring.Queue[time.Time]{}
		return true
	}
	now := h.clock.Now()
	for m.sent.Len() > 0 && now.Sub(m.sent.At(0)) >= rate.period {
		m.sent.Pop()
	}
	if m.sent.Len() >= rate.count {
		return false
	}
	m.sent.Push(now)
	return true
}

// deliver stores a message, and sends it to everybody who may see it and wants
// it, except for one session.
func (h *hub) deliver(ch *channel, m *message, except *session) {
	if m.ttl == nil {
		ch.log.add(m, &h.config.Limits)
	}
	for _, to := range ch.members {
		if !m.visibleTo(to) {
			continue
		}
		before := to.status
		if to.user.id == m.authorID {
			to.status = status{}
		} else {
			to.status.note(m, to.user)
		}
		if to.status != before {
			h.touch(to)
		}
		to.user.deliver(m.parcels[0], m.kind, except)
	}
	ch.deliverToFollowers(m)
}

func (u *user) deliver(p *parcel, kind string, except *session) {
	for _, s := range u.sessions {
		if s != except {
			s.deliver(p, kind)
		}
	}
}

// replyMessage answers an action with the message that it led to.
func (c *call) replyMessage(m *message, p *parcel) {
	switch {
	case !c.wantsReply():
	case c.session != nil && c.session.types.match(m.kind):
		c.send(plain(p))
	default:
		c.send(plain(p.withoutContent()))
	}
}

func (c *call) sendToUser(id string, m *message) *failure {
	if m.kind == api.MessageTypeNotice {
		return fail(api.ErrMessageNotSupported, "notices are for channels").user(id).messageType(m.kind)
	}
	d, why := c.dialogueWith(id)
	if why != nil {
		return why
	}
	peer := d.peer(c.user)
	switch {
	case peer.user.deleted:
		return userNotFound(id)
	case len(m.files) > 0 && !d.mayUpload(c.user):
		return fail(api.ErrPermissionDenied, "the queue's attribute upload doesn't let the user send files").user(id)
	}
	if why := c.hub.annotate(d.audience, m); why != nil {
		return why.user(id)
	}
	c.hub.stamp(m)
	m.packForBoth(d)
	if m.ttl == nil {
		d.log.add(m, &c.hub.config.Limits)
	}
	reaches := m.addressed(id)
	if reaches {
		peer.status.note(m, peer.user)
	}
	side := d.side(c.user)
	side.status = status{}
	c.hub.touch(d)
	d.reveal(side)
	if reaches {
		d.reveal(peer)
	}
	c.replyMessage(m, m.parcels[d.index(c.user)])
	for _, s := range d.parties() {
		if s == side || reaches {
			s.user.deliver(m.parcels[d.index(s.user)], m.kind, c.session)
		}
	}
	return nil
}

// moderated finds a channel in which the caller may hide messages.
func (c *call) moderated(id string) (*channel, *failure) {
	ch, by, why := c.membership(id)
	if why != nil {
		return nil, why
	}
	if !by.moderating() {
		return nil, fail(api.ErrPermissionDenied, "neither an operator nor a moderator").channel(id)
	}
	return ch, nil
}

func (m *message) setHidden(ch *channel, hidden bool) {
	m.hidden = hidden
	before := m.size()
	m.packFor(ch)
	m.log.bytes += m.size() - before
	m.log.keeper.touch(m)
}

// addressees are the members whom a message is for, hidden or not.
func (ch *channel) addressees(m *message) []*user {
	return slices.DeleteFunc(ch.users(), func(u *user) bool { return !m.addressed(u.id) })
}

func messageUpdated(ch *channel, id string, hidden bool) *api.MessageUpdated {
	return &api.MessageUpdated{ChannelID: &ch.id, MessageID: id, MessageHidden: &hidden}
}

func (c *call) updateMessage(a *api.UpdateMessage) *failure {
	ch, why := c.moderated(a.ChannelID)
	if why != nil {
		return why
	}
	m := ch.log.find(a.MessageID)
	if m == nil {
		return fail(api.ErrRequestMalformed, "message_id: there is no such message").channel(ch.id)
	}
	if m.hidden == a.MessageHidden {
		c.reply(messageUpdated(ch, m.id, m.hidden))
		return nil
	}
	m.setHidden(ch, a.MessageHidden)
	c.announce(messageUpdated(ch, m.id, m.hidden), ch.addressees(m)...)
	return nil
}

func (c *call) updateUserMessages(a *api.UpdateUserMessages) *failure {
	ch, why := c.moderated(a.ChannelID)
	if why != nil {
		return why
	}
	var found []*message
	for _, m := range ch.log.messages {
		if len(found) == c.hub.config.Limits.updates() {
			break // the reply says where to go on
		}
		if m.authorID == a.MessageUserID && m.hidden != a.MessageHidden && within(m, a) {
			found = append(found, m)
		}
	}
	if len(found) == 0 {
		c.reply(messageUpdated(ch, boundOf(a, ch), a.MessageHidden))
		return nil
	}
	last := len(found) - 1
	for i, m := range found {
		m.setHidden(ch, a.MessageHidden)
		if i < last {
			tell(pack(messageUpdated(ch, m.id, m.hidden)), ch.addressees(m)...)
		}
	}
	// Only the last event is the reply, or the client would stop too early.
	c.announce(messageUpdated(ch, found[last].id, a.MessageHidden), ch.addressees(found[last])...)
	return nil
}

// within reports whether a message is not beyond the bound.
func within(m *message, a *api.UpdateUserMessages) bool {
	switch {
	case a.MessageID != nil:
		return m.id <= *a.MessageID
	case a.IntervalEnd != nil:
		return m.at <= *a.IntervalEnd
	}
	return true
}

// boundOf is a message id for the reply when there was nothing to do.
func boundOf(a *api.UpdateUserMessages, ch *channel) string {
	if a.MessageID != nil {
		return *a.MessageID
	}
	return ch.log.newest()
}
