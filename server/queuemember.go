package server

import "github.com/ninchat-community/ninchat/api"

// queueJoined describes a queue to its new member.
func (q *queue) joined() *api.QueueJoined {
	return &api.QueueJoined{
		QueueID:       q.id,
		QueueAttrs:    q.fullAttrs(),
		QueueSettings: q.visibleSettings(),
		RealmID:       &q.realm.id,
	}
}

// memberJoined describes a member to others.
func (q *queue) memberJoined(u *user) *api.QueueMemberJoined {
	return &api.QueueMemberJoined{QueueID: q.id, UserID: u.id, UserAttrs: u.visibleAttrs()}
}

func (h *hub) enterQueue(q *queue, u *user) {
	q.members[u.id] = u
	if u.queues == nil {
		u.queues = make(map[string]*queue)
	}
	u.queues[q.id] = q
	h.touch(q)
}

func (h *hub) leaveQueue(q *queue, u *user) {
	delete(q.members, u.id)
	delete(u.queues, q.id)
	h.touch(q)
}

// leaveQueues ends the queue memberships of a user who is being deleted.
func (h *hub) leaveQueues(u *user) {
	for _, q := range sortedQueues(u.queues) {
		h.leaveQueue(q, u)
		tell(pack(&api.QueueMemberParted{QueueID: q.id, UserID: u.id}), q.employees()...)
	}
}

// leaveRealmQueues ends the queue memberships of a user who leaves the realm.
func (c *call) leaveRealmQueues(r *realm, u *user) {
	cause := new(api.EventCauseMemberRemove)
	for _, q := range sortedQueues(u.queues) {
		if q.realm == r {
			c.hub.leaveQueue(q, u)
			tell(pack(&api.QueueParted{QueueID: q.id, RealmID: &r.id, EventCause: cause}), u)
			tell(pack(&api.QueueMemberParted{QueueID: q.id, UserID: u.id, EventCause: cause}), q.employees()...)
		}
	}
}

// queueMembers counts the members of all queues of a user's realms.
func (u *user) queueMembers() (count int) {
	for _, r := range u.realms {
		if r.ownerID != u.id {
			continue
		}
		for _, q := range r.queues {
			count += len(q.members)
		}
	}
	return count
}

func (c *call) addQueueMember(queueID, userID string, attrs *api.MemberAttrs) *failure {
	h := c.hub
	q, why := c.operatedQueue(queueID)
	if why != nil {
		return why
	}
	if attrs != nil {
		if set, unset := countAttrs(attrs); set+unset > 0 {
			return fail(api.ErrPermissionDenied, "member_attrs: members of queues have no attributes").queue(q.id)
		}
	}
	u := h.users[userID]
	switch {
	case u == nil, u.deleted:
		return userNotFound(userID).queue(q.id)
	case q.members[u.id] != nil:
		c.replyJoinedQueue(q, u)
		return nil
	case q.realm.members[u.id] == nil:
		return fail(api.ErrPermissionDenied, "not a member of the queue's realm").queue(q.id).user(u.id)
	case h.users[q.realm.ownerID].queueMembers() >= h.config.Limits.QueueMembers:
		return fail(api.ErrQueueMemberQuotaExceeded, "").queue(q.id)
	}
	h.enterQueue(q, u)
	c.replyJoinedQueue(q, u)
	c.spread(pack(q.joined()), u)
	for _, other := range q.employees() {
		if other != u {
			c.spread(pack(q.memberJoined(u)), other)
		}
	}
	return nil
}

// replyJoinedQueue answers with the event that fits the caller's relation to the
// member.
func (c *call) replyJoinedQueue(q *queue, u *user) {
	if u == c.user {
		c.reply(q.joined())
		return
	}
	c.reply(q.memberJoined(u))
}

func (c *call) removeQueueMember(queueID, userID string) *failure {
	q, why := c.queueTarget(queueID)
	if why != nil {
		return why
	}
	u := q.members[userID]
	switch {
	case userID != c.user.id && !q.realm.operatedBy(c.user):
		return fail(api.ErrPermissionDenied, "not an operator of the realm").queue(q.id)
	case u == nil:
		return userNotFound(userID).queue(q.id)
	}
	c.hub.leaveQueue(q, u)
	cause := new(api.EventCauseMemberRemove)
	self := pack(&api.QueueParted{QueueID: q.id, RealmID: &q.realm.id, EventCause: cause})
	others := pack(&api.QueueMemberParted{QueueID: q.id, UserID: userID, EventCause: cause})
	if u == c.user {
		c.send(plain(self))
	} else {
		c.send(plain(others))
	}
	c.spread(self, u)
	for _, other := range q.employees() {
		if other != u {
			c.spread(others, other)
		}
	}
	return nil
}

// leaveRealmAudiences takes a user who leaves the realm out of the conversations
// that he or she has with its customers. One who is a customer goes on being one.
func (h *hub) leaveRealmAudiences(r *realm, u *user) {
	cause := new(api.EventCauseMemberRemove)
	for _, ch := range sortedChannels(u) {
		if ch.realm != r || ch.audience == nil || ch.audience.customer == u {
			continue
		}
		m := ch.members[u.id]
		h.leave(ch, u)
		tell(pack(&api.ChannelParted{ChannelID: ch.id, EventCause: cause}), u)
		tell(pack(&api.ChannelMemberParted{ChannelID: ch.id, UserID: u.id, EventCause: cause}), ch.users()...)
		h.inform(ch, m.infoPart(cause))
		h.settle(ch)
	}
}
