package server

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server/internal/schedule"
)

// queue is where customers wait to be served by its members.
type queue struct {
	id    string
	realm *realm
	attrs api.QueueAttrs
	// settings are what realm operators have set, and known is what of it has a
	// meaning.
	settings settings
	known    queueSettings
	members  map[string]*user
	// waiting are those who haven't been accepted, the next one first.
	waiting []*audience
	// served are those who have, in that order.
	served []*audience
	// watchers are sessions of visitors who want to know whether to enter.
	watchers map[*session]struct{}
	// hours are the figures, by the hour.
	hours  map[string]*queueHour
	table  timetable
	keeper *keeper
	// deleted queues are remembered by their audiences.
	deleted bool
}

func queueNotFound(id string) *failure { return fail(api.ErrQueueNotFound, "").queue(id) }

// queue names the queue that is concerned.
func (f *failure) queue(id string) *failure {
	f.event.QueueID = &id
	return f
}

// sortedQueues puts queues in a fixed order, for what leads to several events.
func sortedQueues(queues map[string]*queue) []*queue {
	sorted := make([]*queue, 0, len(queues))
	for _, q := range queues {
		sorted = append(sorted, q)
	}
	slices.SortFunc(sorted, func(a, b *queue) int { return cmp.Compare(a.id, b.id) })
	return sorted
}

// staff reports whether a user is a member of the queue or an operator of its
// realm.
func (q *queue) staff(u *user) bool { return q.members[u.id] != nil || q.realm.operatedBy(u) }

// users are the members.
func (q *queue) users() []*user {
	users := make([]*user, 0, len(q.members))
	for _, u := range q.members {
		users = append(users, u)
	}
	return users
}

// employees are the members, and the operators of the realm.
func (q *queue) employees() []*user {
	users := q.users()
	for _, u := range q.realm.operators() {
		if q.members[u.id] == nil {
			users = append(users, u)
		}
	}
	return users
}

// writerOf says in which roles somebody changes the attributes and settings.
func (q *queue) writerOf(u *user) writer {
	return func(role string) bool {
		switch role {
		case "queue members":
			return q.staff(u)
		case "realm operators":
			return q.realm.operatedBy(u)
		}
		return false
	}
}

// queueTarget finds a queue.
func (c *call) queueTarget(id string) (*queue, *failure) {
	if q := c.hub.queues[id]; q != nil {
		return q, nil
	}
	return nil, queueNotFound(id)
}

// operatedQueue finds a queue of a realm of which the caller is an operator.
func (c *call) operatedQueue(id string) (*queue, *failure) {
	q, why := c.queueTarget(id)
	if why == nil && !q.realm.operatedBy(c.user) {
		return nil, fail(api.ErrPermissionDenied, "not an operator of the realm").queue(id)
	}
	return q, why
}

// staffedQueue finds a queue that is the caller's business.
func (c *call) staffedQueue(id string) (*queue, *failure) {
	q, why := c.queueTarget(id)
	if why == nil && !q.staff(c.user) {
		return nil, fail(api.ErrPermissionDenied, "neither a member of the queue nor an operator of the realm").queue(id)
	}
	return q, why
}

// emptyQueue makes a queue, but doesn't make it known.
func (h *hub) emptyQueue(id string, r *realm) *queue {
	return &queue{id: id, realm: r, members: make(map[string]*user), keeper: h.keeper}
}

func (c *call) createQueue(a *api.CreateQueue) *failure {
	h := c.hub
	r, why := c.operatedRealm(a.RealmID)
	if why != nil {
		return why
	}
	if h.account(h.users[r.ownerID]).Queues.Available == 0 {
		return fail(api.ErrQueueQuotaExceeded, "").realm(r.id)
	}
	q := h.emptyQueue(newID(), r)
	table, why := checkQueueAttrs(q, &a.QueueAttrs, true, q.writerOf(c.user))
	if why != nil {
		return why.realm(r.id)
	}
	h.queues[q.id], r.queues[q.id] = q, q
	h.touch(q)
	merge(&q.attrs, &a.QueueAttrs)
	h.setHours(q, &a.QueueAttrs, table)
	c.announce(&api.QueueCreated{
		QueueID:       q.id,
		QueueAttrs:    q.fullAttrs(),
		QueueSettings: q.visibleSettings(),
		QueueMembers:  q.visibleMembers(),
		RealmID:       &r.id,
	}, r.operators()...)
	return nil
}

// maxCapacity bounds the attribute capacity.
const maxCapacity int64 = 1 << 31

