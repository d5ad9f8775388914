package server

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// channel is a place where any number of users talk.
type channel struct {
	id string
	// realm is nil for channels of users.
	realm   *realm
	ownerID string
	attrs   api.ChannelAttrs
	members map[string]*member
	log     chatlog
	// rate is the attribute ratelimit, understood.
	rate rateLimit
	// followers are sessions that get messages without their users being
	// members, and whether the channel's owner has signed for that.
	followers map[*session]bool
	// audience is whose channel it is, nil if it isn't one for an audience. Such
	// a channel stays without members until its transcript is deleted.
	audience *audience
	table    timetable
	// introduced is what access keys say about members and former members.
	introduced map[string]settings
	// said is what members have said about themselves in metadata messages.
	said map[string]settings
}

func (ch *channel) stopTimers() {
	for _, m := range ch.members {
		m.stopTimers()
	}
	ch.table.stop()
}

// users are the members.
func (ch *channel) users() []*user {
	users := make([]*user, 0, len(ch.members))
	for _, m := range ch.members {
		users = append(users, m.user)
	}
	return users
}

func (ch *channel) others(u *user) []*user {
	return slices.DeleteFunc(ch.users(), func(other *user) bool { return other == u })
}

// sortedChannels puts a user's channels in a fixed order, for what leads to
// several events.
func sortedChannels(u *user) []*channel {
	channels := make([]*channel, 0, len(u.channels))
	for _, ch := range u.channels {
		channels = append(channels, ch)
	}
	slices.SortFunc(channels, func(a, b *channel) int { return cmp.Compare(a.id, b.id) })
	return channels
}

func (ch *channel) visibleRealm() *string {
	if ch.realm == nil {
		return nil
	}
	return new(ch.realm.id)
}

func (ch *channel) visibleAttrs() api.ChannelAttrs {
	attrs := ch.attrs
	attrs.OwnerID = api.Set(ch.ownerID)
	return attrs
}

func (ch *channel) visibleMembers() map[string]api.ChannelMember {
	members := make(map[string]api.ChannelMember, len(ch.members))
	for id, m := range ch.members {
		members[id] = api.ChannelMember{
			UserAttrs:   m.user.visibleAttrs(),
			MemberAttrs: m.visibleAttrs(),
			PuppetAttrs: ch.puppetAttrs(m.user),
		}
	}
	return members
}

// puppetAttrs are there for the puppets of the channel's owner.
func (ch *channel) puppetAttrs(u *user) *api.PuppetAttrs {
	if attrs, ok := u.masters[ch.ownerID]; ok {
		return &attrs
	}
	return nil
}

func (u *user) visibleChannels() map[string]api.UserChannel {
	visible := make(map[string]api.UserChannel, len(u.channels))
	for id, ch := range u.channels {
		visible[id] = api.UserChannel{
			ChannelAttrs:  ch.visibleAttrs(),
			ChannelStatus: ch.members[u.id].status.name(),
			RealmID:       ch.visibleRealm(),
		}
	}
	return visible
}

// joined describes the channel to a member.
func (ch *channel) joined(u *user) *api.ChannelJoined {
	return &api.ChannelJoined{
		ChannelID:              ch.id,
		ChannelAttrs:           ch.visibleAttrs(),
		ChannelMembers:         ch.visibleMembers(),
		ChannelMembersMetadata: ch.introductions(u),
		MessageTime:            ch.log.newestTime(),
		RealmID:                ch.visibleRealm(),
		AudienceMetadata:       ch.audienceMetadata(u),
		MemberMessageMetadata:  ch.messageMetadata(),
	}
}

// audienceMetadata is what a member sees of the metadata of the audience, nil if
// there is no audience.
func (ch *channel) audienceMetadata(u *user) *api.AudienceMetadata {
	if ch.audience == nil {
		return nil
	}
	return ch.audience.metadataFor(u)
}

