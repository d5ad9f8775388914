package cli

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/server"
)

func TestListen(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	id := alice.channel("lobby")
	// Bob isn't a member: listening makes him one.
	listening := bob.start(nil, "listen", id, "--count", "4")
	listening.says("listening to 1 channel")
	listening.rest()
	alice.ok("hello\n\n\x1b[2J\u202eevil\rtwo\n", "send", id)
	bob.ok("own", "send", id)
	for _, want := range []string{"<alice> hello", "<alice> ", `<alice> \u001b[2J\u202eevil\u000dtwo`, "<bob> own"} {
		if got := listening.line(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if status := listening.end(); status != 0 {
		t.Errorf("status %d", status)
	}
}

func TestListenJSON(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	id := alice.channel("lobby")
	listening := bob.start(nil, "listen", id, "--count", "2", "--json")
	listening.says("listening to 1 channel")
	listening.rest()
	alice.ok("hello\n\u202e\u009b[\n", "send", id)
	for _, want := range []string{"hello", "\u202e\u009b["} {
		line := listening.line()
		p := parseLine(t, line)
		if p.Event != "message_received" || p.text(t) != want || p.Header.ChannelID != id || p.Header.MessageID == "" {
			t.Errorf("got %s", line)
		}
		if visible(line) != line {
			t.Errorf("the line isn't fit for a terminal: %q", line)
		}
	}
	if status := listening.end(); status != 0 {
		t.Errorf("status %d", status)
	}
}

// TestListenToAll listens to channels and dialogues, also to those that are new.
func TestListenToAll(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	one := bob.channel("one")
	alice.ok("", "join", one)
	listening := bob.start(nil, "listen")
	listening.says("listening to 1 conversation")
	listening.rest()
	aliceID := alice.stored().UserID
	alice.ok("in one", "send", one)
	if got := listening.line(); got != one+" <alice> in one" {
		t.Errorf("got %q", got)
	}
	alice.ok("to you", "send", "--user", bob.stored().UserID)
	if got := listening.line(); got != aliceID+" <alice> to you" {
		t.Errorf("got %q", got)
	}
	two := alice.channel("two")
	alice.ok("before", "send", two)
	bob.ok("", "join", two)
	alice.ok("in two", "send", two)
	if got := listening.line(); got != two+" <alice> in two" {
		t.Errorf("got %q", got)
	}
	// What was missed in any of them is fetched.
	for _, where := range [][]string{{one}, {two}, {"--user", bob.stored().UserID}} {
		w.settle(1)
		if n := w.server.Faults().Lose(server.Match{UserID: bob.stored().UserID}); n != 1 {
			t.Fatalf("%d sessions were lost", n)
		}
		alice.ok("again", append([]string{"send"}, where...)...)
		if got := listening.line(); !strings.HasSuffix(got, " <alice> again") {
			t.Errorf("got %q", got)
		}
	}
	listening.cancel()
	if status := listening.end(); status != 0 {
		t.Errorf("status %d", status)
	}
}

// TestListenToSome hears nothing of other channels.
func TestListenToSome(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	one, two, three := alice.channel("one"), alice.channel("two"), alice.channel("three")
	listening := alice.start(nil, "listen", one, two)
	listening.says("listening to 2 channels")
	listening.rest()
	alice.ok("3", "send", three)
	alice.ok("2", "send", two)
	alice.ok("1", "send", one)
	for _, want := range []string{two + " <alice> 2", one + " <alice> 1"} {
		if got := listening.line(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestListenTypes(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	id := alice.channel("lobby")
	everything := alice.start(nil, "listen", id, "--type", "ninchat.com/info/*", "--type", "example.com/x")
	everything.says("listening")
	everything.rest()
	usual := alice.start(nil, "listen", id)
	usual.says("listening")
	usual.rest()
	bob.ok("", "join", id)
	bob.ok("hello", "send", id)
	bob.ok("part", "call", "send_message", "channel_id="+id, "message_type=example.com/x", "--payload", "-")
	bob.ok(`[{"element":"button","label":"yes\n"}]`, "call", "send_message", "channel_id="+id, "message_type=ninchat.com/ui/compose", "--payload", "-")
	if got := everything.line(); got != "* bob joined." {
		t.Errorf("got %q", got)
	}
	if got := everything.line(); got != `<bob> [example.com/x] "part"` {
		t.Errorf("got %q", got)
	}
	for _, want := range []string{"<bob> hello", `<bob> [example.com/x] "part"`, `<bob> [yes⏎]`} {
		if got := usual.line(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestListenNames has a user whose name looks like something else.
func TestListenNames(t *testing.T) {
	w := newWorld(t)
	alice, eve := w.user("alice"), w.newcomer("eve")
	eve.ok("", "user", "create", "alice> yes\n<bob\x1b[1m\u200b")
	eve.noteSecrets()
	id := alice.channel("lobby")
	eve.ok("", "join", id)
	listening := alice.start(nil, "listen", id, "--count", "1")
	listening.says("listening")
	eve.ok("no", "send", id)
	if got := listening.line(); got != `<alice\u003e yes⏎\u003cbob\u001b[1m\u200b> no` {
		t.Errorf("got %q", got)
	}
	if status := listening.end(); status != 0 {
		t.Errorf("status %d", status)
	}
}

// TestListenSessionLost loses the listener's session while a lot is said.
func TestListenSessionLost(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	id := alice.channel("lobby")
	bob.ok("", "join", id)
	alice.ok("before", "send", id)
	var text strings.Builder
	const count = 3000
	for i := range count {
		fmt.Fprintf(&text, "line %d\n", i)
	}
	listening := bob.start(nil, "listen", id, "--json")
	listening.says("listening")
	sending := alice.start(strings.NewReader(text.String()), "send", id)
	sending.rest()
	losses := 0
	listening.rest()
	for i := 0; i < count; {
		if i == 0 || i%1000 == 500 {
			w.server.Faults().Lose(server.Match{UserID: bob.stored().UserID})
		}
		p := parseLine(t, listening.line())
		if p.Event == "session_lost" {
			losses++
			if p.Payload != nil {
				t.Errorf("session_lost has a payload")
			}
			continue
		}
		if got, want := p.text(t), fmt.Sprintf("line %d", i); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
		i++
	}
	listening.cancel()
	if status := listening.end(); status != 0 {
		t.Errorf("status %d", status)
	}
	if said := strings.Count(listening.said.String(), "session lost"); losses == 0 || said < losses {
		t.Errorf("%d lost sessions were printed, %d were said", losses, said)
	}
	if status := sending.end(); status != 0 {
		t.Errorf("status %d", status)
	}
}

// TestListenCountInHistory ends in the middle of what was missed.
func TestListenCountInHistory(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	id := alice.channel("lobby")
	listening := bob.start(nil, "listen", id, "--count", "2")
	listening.says("listening")
	w.server.Faults().Refuse(503)
	w.server.Faults().Lose(server.Match{UserID: bob.stored().UserID})
	w.server.Faults().Refuse(0)
	alice.ok("one\ntwo\nthree\n", "send", id)
	listening.rest()
	for _, want := range []string{"<alice> one", "<alice> two"} {
		if got := listening.line(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if status := listening.end(); status != 0 {
		t.Errorf("status %d", status)
	}
}

// TestListenInterrupted ends although nobody reads what is printed.
func TestListenInterrupted(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	id := alice.channel("lobby")
	listening := alice.start(nil, "listen", id)
	listening.says("listening")
	alice.ok(strings.Repeat("hello\n", 100), "send", id)
	listening.line()
	listening.cancel()
	<-listening.done
	if listening.status != 0 {
		t.Errorf("status %d", listening.status)
	}
	// Before anything has happened, too.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := alice.runContext(ctx, "", "listen", id); r.status != statusFailed || !strings.Contains(r.stderr, "interrupted") {
		t.Errorf("got %+v", r)
	}
}

func TestListenFailures(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	alice.fails(statusFailed, "", []string{"listen", "nowhere"}, "join_channel: channel_not_found")
}
