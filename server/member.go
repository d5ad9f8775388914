package server

import (
	"math"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/ring"
	"github.com/ninchat-community/ninchat/server/internal/clock"
)

// member is the membership of a user in a channel.
type member struct {
	channel *channel
	user    *user
	attrs   api.ChannelMemberAttrs
	status  status
	// since is when the user joined, and first the id that messages from then on
	// exceed.
	since time.Time
	first string
	// timers unset attributes, by their names.
	timers map[string]unsetting
	// sent are the times of the latest messages, for the rate limit.
	sent ring.Queue[time.Time]
}

// unsetting is when an attribute is unset.
type unsetting struct {
	at    time.Time
	timer Timer
}

func (m *member) operator() bool { return m.attrs.Operator.Or(false) }

// moderating reports whether the member is an operator or moderator.
func (m *member) moderating() bool { return m.operator() || m.attrs.Moderator.Or(false) }

func (m *member) stopTimers() {
	for name := range m.timers {
		m.stopTimer(name)
	}
}

func (m *member) stopTimer(name string) {
	if unset, ok := m.timers[name]; ok {
		unset.timer.Stop()
		delete(m.timers, name)
	}
}

func (m *member) visibleAttrs() api.ChannelMemberAttrs {
	attrs := m.attrs
	attrs.Since = api.Set(m.since.Unix())
	return attrs
}

// joined describes the new member to others.
func (m *member) joined() *api.ChannelMemberJoined {
	return &api.ChannelMemberJoined{
		ChannelID:   m.channel.id,
		UserID:      m.user.id,
		UserAttrs:   m.user.visibleAttrs(),
		MemberAttrs: m.visibleAttrs(),
		PuppetAttrs: m.channel.puppetAttrs(m.user),
	}
}

func (m *member) updated() *api.ChannelMemberUpdated {
	return &api.ChannelMemberUpdated{ChannelID: m.channel.id, UserID: m.user.id, MemberAttrs: m.visibleAttrs()}
}

// enter makes a user a member. It is for the caller to tell.
func (h *hub) enter(ch *channel, u *user) *member {
	now := h.clock.Now()
	m := h.addMember(ch, u, now, h.nextMessageID(now))
	if ch.attrs.Autosilence.Or(false) {
		m.attrs.Silenced = api.Set(true)
	}
	return m
}

func (h *hub) addMember(ch *channel, u *user, since time.Time, first string) *member {
	m := &member{channel: ch, user: u, since: since, first: first}
	ch.members[u.id] = m
	if u.channels == nil {
		u.channels = make(map[string]*channel)
	}
	u.channels[ch.id] = ch
	if a := ch.audience; a != nil && u != a.customer {
		a.agents[u.id] = struct{}{}
		h.touch(a)
	}
	h.touch(m)
	return m
}

// leave ends a membership. A channel without members is no more.
func (h *hub) leave(ch *channel, u *user) {
	m := ch.members[u.id]
	m.stopTimers()
	h.touch(m)
	delete(ch.members, u.id)
	delete(u.channels, ch.id)
	if len(ch.members) == 0 && (ch.audience == nil || ch.audience.deleted) {
		h.forgetChannel(ch)
	}
}

// memberTarget finds the channel that a member action is about.
func (c *call) memberTarget(channelID *string) (*channel, *member, *failure) {
	if channelID == nil {
		return nil, nil, fail(api.ErrRequestMalformed, "channel_id: missing")
	}
	return c.membership(*channelID)
}

// memberWriter says in which roles somebody changes the attributes of a
// membership.
func memberWriter(by *member, target *member) writer {
	return func(role string) bool {
		switch role {
		case "self":
			return by == target
		case "operators":
			return by.operator()
		case "operators and moderators":
			return by.moderating()
		}
		return false
	}
}

// channelMemberAttrs takes the attributes of channel memberships out of those of
// any.
func channelMemberAttrs(a *api.MemberAttrs) api.ChannelMemberAttrs {
	if a == nil {
		return api.ChannelMemberAttrs{}
	}
	return api.ChannelMemberAttrs{
		Autohide: a.Autohide, Invitee: a.Invitee, Moderator: a.Moderator, Operator: a.Operator,
		Silenced: a.Silenced, Since: a.Since, Writing: a.Writing,
	}
}

