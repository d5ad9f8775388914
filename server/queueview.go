package server

import "github.com/ninchat-community/ninchat/api"

// fullAttrs are the attributes that the staff sees.
func (q *queue) fullAttrs() api.QueueAttrs {
	attrs := q.attrs
	attrs.Length = api.Set(int64(len(q.waiting)))
	return attrs
}

// publicAttrs are the attributes that everybody sees.
func (q *queue) publicAttrs() api.QueueAttrs {
	attrs := q.fullAttrs()
	attrs.IgnoreSecureMetadata = api.Attr[bool]{}
	attrs.NinchatMetadata = api.Attr[[]string]{}
	return attrs
}

func (q *queue) attrsFor(u *user) api.QueueAttrs {
	if q.staff(u) {
		return q.fullAttrs()
	}
	return q.publicAttrs()
}

// visibleSettings are the settings that the staff sees.
func (q *queue) visibleSettings() api.QueueSettings {
	return api.QueueSettings{Unknown: q.settings.text()}
}

func (q *queue) visibleMembers() map[string]api.QueueMember {
	members := make(map[string]api.QueueMember, len(q.members))
	for id, u := range q.members {
		members[id] = api.QueueMember{UserAttrs: u.visibleAttrs(), PuppetAttrs: q.realm.puppetAttrs(u)}
	}
	return members
}

// position is the place of a user in the queue, nil if there is none.
func (q *queue) position(u *user) *int64 {
	if u.waits[q] == nil {
		return nil
	}
	for i, a := range q.waiting {
		if a.customer == u {
			return new(int64(i + 1))
		}
	}
	return nil
}

// time is how long the first has waited, nil if there is none.
func (q *queue) time(h *hub) *float64 {
	if len(q.waiting) == 0 {
		return nil
	}
	return new(h.clock.Now().Sub(q.waiting[0].requested).Seconds())
}

// visibleQueues are those which the user serves or waits in.
func (u *user) visibleQueues() map[string]api.UserQueue {
	visible := make(map[string]api.UserQueue, len(u.queues)+len(u.waits))
	for id, q := range u.queues {
		visible[id] = api.UserQueue{QueueAttrs: q.attrsFor(u), RealmID: q.realm.id}
	}
	for q := range u.waits {
		visible[q.id] = api.UserQueue{QueueAttrs: q.attrsFor(u), QueuePosition: q.position(u), RealmID: q.realm.id}
	}
	return visible
}

// queueFound describes the queue to a user who asks.
func (h *hub) queueFound(q *queue, u *user) *api.QueueFound {
	found := &api.QueueFound{
		QueueID:       q.id,
		QueueAttrs:    q.attrsFor(u),
		QueuePosition: q.position(u),
		RealmID:       &q.realm.id,
	}
	if q.staff(u) {
		found.QueueSettings = new(q.visibleSettings())
		found.QueueMembers = q.visibleMembers()
	}
	if q.members[u.id] != nil {
		found.QueueTime = q.time(h)
	}
	return found
}

// queueUpdated describes the queue to a user whom it concerns.
func (h *hub) queueUpdated(q *queue, u *user, cause string) *api.QueueUpdated {
	updated := h.publicUpdated(q, cause)
	updated.QueuePosition = q.position(u)
	if q.staff(u) {
		updated.QueueAttrs = q.fullAttrs()
		updated.QueueSettings = q.visibleSettings()
	}
	if q.members[u.id] != nil {
		updated.QueueTime = q.time(h)
	}
	return updated
}

// publicUpdated describes the queue to anybody.
func (h *hub) publicUpdated(q *queue, cause string) *api.QueueUpdated {
	return &api.QueueUpdated{EventCause: &cause, QueueID: q.id, QueueAttrs: q.publicAttrs(), RealmID: &q.realm.id}
}

// change is what has happened to a queue.
type change struct {
	cause string
	// by is the user who did it, and ownCause the cause in that user's events.
	by       *user
	ownCause string
	// moved is the index of the first of those who wait whose place or
	// view has changed.
	moved int
	// wide changes also concern the operators of the realm.
	wide bool
}

func (ch change) causeFor(u *user) string {
	if u == ch.by && ch.ownCause != "" {
		return ch.ownCause
	}
	return ch.cause
}

// broadcast tells everybody concerned about a change, except for one session.
func (h *hub) broadcast(q *queue, ch change, except *session) {
	told := make(map[*user]bool)
	send := func(u *user, p *parcel) {
		told[u] = true
		for _, s := range u.sessions {
			if s != except {
				s.push(plain(p))
			}
		}
	}
	employees := q.users()
	if ch.wide {
		employees = q.employees()
	}
	for _, u := range employees {
		send(u, pack(h.queueUpdated(q, u, ch.causeFor(u))))
	}
	for i, a := range q.waiting[min(ch.moved, len(q.waiting)):] {
		if u := a.customer; !told[u] {
			updated := h.publicUpdated(q, ch.cause)
			updated.QueuePosition = new(int64(ch.moved + i + 1))
			send(u, pack(updated))
		}
	}
	if len(q.watchers) == 0 {
		return
	}
	p := pack(h.publicUpdated(q, ch.cause))
	for s := range q.watchers {
		if s != except && !told[s.user] {
			s.push(plain(p))
		}
	}
}
