package server

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// loader rebuilds the state of records.
type loader struct {
	hub    *hub
	keeper *keeper
	// parcels are by their numbers.
	parcels map[uint64]*parcel
	// events are what goes into the buffers of sessions.
	events map[*session][]item
}

// load rebuilds the state of what the store has.
func (h *hub) load(store Store) error {
	l := &loader{hub: h, keeper: h.keeper, parcels: make(map[uint64]*parcel), events: make(map[*session][]item)}
	records := make(map[string][]Record)
	fresh := true
	for r, err := range store.Load() {
		if err != nil {
			return err
		}
		records[r.Kind] = append(records[r.Kind], r)
		fresh = false
	}
	if fresh {
		h.touch(&h.secrets, &h.ids)
		return nil
	}
	if len(records["secrets"]) != 1 || len(records["counter"]) != 1 {
		return errors.New("ninchat: server: the store is damaged: secrets or counter are missing")
	}
	for _, kind := range entityKinds() {
		for _, r := range records[kind.name] {
			if err := l.load(kind, r); err != nil {
				return fmt.Errorf("ninchat: server: the store is damaged: %s: %w", kind.name, err)
			}
		}
		delete(records, kind.name)
	}
	for kind := range records {
		return fmt.Errorf("ninchat: server: the store has records of kind %q, which this version doesn't know", kind)
	}
	return l.finish()
}

func (l *loader) load(kind entityKind, r Record) error {
	if r.Version != kind.version {
		return fmt.Errorf("version %d isn't known", r.Version)
	}
	if err := kind.load(l, r.Value); err != nil {
		return err
	}
	l.keeper.remember(r)
	return nil
}

// use notes that a number has been given.
func (l *loader) use(number uint64) { l.keeper.number = max(l.keeper.number, number) }

// refer counts what the record of an entity refers to.
func (l *loader) refer(e referrer) { l.keeper.refer(e, e.refersTo()) }

// finish does what takes all records.
func (l *loader) finish() error {
	if err := l.fillBuffers(); err != nil {
		return fmt.Errorf("ninchat: server: the store is damaged: %w", err)
	}
	if err := l.checkFiles(); err != nil {
		return fmt.Errorf("ninchat: server: the store is damaged: %w", err)
	}
	if err := l.sortMails(); err != nil {
		return fmt.Errorf("ninchat: server: the store is damaged: %w", err)
	}
	l.sortLogs()
	l.sortAudiences()
	l.sortJournals()
	clear(l.keeper.dirty)
	clear(l.keeper.loose)
	for number, p := range l.parcels {
		if p.kept.references == 0 {
			return fmt.Errorf("ninchat: server: the store is damaged: nothing refers to parcel %d", number)
		}
	}
	for _, err := range l.keeper.check() {
		return fmt.Errorf("ninchat: server: the store is damaged, or was read wrongly: %w", err)
	}
	for _, u := range l.hub.users {
		slices.SortFunc(u.lost, func(a, b *lostAction) int { return cmp.Compare(a.number, b.number) })
	}
	return nil
}

// resumeTimers starts the timers of what was loaded. Sessions have their whole
// time again: their clients couldn't come back while there was no server.
func (h *hub) resumeTimers() {
	for _, s := range h.sessions {
		s.detach()
	}
	for _, q := range h.queues {
		h.resumeHours(q)
	}
	for _, ch := range h.channels {
		h.resumeChannelHours(ch)
	}
	for _, a := range h.audiences {
		if !a.deleted && !a.deleting.IsZero() {
			h.deleteLater(a)
		}
	}
	h.resumePuppets()
	for _, u := range h.users {
		if !u.expires.IsZero() {
			h.expireAt(u, u.expires)
		}
	}
}

// valuesOf goes through the values of a map.
func valuesOf[K comparable, V entity](all map[K]V) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for _, e := range all {
			if !yield(e) {
				return
			}
		}
	}
}

// secretsRecord is the key of digests.
type secretsRecord struct {
	Key []byte `json:"key"`
}

func (*secrets) row() row { return row{"secrets", ""} }

func (s *secrets) record(*hub) any { return &secretsRecord{s.key[:]} }

func allSecrets(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) { yield(&h.secrets) }
}

func (l *loader) secrets(r *secretsRecord) error {
	if len(r.Key) != len(l.hub.secrets.key) {
		return fmt.Errorf("the key has %d bytes", len(r.Key))
	}
	copy(l.hub.secrets.key[:], r.Key)
	return nil
}

// counterRecord is the latest number of a message id.
type counterRecord struct {
	Last uint64 `json:"last"`
}

func (*messageIDs) row() row { return row{"counter", ""} }

func (ids *messageIDs) record(*hub) any { return &counterRecord{ids.last} }

func allCounters(h *hub) iter.Seq[entity] {
	return func(yield func(entity) bool) { yield(&h.ids) }
}

func (l *loader) counter(r *counterRecord) error {
	l.hub.ids.last = r.Last
	return nil
}
