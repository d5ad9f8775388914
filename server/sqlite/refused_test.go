package sqlite

import (
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ninchat-community/ninchat/server"
)

// sums are the digests of all files beside a file, by name.
func sums(t testing.TB, path string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(path), entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[entry.Name()] = fmt.Sprintf("%d bytes, %x", len(text), sha256.Sum256(text))
	}
	return all
}

func unchanged(t testing.TB, before map[string]string, path string) {
	t.Helper()
	if diff := cmp.Diff(before, sums(t, path)); diff != "" {
		t.Errorf("something has changed: %s", diff)
	}
}

// states are files of a server: one that has ended, and one that was killed. The
// changes come after what the server has done.
func states(t *testing.T, changes ...server.Record) map[string]string {
	t.Helper()
	origin := filepath.Join(t.TempDir(), "state.db")
	if err := serveOnce(origin); err != nil {
		t.Fatal(err)
	}
	s := open(t, origin)
	changes = append(changes, record("user", "more", `{}`), server.Record{Kind: "user", Key: "more"})
	if err := s.Commit(changes); err != nil {
		t.Fatal(err)
	}
	paths := map[string]string{}
	copyTo := func(name string, suffixes ...string) {
		path := filepath.Join(t.TempDir(), "state.db")
		for _, suffix := range suffixes {
			text, err := os.ReadFile(origin + suffix)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path+suffix, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		paths[name] = path
	}
	copyTo("killed", "", "-wal")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	copyTo("ended", "")
	return paths
}

// What is good is accepted, also with what a server has left that was killed.
func TestGoodFilesAreAccepted(t *testing.T) {
	for name, path := range states(t) {
		if err := serveOnce(path); errors.Is(err, errRefused) {
			t.Errorf("%s: %v", name, err)
		}
		if names := sums(t, path); len(names) != 1 {
			t.Errorf("%s: this is left: %v", name, names)
		}
	}
}

// A file that can't be used stays as it is, to the byte, and so does what is beside
// it.
func TestRefusedFilesStayAsTheyAre(t *testing.T) {
	overwrite := func(at int, text string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			file, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if _, err := file.WriteAt([]byte(text), int64(at)); err != nil {
				t.Fatal(err)
			}
		}
	}
	truncate := func(size func(int64) int64) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, size(info.Size())); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, damage := range map[string]func(*testing.T, string){
		"garbage":           func(t *testing.T, path string) { overwrite(0, strings.Repeat("Dear diary! ", 1000))(t, path) },
		"one byte":          truncate(func(int64) int64 { return 1 }),
		"half a header":     truncate(func(int64) int64 { return 50 }),
		"half a page":       truncate(func(int64) int64 { return 2048 }),
		"one page":          truncate(func(int64) int64 { return 4096 }),
		"a byte is missing": truncate(func(size int64) int64 { return size - 1 }),
		"another magic":     overwrite(0, "SQLite format 4"),
		"another program's": overwrite(68, "abcd"),
		"a newer format":    overwrite(60, "\x00\x00\x00\x63"),
		"a negative id":     overwrite(68, "\xff\xff\xff\xff"),
		"a page of garbage": overwrite(4096, strings.Repeat("garbage ", 512)),
		"a garbled page":    overwrite(4096+8, "\xff\xff\xff\xff\xff\xff"),
	} {
		t.Run(name, func(t *testing.T) {
			for state, path := range states(t) {
				damage(t, path)
				before := sums(t, path)
				if err := serveOnce(path); !errors.Is(err, errRefused) {
					// What was left may have all pages in it.
					if state != "killed" {
						t.Errorf("%s: got %v", state, err)
					}
					continue
				}
				unchanged(t, before, path)
			}
		})
	}
}

// The same for files in which something is that the server doesn't understand.
func TestRefusedRecordsStayAsTheyAre(t *testing.T) {
	for name, r := range map[string]server.Record{
		"not JSON":             record("user", "x", `{`),
		"unknown member":       record("user", "x", `{"id":"x","colour":1}`),
		"unknown kind":         record("unicorn", "x", `{}`),
		"unknown version":      {Kind: "user", Key: "x", Version: 99, Value: []byte(`{"id":"x"}`)},
		"without its owner":    record("masterkey", "ninchat/x", `{"type":"ninchat","id":"x","owner":"nobody","material":"","secret":[]}`),
		"the key is missing":   {Kind: "secrets"},
		"the key is too short": record("secrets", "", `{"key":"AAAA"}`),
	} {
		t.Run(name, func(t *testing.T) {
			for state, path := range states(t, r) {
				before := sums(t, path)
				if err := serveOnce(path); !errors.Is(err, errRefused) {
					t.Errorf("%s: got %v", state, err)
				}
				unchanged(t, before, path)
			}
		})
	}
}

// By a link, it is the file that it leads to, and what is beside that.
func TestLinkedFilesStayAsTheyAre(t *testing.T) {
	linked := func(path string) string {
		link := filepath.Join(t.TempDir(), "link.db")
		if err := os.Symlink(path, link); err != nil {
			t.Skipf("there are no links: %v", err)
		}
		return link
	}
	for state, path := range states(t, record("user", "x", `{`)) {
		before := sums(t, path)
		if err := serveOnce(linked(path)); !errors.Is(err, errRefused) {
			t.Errorf("%s: got %v", state, err)
		}
		unchanged(t, before, path)
	}
	path := states(t)["killed"]
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	before := sums(t, path)
	if err := serveOnce(linked(path)); !errors.Is(err, errDamaged) {
		t.Errorf("got %v", err)
	}
	unchanged(t, before, path)
	for state, path := range states(t) {
		link := linked(path)
		if err := serveOnce(link); errors.Is(err, errRefused) {
			t.Errorf("%s: %v", state, err)
		}
		if names := sums(t, link); len(names) != 1 {
			t.Errorf("%s: this is beside the link: %v", state, names)
		}
	}
}

// Databases of others have what is beside them, too.
func TestOtherDatabasesStayAsTheyAre(t *testing.T) {
	for name, statements := range map[string]string{
		"usual":      "CREATE TABLE x (y); INSERT INTO x VALUES (1)",
		"of its own": "PRAGMA application_id = 77; CREATE TABLE x (y)",
		"with a log": "PRAGMA journal_mode = WAL; CREATE TABLE x (y); INSERT INTO x VALUES (1)",
	} {
		t.Run(name, func(t *testing.T) {
			origin := filepath.Join(t.TempDir(), "x.db")
			db, err := sql.Open("sqlite", origin)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(statements); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "x.db")
			for _, suffix := range []string{"", "-wal"} { // as if the program were killed
				text, err := os.ReadFile(origin + suffix)
				if err != nil && suffix == "" {
					t.Fatal(err)
				}
				if err == nil {
					if err := os.WriteFile(path+suffix, text, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			before := sums(t, path)
			if err := serveOnce(path); !errors.Is(err, errOther) {
				t.Errorf("got %v", err)
			}
			unchanged(t, before, path)
		})
	}
}

// Where the file is empty, but not what is beside it, something has gone wrong.
func TestEmptyFileWithSomethingBesideIt(t *testing.T) {
	path := states(t)["killed"]
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	before := sums(t, path)
	if err := serveOnce(path); !errors.Is(err, errDamaged) {
		t.Errorf("got %v", err)
	}
	unchanged(t, before, path)
}
