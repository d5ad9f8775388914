package ninchattest

import (
	"iter"
	"sync"

	"github.com/ninchat-community/ninchat/server"
)

// Store is a [server.Store] in memory, to test what happens when a server is
// restarted: close the first one, and make another one with the same Store.
//
//	store := ninchattest.NewStore()
//	keep := ninchattest.WithConfig(func(c *server.Config) { c.Store = store })
//	srv := ninchattest.New(t, keep)
//
// Its methods may be called concurrently, but it is for one server at a time.
type Store struct {
	mu      sync.Mutex
	records map[name]server.Record
}

// name is what names a record.
type name struct{ kind, key string }

// NewStore makes an empty Store.
func NewStore() *Store { return &Store{records: make(map[name]server.Record)} }

// Load goes through the records.
func (s *Store) Load() iter.Seq2[server.Record, error] {
	return func(yield func(server.Record, error) bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, r := range s.records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// Commit makes changes. It never fails.
func (s *Store) Commit(changes []server.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range changes {
		if r.Value == nil {
			delete(s.records, name{r.Kind, r.Key})
			continue
		}
		s.records[name{r.Kind, r.Key}] = r
	}
	return nil
}
