package ninchat

import (
	"sync"

	"github.com/ninchat-community/ninchat/internal/engine"
)

// mailbox gives the engine its inputs, one at a time. There is no goroutine for
// that: whoever posts an input when none is being worked on works on it, and on
// those that others post meanwhile. Working never waits for anything.
type mailbox struct {
	work func([]engine.Input)

	mu      sync.Mutex
	room    sync.Cond
	inputs  []engine.Input
	spare   []engine.Input
	waiting int
	working bool
}

// maxWaiting is how many inputs may wait before readers of connections have to.
const maxWaiting = 128

func (m *mailbox) init(work func([]engine.Input)) {
	m.work = work
	m.room.L = &m.mu
}

// post adds an input. It doesn't wait.
func (m *mailbox) post(in engine.Input) {
	m.mu.Lock()
	m.add(in)
}

// postReceived adds what a connection brought. It waits while the mailbox is
// full, so that the peer can't fill the memory.
func (m *mailbox) postReceived(in engine.Input) {
	m.mu.Lock()
	for len(m.inputs) >= maxWaiting && m.working {
		m.waiting++
		m.room.Wait()
		m.waiting--
	}
	m.add(in)
}

// add adds an input and works, if nobody does. m.mu is locked, and unlocked in
// the end.
func (m *mailbox) add(in engine.Input) {
	m.inputs = append(m.inputs, in)
	if m.working {
		m.mu.Unlock()
		return
	}
	m.working = true
	for len(m.inputs) > 0 {
		batch := m.inputs
		m.inputs, m.spare = m.spare, nil
		if m.waiting > 0 {
			m.room.Broadcast()
		}
		m.mu.Unlock()
		m.work(batch)
		clear(batch)
		m.mu.Lock()
		if cap(batch) <= maxWaiting {
			m.spare = batch[:0]
		}
	}
	m.working = false
	m.mu.Unlock()
}
