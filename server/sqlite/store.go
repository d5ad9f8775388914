package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	_ "modernc.org/sqlite" // registers the driver

	"github.com/ninchat-community/ninchat/server"
)

// Store is a [server.Store] in a file.
type Store struct {
	path string
	db   *sql.DB
	// conn is the only connection: it holds the lock of the file.
	conn *sql.Conn
	// put and remove are used in transactions of conn.
	put, remove *sql.Stmt
}

var _ server.Store = (*Store)(nil)

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
// is left as it is.
func Open(path string) (*Store, error) {
	s := &Store{path: path}
	if err := s.open(); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("ninchat: %s: %w", path, plainError(err))
	}
	return s, nil
}

func (s *Store) open() error {
	absolute, err := filepath.Abs(s.path)
	if err != nil {
		return err
	}
	if err := prepareFile(absolute); err != nil {
		return err
	}
	if s.db, err = sql.Open("sqlite", dataSource(absolute)); err != nil {
		return err
	}
	s.db.SetMaxOpenConns(1)
	if s.conn, err = s.db.Conn(context.Background()); err != nil {
		return err
	}
	if err := s.begin(); err != nil {
		return err
	}
	return s.prepare()
}

// prepare prepares what commits consist of: doing so each time would make a small
// commit a third slower.
func (s *Store) prepare() (err error) {
	ctx := context.Background()
	s.put, err = s.conn.PrepareContext(ctx, "INSERT OR REPLACE INTO record (kind, key, version, value) VALUES (?, ?, ?, ?)")
	if err != nil {
		return err
	}
	s.remove, err = s.conn.PrepareContext(ctx, "DELETE FROM record WHERE kind = ? AND key = ?")
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

// dataSource is how the driver calls the file.
func dataSource(path string) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: url.Values{"_pragma": {
		// The lock is kept until the file is closed.
		"locking_mode(EXCLUSIVE)",
		"busy_timeout(0)",
		// What the system has been given outlives the process.
		"synchronous(NORMAL)",
	}}.Encode()}
	return u.String()
}

// begin checks what the file is, takes it for this process, and makes the table in
// a new one.
func (s *Store) begin() error {
	ctx := context.Background()
	fresh, err := s.inspect(ctx)
	if err != nil {
		return err
	}
	// This changes the file, so it must be ours.
	if _, err := s.conn.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	tx, err := s.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if fresh {
		err = create(ctx, tx)
	} else {
		// Writing takes the lock that keeps others out.
		_, err = tx.ExecContext(ctx, "PRAGMA user_version = "+strconv.Itoa(format))
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

// inspect refuses files that aren't ours. fresh ones are empty.
func (s *Store) inspect(ctx context.Context) (fresh bool, err error) {
	var id, version, tables int
	row := s.conn.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`)
	if err := row.Scan(&id, &version, &tables); err != nil {
		return false, err
	}
	switch {
	case tables == 0 && id == 0:
		return true, nil
	case id != application:
		return false, errOther
	case version != format:
		return false, fmt.Errorf("the file's format is version %d, this program knows version %d", version, format)
	}
	return false, nil
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
			yield(server.Record{}, fmt.Errorf("ninchat: %s: %w", s.path, plainError(err)))
		}
	}
}

func (s *Store) load(yield func(server.Record) bool) error {
	ctx := context.Background()
	var verdict string
	if err := s.conn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return errDamaged
	}
	rows, err := s.conn.QueryContext(ctx, "SELECT kind, key, version, value FROM record")
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
func (s *Store) Close() error {
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
	return err
}
