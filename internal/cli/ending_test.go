package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/server"
	"github.com/ninchat-community/ninchat/server/sqlite"
)

// lineHook calls a function with each line, before it is written.
type lineHook func(line string)

func (h lineHook) Write(p []byte) (int, error) {
	h(string(p))
	return len(p), nil
}

// When the server says that it has ended, the next one can have its state.
func TestServeEndedLast(t *testing.T) {
	w := newWorld(t)
	state := filepath.Join(w.dir, "state.db")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var events []string
	hook := func(line string) {
		events = append(events, line)
		switch {
		case strings.Contains(line, "listening"):
			cancel()
		case strings.Contains(line, "ended"):
			if _, err := os.Stat(state + "-wal"); err == nil {
				t.Error("something is on its way into the file")
			}
			store, err := sqlite.Open(state)
			if err != nil {
				t.Error(err)
				return
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	var stderr bytes.Buffer
	status := Run(ctx, []string{"serve", "--addr", "127.0.0.1:0", "--json", "--state", state}, nil, lineHook(hook), &stderr, func(string) string { return "" })
	if status != 0 || len(events) != 2 || events[1] != "{\"event\":\"ended\"}\n" {
		t.Errorf("status %d, %q, %s", status, events, &stderr)
	}
}

var (
	errCommit = errors.New("the disk is broken")
	errClose  = errors.New("the file can't be closed")
)

// brokenStore has nothing, and takes nothing.
type brokenStore struct{}

func (brokenStore) Load() iter.Seq2[server.Record, error] {
	return func(func(server.Record, error) bool) {}
}
func (brokenStore) Commit([]server.Record) error { return errCommit }
func (brokenStore) Close() error                 { return errClose }

// What goes wrong at the end is told before the server has ended.
func TestServeEndsBadly(t *testing.T) {
	for _, asJSON := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		var mu sync.Mutex
		var said []string
		note := lineHook(func(line string) {
			mu.Lock()
			defer mu.Unlock()
			said = append(said, line)
			if _, rest, ok := strings.Cut(line, "http://127.0.0.1:"); ok {
				port, _, _ := strings.Cut(strings.Fields(rest)[0], `"`)
				create := []string{"call", "create_user", "--no-credentials", "--timeout", "50ms", "--address", "http://127.0.0.1:" + port}
				if status := Run(ctx, create, nil, io.Discard, io.Discard, os.Getenv); status != statusFailed {
					t.Error("a user was created who couldn't be kept")
				}
				cancel()
			}
		})
		a := &app{stdout: note, stderr: note, getenv: func(string) string { return "" }, json: asJSON}
		a.openStore = func(string) (closableStore, error) { return brokenStore{}, nil }
		o := serveOptions{addr: "127.0.0.1:0", state: "state"}
		o.behaviour = behaviour{poll: time.Second, resume: time.Second, guests: time.Second, download: time.Second, logLevel: "error"}
		err := a.serve(ctx, &o)
		cancel()
		last := said[len(said)-1]
		if asJSON {
			if last != "{\"event\":\"ended\"}\n" {
				t.Errorf("the last line is %q", last)
			}
			last = said[len(said)-2]
		}
		if !errors.Is(err, errReported) || !strings.Contains(last, errCommit.Error()) || !strings.Contains(last, errClose.Error()) {
			t.Errorf("got %v: %q", err, said)
		}
	}
}

// fullDisk can't be written to.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errBroken }

// A command that can't print what it is to print has failed.
func TestOutputFails(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	id := alice.channel("lobby")
	alice.ok("hello\n", "send", id)
	for _, args := range [][]string{
		{"help"}, {"help", "send"}, {"send", "--help"}, {"version"}, {"completion", "bash"}, {"spec", "send_message"},
		{"spec", "export", "openapi"}, {"spec", "list", "actions"}, {"user", "show"}, {"channel", "create", "x"}, {"history", id},
		{"history", id, "--json"}, {"call", "describe_channel", "channel_id=" + id}, {"listen", id, "--count", "1"},
		{"serve", "--addr", "127.0.0.1:0"}, {"send", id, "--json"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var stderr bytes.Buffer
		speak := sync.OnceFunc(func() { alice.ok("hello\n", "send", id) })
		said := lineHook(func(line string) {
			stderr.WriteString(line)
			if strings.Contains(line, "listening") {
				speak()
			}
		})
		status := Run(ctx, patient(args), strings.NewReader(""), fullDisk{}, said, alice.getenv)
		cancel()
		if status != statusFailed || !strings.Contains(stderr.String(), errBroken.Error()) {
			t.Errorf("ninchat %q: status %d, %s", args, status, &stderr)
		}
	}
}

// A session that can't be kept for the next run is told about, also when the listener
// is interrupted.
func TestListenCannotSuspend(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	id := alice.channel("lobby")
	dir := filepath.Join(w.dir, "sessions")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	listening := alice.start(nil, "listen", id, "--resume", filepath.Join(dir, "session.json"))
	listening.says("listening")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	alice.ok("hello\n", "send", id)
	listening.rest()
	listening.line()
	listening.cancel()
	if status := listening.end(); status != statusFailed || !strings.Contains(listening.said.String(), "saved") {
		t.Errorf("status %d: %s", status, listening.said.String())
	}
}
