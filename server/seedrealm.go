package server

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ninchat-community/ninchat/api"
)

// Realm is a realm to be made by [Server.AddRealm].
type Realm struct {
	// ID is the realm's id. Default: a random one.
	ID string
	// OwnerID is the user who owns the realm, and is a member and operator.
	OwnerID string
	// Attrs are the realm's attributes. OwnerID and OwnerAccount in them are
	// ignored.
	Attrs api.RealmAttrs
	// Settings are the realm's settings.
	Settings api.RealmSettings
	// Members are the other members by their user ids.
	Members map[string]api.RealmMemberAttrs
}

// AddRealm makes a realm, as if that had happened before the server was started,
// and returns it with its id. It fails if there is such a realm already, or no such
// user; if it is about the realm's name or the owner's quota, the error is of type
// [api.ErrorType]. Nobody is told. It may be called concurrently.
func (s *Server) AddRealm(r Realm) (Realm, error) {
	h := s.hub
	r, err := h.seedRealm(r)
	if err == nil {
		err = h.awaitAllKept()
	}
	return r, err
}

func (h *hub) seedRealm(r Realm) (Realm, error) {
	h.lock()
	defer h.unlock()
	if r.ID == "" {
		r.ID = newID()
	}
	owner, err := h.seededUser(r.OwnerID)
	if err != nil {
		return Realm{}, fmt.Errorf("ninchat: server: owner: %w", err)
	}
	if h.realms[r.ID] != nil {
		return Realm{}, errors.New("ninchat: server: there is such a realm already")
	}
	members, err := h.seededUsers(slices.Sorted(maps.Keys(r.Members)))
	if err != nil {
		return Realm{}, fmt.Errorf("ninchat: server: members: %w", err)
	}
	made := &realm{id: r.ID, ownerID: owner.id}
	if why := h.newRealm(made, nil, &r.Settings, anybody); why != nil {
		return Realm{}, api.ErrorType(why.event.ErrorType)
	}
	merge(&made.attrs, &r.Attrs)
	made.attrs.OwnerID, made.attrs.OwnerAccount = api.Attr[string]{}, api.Attr[api.RealmOwnerAccount]{}
	if name := made.name(); name != "" && h.realmNames[realmNameKey(name)] != nil {
		return Realm{}, api.ErrRealmAlreadyExists
	}
	h.openRealm(made, owner)
	for _, u := range members {
		if u != owner {
			attrs := r.Members[u.id]
			merge(&h.enterRealm(made, u).attrs, &attrs)
		}
	}
	return r, nil
}

// Channel is a channel to be made by [Server.AddChannel].
type Channel struct {
	// ID is the channel's id. Default: a random one.
	ID string
	// RealmID is the realm that the channel belongs to, "" if none.
	RealmID string
	// OwnerID is the user who owns the channel. Default: the owner of the realm.
	OwnerID string
	// Attrs are the channel's attributes. OwnerID in them is ignored.
	Attrs api.ChannelAttrs
	// Members are the members by their user ids, at least one.
	Members map[string]api.ChannelMemberAttrs
}

// AddChannel makes a channel, as if that had happened before the server was
// started, and returns it with its id. It fails if there is such a channel already,
// no such user or realm, or no member; if it is about an attribute, the error is of
// type [api.ErrorType]. Nobody is told. It may be called concurrently.
func (s *Server) AddChannel(c Channel) (Channel, error) {
	h := s.hub
	c, err := h.seedChannel(c)
	if err == nil {
		err = h.awaitAllKept()
	}
	return c, err
}

func (h *hub) seedChannel(c Channel) (Channel, error) {
	h.lock()
	defer h.unlock()
	if c.ID == "" {
		c.ID = newID()
	}
	var in *realm
	if c.RealmID != "" {
		if in = h.realms[c.RealmID]; in == nil {
			return Channel{}, fmt.Errorf("ninchat: server: there is no realm %q", c.RealmID)
		}
		if c.OwnerID == "" {
			c.OwnerID = in.ownerID
		}
	}
	if _, err := h.seededUser(c.OwnerID); err != nil {
		return Channel{}, fmt.Errorf("ninchat: server: owner: %w", err)
	}
	switch {
	case h.channels[c.ID] != nil:
		return Channel{}, errors.New("ninchat: server: there is such a channel already")
	case len(c.Members) == 0:
		return Channel{}, errors.New("ninchat: server: a channel needs a member")
	case in != nil && c.OwnerID != in.ownerID:
		return Channel{}, errors.New("ninchat: server: a channel of a realm belongs to the realm's owner")
	}
	members, err := h.seededUsers(slices.Sorted(maps.Keys(c.Members)))
	if err != nil {
		return Channel{}, fmt.Errorf("ninchat: server: members: %w", err)
	}
	made := h.emptyChannel(c.ID, in, c.OwnerID)
	attrs := c.Attrs
	attrs.OwnerID = api.Attr[string]{}
	if why := h.checkChannelAttrs(made, &attrs, true, anybody); why != nil {
		return Channel{}, api.ErrorType(why.event.ErrorType)
	}
	h.obeySchedule(made, &attrs)
	merge(&made.attrs, &attrs)
	made.rate = newRateLimit(made.attrs.Ratelimit.Or(""))
	h.addChannel(made)
	h.runChannelTable(made)
	for _, u := range members {
		m, attrs := h.enter(made, u), c.Members[u.id]
		merge(&m.attrs, &attrs)
	}
	return c, nil
}

// seededUser finds a user for what is to be made.
func (h *hub) seededUser(id string) (*user, error) {
	if u := h.users[id]; u != nil && !u.deleted {
		return u, nil
	}
	return nil, fmt.Errorf("there is no user %q", id)
}

func (h *hub) seededUsers(ids []string) ([]*user, error) {
	users := make([]*user, len(ids))
	for i, id := range ids {
		var err error
		if users[i], err = h.seededUser(id); err != nil {
			return nil, err
		}
	}
	return users, nil
}
