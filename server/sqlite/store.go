package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"

	_ "modernc.org/sqlite" // registers the driver

	"github.com/ninchat-community/ninchat/server"
)

// Store is a [server.Store] in a file.
type Store struct {
	path, absolute string
	db             *sql.DB
	// conn is the only connection: it holds the lock of the file.
	conn *sql.Conn
	// reading says that conn can't write yet, and scratch that there was no file
	// ending in -shm before it.
	reading, scratch bool
	// fresh says that there is no table yet.
	fresh bool
	// put and remove are used in transactions of conn, and nil before Begin.
	put, remove *sql.Stmt
}

var _ server.Beginner = (*Store)(nil)

// ErrInUse means that another process uses the file.
var ErrInUse = errors.New("the file is in use by another server")

const (
	// application marks files of this package: "nin" and a version of the table.
	application = 0x6e696e00
	format      = 1
)

// Open opens a file, or makes it if it isn't there; its directory must be there.
// The file can be used by one Store at a time: the error for another one wraps
// [ErrInUse]. A file that has something else in it, or is damaged, is an error, and
// is left as it is: nothing is written before [Store.Begin], or the first Commit.
func Open(path string) (*Store, error) {
	s := &Store{path: path}
	if err := s.open(); err != nil {
		_ = s.Close()
		return nil, s.explain(err)
	}
	return s, nil
}

func (s *Store) explain(err error) error {
	return fmt.Errorf("ninchat: %s: %w", s.path, plainError(err))
}

func (s *Store) open() (err error) {
	if s.absolute, err = filepath.Abs(s.path); err != nil {
		return err
	}
	if err := prepareFile(s.absolute); err != nil {
		return err
	}
	// What is beside the file is beside what a link leads to.
	if s.absolute, err = filepath.EvalSymlinks(s.absolute); err != nil {
		return err
	}
	left, err := inspectFile(s.absolute)
	switch {
	case err != nil:
		return err
	case left:
		return s.openToRead()
	}
	if s.fresh, err = inspectAlone(s.absolute); err != nil {
		return err
	}
	if err := s.connect(dataSource(s.absolute, writing)); err != nil {
		return err
	}
	if s.fresh {
		return s.Begin()
	}
	// This takes the lock that keeps others out, and changes nothing.
	ctx := context.Background()
	if _, err := s.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if _, err := s.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return err
	}
	// Another one may have made it meanwhile, and done something else.
	_, err = inspect(ctx, s.conn)
	return err
}

// openToRead opens a file beside which there is what an earlier server has left, which
// didn't end as it should. It is part of the contents; but whoever can write moves it
// into the file when closing. As long as the file is read, nobody else can write.
func (s *Store) openToRead() error {
	s.reading = true
	_, err := os.Stat(s.absolute + "-shm")
	s.scratch = errors.Is(err, fs.ErrNotExist)
	if err := s.connect(dataSource(s.absolute, reading)); err != nil {
		return err
	}
	ctx := context.Background()
	if _, err := s.conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	if s.fresh, err = inspect(ctx, s.conn); err != nil {
		return err
	}
	return check(ctx, s.conn)
}

// connect opens the connection.
func (s *Store) connect(source string) (err error) {
	if s.db, err = sql.Open("sqlite", source); err != nil {
		return err
	}
	s.db.SetMaxOpenConns(1)
	s.conn, err = s.db.Conn(context.Background())
	return err
}

// Begin makes the file ready for changes. A server calls it when it has understood
// all that [Store.Load] returned; else the first Commit does it. It can be called
// again.
func (s *Store) Begin() error {
	if s.put != nil {
		return nil
	}
	if err := s.begin(); err != nil {
		return s.explain(err)
	}
	return nil
}

func (s *Store) begin() error {
	if s.reading {
		if err := s.disconnect(); err != nil {
			return err
		}
		if err := s.connect(dataSource(s.absolute, writing)); err != nil {
			return err
		}
	}
	if err := s.take(); err != nil {
		return err
	}
	return s.prepare()
}

