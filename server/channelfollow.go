package server

import "github.com/ninchat-community/ninchat/api"

// followChannel makes the session get the messages of a channel, for as long as
// both exist. What is for members only, or for some of them, isn't sent.
func (c *call) followChannel(a *api.FollowChannel) *failure {
	ch := c.hub.channels[a.ChannelID]
	if ch == nil {
		return channelNotFound(a.ChannelID)
	}
	if why := c.mayFollow(ch, a); why != nil {
		return why
	}
	c.session.follow(ch, a.MasterSign != nil)
	c.reply(&api.ChannelFound{
		ChannelID:    ch.id,
		ChannelAttrs: ch.visibleAttrs(),
		MessageTime:  ch.log.newestTime(),
		RealmID:      ch.visibleRealm(),
	})
	return nil
}

func (c *call) mayFollow(ch *channel, a *api.FollowChannel) *failure {
	limits := &c.hub.config.Limits
	switch {
	case len(ch.followers) >= limits.Members, len(c.session.follows) >= limits.Channels:
		return fail(api.ErrPermissionDenied, "too many followers").channel(ch.id)
	case a.MasterSign != nil:
		return c.permitChannel(ch, a.MasterKeyType, a.MasterSign)
	case ch.closedTo(c.user):
		return channelNotFound(ch.id)
	case !ch.followableByAll():
		return fail(api.ErrPermissionDenied, "the channel can't be followed").channel(ch.id)
	}
	return nil
}

// follow makes the session a follower. signed says that it may be one even if
// others can't.
func (s *session) follow(ch *channel, signed bool) {
	if ch.followers == nil {
		ch.followers = make(map[*session]bool)
	}
	if s.follows == nil {
		s.follows = make(map[*channel]struct{})
	}
	ch.followers[s] = ch.followers[s] || signed
	s.follows[ch] = struct{}{}
	s.hub.touch(s)
}

// unfollow ends what the session follows.
func (s *session) unfollow() {
	for ch := range s.follows {
		delete(ch.followers, s)
	}
	s.follows = nil
}

// dropFollowers is for a channel that is no more.
func (ch *channel) dropFollowers() {
	for s := range ch.followers {
		delete(s.follows, ch)
		s.hub.touch(s)
	}
	ch.followers = nil
}

// deliverToFollowers sends a message to those who follow the channel without
// being members. Those who came without a signature get nothing while the channel
// can't be followed.
func (ch *channel) deliverToFollowers(m *message) {
	if m.hidden || m.restricted {
		return
	}
	for s, signed := range ch.followers {
		if ch.members[s.user.id] == nil && (signed || ch.followableByAll() && !ch.closedTo(s.user)) {
			s.deliver(m.parcels[0], m.kind)
		}
	}
}

// followableByAll reports whether a channel can be followed without a signature.
func (ch *channel) followableByAll() bool {
	_, disclosed := ch.attrs.DisclosedSince.Get()
	return disclosed && ch.attrs.Followable.Or(false) && !ch.attrs.Private.Or(false)
}
