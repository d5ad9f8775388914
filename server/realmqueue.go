package server

import "github.com/ninchat-community/ninchat/api"

// maxQueueIDs bounds the queues that an action names.
const maxQueueIDs = 1000

// describeRealmQueues is asked by visitors: they are shown the queues that they
// can enter, and told of changes until they have entered one.
func (c *call) describeRealmQueues(a *api.DescribeRealmQueues) *failure {
	r, why := c.realm(a.RealmID)
	if why != nil {
		return why
	}
	if len(a.QueueIDs) > maxQueueIDs {
		return fail(api.ErrRequestMalformed, "queue_ids: more than %d", maxQueueIDs).realm(r.id)
	}
	found := &api.RealmQueuesFound{RealmID: r.id, RealmQueues: make(map[string]api.RealmQueue)}
	now := c.hub.clock.Now()
	for _, q := range r.chosenQueues(a.QueueIDs) {
		found.RealmQueues[q.id] = api.RealmQueue{QueueAttrs: q.attrsFor(c.user), QueuePosition: q.position(c.user)}
		q.hour(now).described++
		if c.session != nil {
			c.session.watch(q)
			c.hub.touch(c.session)
		}
	}
	c.reply(found)
	return nil
}

// chosenQueues are the queues that ids name, nil for all. Unknown ones are
// ignored.
func (r *realm) chosenQueues(ids []string) []*queue {
	if ids == nil {
		return sortedQueues(r.queues)
	}
	chosen := make(map[string]*queue)
	for _, id := range ids {
		if q := r.queues[id]; q != nil {
			chosen[id] = q
		}
	}
	return sortedQueues(chosen)
}

// watch makes the session hear of changes of a queue.
func (s *session) watch(q *queue) {
	if q.watchers == nil {
		q.watchers = make(map[*session]struct{})
	}
	if s.watches == nil {
		s.watches = make(map[*queue]struct{})
	}
	q.watchers[s] = struct{}{}
	s.watches[q] = struct{}{}
}

// watching reports whether the session hears of changes of a queue.
func (s *session) watching(q *queue) bool {
	_, ok := s.watches[q]
	return ok
}

// unwatch ends what the session has watched.
func (s *session) unwatch() {
	for q := range s.watches {
		delete(q.watchers, s)
	}
	s.watches = nil
	s.hub.touch(s)
}
