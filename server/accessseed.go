package server

import (
	"fmt"

	"github.com/ninchat-community/ninchat/api"
)

// minAccessKey is how long an access key must be that isn't generated, in bytes.
const minAccessKey = 16

func (s *seeder) accessKey(path string, seed *SeedAccessKey) error {
	h := s.hub
	u, err := s.theUser(path+".user", seed.User)
	if err != nil {
		return err
	}
	if len(seed.Key) < minAccessKey {
		return seedError(path+".access_key", fmt.Sprintf("must have at least %d characters", minAccessKey))
	}
	a := h.accesses[h.secrets.digest(seed.Key)]
	made := a == nil
	if made {
		if a, err = s.newAccess(path, u, seed); err != nil {
			return err
		}
	}
	if a.userID != u.id || a.kind != seed.Type {
		return seedError(path+".access_key", "is there already, for something else")
	}
	return s.note(a, SeededItem{Path: path, Kind: "access_key", Made: made})
}

func (s *seeder) newAccess(path string, u *user, seed *SeedAccessKey) (*access, error) {
	h := s.hub
	a := &access{kind: seed.Type, userID: u.id, unsilence: seed.Unsilence, realmMember: seed.RealmMember}
	switch seed.Type {
	case api.AccessTypeSession:
		if seed.Channel != "" || seed.Unsilence || seed.RealmMember {
			return nil, seedError(path, "channel, channel_unsilence and realm_member aren't for keys of type session")
		}
		if seed.UserAttrs != nil {
			if err := refuseAttrs(path+".user_attrs", seed.UserAttrs, "connected", "deleted", "idle"); err != nil {
				return nil, err
			}
			a.newcomer, a.attrs = true, *seed.UserAttrs
		}
	case api.AccessTypeChannel:
		if seed.UserAttrs != nil {
			return nil, seedError(path+".user_attrs", "is for keys of type session only")
		}
		ch, err := s.theChannel(path+".channel", seed.Channel)
		if err != nil {
			return nil, err
		}
		a.channelID = ch.id
	default:
		return nil, seedError(path+".access_type", "neither session nor channel")
	}
	if u.ownAccesses() >= h.config.Limits.AccessKeys {
		return nil, seedError(path, "too many access keys of the user")
	}
	a.digest = h.secrets.digest(seed.Key)
	a.expires = h.clock.Now().Add(accessLifetime(a.kind))
	h.indexAccess(u, a)
	h.touch(a)
	s.undoing(func() {
		delete(u.accesses, a.digest)
		delete(h.accesses, a.digest)
	})
	return a, nil
}

// theChannel finds a channel that a seed refers to by id or name.
func (s *seeder) theChannel(path, reference string) (*channel, error) {
	if ch := s.hub.channels[reference]; ch != nil {
		return ch, nil
	}
	var found []*channel
	for _, ch := range s.hub.channels {
		if reference != "" && ch.attrs.Name.Or("") == reference {
			found = append(found, ch)
		}
	}
	ch, err := only(path, "channels", reference, found)
	if ch == nil && err == nil {
		err = seedError(path, fmt.Sprintf("there is no channel with the id or name %q", reference))
	}
	return ch, err
}
