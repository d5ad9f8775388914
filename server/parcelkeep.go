package server

import (
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// keptParcel is what the keeper knows about a parcel.
type keptParcel struct {
	number     uint64
	references int
}

// parcelRecord is a parcel: buffers, messages and records of actions refer to it
// by its number.
type parcelRecord struct {
	Number  uint64         `json:"number"`
	Event   string         `json:"event"`
	Header  jsontext.Value `json:"header"`
	Payload [][]byte       `json:"payload,omitempty"`
}

// keptNumber is the number by which records call a parcel; 0 if there is none, as
// nothing in the store refers to it.
func (p *parcel) keptNumber() uint64 {
	if p.kept == nil {
		return 0
	}
	return p.kept.number
}

func numberKey(n uint64) string { return strconv.FormatUint(n, 10) }

func (p *parcel) row() row { return row{"parcel", numberKey(p.kept.number)} }

func (p *parcel) record(*hub) any {
	if p.kept.references == 0 {
		return nil
	}
	return &parcelRecord{p.kept.number, p.name, p.tail, p.payload}
}

func allParcels(h *hub) iter.Seq[entity] {
	seen := make(map[*parcel]bool)
	return func(yield func(entity) bool) {
		for _, parcels := range h.keeper.held {
			for _, p := range parcels {
				if !seen[p] && !yield(p) {
					return
				}
				seen[p] = true
			}
		}
	}
}

func (l *loader) parcel(r *parcelRecord) error {
	p := &parcel{name: r.Event, tail: r.Header, payload: r.Payload, kept: &keptParcel{number: r.Number}}
	l.parcels[r.Number] = p
	l.use(r.Number)
	return nil
}

// find returns the parcel with a number.
func (l *loader) find(number uint64) (*parcel, error) {
	if p := l.parcels[number]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("there is no parcel %d", number)
}

// delivery is a parcel in the buffers of those who got it at the same time. It is
// kept until all of them have acknowledged it, and never changes: which of them
// have, their sessions say.
type delivery struct {
	keeper *keeper
	number uint64
	parcel *parcel
	to     []receipt
	// left is how many haven't acknowledged it.
	left int
}

// receipt is the place of a parcel in the buffer of a session.
type receipt struct {
	Session   string `json:"session"`
	Event     int64  `json:"event"`
	Action    int64  `json:"action,omitzero"`
	Remaining *int64 `json:"remaining,omitzero"`
}

type deliveryRecord struct {
	Number uint64    `json:"number"`
	Parcel uint64    `json:"parcel"`
	To     []receipt `json:"to"`
}

// deliver notes that a session is getting an event.
func (k *keeper) deliver(s *session, id int64, e entry) *delivery {
	if k == nil {
		return nil
	}
	d := k.fresh[e.parcel]
	if d == nil {
		k.number++
		d = &delivery{keeper: k, number: k.number, parcel: e.parcel}
		k.fresh[e.parcel] = d
		k.touch(d)
	}
	to := receipt{Session: s.id, Event: id, Action: e.actionID}
	if e.remaining >= 0 {
		to.Remaining = new(e.remaining)
	}
	d.to = append(d.to, to)
	d.left++
	return d
}

// release notes that one of the sessions needs the delivery no more. A nil
// delivery isn't kept.
func (d *delivery) release() {
	if d == nil {
		return
	}
	d.left--
	if d.left == 0 {
		d.keeper.touch(d)
	}
}

func (d *delivery) row() row { return row{"delivery", numberKey(d.number)} }

func (d *delivery) refersTo() []*parcel { return []*parcel{d.parcel} }

func (d *delivery) record(*hub) any {
	if d.left == 0 {
		return nil
	}
	return &deliveryRecord{d.number, d.parcel.keptNumber(), d.to}
}

func allDeliveries(h *hub) iter.Seq[entity] {
	seen := make(map[*delivery]bool)
	return func(yield func(entity) bool) {
		for _, s := range h.sessions {
			for i := range s.buffer.entries.Len() {
				d := s.buffer.entries.At(i).delivery
				if !seen[d] && !yield(d) {
					return
				}
				seen[d] = true
			}
		}
	}
}

// delivery gathers the events of sessions: they are put into the buffers in their
// order when all have come.
func (l *loader) delivery(r *deliveryRecord) error {
	p, err := l.find(r.Parcel)
	if err != nil {
		return err
	}
	d := &delivery{keeper: l.keeper, number: r.Number, parcel: p, to: r.To}
	l.use(r.Number)
	for _, to := range r.To {
		s := l.hub.sessions[to.Session]
		if s == nil || to.Event <= s.buffer.acked {
			continue
		}
		e := plain(p)
		e.actionID, e.delivery = to.Action, d
		if to.Remaining != nil {
			e.remaining = *to.Remaining
		}
		l.events[s] = append(l.events[s], item{e, to.Event})
		d.left++
	}
	if d.left == 0 {
		return fmt.Errorf("delivery %d is for nobody", r.Number)
	}
	l.refer(d)
	return nil
}

// fillBuffers puts the events into the buffers.
func (l *loader) fillBuffers() error {
	for s, items := range l.events {
		slices.SortFunc(items, func(a, b item) int { return int(a.id - b.id) })
		for _, i := range items {
			if id := s.buffer.push(i.entry); id != i.id {
				return fmt.Errorf("session of user %q: event %d is missing", s.user.id, id)
			}
		}
	}
	return nil
}
