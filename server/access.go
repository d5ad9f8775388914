package server

import (
	"maps"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// access is an access key, without the key. It says everything by ids, as what
// they stand for may be gone when the key is used.
type access struct {
	digest digest
	kind   string
	// userID is whose access it is: who logs in, invites, or has the identity.
	userID   string
	identity identityKey
	// channelID, unsilence and realmMember are for keys to channels.
	channelID              string
	unsilence, realmMember bool
	// onlyID is the user who can use the key, "" if anybody can.
	onlyID string
	// newcomer says that using the key makes a user, with attributes and
	// settings.
	newcomer bool
	attrs    api.UserAttrs
	settings settings
	// metadata is about who joins an audience with the key.
	metadata api.Object
	expires  time.Time
	spent    bool
}

// accessLifetime is how long keys can be used. Those to audiences last as long as
// the audience.
func accessLifetime(kind string) time.Duration {
	if kind == api.AccessTypeIdentityAuthReset {
		return 24 * time.Hour
	}
	return 7 * 24 * time.Hour
}

// addAccess makes a key, of which the server keeps the digest only.
func (h *hub) addAccess(a *access) api.Secret {
	key := api.Secret(newToken())
	a.digest = h.secrets.digest(key)
	a.expires = h.clock.Now().Add(accessLifetime(a.kind))
	u := h.users[a.userID]
	h.makeRoomForAccess(u, a)
	h.indexAccess(u, a)
	h.touch(a)
	return key
}

// indexAccess makes a key of a user known.
func (h *hub) indexAccess(u *user, a *access) {
	if u.accesses == nil {
		u.accesses = make(map[digest]*access)
	}
	h.accesses[a.digest], u.accesses[a.digest] = a, a
}

// spend uses up a key.
func (h *hub) spend(a *access) {
	a.spent = true
	h.touch(a)
}

// mailed reports whether the key is for an identity. Others than the user can ask
// for such keys, which mustn't cost the user any other key.
func (a *access) mailed() bool { return a.identity != identityKey{} }

// ownAccesses is how many keys a user has that aren't mailed.
func (u *user) ownAccesses() int {
	count := 0
	for _, a := range u.accesses {
		if !a.mailed() {
			count++
		}
	}
	return count
}

// makeRoomForAccess makes room for another key of a user, at the expense of those
// that it is counted with: mailed keys of the same identity, or keys that aren't
// mailed.
func (h *hub) makeRoomForAccess(u *user, a *access) {
	var rivals []*access
	for _, other := range u.accesses {
		if other.identity == a.identity {
			rivals = append(rivals, other)
		}
	}
	limit := h.config.Limits.AccessKeys
	if a.mailed() {
		limit = h.config.Limits.Mails
	}
	if len(rivals) >= limit {
		h.dropAccess(u, h.leastUseful(rivals))
	}
}

// leastUseful is a key that is good for nothing any more, or else the oldest.
func (h *hub) leastUseful(accesses []*access) *access {
	oldest := accesses[0]
	for _, a := range accesses {
		if a.spent || h.checkAccess(a) != nil {
			return a
		}
		if a.expires.Before(oldest.expires) {
			oldest = a
		}
	}
	return oldest
}

// dropAccess forgets a key of a user.
func (h *hub) dropAccess(u *user, a *access) {
	delete(u.accesses, a.digest)
	delete(h.accesses, a.digest)
	h.touch(a)
}

// forgetMailedKeys is for an identity that is being removed.
func (h *hub) forgetMailedKeys(i *identity) {
	for _, a := range i.user.accesses {
		if a.identity == i.key {
			h.dropAccess(i.user, a)
		}
	}
}

// forgetAccesses is for a user who is being deleted.
func (h *hub) forgetAccesses(u *user) {
	for d, a := range u.accesses {
		delete(h.accesses, d)
		h.touch(a)
	}
}

// access finds a key that can be used.
func (h *hub) access(key api.Secret) (*access, *failure) {
	a := h.accesses[h.secrets.digest(key)]
	if a == nil {
		return nil, fail(api.ErrAccessDenied, "access_key: not known")
	}
	if why := h.checkAccess(a); why != nil {
		return nil, why
	}
	return a, nil
}

// checkAccess checks that there still is what a key is for.
func (h *hub) checkAccess(a *access) *failure {
	if a.spent {
		return fail(api.ErrAccessAlreadySpent, "access_key: used before")
	}
	gone := fail(api.ErrAccessDenied, "access_key: what it was for is gone")
	switch a.kind {
	case api.AccessTypeIdentityVerify, api.AccessTypeIdentityAuthReset:
		if i := h.identities[a.identity]; i == nil || i.user.id != a.userID {
			return gone
		}
	case api.AccessTypeChannel, api.AccessTypeAudience:
		ch := h.channels[a.channelID]
		switch {
		case ch == nil, a.kind == api.AccessTypeAudience && ch.audience == nil:
			return gone
		case a.kind == api.AccessTypeAudience && ch.over(h.clock.Now()):
			return fail(api.ErrAccessExpired, "access_key: the time of the audience is over").channel(ch.id)
		}
	}
	if a.kind != api.AccessTypeAudience && !h.clock.Now().Before(a.expires) {
		return fail(api.ErrAccessExpired, "access_key: expired")
	}
	return nil
}

// accessFound describes a key that can be used.
func (h *hub) accessFound(a *access) *api.AccessFound {
	found := &api.AccessFound{AccessType: a.kind, AccessTime: h.usableFrom(a)}
	if u := h.subjectOf(a); u != nil {
		found.UserID, found.UserAttrs = &u.id, new(u.visibleAttrs())
	}
	if i := h.identities[a.identity]; i != nil {
		found.IdentityType, found.IdentityName = &i.key.kind, &i.name
	}
	ch := h.channels[a.channelID]
	if ch == nil {
		return found
	}
	found.ChannelID, found.ChannelAttrs = &ch.id, new(ch.visibleAttrs())
	found.ChannelUnsilence, found.RealmMember = ifAny(a.unsilence), ifAny(a.realmMember)
	if ch.realm != nil {
		found.RealmID, found.RealmAttrs = &ch.realm.id, new(h.visibleRealmAttrs(ch.realm, nil))
	}
	if a.kind == api.AccessTypeAudience {
		q := ch.audience.queue
		found.QueueID, found.QueueAttrs = &q.id, new(q.publicAttrs())
	}
	return found
}

// subjectOf is whose access a key is: who logs in, invites, is served, or has the
// identity; nil if nobody knows.
func (h *hub) subjectOf(a *access) *user {
	ch := h.channels[a.channelID]
	switch {
	case a.newcomer:
		return nil
	case a.kind == api.AccessTypeAudience && ch != nil:
		return h.users[ch.audience.customer.id]
	}
	return h.users[a.userID]
}

func (c *call) describeAccess(a *api.DescribeAccess) *failure {
	found, why := c.hub.access(a.AccessKey)
	if why != nil {
		return why
	}
	c.reply(c.hub.accessFound(found))
	return nil
}

func (c *call) createAccess(a *api.CreateAccess) *failure {
	made := &access{kind: a.AccessType, userID: c.user.id}
	var why *failure
	switch a.AccessType {
	case api.AccessTypeSession:
		why = made.forSession(a)
	case api.AccessTypeChannel, api.AccessTypeAudience:
		why = c.accessToChannel(made, a)
	default:
		why = fail(api.ErrRequestMalformed, "access_type: not session, channel or audience")
	}
	if why != nil {
		return why
	}
	key := c.hub.addAccess(made)
	if invitee := c.hub.users[made.onlyID]; invitee != nil {
		if why := c.invite(made, key, invitee); why != nil {
			return why
		}
	}
	c.reply(&api.AccessCreated{AccessType: made.kind, AccessTime: c.hub.usableFrom(made), AccessKey: &key})
	return nil
}

// forSession makes a key for logging in of what an action asks for.
func (made *access) forSession(a *api.CreateAccess) *failure {
	if a.ChannelID != nil || a.ChannelUnsilence != nil || a.RealmMember != nil || a.UserID != nil || a.MemberMetadata != nil {
		return fail(api.ErrRequestMalformed, "channel_id, channel_unsilence, realm_member, user_id, member_metadata: not for keys of type session")
	}
	if a.UserAttrs != nil {
		made.newcomer = true
		if why := permit("user_attrs", a.UserAttrs, true, isSelf); why != nil {
			return why
		}
		made.attrs = *a.UserAttrs
	}
	if a.UserSettings != nil {
		made.newcomer = true
		merged, _, why := made.settings.merged("user_settings", a.UserSettings)
		made.settings = merged
		return why
	}
	return nil
}

// accessToChannel makes a key for joining of what an action asks for.
func (c *call) accessToChannel(made *access, a *api.CreateAccess) *failure {
	if a.UserAttrs != nil || a.UserSettings != nil {
		return fail(api.ErrRequestMalformed, "user_attrs, user_settings: only for keys of type session")
	}
	if a.ChannelID == nil {
		return fail(api.ErrRequestMalformed, "channel_id: missing")
	}
	ch := c.hub.channels[*a.ChannelID]
	if ch == nil || ch.members[c.user.id] == nil && ch.closedTo(c.user) {
		return channelNotFound(*a.ChannelID)
	}
	made.channelID, made.unsilence, made.realmMember = ch.id, valueOf(a.ChannelUnsilence), valueOf(a.RealmMember)
	made.metadata = a.MemberMetadata
	if len(made.metadata) > maxSettings {
		return fail(api.ErrRequestMalformed, "member_metadata: too long")
	}
	if why := c.mayInvite(ch, made); why != nil {
		return why.channel(ch.id)
	}
	if a.UserID == nil {
		return nil
	}
	made.onlyID = *a.UserID
	if u := c.hub.users[made.onlyID]; u == nil || u.deleted || u == c.user {
		return userNotFound(made.onlyID)
	}
	return nil
}

// mayInvite says whether the caller may make a key to a channel.
func (c *call) mayInvite(ch *channel, a *access) *failure {
	m := ch.members[c.user.id]
	switch audience := ch.audience != nil; {
	case (m == nil || !m.moderating()) && !ch.operatedByRealm(c.user):
		return fail(api.ErrPermissionDenied, "neither an operator nor a moderator")
	case audience != (a.kind == api.AccessTypeAudience):
		return fail(api.ErrPermissionDenied, "access_type: doesn't fit the channel")
	case a.kind != api.AccessTypeAudience && a.metadata != nil:
		return fail(api.ErrRequestMalformed, "member_metadata: only for keys of type audience")
	case a.realmMember && !ch.operatedByRealm(c.user):
		return fail(api.ErrPermissionDenied, "realm_member: not an operator of the channel's realm")
	}
	return nil
}

// joinByKey joins a channel with an access key.
func (c *call) joinByKey(a *api.JoinChannel) *failure {
	key, why := c.hub.access(*a.AccessKey)
	switch {
	case why != nil:
		return why
	case key.kind != api.AccessTypeChannel && key.kind != api.AccessTypeAudience:
		return fail(api.ErrAccessDenied, "access_key: not for channels")
	case a.ChannelID != nil && *a.ChannelID != key.channelID, key.onlyID != "" && key.onlyID != c.user.id:
		return fail(api.ErrAccessDenied, "access_key: for another channel, or for another user")
	case c.hub.usableFrom(key) != nil:
		return fail(api.ErrAccessTooEarly, "access_key: the time of the audience hasn't come").channel(key.channelID)
	case a.MasterSign != nil || a.MemberAttrs != nil:
		return fail(api.ErrRequestMalformed, "master_sign, member_attrs: not together with access_key")
	}
	ch := c.hub.channels[key.channelID]
	joins := ch.members[c.user.id] == nil
	joinsRealm := key.realmMember && ch.realm != nil && ch.realm.members[c.user.id] == nil
	if joins {
		if why := c.hub.mayBeJoined(ch, c.user); why != nil {
			return why
		}
	}
	if joinsRealm && len(ch.realm.members) >= c.hub.config.Limits.Members {
		return fail(api.ErrPermissionDenied, "the realm is full").realm(ch.realm.id)
	}
	if key.kind == api.AccessTypeChannel && (joins || joinsRealm) {
		c.hub.spend(key)
	}
	if joins {
		m := c.hub.enter(ch, c.user)
		if key.unsilence {
			m.attrs.Silenced = api.Attr[bool]{}
			c.hub.touch(m)
		}
		c.hub.introduce(m, key.metadata)
		c.announceJoined(m)
	} else {
		c.reply(ch.joined(c.user))
	}
	if joinsRealm {
		m := c.hub.enterRealm(ch.realm, c.user)
		c.reply(c.hub.realmJoined(ch.realm, c.user))
		c.spreadJoinedRealm(m)
	}
	return nil
}

// loginByKey finds or makes the user of a key of type session. The key is used up
// when the session has been made.
func (c *call) loginByKey(a *api.CreateSession) (u *user, auth *api.Secret, why *failure) {
	key, why := c.hub.access(*a.AccessKey)
	switch {
	case why != nil:
		return nil, nil, why
	case key.kind != api.AccessTypeSession:
		return nil, nil, fail(api.ErrAccessDenied, "access_key: not for sessions")
	}
	if key.newcomer {
		if u, auth, why = c.newcomerByKey(a, key); why == nil {
			c.key = key
		}
		return u, auth, why
	}
	u = c.hub.users[key.userID]
	if a.UserID != nil && *a.UserID != u.id {
		return nil, nil, fail(api.ErrAccessDenied, "user_id: not the user of the access_key")
	}
	if why := c.updateAtLogin(u, a); why != nil {
		return nil, nil, why
	}
	c.key = key
	return u, nil, nil
}

// newcomerByKey makes a user as the key says, and then as the action says.
func (c *call) newcomerByKey(a *api.CreateSession, key *access) (*user, *api.Secret, *failure) {
	if a.UserID != nil {
		return nil, nil, fail(api.ErrAccessDenied, "user_id: the access_key makes a new user")
	}
	attrs, combined := key.attrs, maps.Clone(key.settings)
	if a.UserAttrs != nil {
		if why := permit("user_attrs", a.UserAttrs, true, isSelf); why != nil {
			return nil, nil, why
		}
		merge(&attrs, a.UserAttrs)
	}
	if a.UserSettings != nil {
		var why *failure
		if combined, _, why = key.settings.merged("user_settings", a.UserSettings); why != nil {
			return nil, nil, why
		}
	}
	other := *a
	other.UserAttrs, other.UserSettings = &attrs, &api.UserSettings{Unknown: combined.text()}
	return c.newcomer(&other)
}
