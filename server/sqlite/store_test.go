package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/ninchat-community/ninchat/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func record(kind, key, value string) server.Record {
	return server.Record{Kind: kind, Key: key, Version: 1, Value: []byte(value)}
}

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// contents are the records by kind and key.
func contents(t *testing.T, s *Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for r, err := range s.Load() {
		if err != nil {
			t.Fatal(err)
		}
		all[fmt.Sprintf("%s/%s/%d", r.Kind, r.Key, r.Version)] = string(r.Value)
	}
	return all
}

func TestStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a ?b#%41.db")
	s := open(t, path)
	if got := contents(t, s); len(got) != 0 {
		t.Errorf("a new file has %v", got)
	}
	for _, changes := range [][]server.Record{
		{record("user", "a", `{"x":1}`), record("user", "b", `{}`), record("channel", "a", `{}`)},
		{record("user", "a", `{"x":2}`), {Kind: "user", Key: "b"}, {Kind: "user", Key: "never"}},
		nil,
	} {
		if err := s.Commit(changes); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"user/a/1": `{"x":2}`, "channel/a/1": `{}`}
	if diff := cmp.Diff(want, contents(t, s)); diff != "" {
		t.Error(diff)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if diff := cmp.Diff(want, contents(t, open(t, path))); diff != "" {
		t.Errorf("opened again: %s", diff)
	}
}

// What is in the files when the process is killed is what they have without
// being closed.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.db")
	s := open(t, path)
	want := map[string]string{}
	for i := range 10 {
		r := record("user", fmt.Sprint(i), `{}`)
		if err := s.Commit([]server.Record{r}); err != nil {
			t.Fatal(err)
		}
		want[fmt.Sprintf("user/%d/1", i)] = `{}`
		// The files as they are now.
		copied := filepath.Join(t.TempDir(), "state.db")
		for _, suffix := range []string{"", "-wal"} {
			text, err := os.ReadFile(path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(copied+suffix, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, contents(t, open(t, copied))); diff != "" {
			t.Errorf("after %d commits: %s", i+1, diff)
		}
	}
}

func TestInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	if _, err := Open(path); !errors.Is(err, ErrInUse) {
		t.Errorf("got %v", err)
	}
	if err := s.Commit([]server.Record{record("user", "a", `{}`)}); err != nil {
		t.Errorf("the first one suffered: %v", err)
	}
}

// Those who make a file at the same time as another one are told that it is in use.
func TestOpenTogether(t *testing.T) {
	dir := t.TempDir()
	for i := range 15 {
		path := filepath.Join(dir, fmt.Sprint(i))
		var all sync.WaitGroup
		var opened atomic.Int64
		for range 4 {
			all.Go(func() {
				store, err := Open(path)
				switch {
				case err == nil:
					opened.Add(1)
					t.Cleanup(func() { _ = store.Close() })
				case !errors.Is(err, ErrInUse):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := opened.Load(); n > 1 {
			t.Errorf("%d use the file at the same time", n)
		}
	}
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such permissions")
	}
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	if err := s.Commit([]server.Record{record("user", "a", `{}`)}); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(path + "*")
	if err != nil || len(names) < 2 {
		t.Fatalf("got %v, %v", names, err)
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v", name, info.Mode())
		}
	}
	_ = s.Close()
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "can be read by others") {
		t.Errorf("got %v", err)
	}
}

// Files that are something else are refused, and stay as they are.
func TestOtherFiles(t *testing.T) {
	dir := t.TempDir()
	for name, test := range map[string]struct {
		make func(path string) error
		want string
	}{
		"text": {func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("Dear diary! ", 1000)), 0o600)
		}, "isn't the state of a server"},
		"another database": {func(path string) error { return execute(path, "CREATE TABLE x (y)") }, "isn't the state of a server"},
		"another format": {func(path string) error {
			s, err := Open(path)
			if err != nil {
				return err
			}
			_ = s.Close()
			return execute(path, "PRAGMA user_version = 99")
		}, "version 99"},
		"a directory":    {func(path string) error { return os.Mkdir(path, 0o700) }, "not a file"},
		"none at all":    {func(path string) error { return os.Symlink(filepath.Join(dir, "no", "such"), path) }, "exists"},
		"half of a file": {half, "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			if err := test.make(path); err != nil {
				t.Fatal(err)
			}
			err := readAll(path)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), name) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if _, err := Open(filepath.Join(dir, "no", "directory")); err == nil {
		t.Error("a file in no directory was opened")
	}
}