// prepare prepares what commits consist of: doing so each time would make a small
// commit a third slower.
func (s *Store) prepare() (err error) {
	ctx := context.Background()
	s.remove, err = s.conn.PrepareContext(ctx, "DELETE FROM record WHERE kind = ? AND key = ?")
	if err != nil {
		return err
	}
	s.put, err = s.conn.PrepareContext(ctx, "INSERT OR REPLACE INTO record (kind, key, version, value) VALUES (?, ?, ?, ?)")
	return err
}

// prepareFile makes the file if need be, readable for its owner only. SQLite gives
// the files beside it the same permissions.
func prepareFile(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		file, failure := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if failure == nil {
			return file.Close()
		}
		// Another server may have made it meanwhile.
		if info, err = os.Stat(path); err != nil {
			return failure
		}
	}
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("not a file")
	case info.Mode().Perm()&0o077 != 0 && filepath.Separator == '/':
		return errors.New("can be read by others: chmod 600 would change that")
	}
	return nil
}

// take takes the file for this process, and makes the table in a new one.
func (s *Store) take() error {
	ctx := context.Background()
	if _, err := s.conn.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	tx, err := s.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if s.fresh {
		// Another one may have made it meanwhile.
		if s.fresh, err = inspect(ctx, tx); err == nil && s.fresh {
			err = create(ctx, tx)
		}
	} else {
		// Writing takes the lock that keeps others out.
		_, err = tx.ExecContext(ctx, "PRAGMA user_version = "+strconv.Itoa(format))
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

func create(ctx context.Context, tx *sql.Tx) error {
	for _, statement := range []string{
		"PRAGMA application_id = " + strconv.Itoa(application),
		"PRAGMA user_version = " + strconv.Itoa(format),
		`CREATE TABLE record (
			kind TEXT NOT NULL,
			key TEXT NOT NULL,
			version INTEGER NOT NULL,
			value BLOB NOT NULL,
			PRIMARY KEY (kind, key)
		) STRICT, WITHOUT ROWID`,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// Load goes through all records.
func (s *Store) Load() iter.Seq2[server.Record, error] {
	return func(yield func(server.Record, error) bool) {
		if err := s.load(func(r server.Record) bool { return yield(r, nil) }); err != nil {
			yield(server.Record{}, s.explain(err))
		}
	}
}

func (s *Store) load(yield func(server.Record) bool) error {
	if s.reading && s.fresh {
		return nil
	}
	rows, err := s.conn.QueryContext(context.Background(), "SELECT kind, key, version, value FROM record")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r server.Record
		if err := rows.Scan(&r.Kind, &r.Key, &r.Version, &r.Value); err != nil {
			return err
		}
		if !yield(r) {
			return nil
		}
	}
	return rows.Err()
}

// Commit makes changes in one transaction.
func (s *Store) Commit(changes []server.Record) error {
	if err := s.Begin(); err != nil {
		return err
	}
	ctx := context.Background()
	tx, err := s.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := s.write(ctx, changes); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// write makes changes in the transaction of the connection.
func (s *Store) write(ctx context.Context, changes []server.Record) (err error) {
	for _, r := range changes {
		if r.Value == nil {
			_, err = s.remove.ExecContext(ctx, r.Kind, r.Key)
		} else {
			_, err = s.put.ExecContext(ctx, r.Kind, r.Key, r.Version, r.Value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Close lets the file go. It can be called again.
func (s *Store) Close() error { return s.disconnect() }

func (s *Store) disconnect() error {
	var err error
	for _, statement := range []*sql.Stmt{s.put, s.remove} {
		if statement != nil {
			err = errors.Join(err, statement.Close())
		}
	}
	if s.conn != nil {
		if failure := s.conn.Close(); !errors.Is(failure, sql.ErrConnDone) {
			err = errors.Join(err, failure)
		}
	}
	if s.db != nil {
		err = errors.Join(err, s.db.Close())
	}
	if s.reading && s.scratch {
		// Reading has made it, and only writing would remove it.
		if failure := os.Remove(s.absolute + "-shm"); !errors.Is(failure, fs.ErrNotExist) {
			err = errors.Join(err, failure)
		}
	}
	s.reading = false
	return err
}
