package ninchat

import (
	"context"
	"iter"
	"sync"

	"github.com/ninchat-community/ninchat/internal/engine"
)

// State is what a session is doing.
type State uint8

// The states of a session.
const (
	// Connecting means that a connection is being made, or the session is being
	// created or resumed on it.
	Connecting = State(engine.Connecting)
	// Online means that actions and events flow.
	Online = State(engine.Online)
	// Waiting means that the connection is gone, and that the next attempt will
	// be made after a delay.
	Waiting = State(engine.Waiting)
	// Closing means that the session is being closed.
	Closing = State(engine.Closing)
	// Closed means that the session has ended.
	Closed = State(engine.Closed)
)

// String names the state, in lower case.
func (s State) String() string { return engine.State(s).String() }

// StateChange tells that a session has got into a state.
type StateChange struct {
	// State is the new state.
	State State
	// Err is why: what went wrong with the connection, for Waiting; why the
	// session ended, for Closed. It may be nil.
	Err error
}

// stateBoard shows the latest state to whoever wants to see it.
type stateBoard struct {
	mu      sync.Mutex
	latest  StateChange
	failure error
	// changed is closed when latest is replaced.
	changed chan struct{}
}

func (b *stateBoard) init() { b.changed = make(chan struct{}) }

func (b *stateBoard) set(change StateChange) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.latest = change
	if change.Err != nil {
		b.failure = change.Err
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

func (b *stateBoard) get() (StateChange, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.latest, b.changed
}

// lastError returns what went wrong last.
func (b *stateBoard) lastError() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failure
}

// State returns the session's current state.
func (s *Session) State() State {
	change, _ := s.state.get()
	return change.State
}

// States returns the current state and then each change, until ctx ends or the
// session is closed. A loop that is slow sees only the latest.
func (s *Session) States(ctx context.Context) iter.Seq[StateChange] {
	return func(yield func(StateChange) bool) {
		for {
			change, changed := s.state.get()
			if !yield(change) || change.State == Closed {
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}
}
