package server

import "github.com/ninchat-community/ninchat/api"

// mailIdentityKey mails a key for verifying an identity, or for setting its
// password. It returns the key.
func (h *hub) mailIdentityKey(i *identity, kind string) *access {
	a := &access{kind: kind, userID: i.user.id, identity: i.key}
	key := h.addAccess(a)
	h.mail(Mail{To: i.name, AccessType: kind, AccessKey: key})
	return a
}

// mailable checks that mail can be sent to an identity.
func (h *hub) mailable(i *identity) *failure {
	switch {
	case i.key.kind != api.IdentityTypeEmail:
		return fail(api.ErrPermissionDenied, "identity_type: only email addresses get mail").identity(i.key.kind, i.name)
	case i.attrs.Blocked.Or(false):
		return fail(api.ErrAccessBlocked, "the owner of the address wants no mail").identity(i.key.kind, i.name)
	}
	return h.patient(i.name)
}

// patient checks that an address hasn't got too many mails lately: anybody can
// have some sent there.
func (h *hub) patient(address string) *failure {
	wait := h.mails.wait(h.clock.Now(), newIdentityKey(api.IdentityTypeEmail, address).guessed(), h.config.Limits.Mails)
	if wait > 0 {
		return fail(api.ErrPermissionDenied, "too many mails to the address: wait for %d seconds", int(wait.Seconds())+1).identity(api.IdentityTypeEmail, address)
	}
	return nil
}

func (c *call) requestIdentityVerifyAccess(a *api.RequestIdentityVerifyAccess) *failure {
	i := c.hub.identities[newIdentityKey(a.IdentityType, a.IdentityName)]
	if i == nil {
		return identityNotFound(a.IdentityType, a.IdentityName)
	}
	if why := c.hub.mailable(i); why != nil {
		return why
	}
	if !i.attrs.Pending.Or(false) {
		return fail(api.ErrPermissionDenied, "the identity isn't pending").identity(i.key.kind, i.name)
	}
	made := c.hub.mailIdentityKey(i, api.AccessTypeIdentityVerify)
	c.reply(&api.AccessCreated{AccessType: made.kind})
	return nil
}

func (c *call) requestIdentityAuthResetAccess(a *api.RequestIdentityAuthResetAccess) *failure {
	i := c.hub.identities[newIdentityKey(a.IdentityType, a.IdentityName)]
	if i == nil {
		return identityNotFound(a.IdentityType, a.IdentityName)
	}
	if why := c.hub.mailable(i); why != nil {
		return why
	}
	if !i.verified() {
		return fail(api.ErrPermissionDenied, "the identity isn't verified").identity(i.key.kind, i.name)
	}
	made := c.hub.mailIdentityKey(i, api.AccessTypeIdentityAuthReset)
	c.reply(&api.AccessCreated{AccessType: made.kind})
	return nil
}

// mailedKey finds a mailed key, and what it is for.
func (c *call) mailedKey(key api.Secret, kind string) (*access, *identity, *failure) {
	a, why := c.hub.access(key)
	if why != nil {
		return nil, nil, why
	}
	if a.kind != kind {
		return nil, nil, fail(api.ErrAccessDenied, "access_key: not of type %s", kind)
	}
	return a, c.hub.identities[a.identity], nil
}

func (c *call) verifyIdentity(a *api.VerifyIdentity) *failure {
	key, i, why := c.mailedKey(a.AccessKey, api.AccessTypeIdentityVerify)
	if why != nil {
		return why
	}
	c.hub.spend(key)
	c.hub.touch(i)
	i.attrs.Pending = api.Attr[bool]{}
	i.attrs.Rejected = api.Attr[bool]{}
	if !a.IdentityAccept {
		i.attrs.Rejected = api.Set(true)
	}
	c.announce(i.updated(), i.user)
	return nil
}

// resetIdentityAuth sets a password. Who has got the mail has the address, so that
// the identity is verified.
func (c *call) resetIdentityAuth(a *api.ResetIdentityAuth) *failure {
	key, i, why := c.mailedKey(a.AccessKey, api.AccessTypeIdentityAuthReset)
	if why == nil {
		why = checkNewPassword(&a.IdentityAuthNew)
	}
	if why != nil {
		return why
	}
	c.hub.spend(key)
	i.attrs.Pending = api.Attr[bool]{}
	c.hub.setPassword(i, a.IdentityAuthNew)
	c.announce(i.updated(), i.user)
	return nil
}
