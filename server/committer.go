package server

import (
	"errors"
	"fmt"
	"sync"
)

// errUnkept means that the server has been closed before everything was kept.
var errUnkept = errors.New("the store took too long: the latest changes may be missing")

// committer is a goroutine that gives change sets to a store, as many at a time
// as have gathered. Whatever tells somebody about a change waits for it.
type committer struct {
	store Store
	// failed is called, once, when the store has failed.
	failed func(error)
	// done is closed when the goroutine has ended, or is waited for no more.
	done   chan struct{}
	finish sync.Once

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
	defer c.end()
	for {
		changes, upTo, more := c.take()
		if !more {
			return
		}
		err := c.commit(changes, upTo)
		if errors.Is(err, errUnkept) {
			return
		}
		if err != nil {
			c.failed(err)
			return
		}
	}
}

// put has the store commit changes. A panic of the store is an error like others.
func (c *committer) put(changes []Record) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return c.store.Commit(changes)
}

func (c *committer) end() { c.finish.Do(func() { close(c.done) }) }

// abandon ends the waiting for a store that doesn't return. The goroutine ends when
// the store does return, and commits no more.
func (c *committer) abandon() {
	c.mu.Lock()
	if c.err == nil && c.committed < c.added {
		c.err = errUnkept
	}
	c.cond.Broadcast()
	c.mu.Unlock()
	c.end()
}

func (c *committer) take() (changes []Record, upTo uint64, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.added == c.committed && !c.closed && c.err == nil {
		c.cond.Wait()
	}
	changes, c.waiting = c.waiting, nil
	c.cond.Broadcast() // there is room
	return changes, c.added, c.added > c.committed
}

// commit gives changes to the store. It returns why the store has failed, if it has.
func (c *committer) commit(changes []Record, upTo uint64) error {
	var err error
	if len(changes) > 0 {
		err = c.put(latest(changes))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
		// A change set has been lost meanwhile, or nobody waits any more.
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

// close waits until everything has been committed, or can't be: the error says why.
func (c *committer) close() error {
	c.mu.Lock()
	c.closed = true
	c.cond.Broadcast()
	c.mu.Unlock()
	<-c.done
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
