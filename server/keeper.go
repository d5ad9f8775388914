package server

import (
	"errors"
	"fmt"
)

// keeper gathers what changes while the state is locked, and hands it to the
// store as one change set when the lock is released. A nil keeper does nothing:
// there is one if there is a store, or if tests check that nothing is forgotten.
type keeper struct {
	hub *hub
	// committer hands change sets to the store, nil without one. The rest belongs
	// to the hub.
	committer *committer

	// versions are those of the kinds.
	versions map[string]int
	// dirty are the entities that have been touched.
	dirty map[entity]struct{}
	// fresh are the deliveries of the change set that is being gathered.
	fresh map[*parcel]*delivery
	// held are the parcels that the records in the store refer to.
	held map[row][]*parcel
	// loose are parcels that have got their first reference, or lost the last.
	loose map[*parcel]struct{}
	// number is the latest that was given to a parcel or delivery.
	number uint64
	// shadow is what the store should have, nil unless that is to be checked.
	shadow map[row][]byte
}

func newKeeper(h *hub, check bool) *keeper {
	k := &keeper{
		hub:      h,
		versions: make(map[string]int),
		dirty:    make(map[entity]struct{}),
		fresh:    make(map[*parcel]*delivery),
		held:     make(map[row][]*parcel),
		loose:    make(map[*parcel]struct{}),
	}
	for _, kind := range entityKinds() {
		k.versions[kind.name] = kind.version
	}
	if check {
		k.shadow = make(map[row][]byte)
	}
	return k
}

// touch notes that entities have changed, have come or have gone.
func (h *hub) touch(entities ...entity) { h.keeper.touch(entities...) }

func (k *keeper) touch(entities ...entity) {
	if k == nil {
		return
	}
	for _, e := range entities {
		k.dirty[e] = struct{}{}
	}
}

// enroll numbers an action of a lost session, and notes that it has come.
func (k *keeper) enroll(a *lostAction) {
	if k == nil {
		return
	}
	k.number++
	a.number = k.number
	k.touch(a)
}

// seal makes a change set of what has been touched. It is called when the state
// is about to be unlocked.
func (k *keeper) seal() {
	if k == nil || len(k.dirty) == 0 {
		return
	}
	sealed := false
	defer func() {
		// A mistake of the program isn't made again by whoever unlocks next.
		clear(k.dirty)
		clear(k.fresh)
		clear(k.loose)
		if !sealed && k.committer != nil {
			k.committer.fail(errUnsealed)
		}
	}()
	changes := make([]Record, 0, len(k.dirty)+len(k.fresh))
	for e := range k.dirty {
		changes = k.keep(changes, e)
	}
	for p := range k.loose {
		changes = k.keep(changes, p)
	}
	if k.committer != nil {
		k.committer.add(changes)
	}
	sealed = true
}

// errUnsealed is for a store that would lack something.
var errUnsealed = errors.New("ninchat: server: a change can't be kept")

// keep appends the change that an entity has gone through.
func (k *keeper) keep(changes []Record, e entity) []Record {
	name := e.row()
	change := Record{Kind: name.kind, Key: name.key, Version: k.versions[name.kind]}
	record := k.recordOf(e)
	if record != nil {
		var err error
		if change.Value, err = encodeRecord(record); err != nil {
			// The values come from this package or have been checked on their
			// way in: failing to encode them is a mistake in the program.
			panic("ninchat: server: encode " + change.Kind + ": " + err.Error())
		}
	}
	k.remember(change)
	return append(changes, change)
}

// recordOf returns the record of an entity, nil if it is no more, and counts what
// it refers to.
func (k *keeper) recordOf(e entity) any {
	r, ok := e.(referrer)
	if !ok {
		return e.record(k.hub)
	}
	// Parcels are numbered when something refers to them first.
	k.refer(r, r.refersTo())
	record := r.record(k.hub)
	if record == nil {
		k.refer(r, nil)
	}
	return record
}

// refer counts the references of an entity's record to parcels.
func (k *keeper) refer(e referrer, parcels []*parcel) {
	name := e.row()
	before := k.held[name]
	delete(k.held, name)
	for _, p := range parcels {
		k.hold(p)
	}
	if len(parcels) > 0 {
		k.held[name] = parcels
	}
	for _, p := range before {
		k.release(p)
	}
}

func (k *keeper) hold(p *parcel) {
	if p.kept == nil {
		k.number++
		p.kept = &keptParcel{number: k.number}
	}
	if p.kept.references == 0 {
		k.loose[p] = struct{}{}
	}
	p.kept.references++
}

func (k *keeper) release(p *parcel) {
	p.kept.references--
	if p.kept.references == 0 {
		k.loose[p] = struct{}{}
	}
}

// remember makes a change to the shadow.
func (k *keeper) remember(change Record) {
	switch name := (row{change.Kind, change.Key}); {
	case k.shadow == nil:
	case change.Value == nil:
		delete(k.shadow, name)
	default:
		k.shadow[name] = change.Value
	}
}

// check compares what the store should have with what there is, and reports what
// is different: somebody has forgotten to touch it.
func (k *keeper) check() (defects []error) {
	if k == nil || k.shadow == nil {
		return nil
	}
	seen := make(map[row]bool, len(k.shadow))
	for _, kind := range entityKinds() {
		for e := range kind.all(k.hub) {
			name := e.row()
			if name.kind != kind.name {
				defects = append(defects, fmt.Errorf("ninchat: server: a %s is listed as a %s", name.kind, kind.name))
			}
			seen[name] = true
			if why := k.compare(e); why != "" {
				defects = append(defects, fmt.Errorf("ninchat: server: %s %q: %s", name.kind, name.key, why))
			}
		}
	}
	for name := range k.shadow {
		if !seen[name] {
			defects = append(defects, fmt.Errorf("ninchat: server: %s %q: is in the store, but has gone: it wasn't touched", name.kind, name.key))
		}
	}
	return defects
}

func (k *keeper) compare(e entity) string {
	kept, there := k.shadow[e.row()]
	record := e.record(k.hub)
	if record == nil {
		return "is listed, but says that it has gone"
	}
	now, err := encodeRecord(record)
	switch {
	case err != nil:
		return err.Error()
	case !there:
		return "isn't in the store: it wasn't touched"
	case string(now) != string(kept):
		// The records may have secrets in them.
		return "isn't what is in the store: it wasn't touched"
	}
	return ""
}
