package server

import "iter"

// Store keeps what a server knows, so that it outlives the process: see
// [Config]. Package server/sqlite has one. The server calls one method at a time,
// from any goroutine. It doesn't close the store: whoever opened it does that,
// after closing the server.
type Store interface {
	// Load goes through all records that were committed, in any order. It is
	// called once, before anything else. An error ends it.
	Load() iter.Seq2[Record, error]
	// Commit makes changes in the given order: all of them or none. When it
	// returns nil, they must outlive the end of the process, however that comes
	// about. After an error the server isn't usable any more.
	Commit(changes []Record) error
}

// Beginner is a [Store] that wants to know when the server has understood all that
// Load returned: before, it leaves what it has as it is, as it may be damaged.
type Beginner interface {
	Store
	// Begin is called once, between Load and Commit. When it returns an error, the
	// server doesn't start.
	Begin() error
}

// Record is what a [Store] keeps about one thing. Kind and Key together name it.
type Record struct {
	Kind string
	Key  string
	// Version is that of the value's form.
	Version int
	// Value is a JSON object; nil, in a change, means that the thing is no more.
	// It must not be changed.
	Value []byte
}