// messageMetadata is what members have said in metadata messages, nil if nothing.
func (ch *channel) messageMetadata() map[string]api.Object {
	if len(ch.said) == 0 {
		return nil
	}
	visible := make(map[string]api.Object, len(ch.said))
	for id, said := range ch.said {
		if text := said.text(); text != nil {
			visible[id] = api.Object(text)
		}
	}
	return visible
}

func (ch *channel) updated() *api.ChannelUpdated {
	return &api.ChannelUpdated{ChannelID: ch.id, ChannelAttrs: ch.visibleAttrs(), RealmID: ch.visibleRealm()}
}

// operatedByRealm reports whether a user is an operator of the channel's realm.
func (ch *channel) operatedByRealm(u *user) bool { return ch.realm != nil && ch.realm.operatedBy(u) }

// closedTo reports whether the channel is none of the business of a user who isn't
// a member: it is private, or for members of the realm.
func (ch *channel) closedTo(u *user) bool {
	switch {
	case ch.ownerID == u.id, ch.operatedByRealm(u):
		return false
	case ch.attrs.Private.Or(false):
		return true
	}
	return ch.realm != nil && ch.realm.members[u.id] == nil && !ch.attrs.Public.Or(false)
}

// membership finds a channel that the caller is a member of. A channel that is
// closed to others doesn't exist for them.
func (c *call) membership(id string) (*channel, *member, *failure) {
	ch := c.hub.channels[id]
	if ch == nil {
		return nil, nil, channelNotFound(id)
	}
	m := ch.members[c.user.id]
	if m == nil {
		if ch.closedTo(c.user) {
			return nil, nil, channelNotFound(id)
		}
		return nil, nil, fail(api.ErrPermissionDenied, "not a member of the channel").channel(id)
	}
	return ch, m, nil
}

// writerOf says in which roles somebody changes the attributes of a channel.
func (ch *channel) writerOf(u *user) writer {
	m := ch.members[u.id]
	return func(role string) bool {
		switch role {
		case "owner":
			return ch.ownerID == u.id
		case "operators":
			return m != nil && m.operator() || ch.operatedByRealm(u)
		case "realm operators":
			return ch.operatedByRealm(u)
		}
		return false
	}
}

// emptyChannel makes a channel, but doesn't make it known. realm may be nil.
func (h *hub) emptyChannel(id string, r *realm, ownerID string) *channel {
	ch := &channel{id: id, realm: r, ownerID: ownerID, members: make(map[string]*member)}
	ch.log.keeper, ch.log.channel = h.keeper, ch
	return ch
}

func (c *call) createChannel(a *api.CreateChannel) *failure {
	owner := c.user
	var r *realm
	if a.RealmID != nil {
		var why *failure
		if r, why = c.operatedRealm(*a.RealmID); why != nil {
			return why
		}
		owner = c.hub.users[r.ownerID]
	}
	ch, why := c.hub.newChannel(r, owner, c.user, a.ChannelAttrs)
	if why != nil {
		return why
	}
	c.openChannel(ch)
	return nil
}

// newChannel makes a channel, but doesn't make it known. realm and attrs may be
// nil.
func (h *hub) newChannel(r *realm, owner, creator *user, attrs *api.ChannelAttrs) (*channel, *failure) {
	if h.account(owner).Channels.Available == 0 {
		return nil, fail(api.ErrChannelQuotaExceeded, "")
	}
	ch := h.emptyChannel(newID(), r, owner.id)
	if attrs == nil {
		return ch, nil
	}
	may := func(role string) bool {
		return role == "owner" || role == "operators" || role == "realm operators" && ch.operatedByRealm(creator)
	}
	if why := h.checkChannelAttrs(ch, attrs, true, may); why != nil {
		return nil, why
	}
	h.obeySchedule(ch, attrs)
	merge(&ch.attrs, attrs)
	ch.rate = newRateLimit(ch.attrs.Ratelimit.Or(""))
	return ch, nil
}

