package server

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"
)

// sessionRecord is a session. What changes often has records of its own.
type sessionRecord struct {
	ID      string          `json:"id"`
	User    string          `json:"user"`
	Types   []string        `json:"types,omitempty"`
	Idle    bool            `json:"idle,omitzero"`
	Heir    bool            `json:"heir,omitzero"`
	Follows map[string]bool `json:"follows,omitempty"`
	Watches []string        `json:"watches,omitempty"`
}

func (s *session) row() row { return row{"session", keyOf(s.id)} }

func (s *session) record(h *hub) any {
	if h.sessions[s.id] != s {
		return nil
	}
	r := &sessionRecord{ID: s.id, User: s.user.id, Types: s.types, Idle: s.idle, Heir: s.heir}
	for ch := range s.follows {
		if r.Follows == nil {
			r.Follows = make(map[string]bool)
		}
		r.Follows[ch.id] = ch.followers[s]
	}
	for q := range s.watches {
		r.Watches = append(r.Watches, q.id)
	}
	slices.Sort(r.Watches)
	return r
}

func allSessions(h *hub) iter.Seq[entity] { return valuesOf(h.sessions) }

func (l *loader) session(r *sessionRecord) error {
	u, err := l.findUser(r.User)
	if err != nil {
		return err
	}
	s := &session{hub: l.hub, id: r.ID, user: u, types: r.Types, idle: r.Idle, heir: r.Heir}
	s.journal.session = s
	for id, signed := range r.Follows {
		ch := l.hub.channels[id]
		if ch == nil {
			return fmt.Errorf("a session follows a channel %q that isn't there", id)
		}
		s.follow(ch, signed)
	}
	for _, id := range r.Watches {
		q, err := l.findQueue(id)
		if err != nil {
			return err
		}
		s.watch(q)
	}
	l.hub.sessions[s.id] = s
	u.sessions = append(u.sessions, s)
	return nil
}

// acknowledged is the latest event that the client of a session has
// acknowledged.
type acknowledged struct{ session *session }

type acknowledgedRecord struct {
	Session string `json:"session"`
	Event   int64  `json:"event"`
}

func (a acknowledged) row() row { return row{"acknowledged", keyOf(a.session.id)} }

func (a acknowledged) record(h *hub) any {
	s := a.session
	if h.sessions[s.id] != s || s.buffer.acked == 0 {
		return nil
	}
	return &acknowledgedRecord{s.id, s.buffer.acked}
}

func allAcknowledged(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for _, s := range h.sessions {
			if s.buffer.acked != 0 && !yield(acknowledged{s}) {
				return
			}
		}
	}
}

func (l *loader) acknowledged(r *acknowledgedRecord) error {
	s := l.hub.sessions[r.Session]
	if s == nil || r.Event <= 0 {
		return fmt.Errorf("event %d of a session that isn't there is acknowledged", r.Event)
	}
	s.buffer.acked, s.sent = r.Event, r.Event
	return nil
}

// reply is an event that answered an action.
type replyRecord struct {
	Parcel    uint64 `json:"parcel"`
	Remaining *int64 `json:"remaining,omitzero"`
}

// performed is an action that was done in a session.
type performed struct {
	session *session
	id      int64
}

type performedRecord struct {
	Session string        `json:"session"`
	ID      int64         `json:"id"`
	Name    string        `json:"name"`
	Digest  actionDigest  `json:"digest"`
	Last    int64         `json:"last,omitzero"`
	Replies []replyRecord `json:"replies,omitempty"`
}

func (p performed) row() row {
	return row{"action", keyOf(p.session.id, strconv.FormatInt(p.id, 10))}
}

// done returns what was done, nil if that has been forgotten.
func (p performed) done(h *hub) *record {
	if s := p.session; h.sessions[s.id] == s {
		return s.journal.records[p.id]
	}
	return nil
}

func (p performed) refersTo() []*parcel {
	if r := p.done(p.session.hub); r != nil {
		return parcelsOf(r.lasting())
	}
	return nil
}

// lasting are the replies that are kept. Those of actions that only read are in
// the session's buffer, for as long as they matter.
func (r *record) lasting() []entry {
	if readOnly(r.name) {
		return nil
	}
	return r.replies
}

