package server

import (
	"github.com/ninchat-community/ninchat/api"
	messages "github.com/ninchat-community/ninchat/message"
)

// invite leaves an access key in the caller's dialogue with somebody. The message
// is for the invitee only.
func (c *call) invite(a *access, key api.Secret, invitee *user) *failure {
	if invitee == c.user {
		return fail(api.ErrPermissionDenied, "nobody invites himself or herself").user(invitee.id)
	}
	ch := c.hub.channels[a.channelID]
	d, why := c.dialogueWith(invitee.id)
	if why != nil {
		return why
	}
	content := &messages.InfoAccess{
		UserID:       c.user.id,
		AccessKey:    messages.Secret(key),
		ChannelID:    ch.id,
		ChannelAttrs: mustObject(ch.visibleAttrs()),
		RealmMember:  ifAny(a.realmMember),
	}
	if ch.realm != nil {
		content.RealmID = &ch.realm.id
		content.RealmAttrs = mustObject(c.hub.visibleRealmAttrs(ch.realm, nil))
	}
	m := c.hub.information(content)
	m.restricted, m.recipients = true, []string{invitee.id}
	m.packForBoth(d)
	d.log.add(m, &c.hub.config.Limits)
	c.hub.touch(d)
	d.reveal(d.side(invitee))
	invitee.deliver(m.parcels[d.index(invitee)], m.kind, nil)
	return nil
}

// sendAccess sends a key to a user or to an address, or another link for
// verification to one's own address.
func (c *call) sendAccess(a *api.SendAccess) *failure {
	if a.AccessKey == nil {
		return c.sendVerification(a)
	}
	key, why := c.hub.access(*a.AccessKey)
	if why == nil {
		why = sendable(key)
	}
	if why == nil && a.UserID != nil {
		why = c.sendAccessToUser(key, *a.AccessKey, *a.UserID)
	} else if why == nil {
		why = c.sendAccessToAddress(key, *a.AccessKey, valueOf(a.IdentityType), valueOf(a.IdentityName))
	}
	if why != nil {
		return why
	}
	c.reply(c.hub.accessFound(key))
	return nil
}

func sendable(key *access) *failure {
	switch key.kind {
	case api.AccessTypeIdentityVerify, api.AccessTypeIdentityAuthReset:
		return fail(api.ErrPermissionDenied, "access_key: mailed to the owner of the identity only")
	}
	return nil
}

func (c *call) sendAccessToUser(key *access, secret api.Secret, userID string) *failure {
	u := c.hub.users[userID]
	switch {
	case u == nil || u.deleted:
		return userNotFound(userID)
	case key.channelID == "":
		return fail(api.ErrPermissionDenied, "access_key: only keys to channels can be sent to users")
	}
	return c.invite(key, secret, u)
}

func (c *call) sendAccessToAddress(key *access, secret api.Secret, kind, name string) *failure {
	if why := checkIdentityName(kind, name); why != nil {
		return why
	}
	if kind != api.IdentityTypeEmail {
		return fail(api.ErrPermissionDenied, "identity_type: only email addresses get mail")
	}
	why := c.hub.patient(name)
	if i := c.hub.identities[newIdentityKey(kind, name)]; i != nil {
		why = c.hub.mailable(i)
	}
	if why != nil {
		return why
	}
	c.hub.mail(Mail{To: name, AccessType: key.kind, AccessKey: secret})
	return nil
}

func (c *call) sendVerification(a *api.SendAccess) *failure {
	if a.UserID != nil {
		return fail(api.ErrRequestMalformed, "access_key: missing")
	}
	i, why := c.ownIdentity(valueOf(a.IdentityType), valueOf(a.IdentityName))
	if why == nil {
		why = c.hub.mailable(i)
	}
	switch {
	case why != nil:
		return why
	case !i.attrs.Pending.Or(false):
		return fail(api.ErrPermissionDenied, "the identity isn't pending").identity(i.key.kind, i.name)
	}
	c.reply(c.hub.accessFound(c.hub.mailIdentityKey(i, api.AccessTypeIdentityVerify)))
	return nil
}
