// Package mailbox lets whoever has something to say drive a state machine.
package mailbox

import "sync"

// Mailbox gives a state machine its inputs, one at a time. There is no goroutine for
// that: whoever posts an input when none is being worked on works on it, and on
// those that others post meanwhile. Working must never wait for anything.
type Mailbox[T any] struct {
	work func([]T)

	mu      sync.Mutex
	room    sync.Cond
	inputs  []T
	spare   []T
	waiting int
	working bool
}

// maxWaiting is how many inputs may wait before those who call PostWaiting have to.
const maxWaiting = 128

// Init says what works on inputs. It must be called before the first is posted.
func (m *Mailbox[T]) Init(work func([]T)) {
	m.work = work
	m.room.L = &m.mu
}

// Post adds an input. It doesn't wait.
func (m *Mailbox[T]) Post(in T) {
	m.mu.Lock()
	m.add(in)
}

// PostWaiting adds an input. It waits while the mailbox is full, so that those who
// have much to say, as connections do, can't fill the memory.
func (m *Mailbox[T]) PostWaiting(in T) {
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
func (m *Mailbox[T]) add(in T) {
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
