package server

import (
	"iter"
	"strconv"
	"testing"
	"testing/synctest"
)

// slowStore commits when it is allowed to.
type slowStore struct{ allowed chan struct{} }

func (s slowStore) Load() iter.Seq2[Record, error] { return func(func(Record, error) bool) {} }

func (s slowStore) Commit([]Record) error {
	<-s.allowed
	return nil
}

// A store that is far behind holds back those who don't wait for replies, until it
// has caught up.
func TestStoreFarBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := slowStore{make(chan struct{})}
		c := newCommitter(store, func(err error) { t.Error(err) })
		changes := make([]Record, maxUncommitted+1)
		for i := range changes {
			changes[i].Key = strconv.Itoa(i)
		}
		c.add(changes[:1])
		synctest.Wait() // it is being committed
		c.add(changes[1:])
		c.yield() // not too many yet
		c.add(changes[:1])
		done := false
		go func() { c.yield(); done = true }()
		synctest.Wait()
		if done {
			t.Error("nobody is held back")
		}
		store.allowed <- struct{}{}
		synctest.Wait()
		if !done {
			t.Error("still held back")
		}
		close(store.allowed)
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
}

// unkept is an entity that can't be kept.
type unkept struct{}

func (unkept) row() row        { return row{"unkept", ""} }
func (unkept) record(*hub) any { panic("unkept") }

// A mistake while changes are gathered leaves the state unlocked, and fails the
// store, which would lack something.
func TestUnlockAfterPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, stored := range []bool{false, true} {
			config, err := Config{OnDefect: func(err error) { t.Error(err) }}.withDefaults()
			if err != nil {
				t.Fatal(err)
			}
			if stored {
				allowed := make(chan struct{})
				close(allowed)
				config.Store = slowStore{allowed}
			}
			h, err := newHub(&config)
			if err != nil {
				t.Fatal(err)
			}
			if err := h.awaitAllKept(); err != nil {
				t.Fatal(err)
			}
			h.lock()
			h.touch(unkept{})
			func() {
				defer func() {
					if recover() == nil {
						t.Error("the mistake isn't told")
					}
				}()
				h.unlock()
			}()
			if !h.mu.TryLock() {
				t.Fatal("still locked")
			}
			h.unlock()
			if failed := h.awaitAllKept() != nil; failed != stored {
				t.Errorf("with a store %v: failed %v", stored, failed)
			}
			synctest.Wait()
			h.lock()
			if h.failed != stored {
				t.Errorf("with a store %v: actions are refused: %v", stored, h.failed)
			}
			h.unlock()
			h.close()
		}
	})
}
