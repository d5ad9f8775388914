package server

import (
	"fmt"
	"iter"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// userRecord is a user. Identities, channels, dialogues and sessions have records
// of their own.
type userRecord struct {
	ID          string                     `json:"id"`
	Auth        *digest                    `json:"auth,omitzero"`
	Attrs       api.UserAttrs              `json:"attrs"`
	Settings    settings                   `json:"settings,omitempty"`
	Masters     map[string]api.PuppetAttrs `json:"masters,omitempty"`
	PuppetRealm string                     `json:"puppet_realm,omitzero"`
	Orphaned    bool                       `json:"orphaned,omitzero"`
	Present     bool                       `json:"present,omitzero"`
	Idle        int64                      `json:"idle,omitzero"`
	Deleted     bool                       `json:"deleted,omitzero"`
	// Expires is when a guest without sessions is deleted.
	Expires time.Time `json:"expires,omitzero"`
}

func (u *user) row() row { return row{"user", keyOf(u.id)} }

func (u *user) record(h *hub) any {
	if h.users[u.id] != u {
		return nil
	}
	return &userRecord{
		ID: u.id, Auth: u.auth, Attrs: u.attrs, Settings: u.settings, Masters: u.masters, PuppetRealm: u.puppetRealm, Orphaned: u.orphaned,
		Present: u.shown.connected, Idle: u.shown.idle, Deleted: u.deleted, Expires: u.expires.UTC(),
	}
}

func allUsers(h *hub) iter.Seq[entity] { return valuesOf(h.users) }

func (l *loader) user(r *userRecord) error {
	u := &user{
		id: r.ID, auth: r.Auth, attrs: r.Attrs, settings: r.Settings, masters: r.Masters, puppetRealm: r.PuppetRealm, orphaned: r.Orphaned,
		shown: presence{r.Present, r.Idle}, deleted: r.Deleted, expires: r.Expires,
	}
	u.watch = newWatch(u.visibleSettings())
	l.hub.users[u.id] = u
	return nil
}

// findUser returns the user with an id.
func (l *loader) findUser(id string) (*user, error) {
	if u := l.hub.users[id]; u != nil {
		return u, nil
	}
	return nil, fmt.Errorf("there is no user %q", id)
}

type identityRecord struct {
	Type  string            `json:"type"`
	Name  string            `json:"name"`
	Shown string            `json:"shown"`
	User  string            `json:"user"`
	Auth  *digest           `json:"auth,omitzero"`
	Attrs api.IdentityAttrs `json:"attrs"`
}

func (i *identity) row() row { return row{"identity", keyOf(i.key.kind, i.key.name)} }

func (i *identity) record(h *hub) any {
	if h.identities[i.key] != i {
		return nil
	}
	return &identityRecord{i.key.kind, i.key.name, i.name, i.user.id, i.auth, i.attrs}
}

func allIdentities(h *hub) iter.Seq[entity] { return valuesOf(h.identities) }

func (l *loader) identity(r *identityRecord) error {
	u, err := l.findUser(r.User)
	if err != nil {
		return err
	}
	i := &identity{key: identityKey{r.Type, r.Name}, name: r.Shown, user: u, auth: r.Auth, attrs: r.Attrs}
	l.hub.identities[i.key] = i
	u.identities = append(u.identities, i)
	return nil
}
