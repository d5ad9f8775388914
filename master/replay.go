package master

import (
	"container/heap"
	"context"
	"fmt"
	"sync"
	"time"
)

// Use is the use of a signature, or of encrypted metadata.
type Use struct {
	// ID identifies what is used. It isn't a secret, consists of up to 108
	// letters, digits, dots, dashes and underscores, and is the same for all ways
	// to write a signature or metadata.
	ID string
	// Until is how long the use must be remembered: an hour after the expiry, which is
	// the most that any [Verifier.Skew] tolerates, as verifiers of one store may differ.
	Until time.Time
	// Now is the current time of who verifies.
	Now time.Time
}

// ReplayStore remembers which signatures and metadata have been used.
// Implementations that are shared between processes see to it that each is used
// once, whichever of them it is presented to.
type ReplayStore interface {
	// Spend notes a use, and reports whether it is the first one. Of several
	// calls at the same time with the same ID only one may get true. If it can't
	// be found out, it returns an error, and what was presented is refused.
	//
	// When use.Now is beyond the Until of an earlier use, that use may be forgotten.
	// But clocks are set back, and then what it was of would seem to be good, and
	// new. So a store that forgets uses must not call anything new whose Until isn't
	// after that of all uses it has forgotten.
	Spend(ctx context.Context, use Use) (first bool, err error)
}

// Reusable is a ReplayStore that remembers nothing: it accepts everything any
// number of times. It is for looking at signatures and metadata, not for acting on
// them.
type Reusable struct{}

// Spend returns true.
func (Reusable) Spend(context.Context, Use) (bool, error) { return true, nil }

// defaultUses is how many uses a MemoryReplays holds.
const defaultUses = 1_000_000

// MemoryReplays is a [ReplayStore] in memory. It forgets a use an hour after the
// signature has expired, and calls nothing new from then on that expires no later, should the
// clock be set back. Its zero value is ready, and its methods can be called by several
// goroutines. It must not be copied.
type MemoryReplays struct {
	// Max is how many uses it holds; what comes beyond is refused, with an error.
	// It must not be changed once the store is in use. Default: 1,000,000.
	Max int

	mu   sync.Mutex
	uses map[string]struct{}
	// ends has the same uses, the first one to end at the front.
	ends useHeap
	// forgotten is the latest Until of those that aren't there any more.
	forgotten time.Time
}

// Spend notes a use, and reports whether it is the first one.
func (m *MemoryReplays) Spend(_ context.Context, use Use) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.ends) > 0 && m.ends[0].Until.Before(use.Now) {
		over := heap.Pop(&m.ends).(Use)
		delete(m.uses, over.ID)
		m.forgotten = over.Until // later than those before, or it wouldn't have been new
	}
	if _, used := m.uses[use.ID]; used || !use.Until.After(m.forgotten) {
		return false, nil
	}
	limit := m.Max
	if limit <= 0 {
		limit = defaultUses
	}
	if len(m.uses) >= limit {
		return false, fmt.Errorf("%w: %d uses are remembered already", ErrReplayStore, limit)
	}
	if m.uses == nil {
		m.uses = make(map[string]struct{})
	}
	m.uses[use.ID] = struct{}{}
	heap.Push(&m.ends, use)
	return true, nil
}

// Len returns how many uses are remembered.
func (m *MemoryReplays) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.uses)
}

type useHeap []Use

func (h useHeap) Len() int           { return len(h) }
func (h useHeap) Less(i, j int) bool { return h[i].Until.Before(h[j].Until) }
func (h useHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *useHeap) Push(x any)        { *h = append(*h, x.(Use)) }
func (h *useHeap) Pop() any {
	last := len(*h) - 1
	use := (*h)[last]
	(*h)[last] = Use{}
	*h = (*h)[:last]
	return use
}
