package server

import (
	"encoding/hex"
	"iter"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// accessRecord is an access key, by its digest.
type accessRecord struct {
	Digest       digest        `json:"digest"`
	Kind         string        `json:"kind"`
	User         string        `json:"user"`
	IdentityType string        `json:"identity_type,omitzero"`
	IdentityName string        `json:"identity_name,omitzero"`
	Channel      string        `json:"channel,omitzero"`
	Unsilence    bool          `json:"unsilence,omitzero"`
	RealmMember  bool          `json:"realm_member,omitzero"`
	Only         string        `json:"only,omitzero"`
	Newcomer     bool          `json:"newcomer,omitzero"`
	Attrs        api.UserAttrs `json:"attrs,omitzero"`
	Settings     settings      `json:"settings,omitempty"`
	Metadata     api.Object    `json:"metadata,omitempty"`
	Expires      time.Time     `json:"expires"`
	Spent        bool          `json:"spent,omitzero"`
}

func (a *access) row() row { return row{"access", hex.EncodeToString(a.digest[:])} }

func (a *access) record(h *hub) any {
	if h.accesses[a.digest] != a {
		return nil
	}
	return &accessRecord{
		Digest: a.digest, Kind: a.kind, User: a.userID, IdentityType: a.identity.kind, IdentityName: a.identity.name,
		Channel: a.channelID, Unsilence: a.unsilence, RealmMember: a.realmMember, Only: a.onlyID,
		Newcomer: a.newcomer, Attrs: a.attrs, Settings: a.settings, Metadata: a.metadata,
		Expires: a.expires.UTC(), Spent: a.spent,
	}
}

func allAccesses(h *hub) iter.Seq[entity] { return valuesOf(h.accesses) }

func (l *loader) access(r *accessRecord) error {
	u, err := l.findUser(r.User)
	if err != nil {
		return err
	}
	a := &access{
		digest: r.Digest, kind: r.Kind, userID: r.User, identity: identityKey{r.IdentityType, r.IdentityName},
		channelID: r.Channel, unsilence: r.Unsilence, realmMember: r.RealmMember, onlyID: r.Only,
		newcomer: r.Newcomer, attrs: r.Attrs, settings: r.Settings, metadata: r.Metadata,
		expires: r.Expires, spent: r.Spent,
	}
	l.hub.indexAccess(u, a)
	return nil
}
