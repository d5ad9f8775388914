package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// A file that isn't ours, or is damaged, must stay as it is. SQLite changes files
// when it opens them for writing, and even when it closes them. So what can be told
// is told before.

// inspectFile looks at a file without SQLite. left says that there is something
// beside it that an earlier server has left, and that belongs to it.
func inspectFile(path string) (left bool, err error) {
	log, err := os.Stat(path + "-wal")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	left = err == nil && log.Size() > 0
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	// The beginning of a file of SQLite, as its documentation says.
	var header [100]byte
	switch n, err := io.ReadFull(file, header[:]); {
	case n == 0 && err == io.EOF && left:
		return false, errDamaged // SQLite would throw away what is left
	case n == 0 && err == io.EOF:
		return false, nil
	case err == io.ErrUnexpectedEOF, err == nil && !strings.HasPrefix(string(header[:]), "SQLite format 3\x00"):
		return false, errOther
	case err != nil:
		return false, err
	}
	version, id := binary.BigEndian.Uint32(header[60:]), binary.BigEndian.Uint32(header[68:])
	if id == 0 {
		return left, nil // what is beside it may say more
	}
	return left, judge(id, version)
}

// judge refuses files that aren't ours.
func judge(id, version uint32) error {
	switch {
	case id != application:
		return errOther
	case version != format:
		return fmt.Errorf("the file's format is version %d, this program knows version %d", version, format)
	}
	return nil
}

// inspectAlone checks a file, as if there were nothing beside it, without changing
// it. fresh ones are empty.
func inspectAlone(path string) (fresh bool, err error) {
	db, err := sql.Open("sqlite", dataSource(path, immutable))
	if err != nil {
		return false, err
	}
	defer db.Close()
	ctx := context.Background()
	if fresh, err = inspect(ctx, db); err != nil || fresh {
		return fresh, err
	}
	return false, check(ctx, db)
}

// queryer is a database, a connection or a transaction.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// inspect refuses files that aren't ours. fresh ones are empty.
func inspect(ctx context.Context, db queryer) (fresh bool, err error) {
	var id, version int64 // SQLite takes them for signed
	var tables int
	row := db.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`)
	if err := row.Scan(&id, &version, &tables); err != nil {
		return false, err
	}
	if tables == 0 && id == 0 {
		return true, nil
	}
	return false, judge(uint32(id), uint32(version))
}

// check refuses files that are damaged.
func check(ctx context.Context, db queryer) error {
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return errDamaged
	}
	return nil
}

// access is what a connection may do.
type access int

const (
	// immutable reads the file, and nothing beside it. Nothing is locked.
	immutable access = iota
	// reading reads what is beside it, too, and keeps others from writing.
	reading
	// writing keeps everybody else out.
	writing
)

// dataSource is how the driver calls the file.
func dataSource(path string, a access) string {
	query := url.Values{"_pragma": {"busy_timeout(0)"}}
	switch a {
	case immutable:
		query.Set("immutable", "1")
		query.Set("mode", "ro")
	case reading:
		query.Set("mode", "ro")
	case writing:
		query["_pragma"] = append([]string{
			"locking_mode(EXCLUSIVE)", // until the file is closed
			"synchronous(NORMAL)",     // what the system has been given outlives the process
		}, query["_pragma"]...)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}
	return u.String()
}