func (p performed) record(h *hub) any {
	r := p.done(h)
	if r == nil {
		return nil
	}
	return &performedRecord{p.session.id, p.id, r.name, r.digest, r.last, recordReplies(r.lasting())}
}

func parcelsOf(replies []entry) []*parcel {
	parcels := make([]*parcel, len(replies))
	for i, e := range replies {
		parcels[i] = e.parcel
	}
	return parcels
}

func recordReplies(replies []entry) []replyRecord {
	records := make([]replyRecord, len(replies))
	for i, e := range replies {
		records[i].Parcel = e.keptNumber()
		if e.remaining >= 0 {
			records[i].Remaining = new(e.remaining)
		}
	}
	return records
}

func (l *loader) replies(records []replyRecord, actionID int64) ([]entry, error) {
	var replies []entry
	for _, r := range records {
		p, err := l.find(r.Parcel)
		if err != nil {
			return nil, err
		}
		e := plain(p)
		e.actionID = actionID
		if r.Remaining != nil {
			e.remaining = *r.Remaining
		}
		replies = append(replies, e)
	}
	return replies, nil
}

// sizeOf is about how much memory replies take.
func sizeOf(replies []entry) (size int) {
	for _, e := range replies {
		size += e.size()
	}
	return size
}

func allActions(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for _, s := range h.sessions {
			for id := range s.journal.records {
				if !yield(performed{s, id}) {
					return
				}
			}
		}
	}
}

func (l *loader) action(r *performedRecord) error {
	s := l.hub.sessions[r.Session]
	if s == nil {
		return fmt.Errorf("action %d of a session that isn't there", r.ID)
	}
	replies, err := l.replies(r.Replies, r.ID)
	if err != nil {
		return err
	}
	done := &record{name: r.Name, digest: r.Digest, replies: replies, last: r.Last, size: sizeOf(replies)}
	if s.journal.records == nil {
		s.journal.records = make(map[int64]*record)
	}
	s.journal.records[r.ID] = done
	l.refer(performed{s, r.ID})
	return nil
}

// sortJournals puts the actions of sessions in the order of their replies.
func (l *loader) sortJournals() {
	for _, s := range l.hub.sessions {
		j := &s.journal
		ids := make([]int64, 0, len(j.records))
		for id := range j.records {
			ids = append(ids, id)
		}
		slices.SortFunc(ids, func(a, b int64) int {
			return cmp.Or(cmp.Compare(j.records[a].last, j.records[b].last), cmp.Compare(a, b))
		})
		for _, id := range ids {
			if r := j.records[id]; r.last > s.buffer.acked {
				j.waiting.Push(id)
			} else {
				r.settled = l.hub.clock.Now()
				j.settled.Push(id)
				j.bytes += r.size
			}
		}
	}
}

type lostRecord struct {
	User    string        `json:"user"`
	Number  uint64        `json:"number"`
	ID      int64         `json:"id"`
	Digest  actionDigest  `json:"digest"`
	Until   time.Time     `json:"until"`
	Settled bool          `json:"settled,omitzero"`
	Replies []replyRecord `json:"replies,omitempty"`
}

func (a *lostAction) row() row { return row{"lost", numberKey(a.number)} }

func (a *lostAction) refersTo() []*parcel { return parcelsOf(a.replies) }

func (a *lostAction) record(*hub) any {
	if a.forgotten {
		return nil
	}
	return &lostRecord{a.user.id, a.number, a.id, a.digest, a.until.UTC(), a.settled, recordReplies(a.replies)}
}

func allLost(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for _, u := range h.users {
			for _, a := range u.lost {
				if !yield(a) {
					return
				}
			}
		}
	}
}

func (l *loader) lostAction(r *lostRecord) error {
	u, err := l.findUser(r.User)
	if err != nil {
		return err
	}
	replies, err := l.replies(r.Replies, r.ID)
	if err != nil {
		return err
	}
	a := &lostAction{
		user: u, number: r.Number, id: r.ID, digest: r.Digest, until: r.Until, settled: r.Settled,
		replies: replies, size: sizeOf(replies),
	}
	u.lost = append(u.lost, a)
	l.use(r.Number)
	l.refer(a)
	return nil
}
