package server

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/master"
)

// masterKeyID names a master key. Signatures and tokens say no more about whose
// key it is, so it is unique in the server.
type masterKeyID struct{ kind, id string }

// masterKey is a master key of a user, or of a realm. One of key and jwtKey is
// set.
type masterKey struct {
	id masterKeyID
	// owner is the user who is the master; for a key of a realm, its owner.
	owner *user
	// realm is nil for keys of users. Keys of realms are good for the channels,
	// the queues and the puppets of the realm only, as operators have them, who
	// have no power over what else the owner has.
	realm  *realm
	key    *master.Key
	jwtKey *master.JWTKey
	// material is the secret of the key, for the store.
	material []byte
	// secret confirms that the key may be deleted.
	secret digest
}

// masterKeys is what the server knows about master keys.
type masterKeys struct {
	byID map[masterKeyID]*masterKey
	// puppets are those that tokens have made.
	puppets map[subject]*user
	// spent are the signatures and the secure metadata that have been used.
	spent spent
}

// subject is how the signer of tokens calls a puppet. realmID is "" if the signer
// has a key of a user.
type subject struct{ ownerID, realmID, name string }

func newMasterKeys() masterKeys {
	return masterKeys{
		byID:    make(map[masterKeyID]*masterKey),
		puppets: make(map[subject]*user),
		spent:   spent{until: make(map[spentID]time.Time)},
	}
}

// ninchatKey looks up a key for signatures.
func (k *masterKeys) ninchatKey(id string) *master.Key {
	if known := k.byID[masterKeyID{api.MasterKeyTypeNinchat, id}]; known != nil {
		return known.key
	}
	return nil
}

// jwtKey looks up a key for tokens.
func (k *masterKeys) jwtKey(id string) *master.JWTKey {
	if known := k.byID[masterKeyID{api.MasterKeyTypeJWT, id}]; known != nil {
		return known.jwtKey
	}
	return nil
}

// count counts the keys of a user, or of a realm if it isn't nil.
func (k *masterKeys) count(owner *user, r *realm) int {
	count := 0
	for _, key := range k.byID {
		if key.owner == owner && key.realm == r {
			count++
		}
	}
	return count
}

// keyHolder is whose keys the caller creates, deletes or describes: the caller's
// own, or those of a realm that he or she operates.
func (c *call) keyHolder(realmID *string) (owner *user, r *realm, why *failure) {
	if realmID == nil {
		return c.user, nil, nil
	}
	if r, why = c.operatedRealm(*realmID); why != nil {
		return nil, nil, why
	}
	return c.hub.users[r.ownerID], r, nil
}

// realmID is that of the realm, nil if there is none.
func (k *masterKey) realmID() *string {
	if k.realm == nil {
		return nil
	}
	return &k.realm.id
}

// forgetRealmKeys is for a realm that is being deleted. What puppets have been made
// for it remain puppets of the owner.
func (h *hub) forgetRealmKeys(r *realm) {
	k := &h.masterKeys
	for id, key := range k.byID {
		if key.realm == r {
			delete(k.byID, id)
			h.touch(key)
		}
	}
	for name := range k.puppets {
		if name.realmID == r.id {
			delete(k.puppets, name)
			h.touch(name)
		}
	}
}

// forgetMasterKeys forgets what a user has signed with, and who the user's puppets
// are.
func (h *hub) forgetMasterKeys(u *user) {
	k := &h.masterKeys
	for id, key := range k.byID {
		if key.owner == u {
			delete(k.byID, id)
			h.touch(key)
		}
	}
	for name, puppet := range k.puppets {
		if puppet == u || name.ownerID == u.id {
			delete(k.puppets, name)
			h.touch(name)
		}
	}
}

// masterKeyType is the type in an action, ninchat if it isn't there.
func masterKeyType(kind *string) (string, *failure) {
	switch {
	case kind == nil:
		return api.MasterKeyTypeNinchat, nil
	case *kind == api.MasterKeyTypeNinchat || *kind == api.MasterKeyTypeJWT:
		return *kind, nil
	}
	return "", fail(api.ErrRequestMalformed, "master_key_type: neither ninchat nor jwt")
}

