package server

import (
	"fmt"
	"iter"

	"github.com/ninchat-community/ninchat/api"
)

// realmRecord is a realm. Its members and channels have records of their own.
type realmRecord struct {
	ID       string         `json:"id"`
	Owner    string         `json:"owner"`
	Attrs    api.RealmAttrs `json:"attrs"`
	Settings settings       `json:"settings,omitempty"`
}

func (r *realm) row() row { return row{"realm", keyOf(r.id)} }

func (r *realm) record(h *hub) any {
	if h.realms[r.id] != r {
		return nil
	}
	return &realmRecord{r.id, r.ownerID, r.attrs, r.settings}
}

func allRealms(h *hub) iter.Seq[entity] { return valuesOf(h.realms) }

func (l *loader) realm(r *realmRecord) error {
	l.hub.addRealm(&realm{
		id: r.ID, ownerID: r.Owner, attrs: r.Attrs, settings: r.Settings,
		members: make(map[string]*realmMember), channels: make(map[string]*channel), queues: make(map[string]*queue),
		tags: make(map[string]*tag),
	})
	return nil
}

// findRealm returns the realm with an id.
func (l *loader) findRealm(id string) (*realm, error) {
	if r := l.hub.realms[id]; r != nil {
		return r, nil
	}
	return nil, fmt.Errorf("there is no realm %q", id)
}

type realmMemberRecord struct {
	Realm string               `json:"realm"`
	User  string               `json:"user"`
	Attrs api.RealmMemberAttrs `json:"attrs"`
}

func (m *realmMember) row() row { return row{"realmmember", keyOf(m.realm.id, m.user.id)} }

func (m *realmMember) record(h *hub) any {
	if h.realms[m.realm.id] != m.realm || m.realm.members[m.user.id] != m {
		return nil
	}
	return &realmMemberRecord{m.realm.id, m.user.id, m.attrs}
}

func allRealmMembers(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for _, r := range h.realms {
			for _, m := range r.members {
				if !yield(m) {
					return
				}
			}
		}
	}
}

func (l *loader) realmMember(r *realmMemberRecord) error {
	in, err := l.findRealm(r.Realm)
	if err != nil {
		return err
	}
	u, err := l.findUser(r.User)
	if err != nil {
		return err
	}
	l.hub.enterRealm(in, u).attrs = r.Attrs
	return nil
}
