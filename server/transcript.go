package server

import (
	"math"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/api"
)

// transcript is a conversation that somebody may read afterwards.
type transcript struct {
	channel  *channel
	dialogue *dialogue
	audience *audience
	// sees says which messages belong to it.
	sees func(*message) bool
}

func all(*message) bool { return true }

// transcriptTarget finds a transcript which the caller may read.
func (c *call) transcriptTarget(channelID *string, dialogueID []string, audienceID *string) (*transcript, *failure) {
	switch {
	case channelID != nil:
		return c.channelTranscript(*channelID)
	case audienceID != nil:
		a := c.hub.audiences[*audienceID]
		if a == nil || a.accepted.IsZero() || !a.concerns(c.user) {
			return nil, audienceNotFound()
		}
		return a.transcript(), nil
	}
	return c.dialogueTranscript(dialogueID)
}

// transcript is the conversation of the audience.
func (a *audience) transcript() *transcript {
	t := &transcript{channel: a.channel, dialogue: a.dialogue, audience: a, sees: all}
	if a.dialogue != nil {
		t.sees = func(m *message) bool { return m.id > a.first && (a.last == "" || m.id < a.last) }
	}
	return t
}

func (c *call) channelTranscript(id string) (*transcript, *failure) {
	ch := c.hub.channels[id]
	if ch == nil {
		return nil, channelNotFound(id)
	}
	switch a := ch.audience; {
	case a != nil && a.concerns(c.user):
		t := a.transcript()
		t.audience = nil
		return t, nil
	case a == nil && (ch.ownerID == c.user.id || ch.operatedByRealm(c.user)):
		return &transcript{channel: ch, sees: all}, nil
	case ch.members[c.user.id] == nil && ch.closedTo(c.user):
		return nil, channelNotFound(id)
	}
	return nil, fail(api.ErrPermissionDenied, "transcripts aren't for members of channels").channel(id)
}

// dialogueTranscript is one's own view of a dialogue.
func (c *call) dialogueTranscript(ids []string) (*transcript, *failure) {
	if len(ids) != 2 {
		return nil, fail(api.ErrRequestMalformed, "dialogue_id: not two users")
	}
	peerID := ids[0]
	if peerID == c.user.id {
		peerID = ids[1]
	}
	if !slices.Contains(ids, c.user.id) {
		return nil, fail(api.ErrPermissionDenied, "dialogue_id: the caller is none of them")
	}
	d := c.user.dialogues[peerID]
	if d == nil {
		return nil, userNotFound(peerID)
	}
	from, id := d.side(c.user).discarded, c.user.id
	return &transcript{dialogue: d, sees: func(m *message) bool { return m.id > from && m.addressed(id) }}, nil
}

func (t *transcript) log() *chatlog {
	switch {
	case t.audience != nil && t.audience.deleted:
		return new(chatlog)
	case t.channel != nil:
		return &t.channel.log
	case t.dialogue != nil:
		return &t.dialogue.log
	}
	return new(chatlog)
}

func (d *dialogue) ids() []string { return []string{d.sides[0].user.id, d.sides[1].user.id} }

func (c *call) getTranscript(a *api.GetTranscript) *failure {
	t, why := c.transcriptTarget(a.ChannelID, a.DialogueID, a.AudienceID)
	if why != nil {
		return why
	}
	begin, end := math.Inf(-1), math.Inf(1)
	if a.IntervalBegin != nil {
		begin = *a.IntervalBegin
	}
	if a.IntervalEnd != nil {
		end = *a.IntervalEnd
	}
	contents := t.describe(c.user)
	if t.channel != nil || t.dialogue != nil {
		contents.TranscriptMessages = []api.TranscriptMessage{}
	}
	log := t.log()
	first := 0
	if a.MessageID != nil {
		first = log.after(*a.MessageID)
	}
	size := 0
	for _, m := range log.messages[first:] {
		if !t.sees(m) || m.at < begin || m.at >= end || !strings.HasPrefix(m.kind, "ninchat.com/") {
			continue
		}
		found := contents.TranscriptMessages
		if len(found) >= c.hub.config.Limits.Load || size > c.hub.config.Limits.TranscriptBytes {
			contents.MessageID = &found[len(found)-1].MessageID
			break
		}
		contents.TranscriptMessages = append(found, m.visible())
		size += m.size()
	}
	c.reply(contents)
	return nil
}

