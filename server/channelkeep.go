package server

import (
	"fmt"
	"iter"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// channelRecord is a channel. Its members and messages have records of their own.
type channelRecord struct {
	ID    string           `json:"id"`
	Realm string           `json:"realm,omitzero"`
	Owner string           `json:"owner"`
	Attrs api.ChannelAttrs `json:"attrs"`
	// Introduced is from access keys.
	Introduced map[string]settings `json:"introduced,omitempty"`
	// Open is what the schedule said last.
	Open bool `json:"open,omitzero"`
	// Said is from metadata messages.
	Said map[string]settings `json:"said,omitempty"`
}

func (ch *channel) row() row { return row{"channel", keyOf(ch.id)} }

func (ch *channel) record(h *hub) any {
	if h.channels[ch.id] != ch {
		return nil
	}
	r := &channelRecord{ID: ch.id, Owner: ch.ownerID, Attrs: ch.attrs, Introduced: ch.introduced, Said: ch.said, Open: ch.table.open}
	if ch.realm != nil {
		r.Realm = ch.realm.id
	}
	return r
}

func allChannels(h *hub) iter.Seq[entity] { return valuesOf(h.channels) }

func (l *loader) channel(r *channelRecord) error {
	var in *realm
	if r.Realm != "" {
		var err error
		if in, err = l.findRealm(r.Realm); err != nil {
			return err
		}
	}
	ch := l.hub.emptyChannel(r.ID, in, r.Owner)
	ch.attrs, ch.introduced, ch.said = r.Attrs, r.Introduced, r.Said
	ch.table.open = r.Open
	ch.rate = newRateLimit(ch.attrs.Ratelimit.Or(""))
	l.hub.addChannel(ch)
	return nil
}

// memberRecord is a membership. What the rate limit counts isn't kept.
type memberRecord struct {
	Channel   string                 `json:"channel"`
	User      string                 `json:"user"`
	Attrs     api.ChannelMemberAttrs `json:"attrs"`
	Unread    bool                   `json:"unread,omitzero"`
	Highlight bool                   `json:"highlight,omitzero"`
	Since     time.Time              `json:"since"`
	First     string                 `json:"first"`
	// Until is when attributes are unset, by their names.
	Until map[string]time.Time `json:"until,omitempty"`
}

func (m *member) row() row { return row{"member", keyOf(m.channel.id, m.user.id)} }

func (m *member) record(h *hub) any {
	if h.channels[m.channel.id] != m.channel || m.channel.members[m.user.id] != m {
		return nil
	}
	r := &memberRecord{
		Channel: m.channel.id, User: m.user.id, Attrs: m.attrs,
		Unread: m.status.unread, Highlight: m.status.highlight, Since: m.since.UTC(), First: m.first,
	}
	for name, unset := range m.timers {
		if r.Until == nil {
			r.Until = make(map[string]time.Time)
		}
		r.Until[name] = unset.at.UTC()
	}
	return r
}

func allMembers(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for _, ch := range h.channels {
			for _, m := range ch.members {
				if !yield(m) {
					return
				}
			}
		}
	}
}

func (l *loader) member(r *memberRecord) error {
	ch := l.hub.channels[r.Channel]
	u, err := l.findUser(r.User)
	switch {
	case err != nil:
		return err
	case ch == nil:
		return fmt.Errorf("there is no channel %q", r.Channel)
	}
	m := l.hub.addMember(ch, u, r.Since, r.First)
	m.attrs, m.status = r.Attrs, status{r.Unread, r.Highlight}
	for name, at := range r.Until {
		l.hub.unsetAt(m, name, at)
	}
	return nil
}
