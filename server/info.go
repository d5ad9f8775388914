package server

import (
	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
)

// The contents of the messages that the server itself leaves in channels.
type (
	infoUser struct {
		UserID      string `json:"user_id"`
		UserName    string `json:"user_name,omitzero"`
		UserNameOld string `json:"user_name_old,omitzero"`
		UserDeleted bool   `json:"user_deleted,omitzero"`
	}
	infoChannel struct {
		Old api.ChannelAttrs `json:"channel_attrs_old"`
		New api.ChannelAttrs `json:"channel_attrs_new"`
	}
	infoMember struct {
		UserID         string `json:"user_id"`
		UserName       string `json:"user_name,omitzero"`
		MemberInvitee  bool   `json:"member_invitee,omitzero"`
		MemberSilenced bool   `json:"member_silenced,omitzero"`
	}
	infoPart struct {
		UserID   string `json:"user_id"`
		UserName string `json:"user_name,omitzero"`
		Cause    string `json:"cause,omitzero"`
	}
)

// inform leaves a message in a channel. There is nobody to read it in one that
// has just been deleted, and some channels don't want it.
func (h *hub) inform(ch *channel, kind string, content any) {
	if len(ch.members) == 0 || typeFilter(ch.attrs.BlacklistedMessageTypes.Or(nil)).match(kind) {
		return
	}
	text, err := json.Marshal(content)
	if err != nil {
		panic("ninchat: server: encode " + kind + ": " + err.Error())
	}
	m := &message{kind: kind, payload: [][]byte{text}}
	h.stamp(m)
	m.packFor(ch)
	h.deliver(ch, m, nil)
}
