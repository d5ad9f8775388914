package server

import (
	"net/mail"
	"slices"
	"strings"

	"github.com/ninchat-community/ninchat/api"
)

// identityKey is equal for names that mean the same.
type identityKey struct{ kind, name string }

// newIdentityKey ignores the case of addresses.
func newIdentityKey(kind, name string) identityKey {
	if kind == api.IdentityTypeEmail {
		name = strings.ToLower(name)
	}
	return identityKey{kind, name}
}

// identity is how a user logs in, and is found by others.
type identity struct {
	key identityKey
	// name is spelled as it was given.
	name  string
	user  *user
	auth  *digest
	attrs api.IdentityAttrs
}

// verified reports whether the identity is beyond doubt.
func (i *identity) verified() bool { return !i.attrs.Pending.Or(false) && !i.attrs.Rejected.Or(false) }

// findableBy reports whether a user may learn whose identity it is. What nobody
// has verified would say who claims to be somebody.
func (i *identity) findableBy(u *user) bool {
	return i.user == u || i.verified() && !i.attrs.Protected.Or(false)
}

func (i *identity) updated() *api.IdentityUpdated {
	return &api.IdentityUpdated{UserID: i.user.id, IdentityType: i.key.kind, IdentityName: i.name, IdentityAttrs: i.attrs}
}

func identityNotFound(kind, name string) *failure {
	return fail(api.ErrIdentityNotFound, "").identity(kind, name)
}

func identityExists(kind, name string) *failure {
	return fail(api.ErrIdentityAlreadyExists, "").identity(kind, name)
}

// maxIdentityName bounds the names of identities, in bytes.
const maxIdentityName = 320

// checkIdentityName refuses identities that can't be.
func checkIdentityName(kind, name string) *failure {
	switch kind {
	case api.IdentityTypeEmail, api.IdentityTypeFacebook, api.IdentityTypeGCM, api.IdentityTypeAPNS:
	default:
		return fail(api.ErrRequestMalformed, "identity_type: there is no such type")
	}
	if name == "" || len(name) > maxIdentityName {
		return fail(api.ErrRequestMalformed, "identity_name: empty, or longer than %d bytes", maxIdentityName)
	}
	if kind == api.IdentityTypeEmail && !isEmailAddress(name) {
		return fail(api.ErrRequestMalformed, "identity_name: not an email address")
	}
	return nil
}

func isEmailAddress(name string) bool {
	address, err := mail.ParseAddress(name)
	return err == nil && address.Address == name
}

// mayAddIdentity checks that a user can be given an identity.
func (h *hub) mayAddIdentity(u *user, kind, name string) *failure {
	if why := checkIdentityName(kind, name); why != nil {
		return why
	}
	// Who has been disowned by the owner of an address doesn't keep it from
	// that owner.
	if i := h.identities[newIdentityKey(kind, name)]; i != nil && (i.user == u || !i.attrs.Rejected.Or(false)) {
		return identityExists(kind, name)
	}
	if u != nil && len(u.identities) >= h.config.Limits.Identities {
		return fail(api.ErrPermissionDenied, "too many identities")
	}
	return nil
}

// addIdentity gives the user an identity, which must have been checked. auth may
// be "".
func (h *hub) addIdentity(u *user, kind, name string, auth api.Secret, attrs api.IdentityAttrs) *identity {
	key := newIdentityKey(kind, name)
	if rejected := h.identities[key]; rejected != nil {
		// It has the same row as the new one, which alone is touched.
		h.removeIdentity(rejected)
		tell(pack(rejected.deleted()), rejected.user)
	}
	i := &identity{key: key, name: name, user: u, attrs: attrs}
	h.setPassword(i, auth)
	h.identities[key] = i
	u.identities = append(u.identities, i)
	h.touch(i)
	return i
}

func (h *hub) removeIdentity(i *identity) {
	delete(h.identities, i.key)
	h.forgetMailedKeys(i)
	i.user.identities = slices.DeleteFunc(i.user.identities, func(other *identity) bool { return other == i })
}

func (i *identity) deleted() *api.IdentityDeleted {
	return &api.IdentityDeleted{UserID: i.user.id, IdentityType: i.key.kind, IdentityName: i.name}
}

// setPassword sets the password of an identity, or removes it if auth is "".
func (h *hub) setPassword(i *identity, auth api.Secret) {
	h.touch(i)
	i.auth, i.attrs.Auth = nil, api.Attr[bool]{}
	if auth != "" {
		i.auth, i.attrs.Auth = new(h.secrets.digest(auth)), api.Set(true)
	}
}

// checkPassword compares the password of an identity, if it has one.
func (h *hub) checkPassword(i *identity, auth *api.Secret) *failure {
	if i.auth != nil && (auth == nil || !h.secrets.match(*i.auth, *auth)) {
		return fail(api.ErrAccessDenied, "identity_auth: missing or wrong").identity(i.key.kind, i.name)
	}
	return nil
}

// checkNewPassword refuses passwords that can't be told from none.
func checkNewPassword(auth *api.Secret) *failure {
	if auth != nil && *auth == "" {
		return fail(api.ErrRequestMalformed, "identity_auth_new: empty")
	}
	return nil
}

