package sqlite

import (
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var (
	errDamaged = errors.New("the file is damaged")
	errOther   = errors.New("the file isn't the state of a server")
)

// plainError says what SQLite's most likely errors mean.
func plainError(err error) error {
	failure, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	// The low byte is the kind of error, the rest says more about it.
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ErrInUse
	case sqlite3.SQLITE_NOTADB:
		return errOther
	case sqlite3.SQLITE_CORRUPT:
		return errDamaged
	}
	return err
}
