package server

import "github.com/ninchat-community/ninchat/api"

// identityKey names an identity.
type identityKey struct{ kind, name string }

// identity is how a user logs in, and is found by others.
type identity struct {
	key   identityKey
	user  *user
	auth  *digest
	attrs api.IdentityAttrs
}

func identityNotFound(key identityKey) *failure {
	f := fail(api.ErrIdentityNotFound, "")
	f.event.IdentityType, f.event.IdentityName = &key.kind, &key.name
	return f
}

func identityExists(key identityKey) *failure {
	f := identityNotFound(key)
	f.event.ErrorType = string(api.ErrIdentityAlreadyExists)
	return f
}

// addIdentity gives the user an identity. auth may be "".
func (h *hub) addIdentity(u *user, key identityKey, auth api.Secret, attrs api.IdentityAttrs) *failure {
	if h.identities[key] != nil {
		return identityExists(key)
	}
	i := &identity{key: key, user: u, attrs: attrs}
	if auth != "" {
		i.auth = new(h.secrets.digest(auth))
		i.attrs.Auth = api.Set(true)
	}
	h.identities[key] = i
	u.identities = append(u.identities, i)
	h.touch(i)
	return nil
}

// visibleIdentities are those that the viewer may see.
func (u *user) visibleIdentities(viewer *user) map[string]map[string]api.IdentityAttrs {
	visible := make(map[string]map[string]api.IdentityAttrs)
	for _, i := range u.identities {
		attrs := i.attrs
		if u != viewer {
			if !i.attrs.Public.Or(false) {
				continue
			}
			attrs = api.IdentityAttrs{Public: i.attrs.Public}
		}
		if visible[i.key.kind] == nil {
			visible[i.key.kind] = make(map[string]api.IdentityAttrs)
		}
		visible[i.key.kind][i.key.name] = attrs
	}
	return visible
}

// verified reports whether the user has an identity that is beyond doubt.
func (u *user) verified() bool {
	for _, i := range u.identities {
		if !i.attrs.Pending.Or(false) && !i.attrs.Rejected.Or(false) {
			return true
		}
	}
	return false
}

// login finds or makes the user of a new session. auth is set for new ones.
func (c *call) login(a *api.CreateSession) (u *user, auth *api.Secret, why *failure) {
	h := c.hub
	switch {
	case a.AccessKey != nil:
		return nil, nil, fail(api.ErrAccessDenied, "this server doesn't imitate access keys yet")
	case a.MasterSign != nil:
		return c.loginByMaster(a)
	case a.UserID != nil:
		u, why = h.authenticate(*a.UserID, a.UserAuth)
	case a.IdentityType != nil || a.IdentityName != nil || a.IdentityAuth != nil:
		u, why = h.identify(a)
	case a.UserAuth != nil:
		why = fail(api.ErrRequestMalformed, "user_id: missing beside user_auth")
	case a.UserExisting != nil && *a.UserExisting:
		why = fail(api.ErrUserNotFound, "user_existing: but nothing says which user")
	default:
		return c.newcomer(a)
	}
	if why != nil {
		return nil, nil, why
	}
	return u, nil, c.updateAtLogin(u, a)
}

func (h *hub) authenticate(id string, auth *api.Secret) (*user, *failure) {
	u := h.users[id]
	if u == nil || u.deleted {
		return nil, userNotFound(id)
	}
	if auth == nil || u.auth == nil || !h.secrets.match(*u.auth, *auth) {
		return nil, fail(api.ErrAccessDenied, "user_auth: missing or wrong").user(id)
	}
	return u, nil
}

func (h *hub) identify(a *api.CreateSession) (*user, *failure) {
	if a.IdentityType == nil || a.IdentityName == nil {
		return nil, fail(api.ErrRequestMalformed, "identity_type, identity_name: both are needed")
	}
	key := identityKey{*a.IdentityType, *a.IdentityName}
	i := h.identities[key]
	if i == nil {
		return nil, identityNotFound(key)
	}
	if a.IdentityAuth == nil || i.auth == nil || !h.secrets.match(*i.auth, *a.IdentityAuth) {
		f := identityNotFound(key)
		f.event.ErrorType = string(api.ErrAccessDenied)
		return nil, f
	}
	return i.user, nil
}

// newcomer makes a user.
func (c *call) newcomer(a *api.CreateSession) (*user, *api.Secret, *failure) {
	h := c.hub
	if a.UserAttrs != nil {
		if why := permit("user_attrs", a.UserAttrs, true, isSelf); why != nil {
			return nil, nil, why
		}
	}
	if key, ok := newIdentity(a); ok && h.identities[key] != nil {
		return nil, nil, identityExists(key)
	}
	u, why := h.newUser(a.UserAttrs, a.UserSettings)
	if why != nil {
		return nil, nil, why
	}
	if why := c.addNewIdentity(u, a); why != nil {
		delete(h.users, u.id)
		h.touch(u)
		return nil, nil, why
	}
	return u, h.newAuth(u), nil
}

func newIdentity(a *api.CreateSession) (identityKey, bool) {
	if a.IdentityTypeNew == nil || a.IdentityNameNew == nil {
		return identityKey{}, false
	}
	return identityKey{*a.IdentityTypeNew, *a.IdentityNameNew}, true
}

// addNewIdentity does what the identity_*_new parameters ask for. Nobody
// verifies addresses here, so the identity stays pending.
func (c *call) addNewIdentity(u *user, a *api.CreateSession) *failure {
	key, ok := newIdentity(a)
	if !ok {
		return nil
	}
	attrs := api.IdentityAttrs{}
	if a.IdentityAttrs != nil {
		if why := permit("identity_attrs", a.IdentityAttrs, true, isSelf); why != nil {
			return why
		}
		merge(&attrs, a.IdentityAttrs)
	}
	attrs.Pending = api.Set(true)
	var auth api.Secret
	if a.IdentityAuthNew != nil {
		auth = *a.IdentityAuthNew
	}
	return c.hub.addIdentity(u, key, auth, attrs)
}

// updateAtLogin applies the attributes and settings that come with a session of
// an existing user.
func (c *call) updateAtLogin(u *user, a *api.CreateSession) *failure {
	attrs := a.UserAttrs
	if attrs != nil {
		attrs.Guest = api.Attr[bool]{} // says what a new user would be
		if why := permit("user_attrs", attrs, false, isSelf); why != nil {
			return why
		}
	}
	if why := u.updateSettings(a.UserSettings); why != nil {
		return why
	}
	c.hub.touch(u)
	if attrs != nil {
		if _, _, changed := merge(&u.attrs, attrs); changed {
			tell(pack(c.hub.updatedSelf(u)), u)
			tell(pack(u.updated()), c.hub.acquaintances(u)...)
		}
	}
	return c.addNewIdentity(u, a)
}
