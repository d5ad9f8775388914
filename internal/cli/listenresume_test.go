package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/server"
)

// TestProcessKilled kills the listener again and again while messages come. Each
// run goes on with the session of the one before: all messages are printed at
// least once, and in order if those that come again are left out.
func TestProcessKilled(t *testing.T) {
	w := newWorld(t, roomy())
	e := w.exchange()
	file := filepath.Join(t.TempDir(), "session.json")
	const messages = 900
	var text []string
	for i := range messages {
		text = append(text, fmt.Sprint(i))
	}
	listen := func() *process {
		p := e.listener.spawn(nil, "listen", "--json", "--resume", file, e.channel)
		p.says("listening to 1 channel")
		p.rest()
		return p
	}
	listening := listen()
	// A process that is killed has printed at most window messages that haven't
	// been read: they all are before the next one is killed.
	const window = messages / 10
	reader, writer := io.Pipe()
	sending := e.sender.spawn(reader, "send", e.channel)
	sending.rest()
	send := func(lines []string) {
		if _, err := io.WriteString(writer, strings.Join(lines, "\n")+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	send(text[:window])
	var got []string
	kills, again := 0, 0
	for len(got) < messages {
		line, more := listening.line()
		if !more {
			if status := listening.end(); status != -1 {
				t.Fatalf("status %d after %d messages: %s", status, len(got), listening.said.String())
			}
			listening = listen()
			continue
		}
		var n int
		p := parseLine(t, line)
		if _, err := fmt.Sscan(p.text(t), &n); err != nil || n > len(got) {
			t.Fatalf("message %d came after %d messages", n, len(got))
		}
		if n < len(got) {
			again++
			continue
		}
		got = append(got, fmt.Sprint(n))
		if next := n + window; next < messages {
			send(text[next : next+1])
		}
		if kills < 5 && len(got) >= (kills+1)*messages/7 {
			kills++
			if err := listening.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	sameTexts(t, got, text)
	t.Logf("killed %d times; %d messages came again", kills, again)
	if stats := w.server.Stats(); kills != 5 || stats.SessionsLost != 0 || stats.Resumed < 5 {
		t.Errorf("killed %d times, %d sessions lost, %d resumed", kills, stats.SessionsLost, stats.Resumed)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := listening.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if status := listening.end(); status != 0 {
		t.Errorf("status %d: %s", status, listening.said.String())
	}
	if status := sending.end(); status != 0 {
		t.Errorf("send: status %d: %s", status, sending.said.String())
	}
}

// TestListenResume ends and goes on.
func TestListenResume(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.user("alice"), w.user("bob"), w.user("carol")
	id := alice.channel("lobby")
	file := filepath.Join(t.TempDir(), "session.json")
	run := func(want string, lines ...string) {
		t.Helper()
		listening := bob.start(nil, "listen", id, "--resume", file, "--count", fmt.Sprint(len(lines)))
		listening.says(want)
		listening.rest()
		for _, line := range lines {
			if got := listening.line(); got != line {
				t.Errorf("got %q, want %q", got, line)
			}
		}
		if status := listening.end(); status != 0 {
			t.Errorf("status %d", status)
		}
	}
	bob.ok("", "join", id)
	first := bob.start(nil, "listen", id, "--resume", file, "--count", "2")
	first.says("listening to 1 channel")
	first.rest()
	alice.ok("1\n2\n3\n", "send", id)
	for _, want := range []string{"<alice> 1", "<alice> 2"} {
		if got := first.line(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if status := first.end(); status != 0 {
		t.Errorf("status %d", status)
	}
	alice.ok("4\n", "send", id)
	run("resumed; listening to 1 channel", "<alice> 3")
	run("resumed; listening to 1 channel", "<alice> 4")

	carol.fails(1, "", []string{"listen", id, "--resume", file}, "another user")
	// What comes while there is no session is fetched, even by several runs.
	w.server.Faults().Lose(server.Match{UserID: bob.stored().UserID})
	alice.ok("5\n6\n7\n", "send", id)
	run("has lost the session of the run before", "<alice> 5", "<alice> 6")
	alice.ok("8\n", "send", id)
	run("resumed; listening to 1 channel", "<alice> 7", "<alice> 8")
	alice.ok("9\n", "send", id)
	run("resumed; listening to 1 channel", "<alice> 9")
	// Without knowing how far the run before was, it begins with what comes.
	w.server.Faults().Lose(server.Match{UserID: bob.stored().UserID})
	alice.ok("10\n", "send", id)
	if err := os.Remove(file + ".places"); err != nil {
		t.Fatal(err)
	}
	lost := bob.start(nil, "listen", id, "--resume", file, "--count", "1")
	lost.says("has lost the session of the run before")
	lost.says("listening to 1 channel")
	lost.rest()
	alice.ok("11\n", "send", id)
	if got := lost.line(); got != "<alice> 11" {
		t.Errorf("got %q", got)
	}
	if status := lost.end(); status != 0 {
		t.Errorf("status %d", status)
	}
	if err := os.WriteFile(file+".places", []byte("?"), 0o600); err != nil {
		t.Fatal(err)
	}
	bob.fails(1, "", []string{"listen", id, "--resume", file}, "isn't a file that was written by")
	if err := os.Remove(file + ".places"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	bob.fails(1, "", []string{"listen", id, "--resume", file}, "others can use")
}

// forgetful is a TokenStore that stores nothing.
type forgetful struct{ ninchat.TokenLocker }

func (forgetful) Save(context.Context, ninchat.Token) error { return nil }

// What the listener writes isn't replaced by something older that the session is just
// writing.
func TestPlacesStay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "session")
	store := newPlaceStore(file)
	store.TokenLocker = forgetful{store.TokenLocker}
	ctx, cancel := context.WithCancel(t.Context())
	var saving sync.WaitGroup
	defer saving.Wait()
	defer cancel()
	for range 2 {
		saving.Go(func() {
			for ctx.Err() == nil {
				if err := store.Save(ctx, ninchat.Token{}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 100 {
		behind := i%2 == 0
		if err := store.setBehind(behind); err != nil {
			t.Fatal(err)
		}
		stored := newPlaceStore(file)
		if _, err := stored.Load(t.Context()); err != nil || stored.isBehind() != behind {
			t.Fatalf("round %d: stored %v, want %v (%v)", i, stored.isBehind(), behind, err)
		}
	}
}
