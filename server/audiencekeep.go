package server

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// audienceRecord is an audience. Channels and dialogues have records of their own.
type audienceRecord struct {
	ID       string               `json:"id"`
	Queue    string               `json:"queue"`
	Customer string               `json:"customer"`
	Metadata api.AudienceMetadata `json:"metadata"`
	// Waiting is the place among those who wait, and Served that among those who
	// don't any more; one of them is "".
	Waiting string `json:"waiting,omitzero"`
	Served  string `json:"served,omitzero"`

	Requested time.Time `json:"requested"`
	Accepted  time.Time `json:"accepted,omitzero"`
	Finished  time.Time `json:"finished,omitzero"`
	Completed time.Time `json:"completed,omitzero"`
	Rated     time.Time `json:"rated,omitzero"`

	Agent   string   `json:"agent,omitzero"`
	Agents  []string `json:"agents,omitempty"`
	Crowded []string `json:"crowded,omitempty"`
	Channel string   `json:"channel,omitzero"`
	// Peer is the agent of the dialogue, and Current means that the audience is
	// its latest one.
	Peer        string        `json:"peer,omitzero"`
	Current     bool          `json:"current,omitzero"`
	First       string        `json:"first,omitzero"`
	Last        string        `json:"last,omitzero"`
	Source      *sourceRecord `json:"source,omitzero"`
	DeleteDelay *int64        `json:"delete_delay,omitzero"`
	Deleting    time.Time     `json:"deleting,omitzero"`
	Deleted     bool          `json:"deleted,omitzero"`
}

type sourceRecord struct {
	Queue    string `json:"queue"`
	Audience string `json:"audience"`
	Channel  string `json:"channel,omitzero"`
	User     string `json:"user"`
}

func (a *audience) row() row { return row{"audience", keyOf(a.id)} }

func (a *audience) record(h *hub) any {
	if h.audiences[a.id] != a {
		return nil
	}
	r := &audienceRecord{
		ID: a.id, Queue: a.queue.id, Customer: a.customer.id, Metadata: a.metadata,
		Waiting: a.waitingPlace, Served: a.servedPlace,
		Requested: a.requested.UTC(), Accepted: a.accepted.UTC(), Finished: a.finished.UTC(),
		Completed: a.completed.UTC(), Rated: a.rated.UTC(),
		Agent: a.agentID, Agents: slices.Sorted(maps.Keys(a.agents)), Crowded: a.crowded,
		First: a.first, Last: a.last, Deleting: a.deleting.UTC(), Deleted: a.deleted,
	}
	if a.deleteDelay != nil {
		r.DeleteDelay = new(int64(*a.deleteDelay))
	}
	// The channel goes with its transcript.
	if a.channel != nil && h.channels[a.channel.id] == a.channel {
		r.Channel = a.channel.id
	}
	if a.dialogue != nil {
		r.Peer, r.Current = a.agentID, a.dialogue.audience == a
	}
	if s := a.source; s != nil {
		r.Source = &sourceRecord{s.queueID, s.audienceID, s.channelID, s.userID}
	}
	return r
}

func allAudiences(h *hub) iter.Seq[entity] { return valuesOf(h.audiences) }

func (l *loader) audience(r *audienceRecord) error {
	q, err := l.findQueue(r.Queue)
	if err != nil {
		return err
	}
	customer := l.hub.users[r.Customer]
	if customer == nil {
		// Nobody else remembers the user.
		customer = &user{id: r.Customer, deleted: true}
	}
	a := &audience{
		id: r.ID, queue: q, customer: customer, metadata: r.Metadata,
		waitingPlace: r.Waiting, servedPlace: r.Served,
		requested: r.Requested, accepted: r.Accepted, finished: r.Finished, completed: r.Completed, rated: r.Rated,
		agentID: r.Agent, agents: make(map[string]struct{}), crowded: r.Crowded,
		first: r.First, last: r.Last, deleting: r.Deleting, deleted: r.Deleted,
	}
	if r.DeleteDelay != nil {
		a.deleteDelay = new(time.Duration(*r.DeleteDelay))
	}
	for _, id := range r.Agents {
		a.agents[id] = struct{}{}
	}
	if s := r.Source; s != nil {
		a.source = &transferSource{s.Queue, s.Audience, s.Channel, s.User}
	}
	if err := l.place(a, r); err != nil {
		return err
	}
	l.hub.audiences[a.id] = a
	if a.servedPlace != "" {
		q.served = append(q.served, a)
		return nil
	}
	q.waiting = append(q.waiting, a)
	customer.wait(a)
	return nil
}

// place gives an audience the channel or dialogue in which it is.
func (l *loader) place(a *audience, r *audienceRecord) error {
	if r.Channel != "" {
		ch := l.hub.channels[r.Channel]
		if ch == nil {
			return fmt.Errorf("audience %q is in a channel that isn't there", a.id)
		}
		a.channel, ch.audience = ch, a
		if owner := l.hub.users[ch.ownerID]; owner != nil {
			delete(owner.owned, ch.id)
		}
	}
	if r.Peer != "" {
		a.dialogue = l.dialogueOf(a.customer, r.Peer)
		if r.Current {
			a.dialogue.audience = a
		}
	}
	return nil
}

// dialogueOf finds the dialogue of a customer with an agent. If nobody remembers
// it, the ids of the two are all there is.
func (l *loader) dialogueOf(customer *user, agentID string) *dialogue {
	if d := customer.dialogues[agentID]; d != nil {
		return d
	}
	d := new(dialogue)
	d.log.keeper, d.log.dialogue = l.keeper, d
	d.sides[0].user, d.sides[1].user = customer, &user{id: agentID, deleted: true}
	return d
}

// sortAudiences puts those who wait, and those who don't any more, in their order.
func (l *loader) sortAudiences() {
	for e := range allQueues(l.hub) {
		q := e.(*queue)
		slices.SortFunc(q.waiting, func(a, b *audience) int { return cmp.Compare(a.waitingPlace, b.waitingPlace) })
		slices.SortFunc(q.served, func(a, b *audience) int { return cmp.Compare(a.servedPlace, b.servedPlace) })
	}
}
