package server

import (
	"fmt"

	"github.com/ninchat-community/ninchat/api"
)

func (s *seeder) realm(path string, seed *SeedRealm) error {
	h, name := s.hub, seed.Attrs.Name.Or("")
	if err := checkID(path, seed.ID, name); err != nil {
		return err
	}
	r := h.realms[seed.ID]
	if seed.ID == "" {
		r = h.realmNames[realmNameKey(name)]
	}
	made := r == nil
	if made {
		var err error
		if r, err = s.newRealm(path, seed); err != nil {
			return err
		}
	}
	if err := s.note(r, SeededItem{Path: path, Kind: "realm", ID: r.id, Name: r.name(), Made: made}); err != nil {
		return err
	}
	if err := s.masterKeys(path, h.users[r.ownerID], r, seed.MasterKeys); err != nil {
		return err
	}
	if err := s.tags(path+".tags", r, "", seed.Tags); err != nil {
		return err
	}
	for i := range seed.Queues {
		if err := s.queue(fmt.Sprintf("%s.queues[%d]", path, i), r, &seed.Queues[i]); err != nil {
			return err
		}
	}
	for i := range seed.Channels {
		if err := s.channel(fmt.Sprintf("%s.channels[%d]", path, i), r, &seed.Channels[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *seeder) newRealm(path string, seed *SeedRealm) (*realm, error) {
	h := s.hub
	owner, err := s.theUser(path+".owner", seed.Owner)
	if err != nil {
		return nil, err
	}
	if err := refuseAttrs(path+".realm_attrs", &seed.Attrs, "owner_id", "owner_account"); err != nil {
		return nil, err
	}
	r := &realm{id: idOr(seed.ID), ownerID: owner.id}
	merge(&r.attrs, &seed.Attrs)
	if why := h.newRealm(r, nil, &seed.Settings, anybody); why != nil {
		return nil, at(path, why)
	}
	h.openRealm(r, owner)
	s.undoing(func() {
		for _, m := range r.members {
			delete(m.user.realms, r.id)
		}
		delete(h.realms, r.id)
		if name := r.name(); name != "" {
			delete(h.realmNames, realmNameKey(name))
		}
	})
	for i := range seed.Members {
		path, seed := fmt.Sprintf("%s.members[%d]", path, i), &seed.Members[i]
		u, err := s.theUser(path+".user", seed.User)
		switch {
		case err != nil:
			return nil, err
		case r.members[u.id] != nil:
			return nil, seedError(path+".user", "is there twice, or is the owner")
		case len(r.members) >= h.config.Limits.Members:
			return nil, seedError(path, "too many members")
		}
		merge(&h.enterRealm(r, u).attrs, &seed.Attrs)
	}
	return r, nil
}

// tags makes tags below another one, or at the top if parentID is "".
func (s *seeder) tags(path string, r *realm, parentID string, seeds []SeedTag) error {
	for i := range seeds {
		if err := s.tag(fmt.Sprintf("%s[%d]", path, i), r, parentID, &seeds[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *seeder) tag(path string, r *realm, parentID string, seed *SeedTag) error {
	h, name := s.hub, seed.Attrs.Name.Or("")
	if err := checkID(path, seed.ID, name); err != nil {
		return err
	}
	if err := refuseAttrs(path+".tag_attrs", &seed.Attrs, "parent_id"); err != nil {
		return err
	}
	t, err := s.findTag(path, r, parentID, seed.ID, name)
	if err != nil {
		return err
	}
	made := t == nil
	if made {
		t = &tag{id: idOr(seed.ID), realm: r}
		merge(&t.attrs, &seed.Attrs)
		if parentID != "" {
			t.attrs.ParentID = api.Set(parentID)
		}
		if t.depth() > maxTagDepth || len(r.tags) >= h.config.Limits.Tags {
			return seedError(path, fmt.Sprintf("there can be %d tags, in %d generations", h.config.Limits.Tags, maxTagDepth))
		}
		h.addTag(t)
		h.touch(t)
		s.undoing(func() {
			delete(h.tags, t.id)
			delete(r.tags, t.id)
		})
	}
	if err := s.note(t, SeededItem{Path: path, Kind: "tag", ID: t.id, Name: t.attrs.Name.Or(""), Made: made}); err != nil {
		return err
	}
	return s.tags(path+".children", r, t.id, seed.Children)
}

func (s *seeder) findTag(path string, r *realm, parentID, id, name string) (*tag, error) {
	if id != "" {
		t := s.hub.tags[id]
		if t != nil && (t.realm != r || t.parentID() != parentID) {
			return nil, seedError(path+".id", "is there already, as that of a tag elsewhere")
		}
		return t, nil
	}
	var found []*tag
	for _, t := range r.tags {
		if t.parentID() == parentID && t.attrs.Name.Or("") == name {
			found = append(found, t)
		}
	}
	return only(path, "tags", name, found)
}

func (s *seeder) queue(path string, r *realm, seed *SeedQueue) error {
	h, name := s.hub, seed.Attrs.Name.Or("")
	if err := checkID(path, seed.ID, name); err != nil {
		return err
	}
	var found []*queue
	for _, q := range r.queues {
		if seed.ID == "" && q.attrs.Name.Or("") == name {
			found = append(found, q)
		}
	}
	q, err := only(path, "queues", name, found)
	if err != nil {
		return err
	}
	if seed.ID != "" {
		if q = h.queues[seed.ID]; q != nil && q.realm != r || h.formerQueues[seed.ID] != nil {
			return seedError(path+".id", "is there already, as that of a queue elsewhere, or of one that has been deleted")
		}
	}
	made := q == nil
	if made {
		if q, err = s.newQueue(path, r, seed); err != nil {
			return err
		}
	}
	return s.note(q, SeededItem{Path: path, Kind: "queue", ID: q.id, Name: q.attrs.Name.Or(""), Made: made})
}

func (s *seeder) newQueue(path string, r *realm, seed *SeedQueue) (*queue, error) {
	h := s.hub
	owner := h.users[r.ownerID]
	if h.account(owner).Queues.Available == 0 {
		return nil, seedError(path, "too many queues")
	}
	if err := refuseAttrs(path+".queue_attrs", &seed.Attrs, "length"); err != nil {
		return nil, err
	}
	q := h.emptyQueue(idOr(seed.ID), r)
	table, why := checkQueueValues(q, &seed.Attrs)
	if why == nil {
		_, why = q.updateSettings(&seed.Settings)
	}
	if why != nil {
		return nil, at(path, why)
	}
	h.queues[q.id], r.queues[q.id] = q, q
	h.touch(q)
	merge(&q.attrs, &seed.Attrs)
	h.setHours(q, &seed.Attrs, table)
	s.undoing(func() {
		for _, u := range q.members {
			delete(u.queues, q.id)
		}
		q.table.stop()
		delete(h.queues, q.id)
		delete(r.queues, q.id)
	})
	for i, reference := range seed.Members {
		path := fmt.Sprintf("%s.members[%d]", path, i)
		u, err := s.theUser(path, reference)
		switch {
		case err != nil:
			return nil, err
		case q.members[u.id] != nil:
			return nil, seedError(path, "is there twice")
		case r.members[u.id] == nil:
			return nil, seedError(path, "isn't a member of the realm")
		case owner.queueMembers() >= h.config.Limits.QueueMembers:
			return nil, seedError(path, "too many members")
		}
		h.enterQueue(q, u)
	}
	return q, nil
}
