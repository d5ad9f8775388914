package server

import (
	"errors"

	"github.com/ninchat-community/ninchat/api"
)

// User is a user to be made by [Server.AddUser].
type User struct {
	// ID is the user's id. Default: a random one.
	ID string
	// Auth is the user's password token (user_auth). Default: a random one.
	Auth api.Secret
	// Attrs are the user's attributes. Unlike those who come by themselves, the
	// user isn't a guest unless they say so.
	Attrs api.UserAttrs
	// Settings are the user's settings.
	Settings api.UserSettings
	// Identities are the user's identities. Nothing about them is pending.
	Identities []Identity
}

// Identity is how a user can log in, and be found by others.
type Identity struct {
	// Type is the type, such as "email".
	Type string
	// Name is the name, such as an address.
	Name string
	// Auth is the password, or "" if the identity isn't for logging in.
	Auth api.Secret
	// Attrs are the attributes of the identity.
	Attrs api.IdentityAttrs
}

// AddUser makes a user, as if that had happened before the server was started,
// and returns it with its id and password token. It fails if there is such a
// user or identity already; the error then is of type [api.ErrorType].
func (s *Server) AddUser(u User) (User, error) {
	h := s.hub
	u, err := h.seedUser(u)
	if err == nil {
		err = h.awaitAllKept()
	}
	return u, err
}

func (h *hub) seedUser(u User) (User, error) {
	h.lock()
	defer h.unlock()
	if u.ID == "" {
		u.ID = newID()
	}
	if u.Auth == "" {
		u.Auth = api.Secret(newToken())
	}
	if h.users[u.ID] != nil {
		return User{}, errors.New("ninchat: server: there is such a user already")
	}
	keys := make(map[identityKey]bool)
	for _, i := range u.Identities {
		key := newIdentityKey(i.Type, i.Name)
		if keys[key] {
			return User{}, api.ErrIdentityAlreadyExists
		}
		keys[key] = true
		if why := h.mayAddIdentity(nil, i.Type, i.Name); why != nil {
			return User{}, api.ErrorType(why.event.ErrorType)
		}
	}
	made := &user{id: u.ID, auth: new(h.secrets.digest(u.Auth))}
	merge(&made.attrs, &u.Attrs)
	if why := made.updateSettings(&u.Settings); why != nil {
		return User{}, api.ErrorType(why.event.ErrorType)
	}
	for _, i := range u.Identities {
		h.addIdentity(made, i.Type, i.Name, i.Auth, i.Attrs)
	}
	h.users[u.ID] = made
	h.touch(made)
	return u, nil
}