func (c *call) createMasterKey(a *api.CreateMasterKey) *failure {
	owner, r, why := c.keyHolder(a.RealmID)
	if why != nil {
		return why
	}
	kind, why := masterKeyType(a.MasterKeyType)
	if why != nil {
		return why
	}
	if c.hub.masterKeys.count(owner, r) >= c.hub.config.Limits.MasterKeys {
		return fail(api.ErrPermissionDenied, "too many master keys")
	}
	if kind == api.MasterKeyTypeJWT {
		return c.importMasterKey(a, owner, r)
	}
	if a.MasterKeyID != nil || len(c.message.Payload) > 0 {
		return fail(api.ErrRequestMalformed, "master_key_id, payload: keys of type ninchat are generated")
	}
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	secret := base64.StdEncoding.EncodeToString(random[:])
	id := newID()
	key, err := master.ParseKey(id, secret)
	if err != nil {
		return fail(api.ErrInternal, "the key that was generated can't be used")
	}
	c.hub.addMasterKey(&masterKey{
		id: masterKeyID{kind, id}, owner: owner, realm: r, key: key, material: random[:],
		secret: c.hub.secrets.digest(api.Secret(secret)),
	})
	c.reply(&api.MasterKeyCreated{RealmID: a.RealmID, MasterKeyType: kind, MasterKeyID: id, MasterKeySecret: new(api.Secret(secret))})
	return nil
}

func (h *hub) addMasterKey(key *masterKey) {
	h.masterKeys.byID[key.id] = key
	h.touch(key)
}

// importMasterKey makes a key for tokens of the secret in the payload. Tokens name
// nothing but the id, so that it can't be there twice.
func (c *call) importMasterKey(a *api.CreateMasterKey, owner *user, r *realm) *failure {
	if a.MasterKeyID == nil || len(c.message.Payload) != 1 {
		return fail(api.ErrRequestMalformed, "master_key_id, payload: keys of type jwt need an id, and a secret as their payload")
	}
	id := masterKeyID{api.MasterKeyTypeJWT, *a.MasterKeyID}
	secret := c.message.Payload[0]
	key, err := master.NewJWTKey(id.id, secret)
	if err != nil {
		return fail(api.ErrRequestMalformed, "%s", err)
	}
	if c.hub.masterKeys.byID[id] != nil {
		return fail(api.ErrPermissionDenied, "master_key_id: there is such a key already")
	}
	// It is confirmed in base64, as the secrets of other keys are.
	text := api.Secret(base64.StdEncoding.EncodeToString(secret))
	c.hub.addMasterKey(&masterKey{
		id: id, owner: owner, realm: r, jwtKey: key, material: bytes.Clone(secret), secret: c.hub.secrets.digest(text),
	})
	c.reply(&api.MasterKeyCreated{RealmID: a.RealmID, MasterKeyType: id.kind, MasterKeyID: id.id})
	return nil
}

func (c *call) deleteMasterKey(a *api.DeleteMasterKey) *failure {
	owner, r, why := c.keyHolder(a.RealmID)
	if why != nil {
		return why
	}
	kind, why := masterKeyType(a.MasterKeyType)
	if why != nil {
		return why
	}
	id := masterKeyID{kind, a.MasterKeyID}
	key := c.hub.masterKeys.byID[id]
	if key == nil || key.owner != owner || key.realm != r {
		return fail(api.ErrPermissionDenied, "master_key_id: there is no such key of the user or realm")
	}
	if r == nil && !c.confirms(a, key) {
		return fail(api.ErrAccessDenied, "master_key_secret, user_auth: both are missing or wrong")
	}
	delete(c.hub.masterKeys.byID, id)
	c.hub.touch(key)
	c.reply(&api.MasterKeyDeleted{RealmID: a.RealmID, MasterKeyType: kind, MasterKeyID: id.id})
	return nil
}

