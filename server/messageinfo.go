package server

import (
	"github.com/ninchat-community/ninchat/api"
	messages "github.com/ninchat-community/ninchat/message"
)

// inform leaves a message in a channel. There is nobody to read it in one that
// has just been deleted, and some channels don't want it.
func (h *hub) inform(ch *channel, content messages.Content) {
	if len(ch.members) == 0 || typeFilter(ch.attrs.BlacklistedMessageTypes.Or(nil)).match(content.Type()) {
		return
	}
	m := h.information(content)
	m.packFor(ch)
	h.deliver(ch, m, nil)
}

// informPeer leaves a message in a dialogue for the one who remains. A dialogue that
// he or she has hidden stays hidden.
func (h *hub) informPeer(d *dialogue, peer *user, content messages.Content) {
	m := h.information(content)
	m.packForBoth(d)
	d.log.add(m, &h.config.Limits)
	peer.deliver(m.parcels[d.index(peer)], m.kind, nil)
}

// information is a message of the server.
func (h *hub) information(content messages.Content) *message {
	payload, err := content.Encode()
	if err != nil {
		panic("ninchat: server: encode " + err.Error())
	}
	m := &message{kind: content.Type(), payload: payload}
	h.stamp(m)
	return m
}

// ifAny is a pointer to a value, nil for "" and false, which are left out of
// messages.
func ifAny[T comparable](value T) *T {
	var none T
	if value == none {
		return nil
	}
	return &value
}

func (m *member) infoJoin() *messages.InfoJoin {
	return &messages.InfoJoin{
		UserID:         m.user.id,
		UserName:       ifAny(m.user.name()),
		MemberInvitee:  ifAny(m.attrs.Invitee.Or(false)),
		MemberSilenced: ifAny(m.attrs.Silenced.Or(false)),
	}
}

func (m *member) infoMember() *messages.InfoMember {
	return &messages.InfoMember{
		UserID:         m.user.id,
		UserName:       ifAny(m.user.name()),
		MemberInvitee:  ifAny(m.attrs.Invitee.Or(false)),
		MemberSilenced: ifAny(m.attrs.Silenced.Or(false)),
	}
}

func (m *member) infoPart(cause *string) *messages.InfoPart {
	return &messages.InfoPart{UserID: m.user.id, UserName: ifAny(m.user.name()), Cause: cause}
}

// infoRenamed is about a user whose name has changed.
func infoRenamed(id string, before, after *api.UserAttrs) *messages.InfoUser {
	return &messages.InfoUser{UserID: id, UserName: ifAny(after.Name.Or("")), UserNameOld: ifAny(before.Name.Or(""))}
}

func (u *user) infoDeleted() *messages.InfoUser {
	return &messages.InfoUser{UserID: u.id, UserName: ifAny(u.name()), UserDeleted: new(true)}
}

// infoChannel is about attributes that have changed.
func infoChannel(before, after *api.ChannelAttrs) *messages.InfoChannel {
	return &messages.InfoChannel{ChannelAttrsOld: mustObject(before), ChannelAttrsNew: mustObject(after)}
}

// mustObject encodes attributes, which can always be.
func mustObject(attrs any) messages.Object {
	object, err := messages.NewObject(attrs)
	if err != nil {
		panic("ninchat: server: " + err.Error())
	}
	return object
}