// describe says what transcript it is.
func (t *transcript) describe(viewer *user) *api.TranscriptContents {
	contents := new(api.TranscriptContents)
	if t.channel != nil {
		contents.ChannelID = &t.channel.id
	}
	if t.dialogue != nil {
		contents.DialogueID = t.dialogue.ids()
		contents.DialogueMembers = t.dialogue.visibleMembers()
	}
	if a := t.audience; a != nil {
		contents.AudienceID = &a.id
		contents.AudienceMembers = a.visibleMembers()
		contents.AudienceMetadata = a.metadataFor(viewer)
	}
	return contents
}

// visibleMembers are those who have taken part.
func (a *audience) visibleMembers() map[string]api.AudienceMember {
	members := make(map[string]api.AudienceMember, len(a.agents)+1)
	for id := range a.agents {
		members[id] = api.AudienceMember{Agent: new(true)}
	}
	members[a.customer.id] = api.AudienceMember{Customer: new(true)}
	return members
}

// visible is the message as a part of a transcript. All types that get there
// consist of JSON.
func (m *message) visible() api.TranscriptMessage {
	visible := api.TranscriptMessage{MessageID: m.id, MessageTime: m.at, MessageType: m.kind, Payload: jsontext.Value("null")}
	if m.authorID != "" {
		visible.MessageUserID, visible.MessageUserName = &m.authorID, &m.authorName
	}
	if m.fold {
		visible.MessageFold = new(true)
	}
	if len(m.payload) > 0 && jsontext.Value(m.payload[0]).IsValid() {
		visible.Payload = jsontext.Value(m.payload[0])
	}
	return visible
}

func (c *call) deleteTranscript(a *api.DeleteTranscript) *failure {
	t, why := c.transcriptTarget(a.ChannelID, a.DialogueID, a.AudienceID)
	if why != nil {
		return why
	}
	about, ch, d := t.audience, t.channel, t.dialogue
	if about == nil && ch != nil {
		about = ch.audience
	}
	switch {
	case about != nil && !about.queue.realm.operatedBy(c.user):
		return fail(api.ErrPermissionDenied, "not an operator of the realm")
	case about == nil && d != nil:
		return fail(api.ErrPermissionDenied, "dialogue_id: one can't delete what another has said")
	}
	gone := t.deletedEvent()
	c.reply(gone)
	if about != nil {
		c.hub.deleteTranscript(about, c.session)
		return nil
	}
	ch.log.clear()
	c.spread(pack(gone), ch.users()...)
	return nil
}

func (t *transcript) deletedEvent() *api.TranscriptDeleted {
	gone := new(api.TranscriptDeleted)
	if t.channel != nil {
		gone.ChannelID = &t.channel.id
	}
	if t.dialogue != nil {
		gone.DialogueID = t.dialogue.ids()
	}
	if t.audience != nil {
		gone.AudienceID = &t.audience.id
	}
	return gone
}

// deleteTranscript deletes what has been said in an audience, and tells those who
// may still have it before their eyes, except for one session.
func (h *hub) deleteTranscript(a *audience, except *session) {
	if a.deleted {
		return
	}
	var concerned []*user
	if a.channel != nil {
		concerned = a.channel.users()
	}
	if a.dialogue != nil {
		concerned = []*user{a.dialogue.sides[0].user, a.dialogue.sides[1].user}
	}
	gone := pack(a.transcript().deletedEvent())
	for _, u := range concerned {
		for _, s := range u.sessions {
			if s != except {
				s.push(plain(gone))
			}
		}
	}
	h.eraseTranscript(a)
	a.deleting = h.clock.Now()
}

// eraseTranscript forgets what has been said in an audience, and what is known
// about the customer. What counts in the statistics stays.
func (h *hub) eraseTranscript(a *audience) {
	h.touch(a)
	a.stopTimer()
	a.deleted = true
	a.metadata = api.AudienceMetadata{Rating: a.metadata.Rating, TagIDs: a.metadata.TagIDs, Vars: a.metadata.Vars}
	if ch := a.channel; ch != nil {
		ch.log.clear()
		ch.said = nil
		h.touch(ch)
		if len(ch.members) == 0 {
			h.forgetChannel(ch)
		}
	}
	if d := a.dialogue; d != nil {
		t := a.transcript()
		d.log.remove(t.sees)
	}
}
