package server

import "github.com/ninchat-community/ninchat/api"

// dialogue is the conversation of two users, or of one with himself or herself:
// then only the first side counts.
type dialogue struct {
	sides [2]dialogueSide
	log   chatlog
	// audience is the latest one between the two, nil if there was none.
	audience *audience
}

// dialogueSide is how one of the two sees it.
type dialogueSide struct {
	user   *user
	attrs  api.DialogueMemberAttrs
	hidden bool
	status status
	// discarded is the last message that the user doesn't want to see any more.
	discarded string
}

// index is 0 or 1: the side of a user.
func (d *dialogue) index(u *user) int {
	if d.sides[0].user == u {
		return 0
	}
	return 1
}

func (d *dialogue) side(u *user) *dialogueSide { return &d.sides[d.index(u)] }

// peer is the side of the other one, or of the only one.
func (d *dialogue) peer(u *user) *dialogueSide {
	if d.monologue() {
		return &d.sides[0]
	}
	return &d.sides[1-d.index(u)]
}

// monologue reports whether both are the same user.
func (d *dialogue) monologue() bool { return d.sides[0].user == d.sides[1].user }

// reveal makes a hidden dialogue visible again for one of the two, who gets a
// message. Unless an audience is going on, the message says enough: there are clients
// that take dialogue_updated for the beginning of one.
func (d *dialogue) reveal(s *dialogueSide) {
	if !s.hidden {
		return
	}
	s.hidden = false
	if d.audience != nil && d.audience.completed.IsZero() {
		tell(pack(d.updated(s.user)), s.user)
	}
}

// parties are the sides that count.
func (d *dialogue) parties() []*dialogueSide {
	if d.monologue() {
		return []*dialogueSide{&d.sides[0]}
	}
	return []*dialogueSide{&d.sides[0], &d.sides[1]}
}

// unusualStatus is the status unless it is the default one.
func (s *dialogueSide) unusualStatus() *string {
	if s.hidden {
		return new(api.DialogueStatusHidden)
	}
	return s.status.name()
}

// fullStatus is the status. A bot library reads it unconditionally.
func (s *dialogueSide) fullStatus() *string {
	if name := s.unusualStatus(); name != nil {
		return name
	}
	return new(api.DialogueStatusVisible)
}

func (d *dialogue) visibleMembers() map[string]api.DialogueMemberAttrs {
	members := make(map[string]api.DialogueMemberAttrs, 2)
	for _, side := range d.parties() {
		members[side.user.id] = side.attrs
	}
	return members
}

func (u *user) visibleDialogues() map[string]api.UserDialogue {
	visible := make(map[string]api.UserDialogue, len(u.dialogues))
	for id, d := range u.dialogues {
		visible[id] = api.UserDialogue{DialogueMembers: d.visibleMembers(), DialogueStatus: d.side(u).unusualStatus(), AudienceMetadata: d.audienceMetadata(u)}
	}
	return visible
}

// updated describes the dialogue to one of its users.
func (d *dialogue) updated(u *user) *api.DialogueUpdated {
	return &api.DialogueUpdated{
		UserID:           d.peer(u).user.id,
		DialogueMembers:  d.visibleMembers(),
		DialogueStatus:   d.side(u).fullStatus(),
		MessageTime:      d.log.newestTime(),
		AudienceMetadata: d.audienceMetadata(u),
	}
}

// audienceMetadata is for the agent who has accepted the other user.
func (d *dialogue) audienceMetadata(u *user) *api.AudienceMetadata {
	if d.audience == nil || d.audience.agentID != u.id {
		return nil
	}
	return d.audience.metadataFor(u)
}

// dialogueWith finds or begins a dialogue of the caller. Nobody is told that there is
// one: a message, or what changes, will say so.
func (c *call) dialogueWith(peerID string) (*dialogue, *failure) {
	if d := c.user.dialogues[peerID]; d != nil {
		return d, nil
	}
	peer := c.hub.users[peerID]
	if peer == nil || peer.deleted {
		return nil, userNotFound(peerID)
	}
	return c.hub.newDialogue(c.user, peer), nil
}

func (h *hub) newDialogue(a, b *user) *dialogue {
	d := new(dialogue)
	d.log.keeper, d.log.dialogue = h.keeper, d
	d.sides[0].user, d.sides[1].user = a, b
	for i, u := range []*user{a, b} {
		if u.dialogues == nil {
			u.dialogues = make(map[string]*dialogue)
		}
		u.dialogues[d.sides[1-i].user.id] = d
	}
	h.touch(d)
	return d
}

func (c *call) updateDialogue(a *api.UpdateDialogue) *failure {
	var attrs api.DialogueMemberAttrs
	if a.MemberAttrs != nil {
		attrs = *a.MemberAttrs
	}
	if why := permit("dialogue_member_attrs", &attrs, false, isSelf); why != nil {
		return why
	}
	if rating, ok := attrs.Rating.Get(); ok && (rating < -1 || rating > 1) {
		return fail(api.ErrRequestMalformed, "member_attrs.rating: not one of -1, 0 and 1")
	}
	if s := a.DialogueStatus; s != nil && *s != api.DialogueStatusVisible && *s != api.DialogueStatusHidden {
		return fail(api.ErrRequestMalformed, "dialogue_status: neither visible nor hidden")
	}
	d, why := c.dialogueWith(a.UserID)
	if why != nil {
		return why
	}
	side := d.side(c.user)
	_, _, changed := merge(&side.attrs, &attrs)
	c.hub.touch(d)
	if a.DialogueStatus != nil {
		side.hidden = *a.DialogueStatus == api.DialogueStatusHidden
		side.status = status{}
	}
	c.announce(d.updated(c.user), c.user)
	if peer := d.peer(c.user).user; peer != c.user && changed {
		c.spread(pack(d.updated(peer)), peer)
	}
	return c.hub.settleDialogue(d, attrs.Rating, c.user)
}