// openChannel makes a new channel known, with the caller as its first member.
func (c *call) openChannel(ch *channel) {
	c.hub.addChannel(ch)
	c.hub.runChannelTable(ch)
	m := c.hub.enter(ch, c.user)
	m.attrs.Operator = api.Set(true)
	m.attrs.Silenced = api.Attr[bool]{}
	c.announce(ch.joined(c.user), c.user)
	c.hub.inform(ch, m.infoJoin())
}

func (h *hub) addChannel(ch *channel) {
	h.touch(ch)
	h.channels[ch.id] = ch
	if ch.realm != nil {
		ch.realm.channels[ch.id] = ch
	}
	if ch.audience == nil {
		h.countOwned(ch)
	}
}

// countOwned counts a channel among those of its owner.
func (h *hub) countOwned(ch *channel) {
	owner := h.users[ch.ownerID]
	if owner == nil {
		return
	}
	if owner.owned == nil {
		owner.owned = make(map[string]*channel)
	}
	owner.owned[ch.id] = ch
}

// removeChannel ends the memberships of a channel, and with them the channel. It
// is for the caller to tell.
func (h *hub) removeChannel(ch *channel) {
	for _, u := range ch.users() {
		h.leave(ch, u)
	}
	h.settle(ch)
	if ch.audience != nil {
		h.deleteTranscript(ch.audience, nil)
		h.forgetChannel(ch)
	}
}

// forgetChannel is for a channel without members.
func (h *hub) forgetChannel(ch *channel) {
	h.touch(ch)
	ch.log.clear()
	if ch.audience != nil {
		h.touch(ch.audience)
	}
	ch.dropFollowers()
	ch.table.stop()
	delete(h.channels, ch.id)
	if ch.realm != nil {
		delete(ch.realm.channels, ch.id)
	}
	if owner := h.users[ch.ownerID]; owner != nil {
		delete(owner.owned, ch.id)
	}
}

// checkChannelAttrs checks an update of a channel's attributes, and completes
// it.
func (h *hub) checkChannelAttrs(ch *channel, update *api.ChannelAttrs, creating bool, may writer) *failure {
	if why := permit("channel_attrs", update, creating, may); why != nil {
		return why.channel(ch.id)
	}
	return h.checkChannelValues(ch, update)
}

// checkChannelValues checks an update of a channel's attributes, whoever makes it,
// and completes it.
func (h *hub) checkChannelValues(ch *channel, update *api.ChannelAttrs) *failure {
	if limit, ok := update.Ratelimit.Get(); ok && newRateLimit(limit).count == 0 {
		return fail(api.ErrRequestMalformed, "channel_attrs.ratelimit: not of the form COUNT/SECONDS").channel(ch.id)
	}
	if a, ok := update.Audience.Get(); ok {
		if _, _, err := audienceTimes(&a); err != nil {
			return fail(api.ErrRequestMalformed, "channel_attrs.audience.%s", err).channel(ch.id)
		}
	}
	if _, why := parseSchedule("channel_attrs.schedule", update.Schedule); why != nil {
		return why.channel(ch.id)
	}
	if types, ok := update.BlacklistedMessageTypes.Get(); ok {
		if _, why := h.newTypeFilter(types); why != nil {
			return why.channel(ch.id)
		}
	}
	return h.checkDisclosure(ch, update)
}

// checkDisclosure makes the first disclosed_since the current time. What was
// said before it was said to those who were there.
func (h *hub) checkDisclosure(ch *channel, update *api.ChannelAttrs) *failure {
	since, ok := update.DisclosedSince.Get()
	if !ok {
		return nil
	}
	old, ok := ch.attrs.DisclosedSince.Get()
	if !ok {
		update.DisclosedSince = api.Set(h.ids.since(h.clock.Now()))
		return nil
	}
	if since < old {
		return fail(api.ErrPermissionDenied, "channel_attrs.disclosed_since: can't be set to an earlier time").channel(ch.id)
	}
	return nil
}

