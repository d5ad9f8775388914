package server

import (
	"context"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/master"
)

// loginByMaster finds or makes the puppet that a master has signed for.
func (c *call) loginByMaster(a *api.CreateSession) (u *user, auth *api.Secret, why *failure) {
	if a.UserAuth != nil || a.AccessKey != nil || a.IdentityType != nil || a.IdentityName != nil || a.IdentityAuth != nil {
		return nil, nil, fail(api.ErrRequestMalformed, "master_sign: not together with another way to log in")
	}
	kind, why := masterKeyType(a.MasterKeyType)
	switch {
	case why != nil:
		return nil, nil, why
	case kind == api.MasterKeyTypeJWT:
		return c.loginByToken(a)
	case a.UserID == nil && a.UserExisting != nil && *a.UserExisting:
		return nil, nil, fail(api.ErrUserNotFound, "user_existing: but nothing says which user")
	}
	key, why := c.verifySignature(a.MasterSign, "", accessRefusals())
	if why != nil {
		return nil, nil, why
	}
	if a.UserID == nil {
		return c.newPuppet(a, key, a.PuppetAttrs)
	}
	u = c.hub.users[*a.UserID]
	if u == nil || u.deleted || !u.puppetOf(key) {
		return nil, nil, fail(api.ErrAccessDenied, "master_sign: not accepted")
	}
	return u, nil, c.updateAtLogin(u, a)
}

// puppetOf reports whether the user is a puppet that a key can log in.
func (u *user) puppetOf(key *masterKey) bool {
	_, ok := u.masters[key.owner.id]
	return ok && u.puppetRealm == valueOf(key.realmID())
}

// loginByToken finds the puppet that a token names, or makes it when the token's
// subject comes for the first time.
func (c *call) loginByToken(a *api.CreateSession) (u *user, auth *api.Secret, why *failure) {
	if a.PuppetAttrs != nil {
		return nil, nil, fail(api.ErrRequestMalformed, "puppet_attrs: not together with a token")
	}
	h := c.hub
	token, err := h.verifier().VerifyLogin(a.MasterSign.Reveal())
	if err != nil {
		return nil, nil, accessRefusals().failure("master_sign", err)
	}
	key := h.masterKeys.byID[masterKeyID{api.MasterKeyTypeJWT, token.KeyID}]
	name := subject{key.owner.id, valueOf(key.realmID()), token.Subject}
	u = h.masterKeys.puppets[name]
	if a.UserID != nil && (u == nil || u.id != *a.UserID) {
		return nil, nil, fail(api.ErrAccessDenied, "user_id: not the subject of the token")
	}
	if u != nil {
		return u, nil, c.updateAtLogin(u, a)
	}
	attrs := new(api.PuppetAttrs)
	if token.PreferredUsername != "" {
		attrs.Name = api.Set(token.PreferredUsername)
	}
	if u, auth, why = c.newPuppet(a, key, attrs); why == nil {
		h.masterKeys.puppets[name] = u
		h.touch(name)
	}
	return u, auth, why
}

// newPuppet makes a user who is a puppet.
func (c *call) newPuppet(a *api.CreateSession, key *masterKey, attrs *api.PuppetAttrs) (*user, *api.Secret, *failure) {
	var stored api.PuppetAttrs
	if attrs != nil {
		if why := permit("puppet_attrs", attrs, true, isMaster); why != nil {
			return nil, nil, why
		}
		merge(&stored, attrs)
	}
	u, auth, why := c.newcomer(a)
	if why != nil {
		return nil, nil, why
	}
	u.puppetRealm = valueOf(key.realmID())
	c.hub.makePuppet(u, key.owner, stored)
	return u, auth, nil
}

// verifySignature checks a signature for the action, as it was received, and uses
// it up. userID is who acts, and is taken from the action if it creates a session.
// It returns the key.
func (c *call) verifySignature(sign *api.Secret, userID string, refusals refusals) (key *masterKey, why *failure) {
	request, err := master.ParseRequest(c.message.Text)
	if err != nil {
		return nil, fail(api.ErrRequestMalformed, "%s", err)
	}
	if request.Action != master.CreateSession {
		request.UserID = userID
	}
	grant, err := c.hub.verifier().Verify(context.Background(), sign.Reveal(), request)
	if err != nil {
		return nil, refusals.failure("master_sign", err)
	}
	return c.hub.masterKeys.byID[masterKeyID{api.MasterKeyTypeNinchat, grant.KeyID}], nil
}

// permitChannel checks that the channel's owner has signed for what the user wants
// to do with it.
func (c *call) permitChannel(ch *channel, kind *string, sign *api.Secret) *failure {
	keyType, why := masterKeyType(kind)
	if why != nil {
		return why
	}
	var key *masterKey
	if keyType == api.MasterKeyTypeNinchat {
		key, why = c.verifySignature(sign, c.user.id, permissionRefusals())
	} else {
		var token *master.Token
		var err error
		if token, err = c.hub.verifier().VerifyChannel(sign.Reveal(), ch.id); err == nil {
			key = c.hub.masterKeys.byID[masterKeyID{keyType, token.KeyID}]
		} else {
			why = permissionRefusals().failure("master_sign", err)
		}
	}
	switch {
	case why != nil:
		return why.channel(ch.id)
	case key.owner.id != ch.ownerID, key.realm != nil && key.realm != ch.realm:
		return fail(api.ErrPermissionDenied, "master_sign: not accepted").channel(ch.id)
	}
	return nil
}

// checkSignedAttrs checks the attributes of a membership that come with a
// signature: all that it can say is whether the member is silenced.
func checkSignedAttrs(a *api.JoinChannel) *failure {
	if a.MemberAttrs == nil {
		return nil
	}
	attrs := *a.MemberAttrs
	attrs.Silenced = api.Attr[bool]{}
	switch set, unset := countAttrs(&attrs); {
	case set+unset > 0:
		return fail(api.ErrPermissionDenied, "member_attrs: only silenced can be signed")
	case a.MasterKeyType != nil && *a.MasterKeyType == api.MasterKeyTypeJWT:
		if set, unset := countAttrs(a.MemberAttrs); set+unset > 0 {
			return fail(api.ErrPermissionDenied, "member_attrs: not with a token")
		}
	}
	return nil
}
