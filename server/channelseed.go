package server

import (
	"fmt"

	"github.com/ninchat-community/ninchat/api"
)

// channel makes a channel in a realm, nil for none.
func (s *seeder) channel(path string, r *realm, seed *SeedChannel) error {
	h, name := s.hub, seed.Attrs.Name.Or("")
	if err := checkID(path, seed.ID, name); err != nil {
		return err
	}
	owner, err := s.channelOwner(path+".owner", r, seed.Owner)
	if err != nil {
		return err
	}
	var found []*channel
	for _, ch := range h.channels {
		if seed.ID == "" && ch.realm == r && ch.ownerID == owner.id && ch.audience == nil && ch.attrs.Name.Or("") == name {
			found = append(found, ch)
		}
	}
	ch, err := only(path, "channels", name, found)
	if err != nil {
		return err
	}
	if seed.ID != "" {
		if ch = h.channels[seed.ID]; ch != nil && ch.realm != r {
			return seedError(path+".id", "is there already, as that of a channel elsewhere")
		}
	}
	made := ch == nil
	if made {
		if ch, err = s.newChannel(path, r, owner, seed); err != nil {
			return err
		}
	}
	return s.note(ch, SeededItem{Path: path, Kind: "channel", ID: ch.id, Name: ch.attrs.Name.Or(""), Made: made})
}

func (s *seeder) channelOwner(path string, r *realm, reference string) (*user, error) {
	if r == nil || reference != "" {
		u, err := s.theUser(path, reference)
		if err == nil && r != nil && u.id != r.ownerID {
			err = seedError(path, "a channel of a realm belongs to the owner of the realm")
		}
		return u, err
	}
	return s.hub.users[r.ownerID], nil
}

func (s *seeder) newChannel(path string, r *realm, owner *user, seed *SeedChannel) (*channel, error) {
	h := s.hub
	if h.account(owner).Channels.Available == 0 {
		return nil, seedError(path, "too many channels")
	}
	if err := refuseAttrs(path+".channel_attrs", &seed.Attrs, "owner_id", "audience", "audience_id", "queue_id"); err != nil {
		return nil, err
	}
	ch, attrs := h.emptyChannel(idOr(seed.ID), r, owner.id), seed.Attrs
	if why := h.checkChannelValues(ch, &attrs); why != nil {
		return nil, at(path, why)
	}
	h.obeySchedule(ch, &attrs)
	merge(&ch.attrs, &attrs)
	ch.rate = newRateLimit(ch.attrs.Ratelimit.Or(""))
	h.addChannel(ch)
	h.runChannelTable(ch)
	s.undoing(func() {
		for _, u := range ch.users() {
			h.leave(ch, u) // with the last one, the channel goes
		}
		if h.channels[ch.id] == ch {
			h.forgetChannel(ch)
		}
	})
	if len(seed.Members) == 0 {
		m := h.enter(ch, owner)
		m.attrs.Operator, m.attrs.Silenced = api.Set(true), api.Attr[bool]{}
	}
	for i := range seed.Members {
		if err := s.channelMember(fmt.Sprintf("%s.members[%d]", path, i), ch, &seed.Members[i]); err != nil {
			return nil, err
		}
	}
	return ch, nil
}

func (s *seeder) channelMember(path string, ch *channel, seed *SeedChannelMember) error {
	u, err := s.theUser(path+".user", seed.User)
	switch {
	case err != nil:
		return err
	case ch.members[u.id] != nil:
		return seedError(path+".user", "is there twice")
	case ch.realm != nil && ch.realm.members[u.id] == nil:
		return seedError(path+".user", "isn't a member of the realm")
	case len(ch.members) >= s.hub.config.Limits.Members:
		return seedError(path, "too many members")
	}
	if err := refuseAttrs(path+".member_attrs", &seed.Attrs, "since", "writing"); err != nil {
		return err
	}
	merge(&s.hub.enter(ch, u).attrs, &seed.Attrs)
	return nil
}
