package server

import (
	"maps"
	"slices"

	"github.com/ninchat-community/ninchat/api"
)

// realmMember is the membership of a user in a realm.
type realmMember struct {
	realm *realm
	user  *user
	attrs api.RealmMemberAttrs
}

// joined describes the new member to others.
func (m *realmMember) joined() *api.RealmMemberJoined {
	return &api.RealmMemberJoined{
		RealmID:     m.realm.id,
		UserID:      m.user.id,
		UserAttrs:   m.user.visibleAttrs(),
		MemberAttrs: m.attrs,
		PuppetAttrs: m.realm.puppetAttrs(m.user),
	}
}

func (m *realmMember) updated() *api.RealmMemberUpdated {
	return &api.RealmMemberUpdated{RealmID: m.realm.id, UserID: m.user.id, MemberAttrs: m.attrs}
}

// enterRealm makes a user a member. It is for the caller to tell.
func (h *hub) enterRealm(r *realm, u *user) *realmMember {
	m := &realmMember{realm: r, user: u}
	r.members[u.id] = m
	if u.realms == nil {
		u.realms = make(map[string]*realm)
	}
	u.realms[r.id] = r
	h.touch(m)
	return m
}

// leaveRealm ends a membership. The user stays in the realm's channels, except for
// those of audiences.
func (h *hub) leaveRealm(m *realmMember) {
	delete(m.realm.members, m.user.id)
	delete(m.user.realms, m.realm.id)
	h.touch(m)
}

// leaveRealms ends the memberships of a user who is being deleted, and deletes
// the realms that the user owns.
func (h *hub) leaveRealms(u *user) {
	for _, id := range slices.Sorted(maps.Keys(u.realms)) {
		r := u.realms[id]
		if r.ownerID == u.id {
			h.deleteRealm(r, nil)
			continue
		}
		h.leaveRealm(r.members[u.id])
		tell(pack(&api.RealmMemberParted{RealmID: r.id, UserID: u.id}), r.users()...)
	}
}

// realmWriter says in which roles somebody changes the attributes of realm
// memberships.
func realmWriter(r *realm, by *user) writer {
	return func(role string) bool { return role == "realm operators" && r.operatedBy(by) }
}

// realmMemberAttrs takes the attributes of realm memberships out of those of any.
func realmMemberAttrs(a *api.MemberAttrs) (api.RealmMemberAttrs, *failure) {
	if a == nil {
		return api.RealmMemberAttrs{}, nil
	}
	rest := *a
	rest.Operator = api.Attr[bool]{}
	if set, unset := countAttrs(&rest); set+unset > 0 {
		return api.RealmMemberAttrs{}, fail(api.ErrPermissionDenied, "member_attrs: members of realms have no attribute but operator")
	}
	return api.RealmMemberAttrs{Operator: a.Operator}, nil
}

func (c *call) addRealmMember(realmID, userID string, given *api.MemberAttrs) *failure {
	r, why := c.operatedRealm(realmID)
	if why != nil {
		return why
	}
	u := c.hub.users[userID]
	if u == nil || u.deleted {
		return userNotFound(userID).realm(r.id)
	}
	if m := r.members[u.id]; m != nil {
		c.replyJoinedRealm(m)
		return nil
	}
	if len(r.members) >= c.hub.config.Limits.Members {
		return fail(api.ErrPermissionDenied, "the realm is full").realm(r.id)
	}
	attrs, why := realmMemberAttrs(given)
	if why == nil {
		why = permit("realm_member_attrs", &attrs, true, realmWriter(r, c.user))
	}
	if why != nil {
		return why.realm(r.id)
	}
	m := c.hub.enterRealm(r, u)
	merge(&m.attrs, &attrs)
	c.replyJoinedRealm(m)
	c.spreadJoinedRealm(m)
	return nil
}

// replyJoinedRealm answers with the event that fits the caller's relation to the
// member.
func (c *call) replyJoinedRealm(m *realmMember) {
	if m.user == c.user {
		c.reply(c.hub.realmJoined(m.realm, m.user))
		return
	}
	c.reply(m.joined())
}

// spreadJoinedRealm tells everybody but the calling session of a new member.
func (c *call) spreadJoinedRealm(m *realmMember) {
	c.spread(pack(c.hub.realmJoined(m.realm, m.user)), m.user)
	c.spread(pack(m.joined()), m.realm.others(m.user)...)
}

func (c *call) updateRealmMember(realmID string, a *api.UpdateMember) *failure {
	r, why := c.operatedRealm(realmID)
	if why != nil {
		return why
	}
	m := r.members[a.UserID]
	if m == nil {
		return userNotFound(a.UserID).realm(r.id)
	}
	if a.IntervalEnd != nil {
		return fail(api.ErrRequestMalformed, "interval_end: only for members of channels").realm(r.id)
	}
	attrs, why := realmMemberAttrs(&a.MemberAttrs)
	if why == nil {
		why = permit("realm_member_attrs", &attrs, false, realmWriter(r, c.user))
	}
	switch {
	case why != nil:
		return why.realm(r.id)
	case m.user.id == r.ownerID && !attrs.Operator.IsZero() && !attrs.Operator.Or(false):
		return fail(api.ErrPermissionDenied, "the owner is always an operator").realm(r.id)
	}
	c.hub.touch(m)
	if _, _, changed := merge(&m.attrs, &attrs); !changed {
		c.reply(m.updated())
		return nil
	}
	c.announce(m.updated(), r.users()...)
	return nil
}

func (c *call) removeRealmMember(realmID, userID string) *failure {
	r, why := c.realm(realmID)
	if why != nil {
		return why
	}
	m := r.members[userID]
	switch {
	case userID != c.user.id && !r.operatedBy(c.user):
		return fail(api.ErrPermissionDenied, "not an operator of the realm").realm(r.id)
	case m == nil:
		return userNotFound(userID).realm(r.id)
	case userID == r.ownerID:
		return fail(api.ErrPermissionDenied, "the owner can't leave the realm").realm(r.id)
	}
	c.leaveRealmQueues(r, m.user)
	c.hub.leaveRealmAudiences(r, m.user)
	c.hub.leaveRealm(m)
	cause := new(api.EventCauseMemberRemove)
	self := pack(&api.RealmParted{RealmID: r.id, EventCause: cause})
	others := pack(&api.RealmMemberParted{RealmID: r.id, UserID: userID, EventCause: cause})
	if m.user == c.user {
		c.send(plain(self))
	} else {
		c.send(plain(others))
	}
	c.spread(self, m.user)
	c.spread(others, r.users()...)
	return nil
}
