package server

import (
	"slices"

	"github.com/ninchat-community/ninchat/api"
	messages "github.com/ninchat-community/ninchat/message"
)

func (c *call) transferAudience(a *api.TransferAudience) *failure {
	h := c.hub
	source, why := c.ongoingAudience(a)
	if why != nil {
		return why
	}
	target, why := c.queueTarget(a.QueueID)
	if why != nil {
		return why
	}
	allowed := source.queue.known.TransferQueueIDs.Or(nil)
	switch {
	case target.realm != source.queue.realm, !slices.Contains(allowed, target.id):
		return fail(api.ErrPermissionDenied, "queue_id: not one of transfer_queue_ids").queue(target.id)
	case source.customer.deleted:
		return userNotFound(source.customer.id)
	}
	waiting := source.customer.waits[target]
	if waiting == nil {
		if why := target.mayEnter(h); why != nil {
			return why
		}
	}
	from := &transferSource{queueID: source.queue.id, audienceID: source.id, userID: c.user.id}
	if source.channel != nil {
		from.channelID = source.channel.id
		c.leaveByTransfer(source, target)
	} else {
		c.hideByTransfer(source)
	}
	if waiting != nil {
		waiting.source = from
		h.touch(waiting)
		return nil
	}
	metadata := source.metadata
	metadata.Rating, metadata.TagIDs = nil, nil
	made := h.newAudience(target, source.customer, metadata)
	made.source = from
	h.touch(made)
	h.enqueue(made)
	tell(pack(made.enqueued()), made.customer)
	h.broadcast(target, made.arrival(), nil)
	return nil
}

// ongoingAudience finds the audience to be transferred, which the caller serves.
func (c *call) ongoingAudience(a *api.TransferAudience) (*audience, *failure) {
	var found *audience
	switch {
	case a.AudienceID != nil:
		found = c.hub.audiences[*a.AudienceID]
	case a.UserID != nil:
		if d := c.user.dialogues[*a.UserID]; d != nil && d.audience != nil && d.audience.customer.id == *a.UserID {
			found = d.audience
		}
	}
	switch {
	case found == nil, found.agentID == "", found.customer == c.user, !found.concerns(c.user):
		return nil, audienceNotFound()
	case !found.servedBy(c.user):
		return nil, fail(api.ErrPermissionDenied, "the caller doesn't serve the audience")
	case !found.finished.IsZero():
		return nil, fail(api.ErrPermissionDenied, "the audience is finished")
	}
	return found, nil
}

// concerns reports whether an audience is a user's business.
func (a *audience) concerns(u *user) bool {
	_, agent := a.agents[u.id]
	return agent || a.queue.staff(u)
}

// servedBy reports whether a user serves the audience at the moment.
func (a *audience) servedBy(u *user) bool {
	if a.channel == nil {
		return a.agentID == u.id
	}
	m := a.channel.members[u.id]
	return m != nil && m.moderating() && u != a.customer
}

// leaveByTransfer ends the conversation in a channel. The caller leaves it.
func (c *call) leaveByTransfer(a *audience, target *queue) {
	h, ch := c.hub, a.channel
	cause := new(api.EventCauseAudienceTransfer)
	h.inform(ch, &messages.InfoTransferTarget{QueueID: target.id, UserID: c.user.id})
	h.touch(ch)
	before, after, _ := merge(&ch.attrs, &api.ChannelAttrs{Suspended: api.Set(true)})
	updated := ch.updated()
	updated.EventCause = cause
	tell(pack(updated), ch.users()...)
	info := infoChannel(&before, &after)
	info.Cause = cause
	h.inform(ch, info)
	c.part(ch, ch.members[c.user.id], cause)
}

// hideByTransfer ends the conversation in a dialogue.
func (c *call) hideByTransfer(a *audience) {
	h, d := c.hub, a.dialogue
	h.touch(d)
	side := d.side(c.user)
	side.hidden, side.status = true, status{}
	merge(&side.attrs, &api.DialogueMemberAttrs{AudienceEnded: api.Set(true)})
	h.finish(a)
	h.complete(a)
	c.announce(d.updated(c.user), c.user)
	c.spread(pack(d.updated(a.customer)), a.customer)
}
