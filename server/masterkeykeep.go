package server

import (
	"encoding/base64"
	"fmt"
	"iter"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/master"
)

// masterKeyRecord is a master key, with its secret: that is what signatures are
// checked with.
type masterKeyRecord struct {
	Type     string `json:"type"`
	ID       string `json:"id"`
	Owner    string `json:"owner"`
	Realm    string `json:"realm,omitzero"`
	Material []byte `json:"material"`
	Secret   digest `json:"secret"`
}

func (k *masterKey) row() row { return row{"masterkey", keyOf(k.id.kind, k.id.id)} }

func (k *masterKey) record(h *hub) any {
	if h.masterKeys.byID[k.id] != k {
		return nil
	}
	return &masterKeyRecord{k.id.kind, k.id.id, k.owner.id, valueOf(k.realmID()), k.material, k.secret}
}

func allMasterKeys(h *hub) iter.Seq[entity] { return valuesOf(h.masterKeys.byID) }

func (l *loader) masterKey(r *masterKeyRecord) error {
	owner, err := l.findUser(r.Owner)
	if err != nil {
		return err
	}
	var in *realm
	if r.Realm != "" {
		if in, err = l.findRealm(r.Realm); err != nil {
			return err
		}
	}
	k := &masterKey{id: masterKeyID{r.Type, r.ID}, owner: owner, realm: in, material: r.Material, secret: r.Secret}
	if r.Type == api.MasterKeyTypeJWT {
		k.jwtKey, err = master.NewJWTKey(r.ID, r.Material)
	} else {
		k.key, err = master.ParseKey(r.ID, base64.StdEncoding.EncodeToString(r.Material))
	}
	if err != nil {
		return err
	}
	l.hub.masterKeys.byID[k.id] = k
	return nil
}

// subjectRecord says which puppet a subject of tokens is.
type subjectRecord struct {
	Owner string `json:"owner"`
	Realm string `json:"realm,omitzero"`
	Name  string `json:"name"`
	User  string `json:"user"`
}

func (s subject) row() row { return row{"subject", keyOf(s.ownerID, s.realmID, s.name)} }

func (s subject) record(h *hub) any {
	puppet := h.masterKeys.puppets[s]
	if puppet == nil {
		return nil
	}
	return &subjectRecord{s.ownerID, s.realmID, s.name, puppet.id}
}

func allSubjects(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for s := range h.masterKeys.puppets {
			if !yield(s) {
				return
			}
		}
	}
}

func (l *loader) subject(r *subjectRecord) error {
	u, err := l.findUser(r.User)
	if err != nil {
		return err
	}
	l.hub.masterKeys.puppets[subject{r.Owner, r.Realm, r.Name}] = u
	return nil
}

// spentRecord is a signature, or secure metadata, that has been used.
type spentRecord struct {
	ID    string    `json:"id"`
	Until time.Time `json:"until"`
}

// spentID identifies a signature, or secure metadata, that has been used.
type spentID string

func (s spentID) row() row { return row{"signature", keyOf(string(s))} }

func (s spentID) record(h *hub) any {
	until, ok := h.masterKeys.spent.until[s]
	if !ok {
		return nil
	}
	return &spentRecord{string(s), until.UTC()}
}

func allSpent(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for s := range h.masterKeys.spent.until {
			if !yield(s) {
				return
			}
		}
	}
}

func (l *loader) spent(r *spentRecord) error {
	if err := l.hub.masterKeys.spent.add(spentID(r.ID), r.Until); err != nil {
		return fmt.Errorf("signatures: %w", err)
	}
	return nil
}

// forgottenRecord says up to which expiry uses have been forgotten.
type forgottenRecord struct {
	Until time.Time `json:"until"`
}

func (*spent) row() row { return row{"forgotten", ""} }

func (s *spent) record(*hub) any {
	if s.forgotten.IsZero() {
		return nil
	}
	return &forgottenRecord{s.forgotten.UTC()}
}

func allForgotten(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		if s := &h.masterKeys.spent; !s.forgotten.IsZero() {
			yield(s)
		}
	}
}

func (l *loader) forgotten(r *forgottenRecord) error {
	l.hub.masterKeys.spent.forgotten = r.Until
	return nil
}
