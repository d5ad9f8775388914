package server

import "github.com/ninchat-community/ninchat/api"

// makePuppet makes a user the puppet of a master.
func (h *hub) makePuppet(u, master *user, attrs api.PuppetAttrs) {
	u.masters = map[string]api.PuppetAttrs{master.id: attrs}
	master.tie(u)
	h.touch(u)
}

// tie remembers a puppet of the user.
func (u *user) tie(puppet *user) {
	if u.puppets == nil {
		u.puppets = make(map[string]*user)
	}
	u.puppets[puppet.id] = puppet
}

// cutStrings is for a user who is being deleted, and who may be a puppet, a master,
// or both.
func (h *hub) cutStrings(u *user) {
	for id := range u.masters {
		if master := h.users[id]; master != nil {
			delete(master.puppets, u.id)
		}
	}
	for _, puppet := range u.puppets {
		h.loseMaster(puppet, u.id)
	}
}

// loseMaster is for a puppet whose master is no more. Without any master, nobody
// may be able to act for the puppet ever again.
func (h *hub) loseMaster(puppet *user, masterID string) {
	delete(puppet.masters, masterID)
	h.touch(puppet)
	puppet.orphaned = len(puppet.masters) == 0
	tell(pack(h.updatedSelf(puppet)), puppet)
	if puppet.passing() && len(puppet.sessions) == 0 {
		h.expire(puppet)
	}
}

// passing reports whether the user is deleted when there are no sessions for some
// time: a guest, or a puppet who has lost its master and can't log in either.
func (u *user) passing() bool { return u.guest() || u.orphaned && !u.canLogIn() }

func (u *user) canLogIn() bool {
	for _, i := range u.identities {
		if i.auth != nil {
			return true
		}
	}
	return u.auth != nil
}

// resumePuppets ties puppets that were loaded to their masters.
func (h *hub) resumePuppets() {
	for _, u := range h.users {
		for id := range u.masters {
			if master := h.users[id]; master != nil && !master.deleted {
				master.tie(u)
			} else {
				h.loseMaster(u, id)
			}
		}
	}
}
