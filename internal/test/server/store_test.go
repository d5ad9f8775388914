package server_test

import (
	"iter"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// memoryStore is a store that remembers every commit.
type memoryStore struct {
	mu      sync.Mutex
	commits [][]server.Record
	// spoil, if there is one, makes commits fail. It is told the number of the
	// commit.
	spoil func(int) error
}

func (s *memoryStore) Commit(changes []server.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spoil != nil {
		if err := s.spoil(len(s.commits)); err != nil {
			return err
		}
	}
	s.commits = append(s.commits, changes)
	return nil
}

func (s *memoryStore) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.commits)
}

func (s *memoryStore) Load() iter.Seq2[server.Record, error] {
	s.mu.Lock()
	defer s.mu.Unlock()
	type name struct{ kind, key string }
	records := make(map[name]server.Record)
	for _, changes := range s.commits {
		for _, r := range changes {
			if r.Value == nil {
				delete(records, name{r.Kind, r.Key})
				continue
			}
			records[name{r.Kind, r.Key}] = r
		}
	}
	return func(yield func(server.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// first is a store that has only the first commits: what is there after a crash.
func (s *memoryStore) first(n int) *memoryStore {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &memoryStore{commits: s.commits[:n:n]}
}

// checkStore has what a server left loaded by other servers: all of it, and what
// there was after some of the commits. While loading, they compare what they have
// made of it with the store.
func checkStore(t testing.TB, store *memoryStore, config server.Config) {
	count := store.count()
	for _, n := range []int{count, rand.IntN(count + 1), rand.IntN(count + 1)} {
		config.Store = store.first(n)
		config.OnDefect = func(err error) { t.Errorf("after loading %d of %d commits: %v", n, count, err) }
		srv, err := server.New(config)
		if err != nil {
			t.Errorf("load %d of %d commits: %v", n, count, err)
			return
		}
		_ = srv.Close()
	}
}

// keeping makes a server of a test keep everything, and checks in the end that
// another server can go on with that. It does nothing if the test has a store of
// its own.
func keeping(t testing.TB) ninchattest.Option {
	store := new(memoryStore)
	return ninchattest.WithConfig(func(c *server.Config) {
		if c.Store != nil {
			return
		}
		c.Store = store
		config := *c
		config.Logger = nil
		t.Cleanup(func() { checkStore(t, store, config) })
	})
}
