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

// queueRecord is a queue. Its audiences and figures have records of their own.
type queueRecord struct {
	ID       string         `json:"id"`
	Realm    string         `json:"realm"`
	Attrs    api.QueueAttrs `json:"attrs"`
	Settings settings       `json:"settings,omitempty"`
	Members  []string       `json:"members,omitempty"`
	// Open is what the schedule said last.
	Open    bool `json:"open,omitzero"`
	Deleted bool `json:"deleted,omitzero"`
}

func (q *queue) row() row { return row{"queue", keyOf(q.id)} }

func (q *queue) record(h *hub) any {
	if h.queues[q.id] != q && h.formerQueues[q.id] != q {
		return nil
	}
	return &queueRecord{
		ID: q.id, Realm: q.realm.id, Attrs: q.attrs, Settings: q.settings,
		Members: slices.Sorted(maps.Keys(q.members)), Open: q.table.open, Deleted: q.deleted,
	}
}

func allQueues(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for _, queues := range []map[string]*queue{h.queues, h.formerQueues} {
			for _, q := range queues {
				if !yield(q) {
					return
				}
			}
		}
	}
}

func (l *loader) queue(r *queueRecord) error {
	in, err := l.findRealm(r.Realm)
	if err != nil {
		return err
	}
	known, why := knownQueueSettings(r.Settings)
	if why != nil {
		return fmt.Errorf("queue %q: %s", r.ID, *why.event.ErrorReason)
	}
	q := l.hub.emptyQueue(r.ID, in)
	q.attrs, q.settings, q.known, q.deleted, q.table.open = r.Attrs, r.Settings, known, r.Deleted, r.Open
	if q.deleted {
		l.hub.formerQueues[q.id] = q
	} else {
		l.hub.queues[q.id], in.queues[q.id] = q, q
	}
	for _, id := range r.Members {
		u, err := l.findUser(id)
		if err != nil {
			return err
		}
		l.hub.enterQueue(q, u)
	}
	return nil
}

// findQueue returns the queue with an id, which may have been deleted.
func (l *loader) findQueue(id string) (*queue, error) {
	if q := cmp.Or(l.hub.queues[id], l.hub.formerQueues[id]); q != nil {
		return q, nil
	}
	return nil, fmt.Errorf("there is no queue %q", id)
}

// resumeHours makes a queue follow its schedule again, which may have said
// something new while there was no server.
func (h *hub) resumeHours(q *queue) {
	s, why := parseSchedule("schedule", q.attrs.Schedule)
	if why != nil || s == nil {
		return
	}
	was := q.table.open
	h.runQueueTable(q, s)
	if q.table.open != was {
		q.turn(h, q.table.open)
	}
}

type hourRecord struct {
	Queue       string          `json:"queue"`
	Hour        string          `json:"hour"`
	Described   int64           `json:"described,omitzero"`
	Requested   int64           `json:"requested,omitzero"`
	Accepted    int64           `json:"accepted,omitzero"`
	AcceptDelay int64           `json:"accept_delay,omitzero"`
	Dropped     int64           `json:"dropped,omitzero"`
	DropDelay   int64           `json:"drop_delay,omitzero"`
	Services    []serviceRecord `json:"services,omitempty"`
}

type serviceRecord struct {
	Agent    string            `json:"agent"`
	Tags     []string          `json:"tags,omitempty"`
	Vars     map[string]string `json:"vars,omitempty"`
	Accepted int64             `json:"accepted,omitzero"`
	Finished int64             `json:"finished,omitzero"`
	Duration int64             `json:"duration,omitzero"`
	Ratings  map[int64]int64   `json:"ratings,omitempty"`
}

func (hour *queueHour) row() row { return row{"hour", keyOf(hour.queue.id, hour.name)} }

func (hour *queueHour) record(h *hub) any {
	if h.queues[hour.queue.id] != hour.queue || hour.queue.hours[hour.name] != hour {
		return nil
	}
	r := &hourRecord{
		Queue: hour.queue.id, Hour: hour.name, Described: hour.described, Requested: hour.requested,
		Accepted: hour.accepted, AcceptDelay: int64(hour.acceptDelay),
		Dropped: hour.dropped, DropDelay: int64(hour.dropDelay),
	}
	for _, key := range slices.Sorted(maps.Keys(hour.services)) {
		f := hour.services[key]
		r.Services = append(r.Services, serviceRecord{
			f.agentID, f.tagIDs, f.vars, f.accepted, f.finished, int64(f.duration), f.ratings,
		})
	}
	return r
}

func allHours(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for _, q := range h.queues {
			for _, hour := range q.hours {
				if !yield(hour) {
					return
				}
			}
		}
	}
}

func (l *loader) hour(r *hourRecord) error {
	q, err := l.findQueue(r.Queue)
	if err != nil {
		return err
	}
	hour := q.newHour(r.Hour)
	hour.described, hour.requested = r.Described, r.Requested
	hour.accepted, hour.acceptDelay = r.Accepted, time.Duration(r.AcceptDelay)
	hour.dropped, hour.dropDelay = r.Dropped, time.Duration(r.DropDelay)
	for _, s := range r.Services {
		f := &serviceFigures{s.Agent, s.Tags, s.Vars, s.Accepted, s.Finished, time.Duration(s.Duration), s.Ratings}
		if f.ratings == nil {
			f.ratings = make(map[int64]int64)
		}
		hour.services[f.key()] = f
	}
	return nil
}
