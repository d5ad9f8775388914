package server

import (
	"sync"
)

// committer is a goroutine that gives change sets to a store, as many at a time
// as have gathered. Whatever tells somebody about a change waits for it.
type committer struct {
	store Store
	// failed is called, once, when the store has failed.
	failed func(error)
	done   chan struct{}

	mu   sync.Mutex
	cond sync.Cond
	// waiting are changes that haven't been given to the store.
	waiting []Record
	// added and committed count change sets.
	added, committed uint64
	err              error
	closed           bool
}

func newCommitter(store Store, failed func(error)) *committer {
	c := &committer{store: store, failed: failed, done: make(chan struct{})}
	c.cond.L = &c.mu
	go c.run()
	return c
}

// add takes a change set.
func (c *committer) add(changes []Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.added++
	if c.err == nil {
		c.waiting = append(c.waiting, changes...)
	}
	c.cond.Broadcast()
}

// run commits until the committer is closed and everything has been committed, or
// until the store has failed.
func (c *committer) run() {
	defer close(c.done)
	for {
		changes, upTo, more := c.take()
		if !more {
			return
		}
		if err := c.commit(changes, upTo); err != nil {
			c.failed(err)
			return
		}
	}
}

func (c *committer) take() (changes []Record, upTo uint64, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.added == c.committed && !c.closed && c.err == nil {
		c.cond.Wait()
	}
	changes, c.waiting = c.waiting, nil
	return changes, c.added, c.added > c.committed
}

// commit gives changes to the store. It returns why the store has failed, if it has.
func (c *committer) commit(changes []Record, upTo uint64) error {
	var err error
	if len(changes) > 0 {
		err = c.store.Commit(latest(changes))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
		// A change set has been lost meanwhile.
	case err != nil:
		c.err = err
	default:
		c.committed = upTo
	}
	c.cond.Broadcast()
	return c.err
}

// fail is for a change set that can't be given to the store: nobody may be told of
// it, or of what comes later.
func (c *committer) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.added++
	if c.err == nil {
		c.err = err
	}
	c.cond.Broadcast()
}

// maxUncommitted is how many changes may wait to be committed before clients have to
// wait with their next action, be it that they don't wait for replies.
const maxUncommitted = 4096

// yield waits while too many changes wait to be committed.
func (c *committer) yield() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.waiting) > maxUncommitted && c.err == nil {
		c.cond.Wait()
	}
}

// latest leaves out changes that are followed by another one of the same thing.
func latest(changes []Record) []Record {
	seen := make(map[row]bool, len(changes))
	kept := len(changes)
	for i := len(changes) - 1; i >= 0; i-- {
		if name := (row{changes[i].Kind, changes[i].Key}); !seen[name] {
			seen[name] = true
			kept--
			changes[kept] = changes[i]
		}
	}
	return changes[kept:]
}

// mark is a point in time that can be waited for.
func (c *committer) mark() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.added
}

// wait waits until everything up to the mark has been committed. It returns false
// if that will never be.
func (c *committer) wait(mark uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.committed < mark && c.err == nil {
		c.cond.Wait()
	}
	return c.committed >= mark
}

// close waits until everything has been committed, or can't be.
func (c *committer) close() {
	c.mu.Lock()
	c.closed = true
	c.cond.Broadcast()
	c.mu.Unlock()
	<-c.done
}
