package cli

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/ninchattest"
)

// limitedChannel is a channel that takes only so many messages, and a member of it.
func (w *world) limitedChannel(limit string) (alice, bob *actor, id string) {
	w.t.Helper()
	alice, bob = w.user("alice"), w.user("bob")
	id = alice.channel("lobby")
	bob.ok("", "join", id)
	alice.setLimit(id, limit)
	return alice, bob, id
}

func (a *actor) setLimit(id, limit string) {
	a.t.Helper()
	a.ok("", "call", "update_channel", "channel_id="+id, `channel_attrs:={"ratelimit":"`+limit+`"}`)
}

// numbers are lines to send.
func numbers(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprint(i))
	}
	return lines
}

// advance has time pass on the server until the command has ended.
func (w *world) advance(r *running, step time.Duration) {
	for {
		select {
		case <-r.done:
			return
		default:
			w.server.Advance(step)
			time.Sleep(time.Millisecond)
		}
	}
}

// What comes too soon waits, in its order.
func TestSendRateLimited(t *testing.T) {
	w := newWorld(t, ninchattest.WithClock())
	_, bob, id := w.limitedChannel("5/0.1")
	want := numbers(30)
	other := bob.channel("other")
	sending := bob.start(strings.NewReader(strings.Join(want, "\n")), "send", id, other, "--stall-timeout", "1h")
	sending.says("takes no more messages for a moment")
	sending.rest()
	w.advance(sending, 10*time.Millisecond)
	if status := sending.end(); status != 0 || !strings.Contains(sending.said.String(), "sent 60 messages to 2 channels") {
		t.Errorf("status %d: %s", status, sending.said.String())
	}
	sameTexts(t, bob.texts(id), want)
	sameTexts(t, bob.texts(other), want)
}

// The limit may come while messages are sent.
func TestSendRateLimitedLater(t *testing.T) {
	w := newWorld(t, ninchattest.WithClock())
	alice, bob, id := w.limitedChannel("1000/1")
	alice.ok("", "call", "update_channel", "channel_id="+id, `channel_attrs:={"ratelimit":null}`)
	input, more := io.Pipe()
	defer input.Close()
	sending := bob.start(input, "send", id, "--stall-timeout", "1h")
	listening := alice.start(nil, "listen", id)
	listening.says("listening")
	listening.rest()
	want := numbers(60)
	_, _ = io.WriteString(more, want[0]+"\n")
	listening.line()
	alice.setLimit(id, "20/0.2")
	go func() {
		_, _ = io.WriteString(more, strings.Join(want[1:], "\n"))
		_ = more.Close()
	}()
	sending.says("takes no more messages for a moment")
	sending.rest()
	w.advance(sending, 10*time.Millisecond)
	if status := sending.end(); status != 0 || !strings.Contains(sending.said.String(), "sent 60 messages") {
		t.Errorf("status %d: %s", status, sending.said.String())
	}
	// All have arrived, once each. What was on its way when the first was refused may
	// have overtaken it.
	got := make(map[string]int)
	for _, text := range bob.texts(id) {
		got[text]++
	}
	for _, text := range want {
		if got[text] != 1 {
			t.Errorf("%q is there %d times", text, got[text])
		}
	}
}

// A message isn't sent again for longer than was said.
func TestSendRateLimitedForTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sender{stall: time.Minute, readerDone: make(chan struct{})}
		to := &target{userID: new("user"), pacing: newPacing()}
		to.since = time.Now()
		m, attempts := sending{line: 3, target: to}, 0
		for s.pause(t.Context(), m, mostDelay) == again {
			attempts++
		}
		if waited := time.Since(to.since); waited != s.stall || attempts != 29 {
			t.Errorf("it was given up after %v and %d attempts", waited, attempts)
		}
		if len(s.failures) != 1 || s.failures[0].text() != "line 3: send_message: send_rate_limited for 1m0s" || s.failed != 1 {
			t.Errorf("got %+v", s.failures)
		}
	})
}

// A channel that takes nothing is given up, and that is said of each message. Others
// get theirs.
func TestSendRateLimitedIsGivenUp(t *testing.T) {
	w := newWorld(t, ninchattest.WithClock())
	_, bob, id := w.limitedChannel("2/3600")
	other := bob.channel("other")
	lines := numbers(6)
	bob.fails(statusFailed, strings.Join(lines, "\n"), []string{"send", id, other, "--stall-timeout", "2s"},
		"line 3: send_message: send_rate_limited for 2s", "3 more messages not sent to "+id, "sent 8 messages to 2 channels")
	sameTexts(t, bob.texts(id), lines[:2])
	sameTexts(t, bob.texts(other), lines)
}

// Where no channel takes anything, the rest of the input isn't read, which is said.
func TestSendLeavesTheRest(t *testing.T) {
	w := newWorld(t)
	r := w.user("alice").fails(statusFailed, strings.Join(numbers(1000), "\n"), []string{"send", "nowhere"}, "nothing after line ")
	if strings.Contains(r.stderr, "nothing after line 1000 ") {
		t.Error(r.stderr)
	}
}

func TestRateDelay(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"5/1": 200 * time.Millisecond, "1/3600": mostDelay, "1000/1": leastDelay, "1/1e300": mostDelay, "2/0.5": 250 * time.Millisecond,
		"": 0, "5": 0, "0/1": 0, "5/0": 0, "-1/1": 0, "5/-1": 0, "5/NaN": 0, "x/1": 0,
	} {
		if got, ok := rateDelay(text); got != want || ok != (want > 0) {
			t.Errorf("%q: got %v, %v", text, got, ok)
		}
	}
}
