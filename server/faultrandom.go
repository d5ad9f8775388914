package server

import (
	"cmp"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server/internal/damage"
)

// Random makes things go wrong at random for some time, or until [Faults.Clear] if
// length is 0: a fault every second or two, by the server's clock. The same seed
// leads to the same faults in the same order at the same times; what they hit
// depends on what clients do. What goes on for a while, such as refusals, is ended
// a little later. Sessions aren't superseded, and no login fails, as good clients
// would give up then. A schedule replaces the one before.
func (f Faults) Random(seed uint64, length time.Duration) {
	h := f.hub
	f.lock()
	defer f.unlock()
	h.faults.random.stop()
	r := &random{faults: Faults{hub: h, locked: true}, seed: seed, dice: newDice(seed)}
	if length > 0 {
		r.end = h.clock.Now().Add(length)
	}
	h.faults.random = r
	r.schedule()
}

// random is a random schedule. It belongs to the hub.
type random struct {
	faults Faults
	seed   uint64
	dice   *dice
	// cut is the latest fault for a connection that is to come.
	cut *damage.Fault
	// end is when it ends, zero for never.
	end   time.Time
	timer Timer
}

// left is how long it still goes on, 0 for ever.
func (r *random) left() time.Duration {
	if r.end.IsZero() {
		return 0
	}
	return max(r.end.Sub(r.faults.hub.clock.Now()), 1)
}

func (r *random) stop() {
	if r != nil {
		r.timer.Stop()
	}
}

// schedule starts the timer for the next fault.
func (r *random) schedule() {
	h := r.faults.hub
	pause, next := r.dice.roll()
	over := !r.end.IsZero() && h.clock.Now().Add(pause).After(r.end)
	if over {
		pause = r.end.Sub(h.clock.Now())
	}
	r.timer = h.clock.After(pause, func() { r.strike(next, over) })
}

// strike does the next fault, or ends the schedule, unless that has been replaced or
// ended. The state stays locked meanwhile: nothing comes of a schedule that has ended.
func (r *random) strike(next Fault, over bool) {
	h := r.faults.hub
	var mistake error
	h.do(func() {
		switch {
		case h.faults.random != r:
		case over:
			h.faults.random = nil
			r.settle()
		default:
			mistake = r.apply(next)
			h.note(slog.LevelInfo, "random fault", "seed", r.seed, "fault", next.Name)
			r.schedule()
		}
	})
	if mistake != nil {
		h.defect(mistake, nil)
	}
}

// apply does a fault, unless one of the kind waits already: while no clients come, they
// don't pile up.
func (r *random) apply(next Fault) error {
	p := &r.faults.hub.faults
	if next.Name == "cut-next" && len(p.next) > 0 || next.Name == "error" && len(p.traps) > 0 {
		return nil
	}
	_, err := r.faults.Apply(next)
	if next.Name == "cut-next" && err == nil {
		r.cut = p.next[0]
	}
	return err
}

// settle ends what the schedule may have left to go on.
func (r *random) settle() {
	r.faults.Refuse(0)
	r.faults.Slow(0)
	r.faults.SlowDiscovery(0)
	r.faults.Delay(Match{}, 0)
	p := &r.faults.hub.faults
	p.next = slices.DeleteFunc(p.next, func(f *damage.Fault) bool { return f == r.cut })
	p.traps = slices.DeleteFunc(p.traps, func(t trap) bool { return t.left > 0 && t.reason == atRandom })
}

// atRandom is what clients are told as the reason.
const atRandom = "at random"

// dice decide about random faults.
type dice struct {
	rng *rand.Rand
	// ending is what ends the fault before, if that goes on.
	ending *Fault
}

// newDice makes dice that fall the same way for the same seed.
func newDice(seed uint64) *dice {
	return &dice{rng: rand.New(rand.NewPCG(seed, 0x6e696e63686174))}
}

// roll returns the next fault, and how long after the one before it comes.
func (d *dice) roll() (time.Duration, Fault) {
	if d.ending != nil {
		next := *d.ending
		d.ending = nil
		return d.between(200*time.Millisecond, time.Second), next
	}
	pause := d.between(300*time.Millisecond, 2*time.Second)
	next := d.choose()
	switch next.Name {
	case "refuse", "slow", "slow-discovery", "delay":
		d.ending = &Fault{Name: next.Name}
	}
	return pause, next
}

func (d *dice) choose() Fault {
	switch n := d.rng.IntN(100); {
	case n < 25:
		return Fault{Name: "cut"}
	case n < 35:
		return Fault{Name: "cut-after", Bytes: d.rng.Int64N(2000)}
	case n < 45:
		return Fault{Name: "cut-next", Bytes: d.rng.Int64N(1000)}
	case n < 55:
		return Fault{Name: "duplicate"}
	case n < 65:
		return Fault{Name: "delay", Delay: d.between(10*time.Millisecond, 300*time.Millisecond)}
	case n < 75:
		return Fault{Name: "close", Code: int(closeGoingAway), Reason: atRandom}
	case n < 81:
		return Fault{Name: "refuse", Status: 503}
	case n < 86:
		return Fault{Name: "slow", Delay: d.between(10*time.Millisecond, 500*time.Millisecond)}
	case n < 90:
		return Fault{Name: "slow-discovery", Delay: d.between(10*time.Millisecond, time.Second)}
	case n < 94:
		return Fault{Name: "error", Action: "send_message", Nth: 1 + d.rng.IntN(10), ErrorType: string(api.ErrInternal), Reason: atRandom}
	case n < 97:
		return Fault{Name: "lose"}
	default:
		return Fault{Name: "overflow"}
	}
}

func (d *dice) between(from, to time.Duration) time.Duration {
	return from + time.Duration(d.rng.Int64N(int64(to-from)))
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
