package server

import (
	"log/slog"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/server/internal/thumbnail"
)

// user is a user of the server, with everything that hangs on one.
type user struct {
	id string
	// auth is the digest of the user_auth, nil if there is none.
	auth     *digest
	attrs    api.UserAttrs
	settings settings
	// watch is what makes messages highlights, taken from the settings.
	watch watch
	// masters are the users whose puppet this one is.
	masters map[string]api.PuppetAttrs
	// puppets are the user's own, by their ids.
	puppets map[string]*user
	// orphaned means that the user was a puppet, and that there is no master any
	// more.
	orphaned bool
	// puppetRealm is the realm whose key has made the puppet, "" if none has.
	puppetRealm string
	identities  []*identity
	accesses    map[digest]*access
	// uploaded is the size of the user's files.
	uploaded int64
	// icon is the image of the user, nil if there is none.
	icon     *icon
	sessions []*session
	// dialogues are those with other users, by their ids.
	dialogues map[string]*dialogue
	channels  map[string]*channel
	// owned are the channels that the user owns, be it without membership.
	owned  map[string]*channel
	realms map[string]*realm
	// queues are those that the user serves, and waits those in which the user
	// waits.
	queues map[string]*queue
	waits  map[*queue]*audience
	// shown is what other users know about the presence of this one.
	shown presence
	// deleted users are remembered only by those who have talked with them.
	deleted bool
	// expiry is the timer of a guest without sessions, and expires its time.
	expiry  Timer
	expires time.Time
	lost    []*lostAction
}

// presence is what others can see of a user's sessions.
type presence struct {
	connected bool
	// idle is since when no session has been in use, 0 if one is.
	idle int64
}

func (u *user) guest() bool { return u.attrs.Guest.Or(false) }

func (u *user) name() string { return u.attrs.Name.Or("") }

func (u *user) stopTimer() {
	if u.expiry != nil {
		u.expiry.Stop()
		u.expiry = nil
	}
}

func (u *user) removeSession(s *session) {
	for i, other := range u.sessions {
		if other == s {
			u.sessions = append(u.sessions[:i:i], u.sessions[i+1:]...)
			return
		}
	}
}

// visibleAttrs are the attributes that users see, of themselves and of others.
func (u *user) visibleAttrs() api.UserAttrs {
	attrs := u.attrs
	if u.deleted {
		attrs.Deleted = api.Set(true)
		return attrs
	}
	if u.shown.connected {
		attrs.Connected = api.Set(true)
	}
	if u.shown.idle != 0 {
		attrs.Idle = api.Set(u.shown.idle)
	}
	return attrs
}

func (u *user) visibleSettings() api.UserSettings {
	return api.UserSettings{Unknown: u.settings.text()}
}

func (u *user) puppetMasters() map[string]api.PuppetMaster {
	if len(u.masters) == 0 {
		return nil
	}
	masters := make(map[string]api.PuppetMaster, len(u.masters))
	for id, attrs := range u.masters {
		masters[id] = api.PuppetMaster{PuppetAttrs: attrs}
	}
	return masters
}

// account says what the user may own.
func (h *hub) account(u *user) api.UserAccount {
	limits := &h.config.Limits
	realms, queues := 0, 0
	for _, r := range u.realms {
		if r.ownerID != u.id {
			continue
		}
		realms++
		queues += len(r.queues)
	}
	return api.UserAccount{
		Channels:     accountOf(limits.Channels, len(u.owned)),
		Realms:       accountOf(limits.Realms, realms),
		Queues:       accountOf(limits.Queues, queues),
		QueueMembers: &api.UserAccountMembers{Quota: int64(limits.QueueMembers)},
		Uploads:      &api.UserAccountExtent{Quota: float64(limits.Uploads), Available: float64(max(0, int64(limits.Uploads)-u.uploaded))},
	}
}

func accountOf(quota, used int) *api.UserAccountObjects {
	return &api.UserAccountObjects{Quota: int64(quota), Available: int64(max(0, quota-used))}
}

// refreshPresence tells those who know the user when the first session has come,
// the last one has gone, or whether any is in use.
func (h *hub) refreshPresence(u *user) {
	if u.deleted {
		return
	}
	now := presence{connected: len(u.sessions) > 0, idle: u.shown.idle}
	active := false
	for _, s := range u.sessions {
		active = active || !s.idle
	}
	switch {
	case active:
		now.idle = 0
	case now.idle == 0:
		now.idle = h.clock.Now().Unix()
	}
	if now == u.shown {
		return
	}
	left := u.shown.connected && !now.connected
	u.shown = now
	h.touch(u)
	tell(pack(u.updated()), h.acquaintances(u)...)
	if left && u.passing() {
		h.expire(u)
	}
}

// expire deletes a guest, or whoever else is passing, who doesn't come back.
func (h *hub) expire(u *user) {
	h.expireAt(u, h.clock.Now().Add(h.config.Guests))
	h.touch(u)
}