// confirms reports whether the action has the secret of the key, or the token of
// the user.
func (c *call) confirms(a *api.DeleteMasterKey, key *masterKey) bool {
	secrets := &c.hub.secrets
	return a.MasterKeySecret != nil && secrets.match(key.secret, *a.MasterKeySecret) ||
		a.UserAuth != nil && c.user.auth != nil && secrets.match(*c.user.auth, *a.UserAuth)
}

func (c *call) describeMasterKeys(a *api.DescribeMasterKeys) *failure {
	owner, r, why := c.keyHolder(a.RealmID)
	if why != nil {
		return why
	}
	found := &api.MasterKeysFound{MasterKeys: map[string]map[string]api.MasterKey{}}
	for id, key := range c.hub.masterKeys.byID {
		if key.owner != owner || key.realm != r {
			continue
		}
		if found.MasterKeys[id.kind] == nil {
			found.MasterKeys[id.kind] = map[string]api.MasterKey{}
		}
		found.MasterKeys[id.kind][id.id] = api.MasterKey{RealmID: key.realmID()}
	}
	c.reply(found)
	return nil
}

// describeMaster is an older way to ask for the user's own keys of type ninchat.
//
//lint:ignore SA1019 clients may still send it
func (c *call) describeMaster(*api.DescribeMaster) *failure {
	//lint:ignore SA1019 it is what answers the older way
	found := &api.MasterFound{MasterKeys: map[string]api.MasterKey{}}
	for id, key := range c.hub.masterKeys.byID {
		if key.owner == c.user && key.realm == nil && id.kind == api.MasterKeyTypeNinchat {
			found.MasterKeys[id.id] = api.MasterKey{}
		}
	}
	c.reply(found)
	return nil
}

// verifier checks signatures and tokens.
func (h *hub) verifier() *master.Verifier {
	keys := &h.masterKeys
	return &master.Verifier{Keys: keys.ninchatKey, JWTKeys: keys.jwtKey, Replays: &keys.spent, Skew: h.config.Skew, Now: h.clock.Now}
}

// verifierFor accepts keys of a realm, and of its owner, only: what others have made
// isn't used up in the realm.
func (h *hub) verifierFor(r *realm) *master.Verifier {
	v, keys := h.verifier(), &h.masterKeys
	v.Keys = func(id string) *master.Key {
		if !keys.vouch(masterKeyID{api.MasterKeyTypeNinchat, id}, r) {
			return nil
		}
		return keys.ninchatKey(id)
	}
	v.JWTKeys = func(id string) *master.JWTKey {
		if !keys.vouch(masterKeyID{api.MasterKeyTypeJWT, id}, r) {
			return nil
		}
		return keys.jwtKey(id)
	}
	return v
}

// vouch reports whether a key is one of a realm, or of its owner.
func (k *masterKeys) vouch(id masterKeyID, r *realm) bool {
	key := k.byID[id]
	return key != nil && key.owner.id == r.ownerID && (key.realm == nil || key.realm == r)
}

// refusals are the errors for signatures, tokens and secure metadata that aren't
// accepted.
type refusals struct{ denied, expired, spent api.ErrorType }

// accessRefusals are for creating sessions, permissionRefusals for channels.
func accessRefusals() refusals {
	return refusals{api.ErrAccessDenied, api.ErrAccessExpired, api.ErrAccessAlreadySpent}
}

func permissionRefusals() refusals {
	return refusals{api.ErrPermissionDenied, api.ErrPermissionExpired, api.ErrPermissionAlreadySpent}
}

// failure says why a signature, a token or secure metadata in a parameter isn't
// accepted. Who has none of the secrets learns nothing but that it isn't.
func (r refusals) failure(param string, err error) *failure {
	switch {
	case errors.Is(err, master.ErrExpired):
		return fail(r.expired, "%s: expired", param)
	case errors.Is(err, master.ErrReplayed):
		return fail(r.spent, "%s: used before", param)
	case errors.Is(err, master.ErrReplayStore):
		return fail(api.ErrInternal, "%s: too many uses are remembered", param)
	}
	return fail(r.denied, "%s: not accepted", param)
}
