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
		c.close()
	})
}
