package server

import (
	"errors"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A store that doesn't return doesn't keep the server from being closed, nor those
// from returning who wait for it.
func TestCloseWithStuckStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := slowStore{make(chan struct{})}
		srv, err := New(Config{Store: store, OnMail: func(m Mail) { t.Errorf("told of %v", m) }})
		if err != nil {
			t.Fatal(err)
		}
		var added error
		go func() { _, added = srv.AddUser(User{}) }()
		synctest.Wait()
		srv.hub.lock()
		srv.hub.mail(Mail{To: "a@example.com"})
		srv.hub.unlock()
		began := time.Now()
		for range 2 {
			if err := srv.Close(); !errors.Is(err, errUnkept) {
				t.Errorf("Close: got %v", err)
			}
		}
		if took := time.Since(began); took > lastCommit+lastMail {
			t.Errorf("took %v", took)
		}
		synctest.Wait()
		if added == nil {
			t.Error("a user was added who may not have been kept")
		}
		close(store.allowed) // the goroutine ends, or the bubble complains
	})
}

// A slow store has its time.
func TestCloseWithSlowStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := slowStore{make(chan struct{})}
		srv, err := New(Config{Store: store})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(lastCommit-time.Second, func() { close(store.allowed) })
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
}

// panickyStore panics in every commit.
type panickyStore struct{}

func (panickyStore) Load() iter.Seq2[Record, error] { return func(func(Record, error) bool) {} }

func (panickyStore) Commit([]Record) error { panic("oh no") }

// A store that panics is one that has failed.
func TestStorePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, err := New(Config{Store: panickyStore{}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := srv.AddUser(User{}); err == nil {
			t.Error("a user was added")
		}
		if err := srv.Close(); err == nil || !strings.Contains(err.Error(), "oh no") {
			t.Errorf("Close: got %v", err)
		}
	})
}
