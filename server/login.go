package server

import "github.com/ninchat-community/ninchat/api"

// login finds or makes the user of a new session. auth is set for new ones.
func (c *call) login(a *api.CreateSession) (u *user, auth *api.Secret, why *failure) {
	identified := a.IdentityType != nil || a.IdentityName != nil || a.IdentityAuth != nil
	switch {
	case a.MasterSign != nil:
		return c.loginByMaster(a)
	case a.AccessKey != nil && a.UserAuth == nil && !identified:
		return c.loginByKey(a)
	case a.UserID != nil:
		u, why = c.authenticate(*a.UserID, a.UserAuth)
	case identified:
		u, why = c.identify(a)
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

// identify finds the user of an identity with a password. One that the owner of
// the address has rejected is no good, password or not.
func (h *hub) identify(a *api.CreateSession) (*user, *failure) {
	if a.IdentityType == nil || a.IdentityName == nil {
		return nil, fail(api.ErrRequestMalformed, "identity_type, identity_name: both are needed")
	}
	i := h.identities[newIdentityKey(*a.IdentityType, *a.IdentityName)]
	if i == nil {
		return nil, identityNotFound(*a.IdentityType, *a.IdentityName)
	}
	if i.auth == nil || i.attrs.Rejected.Or(false) {
		return nil, fail(api.ErrAccessDenied, "identity_auth: missing or wrong").identity(i.key.kind, i.name)
	}
	return i.user, h.checkPassword(i, a.IdentityAuth)
}

// newcomer makes a user.
func (c *call) newcomer(a *api.CreateSession) (*user, *api.Secret, *failure) {
	h := c.hub
	if a.UserAttrs != nil {
		if why := permit("user_attrs", a.UserAttrs, true, isSelf); why != nil {
			return nil, nil, why
		}
	}
	if why := c.mayAddNewIdentity(nil, a); why != nil {
		return nil, nil, why
	}
	u, why := h.newUser(a.UserAttrs, a.UserSettings)
	if why != nil {
		return nil, nil, why
	}
	c.addNewIdentity(u, a)
	return u, h.newAuth(u), nil
}

// newIdentity reports whether the action asks for a new identity.
func newIdentity(a *api.CreateSession) bool {
	return a.IdentityTypeNew != nil || a.IdentityNameNew != nil
}

// mayAddNewIdentity checks the identity_*_new parameters. u is nil if there is no
// user yet.
func (c *call) mayAddNewIdentity(u *user, a *api.CreateSession) *failure {
	switch {
	case !newIdentity(a):
		return nil
	case a.IdentityTypeNew == nil || a.IdentityNameNew == nil:
		return fail(api.ErrRequestMalformed, "identity_type_new, identity_name_new: both are needed")
	}
	_, why := pendingAttrs(a.IdentityAttrs)
	if why == nil {
		why = checkNewPassword(a.IdentityAuthNew)
	}
	if why == nil {
		why = c.hub.mayAddIdentity(u, *a.IdentityTypeNew, *a.IdentityNameNew)
	}
	return why
}

// addNewIdentity does what the identity_*_new parameters ask for, which has been
// checked.
func (c *call) addNewIdentity(u *user, a *api.CreateSession) {
	if !newIdentity(a) {
		return
	}
	attrs, _ := pendingAttrs(a.IdentityAttrs)
	i := c.hub.addIdentity(u, *a.IdentityTypeNew, *a.IdentityNameNew, valueOf(a.IdentityAuthNew), attrs)
	if i.key.kind == api.IdentityTypeEmail {
		c.hub.mailIdentityKey(i, api.AccessTypeIdentityVerify)
	}
	tell(pack(&api.IdentityCreated{
		UserID: u.id, IdentityType: i.key.kind, IdentityName: i.name, IdentityAttrs: i.attrs,
	}), u)
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
	if why := c.mayAddNewIdentity(u, a); why != nil {
		return why
	}
	if why := u.updateSettings(a.UserSettings); why != nil {
		return why
	}
	c.hub.touch(u)
	if attrs != nil {
		if _, _, changed := merge(&u.attrs, attrs); changed {
			c.hub.dropOldIcon(u)
			tell(pack(c.hub.updatedSelf(u)), u)
			tell(pack(u.updated()), c.hub.acquaintances(u)...)
		}
	}
	c.addNewIdentity(u, a)
	return nil
}