func (h *hub) expireAt(u *user, at time.Time) {
	u.stopTimer()
	u.expires = at
	var timer Timer
	timer = h.clock.After(at.Sub(h.clock.Now()), func() {
		h.do(func() {
			if u.expiry == timer && !u.deleted && len(u.sessions) == 0 && u.passing() {
				h.note(slog.LevelDebug, "user expired", "user", u.id)
				h.deleteUser(u, nil)
			}
		})
	})
	u.expiry = timer
}

// stay ends the time of a guest.
func (h *hub) stay(u *user) {
	u.stopTimer()
	if !u.expires.IsZero() {
		u.expires = time.Time{}
		h.touch(u)
	}
}

// acquaintances are the other users who share a channel, dialogue or realm with
// the user.
func (h *hub) acquaintances(u *user) []*user {
	seen := make(map[*user]bool)
	for _, ch := range u.channels {
		for _, m := range ch.members {
			seen[m.user] = true
		}
	}
	for _, d := range u.dialogues {
		seen[d.peer(u).user] = true
	}
	for _, r := range u.realms {
		for _, m := range r.members {
			seen[m.user] = true
		}
	}
	for _, q := range u.queues {
		for _, member := range q.members {
			seen[member] = true
		}
	}
	delete(seen, u)
	others := make([]*user, 0, len(seen))
	for other := range seen {
		if !other.deleted {
			others = append(others, other)
		}
	}
	return others
}

// updated describes the user to others.
func (u *user) updated() *api.UserUpdated {
	return &api.UserUpdated{UserID: u.id, UserAttrs: u.visibleAttrs(), PuppetMasters: u.puppetMasters()}
}

// updatedSelf describes the user to himself or herself.
func (h *hub) updatedSelf(u *user) *api.UserUpdated {
	event := u.updated()
	event.UserSettings = new(u.visibleSettings())
	event.UserAccount = new(h.account(u))
	return event
}

// newUser makes a user of attributes that have been permitted.
func (h *hub) newUser(attrs *api.UserAttrs, settings *api.UserSettings) (*user, *failure) {
	if len(h.users) >= h.config.Limits.Users {
		return nil, fail(api.ErrInternal, "too many users")
	}
	u := &user{id: newID()}
	if attrs != nil {
		merge(&u.attrs, attrs)
	}
	if why := u.updateSettings(settings); why != nil {
		return nil, why
	}
	if attrs == nil || attrs.Guest.Or(true) {
		u.attrs.Guest = api.Set(true)
	}
	h.users[u.id] = u
	h.touch(u)
	return u, nil
}

// newAuth gives the user a new password token.
func (h *hub) newAuth(u *user) *api.Secret {
	auth := api.Secret(newToken())
	u.auth = new(h.secrets.digest(auth))
	h.touch(u)
	return &auth
}

func isSelf(role string) bool { return role == "self" }

func isMaster(role string) bool { return role == "master" }

// updateSettings sets and unsets settings.
func (u *user) updateSettings(update *api.UserSettings) *failure {
	if update == nil {
		return nil
	}
	merged, _, why := u.settings.merged("user_settings", update)
	if why != nil {
		return why
	}
	u.settings = merged
	u.watch = newWatch(u.visibleSettings())
	return nil
}

func (c *call) createUser(a *api.CreateUser) *failure {
	if a.UserAttrs != nil {
		if why := permit("user_attrs", a.UserAttrs, true, isSelf); why != nil {
			return why
		}
	}
	var attrs api.PuppetAttrs
	if a.PuppetAttrs != nil {
		if why := permit("puppet_attrs", a.PuppetAttrs, true, isMaster); why != nil {
			return why
		}
		merge(&attrs, a.PuppetAttrs)
	}
	u, why := c.hub.newUser(a.UserAttrs, a.UserSettings)
	if why != nil {
		return why
	}
	created := &api.UserCreated{UserID: u.id, UserAttrs: u.visibleAttrs(), UserSettings: u.visibleSettings()}
	if c.user != nil {
		c.hub.makePuppet(u, c.user, attrs)
		created.PuppetMasters = u.puppetMasters()
	} else {
		created.UserAuth = c.hub.newAuth(u)
		c.hub.expireGuest(u)
	}
	c.reply(created)
	return nil
}

// expireGuest starts the time of a guest who hasn't come yet.
func (h *hub) expireGuest(u *user) {
	if u.guest() && len(u.sessions) == 0 {
		h.expire(u)
	}
}

func (c *call) describeUser(a *api.DescribeUser) *failure {
	u := c.user
	if a.UserID != nil {
		if u = c.hub.users[*a.UserID]; u == nil {
			return userNotFound(*a.UserID)
		}
	}
	found := &api.UserFound{
		UserID:         u.id,
		UserAttrs:      u.visibleAttrs(),
		UserIdentities: u.visibleIdentities(c.user),
		PuppetMasters:  u.puppetMasters(),
	}
	if u == c.user {
		found.UserSettings = new(u.visibleSettings())
		found.UserAccount = new(c.hub.account(u))
		found.UserDialogues = u.visibleDialogues()
		found.UserChannels = u.visibleChannels()
		found.UserRealms = c.hub.visibleRealms(u)
		found.UserRealmsMember = u.visibleRealmMemberships()
		found.UserQueues = u.visibleQueues()
	} else if d := c.user.dialogues[u.id]; d != nil {
		found.DialogueMembers = d.visibleMembers()
		found.DialogueStatus = d.side(c.user).unusualStatus()
		found.MessageTime = d.log.newestTime()
		found.AudienceMetadata = d.audienceMetadata(c.user)
	}
	c.reply(found)
	return nil
}

