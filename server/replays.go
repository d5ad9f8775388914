package server

import (
	"context"
	"fmt"
	"time"

	"github.com/ninchat-community/ninchat/master"
)

// spent has the signatures that have been used, until they expire. It is a
// master.ReplayStore for use with the state locked.
type spent struct {
	keeper *keeper
	until  map[signature]time.Time
	// sweep is how many there are when those that have expired are removed next.
	sweep int
}

const (
	maxSpent   = 1_000_000
	leastSweep = 64
)

// Spend notes a use, and reports whether it is the first one.
func (s *spent) Spend(_ context.Context, use master.Use) (bool, error) {
	id := signature(use.ID)
	if until, used := s.until[id]; used && !until.Before(use.Now) {
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

func (s *spent) add(id signature, until time.Time) error {
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
		if until.Before(now) {
			delete(s.until, id)
			s.keeper.touch(id)
		}
	}
	s.sweep = 2 * len(s.until)
}
