package server

import (
	"context"
	"fmt"
	"time"

	"github.com/ninchat-community/ninchat/master"
)

// spent has the signatures and the secure metadata that have been used, until they
// expire. It is a master.ReplayStore for use with the state locked.
type spent struct {
	keeper *keeper
	until  map[spentID]time.Time
	// forgotten is the latest expiry among those that aren't there any more.
	// Nothing that expires no later is new: should the clock be set back, nobody
	// could tell.
	forgotten time.Time
	// sweep is how many there are when those that have expired are removed next.
	sweep int
}

const (
	maxSpent   = 1_000_000
	leastSweep = 64
)

// Spend notes a use, and reports whether it is the first one.
func (s *spent) Spend(_ context.Context, use master.Use) (bool, error) {
	id := spentID(use.ID)
	if _, used := s.until[id]; used || !use.Until.After(s.forgotten) {
		return false, nil
	}
	if len(s.until) >= max(s.sweep, leastSweep) {
		s.forget(use.Now)
	}
	if err := s.add(id, use.Until); err != nil {
		return false, err
	}
	s.keeper.touch(id)
	return true, nil
}

func (s *spent) add(id spentID, until time.Time) error {
	if len(s.until) >= maxSpent {
		return fmt.Errorf("%w: %d uses are remembered already", master.ErrReplayStore, maxSpent)
	}
	s.until[id] = until
	return nil
}

// forget removes what has expired. Looking at all of them now and then costs no
// more than a little for each.
func (s *spent) forget(now time.Time) {
	for id, until := range s.until {
		if !until.Before(now) {
			continue
		}
		delete(s.until, id)
		s.keeper.touch(id)
		if until.After(s.forgotten) {
			s.forgotten = until
			s.keeper.touch(s)
		}
	}
	s.sweep = min(2*len(s.until), maxSpent)
}