// prepareUpdateUser makes an icon before the state is locked.
func prepareUpdateUser(h *hub, m *wire.Message) (perform, error) {
	a := new(api.UpdateUser)
	if err := json.Unmarshal(m.Text, a); err != nil {
		return nil, err
	}
	icon, why := iconOf(h.studio, a.PayloadAttrs, m.Payload)
	return func(c *call) *failure {
		if why != nil {
			return why
		}
		return c.updateUser(a, icon)
	}, nil
}

// updateUser changes attributes and settings. icon is nil if there is no new one.
func (c *call) updateUser(a *api.UpdateUser, icon *thumbnail.Picture) *failure {
	u := c.user
	attrs := a.UserAttrs
	if attrs == nil {
		attrs = new(api.UserAttrs)
	}
	if why := permit("user_attrs", attrs, false, isSelf); why != nil {
		return why
	}
	if why := u.updateSettings(a.UserSettings); why != nil {
		return why
	}
	if icon != nil {
		attrs.IconURL = api.Set(c.hub.addIcon(u, icon, c.origin.base().shared))
	}
	c.hub.touch(u)
	c.changeUser(u, attrs)
	return nil
}

// changeUser applies a permitted change, and tells everybody concerned.
func (c *call) changeUser(u *user, attrs *api.UserAttrs) {
	before, after, changed := merge(&u.attrs, attrs)
	c.hub.dropOldIcon(u)
	c.announce(c.hub.updatedSelf(u), u)
	if !changed {
		return
	}
	c.spread(pack(u.updated()), c.hub.acquaintances(u)...)
	if !before.Name.IsZero() || !after.Name.IsZero() {
		info := infoRenamed(u.id, &before, &after)
		for _, ch := range sortedChannels(u) {
			c.hub.inform(ch, info)
		}
	}
	if !before.Guest.IsZero() {
		c.hub.stay(u)
	}
}

func (c *call) deleteUser(a *api.DeleteUser) *failure {
	u := c.user
	if c.actsForSelf() && !u.guest() {
		if _, why := c.authenticate(u.id, a.UserAuth); why != nil {
			return why
		}
	}
	c.hub.deleteUser(u, c)
	return nil
}

// deleteUser deletes a user. by is the action that asked for it, nil if none. Others
// learn that members have parted, and by messages: whoever reads user_deleted takes it
// for the end of the own session, whatever user it names.
func (h *hub) deleteUser(u *user, by *call) {
	h.withdrawAll(u)
	for _, ch := range sortedChannels(u) {
		h.leave(ch, u)
		tell(pack(&api.ChannelMemberParted{ChannelID: ch.id, UserID: u.id}), ch.users()...)
		h.inform(ch, u.infoDeleted())
		h.settle(ch)
	}
	h.endDialogues(u)
	h.leaveQueues(u)
	h.leaveRealms(u)
	gone := pack(&api.UserDeleted{UserID: u.id})
	if by != nil {
		by.send(plain(gone))
		by.spread(gone, u)
	} else {
		tell(gone, u)
	}
	u.deleted = true
	u.stopTimer()
	for len(u.sessions) > 0 {
		s := u.sessions[0]
		h.end(s)
		if s.carrier != nil {
			s.carrier.end("user deleted")
		}
	}
	h.bury(u)
}

// bury forgets everything about a deleted user but what others have talked
// about with him or her.
func (h *hub) bury(u *user) {
	h.touch(u)
	h.cutStrings(u)
	h.forgetMasterKeys(u)
	h.forgetAccesses(u)
	for _, i := range u.identities {
		delete(h.identities, i.key)
		h.touch(i)
	}
	h.forgetLost(u.lost...)
	for id, d := range u.dialogues {
		if peer := d.peer(u).user; peer.deleted {
			delete(u.dialogues, id)
			h.forgetIfDead(peer, u.id)
			h.touch(d)
			d.log.clear()
		}
	}
	h.dropIcon(u.icon)
	*u = user{id: u.id, attrs: api.UserAttrs{Name: u.attrs.Name}, dialogues: u.dialogues, deleted: true}
	if len(u.dialogues) == 0 {
		delete(h.users, u.id)
	}
}

// forgetIfDead ends the remembrance of a deleted user when the last dialogue is
// gone.
func (h *hub) forgetIfDead(u *user, peerID string) {
	delete(u.dialogues, peerID)
	if u.deleted && len(u.dialogues) == 0 {
		delete(h.users, u.id)
		h.touch(u)
	}
}