func execute(path, statement string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		return err
	}
	return os.Chmod(path, 0o600)
}

// half makes a file of which the second half is missing.
func half(path string) error {
	if err := fill(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.Truncate(path, info.Size()/2)
}

// fill makes a file with some pages.
func fill(path string) error {
	s, err := Open(path)
	if err != nil {
		return err
	}
	defer s.Close()
	var changes []server.Record
	for i := range 200 {
		changes = append(changes, record("user", fmt.Sprint(i), `{"x":"`+strings.Repeat("x", 200)+`"}`))
	}
	return s.Commit(changes)
}

// readAll opens a file and reads all of it.
func readAll(path string) error {
	s, err := Open(path)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, err := range s.Load() {
		if err != nil {
			return err
		}
	}
	return nil
}

// When there is no room left, a commit fails as a whole.
func TestFull(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	if err := s.Commit([]server.Record{record("user", "a", `{}`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.conn.ExecContext(t.Context(), "PRAGMA max_page_count = 10"); err != nil {
		t.Fatal(err)
	}
	err := s.Commit([]server.Record{record("user", "b", `{}`), record("user", "c", `"`+strings.Repeat("x", 100_000)+`"`)})
	if err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(map[string]string{"user/a/1": `{}`}, contents(t, s)); diff != "" {
		t.Error(diff)
	}
}

// FuzzOpen changes bytes of a file. Whatever it looks like, reading it ends with an
// error or with records, and a server doesn't fall over them.
func FuzzOpen(f *testing.F) {
	whole := filepath.Join(f.TempDir(), "state.db")
	if err := serveOnce(whole); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(whole)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(0, []byte("x"))
	f.Add(100, []byte{0xff, 0xff, 0xff})
	f.Add(4096, []byte("\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add(4200, []byte("{}}}}"))
	f.Fuzz(func(t *testing.T, at int, bytes []byte) {
		damaged := append([]byte(nil), text...)
		if at >= 0 && at < len(damaged) {
			copy(damaged[at:], bytes)
		}
		path := filepath.Join(t.TempDir(), "state.db")
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		before := sums(t, path)
		if err := serveOnce(path); errors.Is(err, errRefused) {
			unchanged(t, before, path)
		}
	})
}

var errRefused = errors.New("refused")

// serveOnce has a server load the file, and do something. The error wraps errRefused
// if it doesn't come to that.
func serveOnce(path string) error {
	s, err := Open(path)
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	defer s.Close()
	srv, err := server.New(server.Config{Store: s})
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	defer srv.Close()
	_, err = srv.AddUser(server.User{Identities: []server.Identity{{Type: "email", Name: "a@example.com", Auth: "x"}}})
	return err
}

// BenchmarkCommit measures commits of some records each.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1, 100} {
		b.Run(fmt.Sprintf("records=%d", size), func(b *testing.B) {
			s := open(b, filepath.Join(b.TempDir(), "state.db"))
			changes := make([]server.Record, size)
			value := []byte(`{"x":"` + strings.Repeat("x", 100) + `"}`)
			n := 0
			for b.Loop() {
				for i := range changes {
					n++
					changes[i] = server.Record{Kind: "message", Key: fmt.Sprint(n), Version: 1, Value: value}
				}
				if err := s.Commit(changes); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
