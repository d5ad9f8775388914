package server

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/master"
)

// findUser finds a user by id or name, nil if there is none.
func (s *seeder) findUser(path, id, name string) (*user, error) {
	if id != "" {
		if u := s.hub.users[id]; u != nil && u.deleted {
			return nil, seedError(path, "the user has been deleted")
		}
		return s.hub.users[id], nil
	}
	var found []*user
	for _, u := range s.hub.users {
		if !u.deleted && u.name() == name {
			found = append(found, u)
		}
	}
	return only(path, "users", name, found)
}

// theUser finds a user whom a seed refers to by id or name.
func (s *seeder) theUser(path, reference string) (*user, error) {
	if reference == "" {
		return nil, seedError(path, "missing: the id or name of a user")
	}
	u, err := s.findUser(path, reference, "")
	if u == nil && err == nil {
		u, err = s.findUser(path, "", reference)
	}
	if u == nil && err == nil {
		err = seedError(path, fmt.Sprintf("there is no user with the id or name %q", reference))
	}
	return u, err
}

func (s *seeder) user(path string, seed *SeedUser) error {
	name := seed.Attrs.Name.Or("")
	if err := checkID(path, seed.ID, name); err != nil {
		return err
	}
	u, err := s.findUser(path, seed.ID, name)
	if err != nil {
		return err
	}
	item := SeededItem{Path: path, Kind: "user", Made: u == nil}
	if u == nil {
		if u, err = s.newUser(path, seed, &item); err != nil {
			return err
		}
	}
	item.ID, item.Name = u.id, u.name()
	if err := s.note(u, item); err != nil {
		return err
	}
	for i := range seed.Identities {
		if err := s.identity(fmt.Sprintf("%s.identities[%d]", path, i), u, &seed.Identities[i]); err != nil {
			return err
		}
	}
	return s.masterKeys(path, u, nil, seed.MasterKeys)
}

func (s *seeder) newUser(path string, seed *SeedUser, item *SeededItem) (*user, error) {
	h := s.hub
	if err := refuseAttrs(path+".user_attrs", &seed.Attrs, "connected", "deleted", "idle"); err != nil {
		return nil, err
	}
	u := &user{id: idOr(seed.ID)}
	merge(&u.attrs, &seed.Attrs)
	if why := u.updateSettings(&seed.Settings); why != nil {
		return nil, at(path, why)
	}
	if len(h.users) >= h.config.Limits.Users {
		return nil, seedError(path, "too many users")
	}
	if seed.Auth == "" {
		item.Secret = *h.newAuth(u)
	} else {
		u.auth = new(h.secrets.digest(seed.Auth))
	}
	h.users[u.id] = u
	h.touch(u)
	h.expireGuest(u)
	s.undoing(func() {
		u.stopTimer()
		delete(h.users, u.id)
	})
	return u, nil
}

func (s *seeder) identity(path string, u *user, seed *SeedIdentity) error {
	h := s.hub
	if why := checkIdentityName(seed.Type, seed.Name); why != nil {
		return at(path, why)
	}
	item := SeededItem{Path: path, Kind: "identity", ID: seed.Name, Name: seed.Name}
	i := h.identities[newIdentityKey(seed.Type, seed.Name)]
	switch {
	case i == nil:
		if err := refuseAttrs(path+".identity_attrs", &seed.Attrs, "auth"); err != nil {
			return err
		}
		if why := h.mayAddIdentity(u, seed.Type, seed.Name); why != nil {
			return at(path, why)
		}
		i = h.addIdentity(u, seed.Type, seed.Name, seed.Auth, api.IdentityAttrs{})
		auth := i.attrs.Auth
		merge(&i.attrs, &seed.Attrs)
		i.attrs.Auth = auth
		item.Made = true
		s.undoing(func() { h.removeIdentity(i) })
	case i.user != u:
		return seedError(path, "is there already, as that of another user")
	}
	return s.note(i, item)
}

// masterKeys makes the master keys of a user, or of a realm if it isn't nil.
func (s *seeder) masterKeys(path string, owner *user, r *realm, seeds []SeedMasterKey) error {
	for i := range seeds {
		if err := s.masterKey(fmt.Sprintf("%s.master_keys[%d]", path, i), owner, r, &seeds[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *seeder) masterKey(path string, owner *user, r *realm, seed *SeedMasterKey) error {
	h := s.hub
	var given *string
	if seed.Type != "" {
		given = &seed.Type
	}
	kind, why := masterKeyType(given)
	if why != nil {
		return at(path, why)
	}
	id := masterKeyID{kind, seed.ID}
	item := SeededItem{Path: path, Kind: "master_key", ID: seed.ID}
	key := h.masterKeys.byID[id]
	switch {
	case key == nil:
		if h.masterKeys.count(owner, r) >= h.config.Limits.MasterKeys {
			return seedError(path, "too many master keys")
		}
		secret := seed.Secret
		if secret == "" {
			var random [32]byte
			_, _ = rand.Read(random[:]) // never fails
			secret = api.Secret(base64.StdEncoding.EncodeToString(random[:]))
			item.Secret = secret
		}
		var err error
		if key, err = h.seedMasterKey(id, secret); err != nil {
			return seedError(path, err.Error())
		}
		key.owner, key.realm = owner, r
		h.addMasterKey(key)
		item.Made = true
		s.undoing(func() { delete(h.masterKeys.byID, id) })
	case key.owner != owner || key.realm != r:
		return seedError(path+".master_key_id", "is there already, as that of another user or realm")
	}
	return s.note(key, item)
}

// seedMasterKey makes a key of a secret in base64.
func (h *hub) seedMasterKey(id masterKeyID, secret api.Secret) (*masterKey, error) {
	k := &masterKey{id: id}
	var err error
	if id.kind == api.MasterKeyTypeJWT {
		k.jwtKey, err = master.ParseJWTKey(id.id, secret.Reveal())
	} else {
		k.key, err = master.ParseKey(id.id, secret.Reveal())
	}
	if err != nil {
		return nil, err
	}
	standard := strings.NewReplacer("-", "+", "_", "/", "=", "").Replace(secret.Reveal())
	if k.material, err = base64.RawStdEncoding.DecodeString(standard); err != nil {
		return nil, fmt.Errorf("master_key_secret: isn't base64")
	}
	k.secret = h.secrets.digest(api.Secret(base64.StdEncoding.EncodeToString(k.material)))
	return k, nil
}
