package session_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// numbers are the messages "0", "1" and so on.
func numbers(count int) []string {
	var texts []string
	for i := range count {
		texts = append(texts, fmt.Sprint(i))
	}
	return texts
}

func TestEventsInOrder(t *testing.T) {
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
			r := newRoomBy(t, srv, by)
			for _, text := range numbers(300) {
				r.say(t, text)
			}
			// In three loops: each goes on where the last one was left.
			got := slices.Concat(hear(t, r.bob, 100), hear(t, r.bob, 1), hear(t, r.bob, 199))
			if !slices.Equal(got, numbers(300)) {
				t.Fatalf("heard %q", got)
			}
		})
	})
}

func TestEventsEndWithContext(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		s := open(t, config(srv, "Alice"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var last error
		for event, err := range s.Events(ctx) {
			if last = err; err != nil && event != nil {
				t.Fatalf("%v with %v", event, err)
			}
		}
		if !errors.Is(last, context.DeadlineExceeded) {
			t.Fatalf("the loop ended with %v", last)
		}
	})
}

func TestOneLoopAtATime(t *testing.T) {
	srv := ninchattest.New(t)
	s := open(t, config(srv, "Alice"))
	for range s.Events(t.Context()) {
		for _, err := range s.Events(t.Context()) {
			if !errors.Is(err, ninchat.ErrBusy) {
				t.Fatalf("the second loop gives %v", err)
			}
		}
		break
	}
	r := 0
	for range s.Events(canceled(t)) {
		r++
	}
	if r != 1 {
		t.Fatalf("a loop after it yields %d times", r)
	}
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// An event whose handling panicked comes again.
func TestPanicInLoop(t *testing.T) {
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		srv := ninchattest.New(t)
		r := newRoomBy(t, srv, by)
		r.say(t, "0")
		r.say(t, "1")
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			for event := range r.bob.Events(t.Context()) {
				if _, ok := content(t, event); ok {
					panic("oops")
				}
			}
		}()
		if got := hear(t, r.bob, 2); !slices.Equal(got, numbers(2)) {
			t.Fatalf("heard %q", got)
		}
	})
}

// What the session received before its end can be read after it, and then the
// loop ends.
func TestEventsAfterClose(t *testing.T) {
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		srv := ninchattest.New(t)
		r := newRoomBy(t, srv, by)
		r.say(t, "0")
		for r.bob.Stats().EventsQueued < 3 {
			runtime.Gosched()
		}
		if err := r.bob.Close(); err != nil {
			t.Fatal(err)
		}
		heard := 0
		for event, err := range r.bob.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := content(t, event); ok {
				heard++
			}
		}
		if heard != 1 {
			t.Fatalf("heard %d messages", heard)
		}
		if r.bob.Err() != nil || r.bob.State() != ninchat.Closed {
			t.Fatalf("state %v, error %v", r.bob.State(), r.bob.Err())
		}
	})
}

// Events on a connection on which nothing is sent are acknowledged: the server's
// buffer never overflows.
func TestIdleListenerAcknowledges(t *testing.T) {
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		synctest.Test(t, func(t *testing.T) {
			srv := ninchattest.New(t, ninchattest.InMemory(), ninchattest.WithConfig(func(c *server.Config) {
				c.Limits.Events = 400
			}))
			r := newRoomBy(t, srv, by)
			for round := range 10 {
				for range 200 {
					r.say(t, fmt.Sprint(round))
				}
				hear(t, r.bob, 200)
				time.Sleep(5 * time.Second)
			}
			if n := r.bob.Stats().SessionsLost; n != 0 {
				t.Fatalf("the session was lost %d times", n)
			}
		})
	})
}

// A consumer that is slow costs a bounded amount of memory, and loses nothing;
// calls go on, and so does the connection.
func TestSlowConsumer(t *testing.T) {
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
			r := newRoomBy(t, srv, by)
			c := travelling(by, config(srv, "Carol"))
			c.QueueEvents = 10
			carol := open(t, c)
			if _, err := carol.JoinChannel(t.Context(), api.JoinChannel{ChannelID: &r.channel}); err != nil {
				t.Fatal(err)
			}
			for i, text := range numbers(500) {
				r.say(t, text)
				if i%100 == 50 {
					if _, err := carol.Ping(t.Context(), api.Ping{}); err != nil {
						t.Fatal(err)
					}
				}
				if n := carol.Stats().EventsQueued; n > 20 {
					t.Fatalf("%d events are queued", n)
				}
			}
			time.Sleep(10 * time.Minute)
			if got := hear(t, carol, 500); !slices.Equal(got, numbers(500)) {
				t.Fatalf("heard %q", got)
			}
			stats := carol.Stats()
			if stats.SessionsLost != 0 || stats.Pauses == 0 || stats.EventsPostponed == 0 {
				t.Fatalf("stats: %+v", stats)
			}
		})
	})
}

func TestQueueBytes(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		r := newRoom(t, srv)
		c := config(srv, "Carol")
		c.QueueBytes = 100_000
		carol := open(t, c)
		if _, err := carol.JoinChannel(t.Context(), api.JoinChannel{ChannelID: &r.channel}); err != nil {
			t.Fatal(err)
		}
		var want []string
		for i := range 50 {
			want = append(want, fmt.Sprint(i, strings.Repeat("x", 10_000)))
			r.say(t, want[i])
			if n := carol.Stats().BytesQueued; n > 220_000 {
				t.Fatalf("%d bytes are queued", n)
			}
		}
		if got := hear(t, carol, 50); !slices.Equal(got, want) {
			t.Fatal("heard something else")
		}
	})
}

// An event that is larger than the limits is reported, and the session goes on.
func TestDamagedEvent(t *testing.T) {
	srv := ninchattest.New(t)
	r := newRoom(t, srv)
	c := config(srv, "Carol")
	c.Limits.Part = 1000
	carol := open(t, c)
	if _, err := carol.JoinChannel(t.Context(), api.JoinChannel{ChannelID: &r.channel}); err != nil {
		t.Fatal(err)
	}
	r.say(t, strings.Repeat("x", 1001))
	r.say(t, "after")
	for event, err := range carol.Events(t.Context()) {
		if err == nil {
			continue
		}
		damage, ok := errors.AsType[*ninchat.DamageError](err)
		if !ok || event == nil || event.Name != "message_received" || damage.Event != event || event.Payload != nil {
			t.Fatalf("event %v, error %v", event, err)
		}
		break
	}
	if got := hear(t, carol, 1); got[0] != "after" {
		t.Fatalf("heard %q", got)
	}
	// The same as the reply to a call.
	for reply, err := range carol.LoadHistory(t.Context(), api.LoadHistory{ChannelID: &r.channel, HistoryOrder: new(int64(1))}) {
		if err != nil {
			if _, ok := errors.AsType[*ninchat.DamageError](err); !ok {
				t.Fatal(err)
			}
			return
		}
		if m := reply.MessageReceived; m != nil && m.Payload == nil {
			t.Fatal("a reply lacks its payload without an error")
		}
	}
	t.Fatal("no error")
}