// visibleIdentities are those that the viewer may see.
func (u *user) visibleIdentities(viewer *user) map[string]map[string]api.IdentityAttrs {
	visible := make(map[string]map[string]api.IdentityAttrs)
	for _, i := range u.identities {
		attrs := i.attrs
		if u != viewer {
			if !i.attrs.Public.Or(false) || !i.findableBy(viewer) {
				continue
			}
			attrs = api.IdentityAttrs{Public: i.attrs.Public}
		}
		if visible[i.key.kind] == nil {
			visible[i.key.kind] = make(map[string]api.IdentityAttrs)
		}
		visible[i.key.kind][i.name] = attrs
	}
	return visible
}

// verified reports whether the user has an identity that is beyond doubt.
func (u *user) verified() bool { return slices.ContainsFunc(u.identities, (*identity).verified) }

// ownIdentity finds an identity of the caller. Those of others don't exist.
func (c *call) ownIdentity(kind, name string) (*identity, *failure) {
	i := c.hub.identities[newIdentityKey(kind, name)]
	if i == nil || i.user != c.user {
		return nil, identityNotFound(kind, name)
	}
	return i, nil
}

// newOwnIdentity gives the caller a pending identity, and tells so.
func (c *call) newOwnIdentity(kind, name string, given *api.IdentityAttrs, auth *api.Secret) (*identity, *failure) {
	attrs, why := pendingAttrs(given)
	if why == nil {
		why = checkNewPassword(auth)
	}
	if why == nil {
		why = c.hub.mayAddIdentity(c.user, kind, name)
	}
	if why != nil {
		return nil, why
	}
	i := c.hub.addIdentity(c.user, kind, name, valueOf(auth), attrs)
	c.announce(&api.IdentityCreated{
		UserID: c.user.id, IdentityType: kind, IdentityName: name, IdentityAttrs: i.attrs,
	}, c.user)
	return i, nil
}

// pendingAttrs are the attributes of a new identity.
func pendingAttrs(given *api.IdentityAttrs) (attrs api.IdentityAttrs, why *failure) {
	if given != nil {
		if why := permit("identity_attrs", given, true, isSelf); why != nil {
			return attrs, why
		}
		merge(&attrs, given)
	}
	attrs.Pending = api.Set(true)
	return attrs, nil
}

// valueOf is what a parameter says, the zero value if it isn't there.
func valueOf[T any](param *T) (value T) {
	if param != nil {
		value = *param
	}
	return value
}

func (c *call) createIdentity(a *api.CreateIdentity) *failure {
	i, why := c.newOwnIdentity(a.IdentityType, a.IdentityName, a.IdentityAttrs, a.IdentityAuthNew)
	if why == nil && i.key.kind == api.IdentityTypeEmail {
		c.hub.mailIdentityKey(i, api.AccessTypeIdentityVerify)
	}
	return why
}

func (c *call) createIdentityWithAuthResetAccess(a *api.CreateIdentityWithAuthResetAccess) *failure {
	if a.IdentityType != api.IdentityTypeEmail {
		return fail(api.ErrPermissionDenied, "identity_type: only email addresses get mail")
	}
	i, why := c.newOwnIdentity(a.IdentityType, a.IdentityName, a.IdentityAttrs, nil)
	if why == nil {
		c.hub.mailIdentityKey(i, api.AccessTypeIdentityAuthReset)
	}
	return why
}

func (c *call) describeIdentity(a *api.DescribeIdentity) *failure {
	i := c.hub.identities[newIdentityKey(a.IdentityType, a.IdentityName)]
	if i == nil || !i.findableBy(c.user) {
		return identityNotFound(a.IdentityType, a.IdentityName)
	}
	found := &api.IdentityFound{UserID: i.user.id, IdentityType: i.key.kind, IdentityName: i.name}
	if i.user == c.user {
		found.IdentityAttrs = &i.attrs
	}
	c.reply(found)
	return nil
}

func (c *call) updateIdentity(a *api.UpdateIdentity) *failure {
	i, why := c.ownIdentity(a.IdentityType, a.IdentityName)
	if why != nil {
		return why
	}
	if why := permit("identity_attrs", &a.IdentityAttrs, false, isSelf); why != nil {
		return why.identity(i.key.kind, i.name)
	}
	if _, _, changed := merge(&i.attrs, &a.IdentityAttrs); !changed {
		c.reply(i.updated())
		return nil
	}
	c.hub.touch(i)
	c.announce(i.updated(), c.user)
	return nil
}

func (c *call) updateIdentityAuth(a *api.UpdateIdentityAuth) *failure {
	i, why := c.ownIdentity(a.IdentityType, a.IdentityName)
	if why == nil {
		why = c.checkPassword(i, a.IdentityAuth)
	}
	if why == nil {
		why = checkNewPassword(a.IdentityAuthNew)
	}
	if why != nil {
		return why
	}
	c.hub.setPassword(i, valueOf(a.IdentityAuthNew))
	c.announce(i.updated(), c.user)
	return nil
}

func (c *call) deleteIdentity(a *api.DeleteIdentity) *failure {
	i, why := c.ownIdentity(a.IdentityType, a.IdentityName)
	if why == nil {
		why = c.checkPassword(i, a.IdentityAuth)
	}
	if why != nil {
		return why
	}
	c.hub.removeIdentity(i)
	c.hub.touch(i)
	c.announce(i.deleted(), c.user)
	return nil
}
