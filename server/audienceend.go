package server

import (
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/api"
	messages "github.com/ninchat-community/ninchat/message"
)

// maxDeleteDelay bounds the setting transcript_delete_delay.
const maxDeleteDelay int64 = 100 * 366 * 24 * 60 * 60

// deleteDelay is how long the transcript of a new audience will be kept, nil for
// ever.
func (q *queue) deleteDelay() *time.Duration {
	delay, ok := q.known.TranscriptDeleteDelay.Get()
	if !ok {
		delay, ok = q.realm.defaultDeleteDelay()
	}
	if !ok {
		return nil
	}
	return new(time.Duration(delay) * time.Second)
}

// settle finishes an audience that is over, and completes it when its agents have
// left. When the customer or the last agent has left, the channel is closed; when
// nobody is left, it is suspended.
func (h *hub) settle(ch *channel) {
	a := ch.audience
	if a == nil {
		return
	}
	if len(ch.members) == 0 && h.channels[ch.id] == ch {
		merge(&ch.attrs, &api.ChannelAttrs{Suspended: api.Set(true)})
		h.touch(ch)
	}
	if !a.completed.IsZero() {
		return
	}
	agents := len(ch.members)
	if ch.members[a.customer.id] != nil {
		agents--
	}
	over := ch.attrs.Closed.Or(false) || ch.attrs.Suspended.Or(false)
	if !over && (agents == 0 || agents == len(ch.members)) {
		h.touch(ch)
		before, after, _ := merge(&ch.attrs, &api.ChannelAttrs{Closed: api.Set(true)})
		tell(pack(ch.updated()), ch.users()...)
		h.inform(ch, infoChannel(&before, &after))
		over = true
	}
	if over {
		h.finish(a)
	}
	if agents == 0 {
		h.complete(a)
	}
}

// finish notes that the conversation is over.
func (h *hub) finish(a *audience) {
	if a.finished.IsZero() {
		h.touch(a)
		a.rebook(func() { a.finished = h.clock.Now() })
	}
}

// complete notes that everything about the audience has been done. The time of
// its transcript begins.
func (h *hub) complete(a *audience) {
	if !a.completed.IsZero() {
		return
	}
	h.touch(a)
	a.completed = h.clock.Now()
	if a.dialogue != nil {
		a.last = h.nextMessageID(a.completed)
	}
	if a.deleteDelay == nil {
		return
	}
	a.deleting = a.completed.Add(*a.deleteDelay)
	h.deleteLater(a)
}

// deleteLater deletes the transcript when its time has come.
func (h *hub) deleteLater(a *audience) {
	a.stopTimer()
	var timer Timer
	timer = h.clock.After(a.deleting.Sub(h.clock.Now()), func() {
		h.do(func() {
			if a.timer == timer {
				h.deleteTranscript(a, nil)
			}
		})
	})
	a.timer = timer
}

// settleDialogue finishes an audience that is over according to the state of its
// dialogue, and completes it when the agent doesn't want to see it any more.
// rating is what by has given with the state.
func (h *hub) settleDialogue(d *dialogue, rating api.Attr[int64], by *user) *failure {
	a := d.audience
	if a == nil {
		return nil
	}
	if by == a.customer {
		if why := h.rate(a, rating); why != nil {
			return why
		}
	}
	customer, agent := d.side(a.customer), d.peer(a.customer)
	if customer.attrs.AudienceEnded.Or(false) || agent.attrs.AudienceEnded.Or(false) || customer.hidden || agent.hidden {
		h.finish(a)
	}
	if agent.hidden {
		h.complete(a)
	}
	return nil
}

// endDialogues tells those who have talked with a user who is being deleted, and ends
// the audiences.
func (h *hub) endDialogues(u *user) {
	for _, id := range slices.Sorted(maps.Keys(u.dialogues)) {
		d := u.dialogues[id]
		if peer := d.peer(u).user; peer != u && !peer.deleted {
			h.informPeer(d, peer, u.infoDeleted())
		}
		if a := d.audience; a != nil {
			h.finish(a)
			h.complete(a)
		}
	}
}

// rateable reports whether a message can be sent although the channel is closed:
// customers rate when it is over.
func (ch *channel) rateable(m *message) bool {
	return ch.audience != nil && m.kind == messages.TypeMetadata
}

// noteMetadata applies what a metadata message says in a channel.
func (h *hub) noteMetadata(ch *channel, m *message) *failure {
	if m.kind != messages.TypeMetadata {
		return nil
	}
	var said settings
	if !m.restricted {
		content, err := messages.Parse(m.kind, m.payload)
		data, ok := content.(*messages.Metadata)
		if err != nil || !ok {
			return nil // it has been checked already
		}
		var why *failure
		if said, _, why = ch.said[m.authorID].merged("data", jsontext.Value(data.Data)); why != nil {
			why.event.ErrorType = string(api.ErrMessageMalformed)
			return why.messageType(m.kind)
		}
	}
	if why := h.annotate(ch.audience, m); why != nil {
		return why
	}
	if said != nil {
		if ch.said == nil {
			ch.said = make(map[string]settings)
		}
		ch.said[m.authorID] = said
		h.touch(ch)
	}
	return nil
}