func (c *call) describeChannel(a *api.DescribeChannel) *failure {
	ch := c.hub.channels[a.ChannelID]
	if ch == nil {
		return channelNotFound(a.ChannelID)
	}
	m := ch.members[c.user.id]
	if m == nil && ch.closedTo(c.user) {
		return channelNotFound(a.ChannelID)
	}
	found := &api.ChannelFound{
		ChannelID:    ch.id,
		ChannelAttrs: ch.visibleAttrs(),
		MessageTime:  ch.log.newestTime(),
		RealmID:      ch.visibleRealm(),
	}
	if m != nil {
		found.ChannelMembers = ch.visibleMembers()
		found.ChannelMembersMetadata = ch.introductions(c.user)
		found.AudienceMetadata = ch.audienceMetadata(c.user)
		found.MemberMessageMetadata = ch.messageMetadata()
		found.ChannelStatus = m.status.name()
	}
	if ch.ownerID == c.user.id || ch.operatedByRealm(c.user) {
		found.ChannelMemberCount = new(int64(len(ch.members)))
	}
	c.reply(found)
	return nil
}

func (c *call) updateChannel(a *api.UpdateChannel) *failure {
	ch := c.hub.channels[a.ChannelID]
	if ch == nil {
		return channelNotFound(a.ChannelID)
	}
	if ch.ownerID != c.user.id && !ch.operatedByRealm(c.user) {
		if _, _, why := c.membership(ch.id); why != nil {
			return why
		}
	}
	if why := c.hub.checkChannelAttrs(ch, &a.ChannelAttrs, false, ch.writerOf(c.user)); why != nil {
		return why
	}
	c.hub.obeySchedule(ch, &a.ChannelAttrs)
	before, after, changed := merge(&ch.attrs, &a.ChannelAttrs)
	if !changed {
		c.reply(ch.updated())
		return nil
	}
	ch.rate = newRateLimit(ch.attrs.Ratelimit.Or(""))
	if !before.Schedule.IsZero() || !after.Schedule.IsZero() {
		c.hub.runChannelTable(ch)
	}
	c.hub.touch(ch)
	c.announce(ch.updated(), ch.users()...)
	c.hub.inform(ch, infoChannel(&before, &after))
	c.hub.settle(ch)
	return nil
}

func (c *call) deleteChannel(a *api.DeleteChannel) *failure {
	ch := c.hub.channels[a.ChannelID]
	switch {
	case ch == nil, ch.ownerID != c.user.id && ch.members[c.user.id] == nil && ch.closedTo(c.user):
		return channelNotFound(a.ChannelID)
	case ch.ownerID != c.user.id:
		return fail(api.ErrPermissionDenied, "not the owner of the channel").channel(ch.id)
	case !ch.attrs.Suspended.Or(false):
		return fail(api.ErrPermissionDenied, "the channel must be suspended first").channel(ch.id)
	}
	c.announce(&api.ChannelDeleted{ChannelID: ch.id}, ch.users()...)
	c.hub.removeChannel(ch)
	return nil
}

func (c *call) joinChannel(a *api.JoinChannel) *failure {
	if a.AccessKey != nil {
		return c.joinByKey(a)
	}
	if a.ChannelID == nil {
		return fail(api.ErrRequestMalformed, "channel_id: missing")
	}
	ch := c.hub.channels[*a.ChannelID]
	if ch == nil {
		return channelNotFound(*a.ChannelID)
	}
	if ch.members[c.user.id] != nil {
		c.reply(ch.joined(c.user))
		return nil
	}
	if why := c.permitJoin(ch, a); why != nil {
		return why.channel(ch.id)
	}
	m := c.hub.enter(ch, c.user)
	if a.MemberAttrs != nil {
		merge(&m.attrs, a.MemberAttrs)
	}
	c.announceJoined(m)
	return nil
}

