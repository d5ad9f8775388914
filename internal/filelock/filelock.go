// Package filelock has files locked by one process, or one user of a process, at a time.
// A lock ends with the process, however that ends.
package filelock

import "errors"

// ErrLocked says that somebody else has the lock.
var ErrLocked = errors.New("locked")
