package server

import (
	"github.com/ninchat-community/ninchat/api"
	messages "github.com/ninchat-community/ninchat/message"
)

// servedQueue finds a queue that the caller is a member of.
func (c *call) servedQueue(id string) (*queue, *failure) {
	q, why := c.queueTarget(id)
	switch {
	case why != nil:
		return nil, why
	case q.members[c.user.id] == nil:
		return nil, fail(api.ErrPermissionDenied, "not a member of the queue").queue(id)
	case q.attrs.Suspended.Or(false):
		return nil, fail(api.ErrQueueIsSuspended, "").queue(id)
	}
	return q, nil
}

func (c *call) acceptAudience(a *api.AcceptAudience) *failure {
	q, why := c.servedQueue(a.QueueID)
	if why != nil {
		return why
	}
	found, why := c.choose(q, a.AudienceID)
	if why != nil {
		return why.queue(q.id)
	}
	h, now := c.hub, c.hub.clock.Now()
	var d *dialogue
	if q.known.AudienceDialogue.Or(false) {
		if d, why = c.dialogueWith(found.customer.id); why != nil {
			return why.queue(q.id)
		}
	}
	index := h.dequeue(found)
	hour := q.hour(now)
	hour.accepted++
	hour.acceptDelay += now.Sub(found.requested)
	h.begin(found, c.user)
	if d != nil {
		c.serveInDialogue(found, d)
	} else {
		c.serveInChannel(found)
	}
	h.broadcast(q, change{
		cause:    api.EventCauseAudienceAcceptPeer,
		by:       c.user,
		ownCause: api.EventCauseAudienceAcceptSelf,
		moved:    index,
	}, nil)
	return nil
}

// choose finds the audience to be accepted: the one that is named, or the first.
// Nobody serves himself or herself.
func (c *call) choose(q *queue, id *string) (*audience, *failure) {
	for _, a := range q.waiting {
		switch {
		case id == nil && a.customer != c.user:
			return a, nil
		case id != nil && a.id == *id && a.customer == c.user:
			return nil, fail(api.ErrPermissionDenied, "nobody serves himself or herself")
		case id != nil && a.id == *id:
			return a, nil
		}
	}
	if id != nil {
		return nil, audienceNotFound()
	}
	return nil, fail(api.ErrQueueIsEmpty, "")
}

// begin notes that an agent serves the audience from now on.
func (h *hub) begin(a *audience, agent *user) {
	a.accepted, a.agentID = h.clock.Now(), agent.id
	a.agents[agent.id] = struct{}{}
	a.book(1)
	h.addServed(a)
}

// newAudienceChannel makes the channel of an audience. It belongs to the realm's
// owner, but isn't counted as one of his or her channels.
func (h *hub) newAudienceChannel(a *audience) *channel {
	q := a.queue
	ch := h.emptyChannel(newID(), q.realm, q.realm.ownerID)
	ch.audience, a.channel = a, ch
	ch.attrs = api.ChannelAttrs{
		AudienceID:     api.Set(a.id),
		QueueID:        api.Set(q.id),
		RequesterID:    api.Set(a.customer.id),
		Private:        api.Set(true),
		DisclosedSince: api.Set(h.clock.Now().Unix()),
	}
	switch upload := q.attrs.Upload.Or(""); upload {
	case api.QueueUploadMember, api.QueueUploadModerator:
		ch.attrs.Upload = api.Set(upload)
	case api.QueueUploadAgent: //lint:ignore SA1019 queues may still have it
		ch.attrs.Upload = api.Set(api.ChannelUploadModerator)
	}
	if q.attrs.Video.Or("") == api.QueueVideoGroup {
		ch.attrs.Video = api.Set(api.ChannelVideoGroup)
	}
	return ch
}

func (c *call) serveInChannel(a *audience) {
	h := c.hub
	ch := h.newAudienceChannel(a)
	h.addChannel(ch)
	customer, agent := h.enter(ch, a.customer), h.enter(ch, c.user)
	agent.attrs.Operator = api.Set(true)
	c.announce(ch.joined(c.user), c.user)
	c.spread(pack(ch.joined(a.customer)), a.customer)
	if s := a.source; s != nil && s.channelID != "" {
		h.inform(ch, &messages.InfoTransferSource{
			QueueID: s.queueID, AudienceID: s.audienceID, ChannelID: s.channelID, UserID: s.userID,
		})
	}
	h.inform(ch, customer.infoJoin())
	h.inform(ch, agent.infoJoin())
}

func (c *call) serveInDialogue(a *audience, d *dialogue) {
	if old := d.audience; old != nil {
		c.hub.finish(old)
		c.hub.complete(old)
		c.hub.touch(old)
	}
	c.hub.touch(d, a)
	d.audience, a.dialogue = a, d
	a.first = c.hub.nextMessageID(c.hub.clock.Now())
	for i := range d.sides {
		d.sides[i].hidden = false
		attrs := &d.sides[i].attrs
		attrs.AudienceEnded, attrs.Rating = api.Attr[bool]{}, api.Attr[int64]{}
		attrs.AudienceID, attrs.QueueID = api.Attr[string]{}, api.Attr[string]{}
	}
	attrs := &d.side(a.customer).attrs
	attrs.AudienceID, attrs.QueueID = api.Set(a.id), api.Set(a.queue.id)
	c.announce(d.updated(c.user), c.user)
	c.spread(pack(d.updated(a.customer)), a.customer)
}

// createAudience begins to serve a user who hasn't asked for that: he or she is
// invited to a channel.
func (c *call) createAudience(a *api.CreateAudience) *failure {
	h := c.hub
	q, why := c.servedQueue(a.QueueID)
	if why != nil {
		return why
	}
	customer := h.users[a.UserID]
	switch {
	case customer == nil, customer.deleted:
		return userNotFound(a.UserID).queue(q.id)
	case customer == c.user:
		return fail(api.ErrPermissionDenied, "nobody serves himself or herself").queue(q.id)
	case q.realm.members[customer.id] == nil:
		return fail(api.ErrPermissionDenied, "not a member of the queue's realm").queue(q.id).user(customer.id)
	}
	made := h.newAudience(q, customer, api.AudienceMetadata{})
	ch := h.newAudienceChannel(made)
	if a.ChannelAttrs != nil {
		creator := func(role string) bool { return role == "operators" || role == "the caller of create_audience" }
		if why := h.checkChannelAttrs(ch, a.ChannelAttrs, true, creator); why != nil {
			delete(h.audiences, made.id)
			return why.queue(q.id)
		}
		h.obeySchedule(ch, a.ChannelAttrs)
		merge(&ch.attrs, a.ChannelAttrs)
		ch.rate = newRateLimit(ch.attrs.Ratelimit.Or(""))
	}
	h.begin(made, c.user)
	h.addChannel(ch)
	h.runChannelTable(ch)
	invitee, agent := h.enter(ch, customer), h.enter(ch, c.user)
	invitee.attrs.Invitee = api.Set(true)
	agent.attrs.Operator, agent.attrs.Silenced = api.Set(true), api.Attr[bool]{}
	c.reply(&api.ChannelCreated{ChannelID: ch.id, ChannelAttrs: ch.visibleAttrs(), RealmID: q.realm.id})
	tell(pack(ch.joined(c.user)), c.user)
	tell(pack(ch.joined(customer)), customer)
	h.inform(ch, invitee.infoJoin())
	h.inform(ch, agent.infoJoin())
	return nil
}