// announceJoined answers with the membership that the caller has got, and tells
// everybody concerned.
func (c *call) announceJoined(m *member) {
	ch := m.channel
	c.announce(ch.joined(c.user), c.user)
	c.spreadJoined(m)
	c.hub.inform(ch, m.infoJoin())
}

// permitJoin says whether the caller may join, with or without a signature. A
// signature is used up last.
func (c *call) permitJoin(ch *channel, a *api.JoinChannel) *failure {
	if a.MasterSign == nil {
		if a.MemberAttrs != nil {
			if set, unset := countAttrs(a.MemberAttrs); set+unset > 0 {
				return fail(api.ErrPermissionDenied, "member_attrs: only with a master's signature")
			}
		}
		return c.hub.mayJoin(ch, c.user)
	}
	if why := c.hub.mayBeJoined(ch, c.user); why != nil {
		return why
	}
	if why := checkSignedAttrs(a); why != nil {
		return why
	}
	return c.permitChannel(ch, a.MasterKeyType, a.MasterSign)
}

// mayBeJoined says whether a user may join with somebody's help.
func (h *hub) mayBeJoined(ch *channel, u *user) *failure {
	switch {
	case len(ch.members) >= h.config.Limits.Members:
		return fail(api.ErrPermissionDenied, "the channel is full").channel(ch.id)
	case ch.attrs.Suspended.Or(false) && ch.ownerID != u.id:
		return fail(api.ErrPermissionDenied, "the channel is suspended").channel(ch.id)
	}
	return nil
}

// mayJoin says whether a user may join without anybody's help.
func (h *hub) mayJoin(ch *channel, u *user) *failure {
	if why := h.mayBeJoined(ch, u); why != nil || ch.ownerID == u.id || ch.operatedByRealm(u) {
		return why
	}
	switch {
	case ch.closedTo(u):
		return fail(api.ErrPermissionDenied, "the channel is private, or for members of its realm").channel(ch.id)
	case ch.attrs.VerifiedJoin.Or(false) && !u.verified():
		return fail(api.ErrPermissionDenied, "joining takes a verified identity").channel(ch.id)
	}
	return nil
}

func (c *call) partChannel(a *api.PartChannel) *failure {
	ch, m, why := c.membership(a.ChannelID)
	if why != nil {
		return why
	}
	c.part(ch, m, nil)
	return nil
}

// part ends a membership, and tells everybody concerned. The caller gets the
// event that fits his or her relation to the member.
func (c *call) part(ch *channel, m *member, cause *string) {
	h := c.hub
	h.leave(ch, m.user)
	self := pack(&api.ChannelParted{ChannelID: ch.id, EventCause: cause})
	others := pack(&api.ChannelMemberParted{ChannelID: ch.id, UserID: m.user.id, EventCause: cause})
	if m.user == c.user {
		c.send(plain(self))
	} else {
		c.send(plain(others))
	}
	c.spread(self, m.user)
	c.spread(others, ch.users()...)
	h.inform(ch, m.infoPart(cause))
	h.settle(ch)
}

// rateLimit is how often a member may send messages.
type rateLimit struct {
	count  int
	period time.Duration
}

const (
	maxRateCount  = 1000
	maxRatePeriod = 24 * 60 * 60
)

// newRateLimit reads COUNT/SECONDS. It returns the zero rateLimit if that makes
// no sense.
func newRateLimit(text string) rateLimit {
	left, right, _ := strings.Cut(text, "/")
	count, err := strconv.Atoi(left)
	if err != nil || count < 1 || count > maxRateCount {
		return rateLimit{}
	}
	seconds, err := strconv.ParseFloat(right, 64)
	if err != nil || !(seconds > 0) || seconds > maxRatePeriod {
		return rateLimit{}
	}
	return rateLimit{count, time.Duration(seconds * float64(time.Second))}
}