func (c *call) addMember(a *api.AddMember) *failure {
	if a.RealmID != nil {
		return c.addRealmMember(*a.RealmID, a.UserID, a.MemberAttrs)
	}
	if a.QueueID != nil {
		return c.addQueueMember(*a.QueueID, a.UserID, a.MemberAttrs)
	}
	ch, by, why := c.memberTarget(a.ChannelID)
	if why != nil {
		return why
	}
	if !by.moderating() {
		return fail(api.ErrPermissionDenied, "neither an operator nor a moderator").channel(ch.id)
	}
	u := c.hub.users[a.UserID]
	if u == nil || u.deleted {
		return userNotFound(a.UserID)
	}
	if m := ch.members[u.id]; m != nil {
		c.reply(m.joined())
		return nil
	}
	if r := ch.realm; r != nil && r.members[u.id] == nil {
		return fail(api.ErrPermissionDenied, "not a member of the channel's realm").channel(ch.id).user(u.id)
	}
	if len(ch.members) >= c.hub.config.Limits.Members {
		return fail(api.ErrPermissionDenied, "the channel is full").channel(ch.id)
	}
	attrs := channelMemberAttrs(a.MemberAttrs)
	inviter := func(role string) bool { return role == "self" || memberWriter(by, nil)(role) }
	if why := permit("channel_member_attrs", &attrs, true, inviter); why != nil {
		return why.channel(ch.id)
	}
	m := c.hub.enter(ch, u)
	merge(&m.attrs, &attrs)
	c.send(plain(pack(m.joined())))
	c.spread(pack(ch.joined(u)), u)
	c.spread(pack(m.joined()), ch.others(u)...)
	c.hub.inform(ch, m.infoJoin())
	return nil
}

func (c *call) updateMember(a *api.UpdateMember) *failure {
	if a.RealmID != nil {
		return c.updateRealmMember(*a.RealmID, a)
	}
	ch, by, why := c.memberTarget(a.ChannelID)
	if why != nil {
		return why
	}
	m := ch.members[a.UserID]
	if m == nil {
		return userNotFound(a.UserID).channel(ch.id)
	}
	attrs := channelMemberAttrs(&a.MemberAttrs)
	if why := permit("channel_member_attrs", &attrs, false, memberWriter(by, m)); why != nil {
		return why.channel(ch.id)
	}
	until, why := c.intervalEnd(a.IntervalEnd, &attrs)
	if why != nil {
		return why
	}
	c.changeMember(m, &attrs)
	for name, value := range eachAttr(&attrs) {
		if attributeOf(value).IsZero() {
			continue
		}
		m.stopTimer(name)
		if a.IntervalEnd != nil {
			c.hub.unsetAt(m, name, c.hub.clock.Now().Add(until))
		}
	}
	return nil
}

// maxInterval keeps timers within reason.
const maxInterval = 366 * 24 * time.Hour

// intervalEnd returns how long from now an attribute is to be set.
func (c *call) intervalEnd(end *float64, attrs *api.ChannelMemberAttrs) (time.Duration, *failure) {
	if end == nil {
		return 0, nil
	}
	if set, unset := countAttrs(attrs); set != 1 || unset != 0 {
		return 0, fail(api.ErrRequestMalformed, "member_attrs: with interval_end exactly one attribute must be set")
	}
	left := *end - clock.Seconds(c.hub.clock.Now())
	if math.IsNaN(left) || left <= 0 || left > maxInterval.Seconds() {
		return 0, fail(api.ErrRequestMalformed, "interval_end: not within a year from now")
	}
	return time.Duration(left * float64(time.Second)), nil
}

// changeMember applies a permitted change, and tells everybody concerned.
func (c *call) changeMember(m *member, attrs *api.ChannelMemberAttrs) {
	before, after, changed := merge(&m.attrs, attrs)
	c.hub.touch(m)
	if !changed {
		c.reply(m.updated())
		return
	}
	c.announce(m.updated(), m.channel.users()...)
	c.hub.informMember(m, before, after)
}

// informMember leaves a message about what members want to know later too.
func (h *hub) informMember(m *member, before, after api.ChannelMemberAttrs) {
	if before.Silenced == after.Silenced && before.Invitee == after.Invitee {
		return
	}
	h.inform(m.channel, m.infoMember())
}

// unsetAt removes an attribute when its time is over.
func (h *hub) unsetAt(m *member, name string, at time.Time) {
	if m.timers == nil {
		m.timers = make(map[string]unsetting)
	}
	var timer Timer
	timer = h.clock.After(at.Sub(h.clock.Now()), func() {
		h.do(func() {
			if m.timers[name].timer != timer {
				return
			}
			delete(m.timers, name)
			h.touch(m)
			old := m.attrs
			for other, value := range eachAttr(&m.attrs) {
				if other == name {
					value.SetZero()
				}
			}
			tell(pack(m.updated()), m.channel.users()...)
			h.informMember(m, old, m.attrs)
		})
	})
	m.timers[name] = unsetting{at, timer}
	h.touch(m)
}

func (c *call) removeMember(a *api.RemoveMember) *failure {
	if a.RealmID != nil {
		return c.removeRealmMember(*a.RealmID, a.UserID)
	}
	if a.QueueID != nil {
		return c.removeQueueMember(*a.QueueID, a.UserID)
	}
	ch, by, why := c.memberTarget(a.ChannelID)
	if why != nil {
		return why
	}
	m := ch.members[a.UserID]
	switch {
	case m == nil:
		return userNotFound(a.UserID).channel(ch.id)
	case m == by:
	case !by.moderating(), m.operator() && !by.operator():
		return fail(api.ErrPermissionDenied, "the caller has no power over the member").channel(ch.id)
	}
	c.part(ch, m, new(api.EventCauseMemberRemove))
	return nil
}
