package server

import (
	"slices"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// audience is a customer who waits in a queue, is being served, or has been.
type audience struct {
	id       string
	queue    *queue
	customer *user
	// waitingPlace and servedPlace are for keeping the order: one is "".
	waitingPlace, servedPlace string
	// metadata is what is known about it, with secure metadata decrypted.
	metadata api.AudienceMetadata
	// The times that haven't come yet are zero. Finished means that the
	// conversation is over, completed that the agents have left too.
	requested, accepted, finished, completed time.Time
	// rated is when the latest rating was given.
	rated time.Time
	// agentID is who has accepted, and agents are all who have served.
	agentID string
	agents  map[string]struct{}
	// crowded are the hours in whose figures there was no room for tags and
	// variables.
	crowded []string
	// channel or dialogue is where the conversation is, nil if there is none.
	channel  *channel
	dialogue *dialogue
	// first and last are the ids between which the messages in the dialogue are;
	// last is "" while there may be more.
	first, last string
	// source is where the customer was transferred from, nil if nowhere.
	source *transferSource
	// deleteDelay is how long the transcript is kept after completion, nil for
	// ever; deleting is when it will be or was deleted.
	deleteDelay *time.Duration
	deleting    time.Time
	timer       Timer
	deleted     bool
}

// transferSource is what an audience was before a transfer.
type transferSource struct{ queueID, audienceID, channelID, userID string }

func (a *audience) stopTimer() {
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
}

// audienceNotFound is for audiences that don't exist, or are none of the caller's
// business.
func audienceNotFound() *failure { return fail(api.ErrAudienceNotFound, "") }

// mayEnter says whether customers can enter the queue.
func (q *queue) mayEnter(h *hub) *failure {
	capacity, bounded := q.attrs.Capacity.Get()
	switch {
	case q.attrs.Suspended.Or(false):
		return fail(api.ErrQueueIsSuspended, "").queue(q.id)
	case q.attrs.Closed.Or(false):
		return fail(api.ErrQueueIsClosed, "").queue(q.id)
	case bounded && int64(len(q.waiting)) >= capacity, len(q.waiting) >= h.config.Limits.Waiting:
		return fail(api.ErrQueueIsFull, "").queue(q.id)
	}
	return nil
}

// newAudience makes an audience as the queue is now.
func (h *hub) newAudience(q *queue, customer *user, metadata api.AudienceMetadata) *audience {
	a := &audience{
		id: newID(), queue: q, customer: customer, metadata: metadata, requested: h.clock.Now(),
		deleteDelay: q.deleteDelay(), agents: make(map[string]struct{}),
	}
	h.audiences[a.id] = a
	h.touch(a)
	return a
}

// maxWaits is in how many queues a user can wait.
const maxWaits = 100

// requestAudience puts the caller at the end of a queue. One who waits in it
// already stays in place.
func (c *call) requestAudience(a *api.RequestAudience) *failure {
	h := c.hub
	q, why := c.queueTarget(a.QueueID)
	if why != nil {
		return why
	}
	waiting := c.user.waits[q]
	if waiting == nil {
		why = q.mayEnter(h)
	}
	if waiting == nil && why == nil && len(c.user.waits) >= maxWaits {
		why = fail(api.ErrPermissionDenied, "waiting in too many queues").queue(q.id)
	}
	if why != nil {
		return why
	}
	metadata, userName, why := c.takeMetadata(q, a.AudienceMetadata)
	if why != nil {
		return why.queue(q.id)
	}
	if userName != "" {
		h.rename(c.user, userName)
	}
	if c.session != nil && c.session.watching(q) {
		c.session.unwatch()
	}
	if waiting != nil {
		if a.AudienceMetadata != nil {
			waiting.metadata = metadata
			h.touch(waiting)
		}
		c.reply(waiting.enqueued())
		return nil
	}
	made := h.newAudience(q, c.user, metadata)
	h.enqueue(made)
	c.announce(made.enqueued(), c.user)
	h.broadcast(q, made.arrival(), nil)
	return nil
}

// enqueued describes the place in the queue to the customer.
func (a *audience) enqueued() *api.AudienceEnqueued {
	return &api.AudienceEnqueued{
		QueueID:       a.queue.id,
		QueueAttrs:    a.queue.attrsFor(a.customer),
		QueuePosition: *a.queue.position(a.customer),
		AudienceID:    a.id,
	}
}

// arrival is the change that an audience at the end of its queue is to others.
func (a *audience) arrival() change {
	return change{cause: api.EventCauseAudienceRequest, moved: len(a.queue.waiting)}
}

// enqueue puts an audience at the end of its queue.
func (h *hub) enqueue(a *audience) {
	q := a.queue
	q.waiting = append(q.waiting, a)
	a.waitingPlace = h.nextMessageID(a.requested)
	a.customer.wait(a)
	h.touch(a)
	q.hour(a.requested).requested++
}

func (u *user) wait(a *audience) {
	if u.waits == nil {
		u.waits = make(map[*queue]*audience)
	}
	u.waits[a.queue] = a
}

// dequeue takes an audience out of the queue, and returns where it was.
func (h *hub) dequeue(a *audience) (index int) {
	q := a.queue
	index = slices.Index(q.waiting, a)
	q.waiting = slices.Delete(q.waiting, index, index+1)
	a.waitingPlace = ""
	delete(a.customer.waits, q)
	h.touch(a)
	return index
}

// withdraw ends the waiting of a customer who has gone away.
func (h *hub) withdraw(a *audience) {
	index := h.dequeue(a)
	delete(h.audiences, a.id)
	q, now := a.queue, h.clock.Now()
	hour := q.hour(now)
	hour.dropped++
	hour.dropDelay += now.Sub(a.requested)
	if h.queues[q.id] == q {
		h.broadcast(q, change{cause: api.EventCauseAudienceDrop, moved: index}, nil)
	}
}

// withdrawAll ends all waiting of a customer.
func (h *hub) withdrawAll(u *user) {
	waits := make([]*audience, 0, len(u.waits))
	for _, a := range u.waits {
		waits = append(waits, a)
	}
	slices.SortFunc(waits, func(a, b *audience) int { return a.requested.Compare(b.requested) })
	for _, a := range waits {
		h.withdraw(a)
	}
}

// registerAudience leaves metadata with a queue, without waiting for service.
func (c *call) registerAudience(a *api.RegisterAudience) *failure {
	h := c.hub
	q, why := c.queueTarget(a.QueueID)
	if why != nil {
		return why
	}
	switch {
	case !q.known.AudienceRegistration.Or(false):
		return fail(api.ErrPermissionDenied, "the queue doesn't register audiences").queue(q.id)
	case q.attrs.Suspended.Or(false):
		return fail(api.ErrQueueIsSuspended, "").queue(q.id)
	}
	metadata, userName, why := c.takeMetadata(q, a.AudienceMetadata)
	if why != nil {
		return why.queue(q.id)
	}
	if userName != "" {
		h.rename(c.user, userName)
	}
	made := h.newAudience(q, c.user, metadata)
	made.accepted, made.finished = made.requested, made.requested
	h.addServed(made)
	h.complete(made)
	c.reply(new(api.AudienceRegistered))
	return nil
}

// addServed remembers an audience, and forgets the oldest completed ones if there
// are too many.
func (h *hub) addServed(a *audience) {
	q := a.queue
	q.served = append(q.served, a)
	a.servedPlace = h.nextMessageID(h.clock.Now())
	h.touch(a)
	for len(q.served) > h.config.Limits.Audiences && h.forgetOldest(q) {
	}
}

// forgetOldest forgets the oldest completed audience of a queue, if there is one.
func (h *hub) forgetOldest(q *queue) bool {
	for _, old := range q.served {
		if !old.completed.IsZero() {
			h.forgetAudience(old)
			return true
		}
	}
	return false
}

// forgetAudience forgets an audience that has been completed.
func (h *hub) forgetAudience(a *audience) {
	q := a.queue
	h.eraseTranscript(a)
	if ch := a.channel; ch != nil && h.channels[ch.id] == ch {
		h.abandon(ch)
	}
	delete(h.audiences, a.id)
	if d := a.dialogue; d != nil && d.audience == a {
		d.audience = nil
	}
	q.served = slices.DeleteFunc(q.served, func(other *audience) bool { return other == a })
	if q.deleted && len(q.served) == 0 {
		delete(h.formerQueues, q.id)
		h.touch(q)
	}
	h.touch(a)
}

// abandon is for the channel of an audience that is being forgotten, if somebody is
// still there, as the customer may be. It is like any other from then on, except
// that it is suspended: they can leave, and nobody can go on talking.
func (h *hub) abandon(ch *channel) {
	h.touch(ch)
	ch.audience = nil
	h.countOwned(ch)
	before, after, changed := merge(&ch.attrs, &api.ChannelAttrs{Suspended: api.Set(true)})
	if changed {
		tell(pack(ch.updated()), ch.users()...)
		h.inform(ch, infoChannel(&before, &after))
	}
}
