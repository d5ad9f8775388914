package server

import (
	"cmp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
)

// realm is an organization, to which channels and users belong.
type realm struct {
	id       string
	ownerID  string
	attrs    api.RealmAttrs
	settings settings
	// members always include the owner.
	members  map[string]*realmMember
	channels map[string]*channel
	queues   map[string]*queue
	tags     map[string]*tag
}

func (r *realm) name() string { return r.attrs.Name.Or("") }

// realmNameKey is equal for names that are too similar for two realms.
func realmNameKey(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// operatedBy reports whether a user is an operator, as the owner always is.
func (r *realm) operatedBy(u *user) bool {
	m := r.members[u.id]
	return r.ownerID == u.id || m != nil && m.attrs.Operator.Or(false)
}

// users are the members.
func (r *realm) users() []*user {
	users := make([]*user, 0, len(r.members))
	for _, m := range r.members {
		users = append(users, m.user)
	}
	return users
}

// operators are the members who are operators.
func (r *realm) operators() []*user {
	return slices.DeleteFunc(r.users(), func(u *user) bool { return !r.operatedBy(u) })
}

func (r *realm) others(u *user) []*user {
	return slices.DeleteFunc(r.users(), func(other *user) bool { return other == u })
}

// sortedChannels puts the channels in a fixed order, for what leads to several
// events.
func (r *realm) sortedChannels() []*channel {
	channels := make([]*channel, 0, len(r.channels))
	for _, ch := range r.channels {
		channels = append(channels, ch)
	}
	slices.SortFunc(channels, func(a, b *channel) int { return cmp.Compare(a.id, b.id) })
	return channels
}

// visibleRealmAttrs are the attributes that a user sees; nil is anybody.
func (h *hub) visibleRealmAttrs(r *realm, viewer *user) api.RealmAttrs {
	attrs := r.attrs
	attrs.OwnerID = api.Set(r.ownerID)
	if owner := h.users[r.ownerID]; owner != nil && viewer != nil && r.operatedBy(viewer) {
		account := h.account(owner)
		attrs.OwnerAccount = api.Set(api.RealmOwnerAccount{
			Channels: *account.Channels, Queues: *account.Queues, QueueMembers: *account.QueueMembers,
		})
	}
	return attrs
}

// visibleSettings are those that a user sees: they are for members.
func (r *realm) visibleSettings(viewer *user) api.RealmSettings {
	if r.members[viewer.id] == nil {
		return api.RealmSettings{}
	}
	return api.RealmSettings{Unknown: r.settings.text()}
}

func (r *realm) visibleMembers() map[string]api.RealmMember {
	members := make(map[string]api.RealmMember, len(r.members))
	for id, m := range r.members {
		members[id] = api.RealmMember{UserAttrs: m.user.visibleAttrs(), MemberAttrs: m.attrs, PuppetAttrs: r.puppetAttrs(m.user)}
	}
	return members
}

// puppetAttrs are there for the puppets of the realm's owner.
func (r *realm) puppetAttrs(u *user) *api.PuppetAttrs {
	if attrs, ok := u.masters[r.ownerID]; ok {
		return &attrs
	}
	return nil
}

// visibleRealms are the realms that the user is a member of.
func (h *hub) visibleRealms(u *user) map[string]api.RealmAttrs {
	visible := make(map[string]api.RealmAttrs, len(u.realms))
	for id, r := range u.realms {
		visible[id] = h.visibleRealmAttrs(r, u)
	}
	return visible
}

// visibleRealmMemberships are the user's own, nil if there are none.
func (u *user) visibleRealmMemberships() map[string]api.RealmMemberAttrs {
	if len(u.realms) == 0 {
		return nil
	}
	visible := make(map[string]api.RealmMemberAttrs, len(u.realms))
	for id, r := range u.realms {
		visible[id] = r.members[u.id].attrs
	}
	return visible
}

func (h *hub) realmJoined(r *realm, u *user) *api.RealmJoined {
	return &api.RealmJoined{
		RealmID:       r.id,
		RealmAttrs:    h.visibleRealmAttrs(r, u),
		RealmSettings: r.visibleSettings(u),
		RealmMembers:  r.visibleMembers(),
	}
}

func (h *hub) realmUpdated(r *realm, u *user) *api.RealmUpdated {
	return &api.RealmUpdated{RealmID: r.id, RealmAttrs: h.visibleRealmAttrs(r, u), RealmSettings: r.visibleSettings(u)}
}

// realm finds a realm.
func (c *call) realm(id string) (*realm, *failure) {
	if r := c.hub.realms[id]; r != nil {
		return r, nil
	}
	return nil, realmNotFound(id)
}

// operatedRealm finds a realm that the caller is an operator of.
func (c *call) operatedRealm(id string) (*realm, *failure) {
	r, why := c.realm(id)
	if why == nil && !r.operatedBy(c.user) {
		return nil, fail(api.ErrPermissionDenied, "not an operator of the realm").realm(id)
	}
	return r, why
}

func (c *call) createRealm(a *api.CreateRealm) *failure {
	h := c.hub
	r := &realm{id: newID(), ownerID: c.user.id}
	if why := h.newRealm(r, a.RealmAttrs, a.RealmSettings, anybody); why != nil {
		return why
	}
	var ch *channel
	if a.ChannelAttrs != nil {
		var why *failure
		if ch, why = h.newChannel(r, c.user, c.user, a.ChannelAttrs); why != nil {
			return why
		}
	}
	h.openRealm(r, c.user)
	c.announce(h.realmJoined(r, c.user), c.user)
	if ch != nil {
		c.openChannel(ch)
	}
	return nil
}

// anybody is a writer who may do whatever anybody may.
func anybody(string) bool { return true }

// newRealm completes a realm, but doesn't make it known.
func (h *hub) newRealm(r *realm, attrs *api.RealmAttrs, update *api.RealmSettings, may writer) *failure {
	owner := h.users[r.ownerID]
	if h.account(owner).Realms.Available == 0 {
		return fail(api.ErrRealmQuotaExceeded, "")
	}
	if attrs != nil {
		if why := permit("realm_attrs", attrs, true, may); why != nil {
			return why
		}
		merge(&r.attrs, attrs)
	}
	if name := r.name(); name != "" && h.realmNames[realmNameKey(name)] != nil {
		return fail(api.ErrRealmAlreadyExists, "realm_attrs.name: taken")
	}
	if update == nil {
		return nil
	}
	merged, _, why := r.settings.merged("realm_settings", update)
	r.settings = merged
	return why
}

// openRealm makes a realm known, with its owner as the first member.
func (h *hub) openRealm(r *realm, owner *user) {
	r.members, r.channels = make(map[string]*realmMember), make(map[string]*channel)
	r.queues, r.tags = make(map[string]*queue), make(map[string]*tag)
	h.addRealm(r)
	h.enterRealm(r, owner).attrs.Operator = api.Set(true)
}

func (h *hub) addRealm(r *realm) {
	h.touch(r)
	h.realms[r.id] = r
	if name := r.name(); name != "" {
		h.realmNames[realmNameKey(name)] = r
	}
}

func (c *call) describeRealm(a *api.DescribeRealm) *failure {
	r, why := c.realm(a.RealmID)
	if why != nil {
		return why
	}
	found := &api.RealmFound{
		RealmID:       r.id,
		RealmAttrs:    c.hub.visibleRealmAttrs(r, c.user),
		RealmSettings: r.visibleSettings(c.user),
	}
	if r.members[c.user.id] != nil {
		found.RealmMembers = r.visibleMembers()
	}
	c.reply(found)
	return nil
}

func (c *call) updateRealm(a *api.UpdateRealm) *failure {
	r, why := c.operatedRealm(a.RealmID)
	if why != nil {
		return why
	}
	attrs := a.RealmAttrs
	if attrs == nil {
		attrs = new(api.RealmAttrs)
	}
	operator := func(role string) bool { return role == "operators" }
	if why := permit("realm_attrs", attrs, false, operator); why != nil {
		return why.realm(r.id)
	}
	settingsChanged := false
	if a.RealmSettings != nil {
		var merged settings
		if merged, settingsChanged, why = r.settings.merged("realm_settings", a.RealmSettings); why != nil {
			return why.realm(r.id)
		}
		r.settings = merged
	}
	_, _, attrsChanged := merge(&r.attrs, attrs)
	c.hub.touch(r)
	c.reply(c.hub.realmUpdated(r, c.user))
	if attrsChanged || settingsChanged {
		for _, u := range r.users() {
			c.spread(pack(c.hub.realmUpdated(r, u)), u)
		}
	}
	return nil
}

func (c *call) deleteRealm(a *api.DeleteRealm) *failure {
	r, why := c.realm(a.RealmID)
	if why != nil {
		return why
	}
	if r.ownerID != c.user.id {
		return fail(api.ErrPermissionDenied, "not the owner of the realm").realm(r.id)
	}
	c.hub.deleteRealm(r, c)
	return nil
}

// deleteRealm deletes a realm, with all that belongs to it. by is the action that
// asked for it, nil if none.
func (h *hub) deleteRealm(r *realm, by *call) {
	for _, q := range sortedQueues(r.queues) {
		h.dropQueue(q, nil)
	}
	h.forgetQueues(r)
	for _, ch := range r.sortedChannels() {
		tell(pack(&api.ChannelDeleted{ChannelID: ch.id}), ch.users()...)
		h.removeChannel(ch)
	}
	h.forgetTags(r)
	h.forgetRealmKeys(r)
	gone := pack(&api.RealmDeleted{RealmID: r.id})
	if by != nil {
		by.send(plain(gone))
		by.spread(gone, r.users()...)
	} else {
		tell(gone, r.users()...)
	}
	for _, m := range r.members {
		delete(m.user.realms, r.id)
		h.touch(m)
	}
	h.touch(r)
	delete(h.realms, r.id)
	if name := r.name(); name != "" {
		delete(h.realmNames, realmNameKey(name))
	}
}

// defaultDeleteDelay is the setting for queues that have none of their own.
func (r *realm) defaultDeleteDelay() (seconds int64, ok bool) {
	var known api.RealmSettings
	if json.Unmarshal(r.settings.text(), &known) != nil {
		return 0, false
	}
	defaults := known.DefaultQueueSettings.Or(api.QueueSettings{})
	delay, ok := defaults.TranscriptDeleteDelay.Get()
	return min(max(delay, 0), maxDeleteDelay), ok
}