// checkQueueAttrs checks an update of a queue's attributes. It returns the
// schedule in it, understood.
func checkQueueAttrs(q *queue, update *api.QueueAttrs, creating bool, may writer) (*schedule.Schedule, *failure) {
	if why := permit("queue_attrs", update, creating, may); why != nil {
		return nil, why.queue(q.id)
	}
	return checkQueueValues(q, update)
}

// checkQueueValues checks an update of a queue's attributes, whoever makes it.
func checkQueueValues(q *queue, update *api.QueueAttrs) (*schedule.Schedule, *failure) {
	if n, ok := update.Capacity.Get(); ok && (n < 0 || n > maxCapacity) {
		return nil, fail(api.ErrRequestMalformed, "queue_attrs.capacity: not from 0 to %d", maxCapacity).queue(q.id)
	}
	table, why := parseSchedule("queue_attrs.schedule", update.Schedule)
	if why != nil {
		return nil, why.queue(q.id)
	}
	return table, nil
}

func (c *call) updateQueue(a *api.UpdateQueue) *failure {
	q, why := c.queueTarget(a.QueueID)
	if why != nil {
		return why
	}
	if !q.staff(c.user) {
		return fail(api.ErrPermissionDenied, "neither a member of the queue nor an operator of the realm").queue(q.id)
	}
	attrs := new(api.QueueAttrs)
	if a.QueueAttrs != nil {
		attrs = a.QueueAttrs
	}
	table, why := checkQueueAttrs(q, attrs, false, q.writerOf(c.user))
	if why != nil {
		return why
	}
	settingsChanged := false
	if a.QueueSettings != nil {
		if !q.realm.operatedBy(c.user) {
			return fail(api.ErrPermissionDenied, "queue_settings: not an operator of the realm").queue(q.id)
		}
		if settingsChanged, why = q.updateSettings(a.QueueSettings); why != nil {
			return why.queue(q.id)
		}
	}
	before := q.attrs
	merge(&q.attrs, attrs)
	c.hub.touch(q)
	c.hub.setHours(q, attrs, table)
	c.reply(c.hub.queueUpdated(q, c.user, api.EventCauseQueueUpdate))
	if settingsChanged || !reflect.DeepEqual(before, q.attrs) {
		c.hub.broadcast(q, change{cause: api.EventCauseQueueUpdate, wide: true}, c.session)
	}
	return nil
}

func (c *call) describeQueue(a *api.DescribeQueue) *failure {
	q, why := c.queueTarget(a.QueueID)
	if why != nil {
		return why
	}
	c.reply(c.hub.queueFound(q, c.user))
	return nil
}

func (c *call) deleteQueue(a *api.DeleteQueue) *failure {
	q, why := c.operatedQueue(a.QueueID)
	if why != nil {
		return why
	}
	c.hub.dropQueue(q, c)
	return nil
}

// dropQueue deletes a queue. Those who wait in it are sent away; those who are
// being served aren't affected. by is the action that asked for it, nil if none.
func (h *hub) dropQueue(q *queue, by *call) {
	concerned := q.employees()
	for _, a := range q.waiting {
		if !slices.Contains(concerned, a.customer) {
			concerned = append(concerned, a.customer)
		}
	}
	gone := pack(&api.QueueDeleted{QueueID: q.id, RealmID: &q.realm.id})
	if by != nil {
		by.send(plain(gone))
	}
	for s := range q.watchers {
		if !slices.Contains(concerned, s.user) && (by == nil || s != by.session) {
			s.push(plain(gone))
		}
		delete(s.watches, q)
		h.touch(s)
	}
	q.watchers = nil
	if by != nil {
		by.spread(gone, concerned...)
	} else {
		tell(gone, concerned...)
	}
	for len(q.waiting) > 0 {
		h.withdraw(q.waiting[0])
	}
	for _, u := range q.members {
		delete(u.queues, q.id)
	}
	q.members = nil
	q.table.stop()
	q.deleted = true
	delete(h.queues, q.id)
	delete(q.realm.queues, q.id)
	h.touch(q)
	for _, hour := range q.hours {
		h.touch(hour)
	}
	q.hours = nil
	if len(q.served) > 0 {
		h.formerQueues[q.id] = q
	}
}

// forgetQueues forgets the deleted queues of a realm with their audiences, ending
// those that are left.
func (h *hub) forgetQueues(r *realm) {
	for _, q := range sortedQueues(h.formerQueues) {
		if q.realm != r {
			continue
		}
		for len(q.served) > 0 {
			a := q.served[0]
			h.finish(a)
			h.complete(a)
			h.forgetAudience(a)
		}
	}
}
