package server

import "github.com/ninchat-community/ninchat/api"

// tag is a label for audiences of a realm. The one above it is in its attributes.
type tag struct {
	id    string
	realm *realm
	attrs api.TagAttrs
}

func (t *tag) parentID() string { return t.attrs.ParentID.Or("") }

// maxTagDepth is how many generations of tags there can be: as many as can be
// described at once.
const maxTagDepth = 10

// depth is 1 for tags at the top.
func (t *tag) depth() int {
	depth := 1
	for above := t.realm.tags[t.parentID()]; above != nil; above = above.realm.tags[above.parentID()] {
		depth++
	}
	return depth
}

func (r *realm) hasTagsBelow(id string) bool {
	for _, t := range r.tags {
		if t.parentID() == id {
			return true
		}
	}
	return false
}

// tagsBelow describes so many generations of tags below one, or at the top if id
// is "".
func (r *realm) tagsBelow(id string, generations int) map[string]api.TagChild {
	below := make(map[string][]*tag)
	for _, t := range r.tags {
		below[t.parentID()] = append(below[t.parentID()], t)
	}
	return describeTags(below, id, generations)
}

func describeTags(below map[string][]*tag, id string, generations int) map[string]api.TagChild {
	if generations == 0 {
		return nil
	}
	children := make(map[string]api.TagChild, len(below[id]))
	for _, t := range below[id] {
		children[t.id] = api.TagChild{TagAttrs: t.attrs, TagChildren: describeTags(below, t.id, generations-1)}
	}
	return children
}

func tagNotFound(id string) *failure { return fail(api.ErrTagNotFound, "").tag(id) }

// ownTag finds a tag of a realm that the caller is a member of. Others don't
// exist.
func (c *call) ownTag(id string) (*tag, *failure) {
	t := c.hub.tags[id]
	if t == nil || t.realm.members[c.user.id] == nil {
		return nil, tagNotFound(id)
	}
	return t, nil
}

// operatedTag finds a tag of a realm that the caller is an operator of.
func (c *call) operatedTag(id string) (*tag, *failure) {
	t, why := c.ownTag(id)
	if why == nil && !t.realm.operatedBy(c.user) {
		return nil, fail(api.ErrPermissionDenied, "not an operator of the realm").realm(t.realm.id).tag(id)
	}
	return t, why
}

// tagWriter may do what takes an operator of the realm, as has been checked.
func tagWriter(role string) bool { return role == "realm operators" }

func (c *call) createTag(a *api.CreateTag) *failure {
	r, why := c.operatedRealm(a.RealmID)
	if why != nil {
		return why
	}
	if why := permit("tag_attrs", &a.TagAttrs, true, tagWriter); why != nil {
		return why.realm(r.id)
	}
	t := &tag{id: newID(), realm: r}
	merge(&t.attrs, &a.TagAttrs)
	parent := t.parentID()
	switch {
	case !t.attrs.ParentID.IsZero() && r.tags[parent] == nil:
		return tagNotFound(parent).realm(r.id)
	case t.depth() > maxTagDepth:
		return fail(api.ErrPermissionDenied, "tag_attrs.parent_id: more than %d generations", maxTagDepth).realm(r.id)
	case len(r.tags) >= c.hub.config.Limits.Tags:
		return fail(api.ErrPermissionDenied, "too many tags").realm(r.id)
	}
	c.hub.addTag(t)
	c.hub.touch(t)
	c.announce(&api.TagCreated{RealmID: &r.id, TagID: t.id, TagAttrs: t.attrs}, r.users()...)
	return nil
}

// addTag makes a tag known.
func (h *hub) addTag(t *tag) { h.tags[t.id], t.realm.tags[t.id] = t, t }

// forgetTags is for a realm that is being deleted.
func (h *hub) forgetTags(r *realm) {
	for id, t := range r.tags {
		delete(h.tags, id)
		h.touch(t)
	}
}

func (c *call) describeTag(a *api.DescribeTag) *failure {
	t, why := c.ownTag(a.TagID)
	if why != nil {
		return why
	}
	c.reply(&api.TagFound{RealmID: &t.realm.id, TagID: t.id, TagAttrs: t.attrs})
	return nil
}

func (c *call) describeTags(a *api.DescribeTags) *failure {
	generations := maxTagDepth
	if a.TagDepth != nil {
		if *a.TagDepth < 1 || *a.TagDepth > maxTagDepth {
			return fail(api.ErrRequestMalformed, "tag_depth: not from 1 to %d", maxTagDepth)
		}
		generations = int(*a.TagDepth)
	}
	found := new(api.TagsFound)
	var r *realm
	if a.RealmID != nil {
		var why *failure
		if r, why = c.realm(*a.RealmID); why != nil {
			return why
		}
		if r.members[c.user.id] == nil {
			return fail(api.ErrPermissionDenied, "not a member of the realm").realm(r.id)
		}
	}
	if a.TagID != nil {
		t, why := c.ownTag(*a.TagID)
		switch {
		case why != nil:
			return why
		case r != nil && t.realm != r:
			return tagNotFound(t.id).realm(r.id)
		}
		r = t.realm
		found.TagID, found.TagAttrs = &t.id, &t.attrs
	}
	found.RealmID = &r.id
	found.TagChildren = r.tagsBelow(valueOf(a.TagID), generations)
	c.reply(found)
	return nil
}

func (c *call) updateTag(a *api.UpdateTag) *failure {
	t, why := c.operatedTag(a.TagID)
	if why != nil {
		return why
	}
	if why := permit("tag_attrs", &a.TagAttrs, false, tagWriter); why != nil {
		return why.tag(t.id)
	}
	_, _, changed := merge(&t.attrs, &a.TagAttrs)
	updated := &api.TagUpdated{RealmID: &t.realm.id, TagID: t.id, TagAttrs: t.attrs}
	if !changed {
		c.reply(updated)
		return nil
	}
	c.hub.touch(t)
	c.announce(updated, t.realm.users()...)
	return nil
}

func (c *call) deleteTag(a *api.DeleteTag) *failure {
	t, why := c.operatedTag(a.TagID)
	if why != nil {
		return why
	}
	if t.realm.hasTagsBelow(t.id) {
		return fail(api.ErrPermissionDenied, "there are tags below it").tag(t.id)
	}
	delete(c.hub.tags, t.id)
	delete(t.realm.tags, t.id)
	c.hub.touch(t)
	c.announce(&api.TagDeleted{RealmID: &t.realm.id, TagID: t.id, TagAttrs: t.attrs}, t.realm.users()...)
	return nil
}
