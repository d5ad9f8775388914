package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
)

// listener opens a session of a new member of the room.
func (r room) listener(t *testing.T, srv place, change func(*ninchat.Config)) *ninchat.Session {
	t.Helper()
	c := config(srv, "Carol")
	change(&c)
	s := open(t, c)
	if _, err := s.JoinChannel(t.Context(), api.JoinChannel{ChannelID: &r.channel}); err != nil {
		t.Fatal(err)
	}
	return s
}

// heard has what a handler of a test was called for.
type heard struct {
	t     *testing.T
	count int
	// full is closed when as many messages have come as there should, and over
	// when the handler was called for the last time, with err.
	full, over chan struct{}

	mu    sync.Mutex
	texts []string
	err   error
}

func newHeard(t *testing.T, count int) *heard {
	return &heard{t: t, count: count, full: make(chan struct{}), over: make(chan struct{})}
}

func (h *heard) handle(event *api.Event, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if event == nil {
		h.err = err
		close(h.over)
		return
	}
	if h.err != nil {
		h.t.Error("the handler was called after the last time")
	}
	if text, ok := content(h.t, event); ok {
		if h.texts = append(h.texts, text); len(h.texts) == h.count {
			close(h.full)
		}
	}
}

// executors are those that every test of handlers is run with.
func executors() map[string]func(*ninchat.Config) {
	return map[string]func(*ninchat.Config){
		"own goroutine": func(*ninchat.Config) {},
		"pool":          func(c *ninchat.Config) { c.Executor = ninchat.NewPool(4) },
		"in place":      func(c *ninchat.Config) { c.Executor = ninchat.ExecutorFunc(func(f func()) { f() }) },
		"each its goroutine, twice": func(c *ninchat.Config) {
			c.Executor = ninchat.ExecutorFunc(func(f func()) { go f(); go f() })
		},
		"pool, by key": func(c *ninchat.Config) {
			c.Executor, c.Key = ninchat.NewPool(0), func(e *api.Event) string { return e.Name }
		},
	}
}

// byEachExecutor runs a test with each executor, by each transport.
func byEachExecutor(t *testing.T, test func(t *testing.T, srv *routed, name string, executor func(*ninchat.Config))) {
	t.Helper()
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		for name, executor := range executors() {
			t.Run(name, func(t *testing.T) { test(t, &routed{ninchattest.New(t), by}, name, executor) })
		}
	})
}

func TestHandle(t *testing.T) {
	byEachExecutor(t, func(t *testing.T, srv *routed, _ string, executor func(*ninchat.Config)) {
		r := newRoom(t, srv.Server)
		s := r.listener(t, srv, executor)
		for _, text := range numbers(100) {
			r.say(t, text)
		}
		h := newHeard(t, 300)
		if err := s.Handle(t.Context(), h.handle); err != nil {
			t.Fatal(err)
		}
		if err := s.Handle(t.Context(), h.handle); !errors.Is(err, ninchat.ErrBusy) {
			t.Fatalf("a second handler: %v", err)
		}
		for _, err := range s.Events(t.Context()) {
			if !errors.Is(err, ninchat.ErrBusy) {
				t.Fatalf("a loop beside the handler: %v", err)
			}
		}
		for _, text := range numbers(300)[100:] {
			r.say(t, text)
		}
		<-h.full
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		join(t, s)
		<-h.over
		if !slices.Equal(h.texts, numbers(300)) || !errors.Is(h.err, ninchat.ErrClosed) {
			t.Fatalf("heard %q, error %v", h.texts, h.err)
		}
		if stats := s.Stats(); stats.EventsHandled < 300 || stats.EventsQueued != 0 {
			t.Fatalf("stats: %+v", stats)
		}
		// Others may come after it, and are told of the end.
		late := newHeard(t, 0)
		if err := s.Handle(t.Context(), late.handle); err != nil {
			t.Fatal(err)
		}
		<-late.over
		if !errors.Is(late.err, ninchat.ErrClosed) {
			t.Fatalf("error is %v", late.err)
		}
	})
}

// Handlers and loops take turns, and no event is lost between them.
func TestHandlersAndLoopsTakeTurns(t *testing.T) {
	byEachExecutor(t, func(t *testing.T, srv *routed, _ string, executor func(*ninchat.Config)) {
		r := newRoom(t, srv.Server)
		s := r.listener(t, srv, executor)
		for _, text := range numbers(200) {
			r.say(t, text)
		}
		var got []string
		for turn := range 8 {
			if turn%2 == 0 {
				got = append(got, hear(t, s, 10)...)
				continue
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			h := newHeard(t, 5)
			if err := s.Handle(ctx, func(event *api.Event, err error) {
				h.handle(event, err)
				select {
				case <-h.full:
					cancel(errEnough)
				default:
				}
			}); err != nil {
				t.Fatal(err)
			}
			<-h.over
			if !errors.Is(h.err, errEnough) || len(h.texts) != 5 {
				t.Fatalf("%d heard, error %v", len(h.texts), h.err)
			}
			got = append(got, h.texts...)
		}
		got = append(got, hear(t, s, 200-len(got))...)
		if !slices.Equal(got, numbers(200)) {
			t.Fatalf("heard %q", got)
		}
		for s.Stats().EventsQueued > 0 {
			runtime.Gosched()
		}
	})
}

// A panic, and the end of the goroutine, are the end of one call of a callback
// only.
func TestPanicInCallbacks(t *testing.T) {
	byEachExecutor(t, func(t *testing.T, srv *routed, name string, executor func(*ninchat.Config)) {
		r := newRoom(t, srv.Server)
		var log lockedBuffer
		s := r.listener(t, srv, func(c *ninchat.Config) {
			executor(c)
			c.Logger = slog.New(slog.NewTextHandler(&log, nil))
		})
		h := newHeard(t, 4)
		if err := s.Handle(t.Context(), func(event *api.Event, err error) {
			h.handle(event, err)
			if event == nil {
				return
			}
			if text, _ := content(t, event); text == "1" {
				panic("oops, the handler")
			} else if text == "2" && name != "in place" {
				runtime.Goexit()
			}
		}); err != nil {
			t.Fatal(err)
		}
		for _, text := range numbers(4) {
			r.say(t, text)
		}
		<-h.full
		c := collect(t)
		if _, err := s.Start(t.Context(), ping, func(r ninchat.Reply) { defer c.take(r); panic("oops, the callback") }); err != nil {
			t.Fatal(err)
		}
		c.all()
		if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		join(t, s)
		if n := s.Stats().Panics; n != 2 {
			t.Errorf("%d panics", n)
		}
		if !slices.Equal(h.texts, numbers(4)) {
			t.Errorf("heard %q", h.texts)
		}
		for _, want := range []string{"handler of Session.Handle", "callback of Session.Start", "handle_test.go"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %q:\n%s", want, log.String())
			}
		}
	})
}

// lockedBuffer is a buffer that several goroutines may write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Events of the same key are handled in order, others at the same time, and never
// more than there are workers.
func TestKey(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		s := r.listener(t, srv, func(c *ninchat.Config) {
			c.Executor = ninchat.NewPool(3)
			c.Key = func(e *api.Event) string {
				text, ok := content(t, e)
				if !ok {
					panic("not a message")
				}
				return text[:1]
			}
		})
		var mu sync.Mutex
		busy, most := map[string]bool{}, 0
		byKey := map[string][]string{}
		done := make(chan struct{})
		left := 60
		if err := s.Handle(t.Context(), func(event *api.Event, err error) {
			if event == nil {
				return
			}
			text, ok := content(t, event)
			if !ok {
				return
			}
			key := text[:1]
			mu.Lock()
			if busy[key] {
				t.Errorf("two events of key %s at the same time", key)
			}
			busy[key] = true
			most = max(most, len(busy))
			byKey[key] = append(byKey[key], text[1:])
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			delete(busy, key)
			if left--; left == 0 {
				close(done)
			}
			mu.Unlock()
		}); err != nil {
			t.Fatal(err)
		}
		for i := range 60 {
			r.say(t, fmt.Sprint(i%6+1)+fmt.Sprint(i/6))
		}
		<-done
		if most != 3 {
			t.Errorf("%d events were handled at the same time", most)
		}
		for key, texts := range byKey {
			if !slices.Equal(texts, numbers(10)) {
				t.Errorf("key %s: %q", key, texts)
			}
		}
	})
}

// With keys that finish out of order, only what comes before the oldest event
// that is being handled is acknowledged; the queue is bounded meanwhile.
func TestKeysAcknowledgeInOrder(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		s := r.listener(t, srv, func(c *ninchat.Config) {
			c.Executor, c.QueueEvents = ninchat.NewPool(8), 20
			c.Key = func(e *api.Event) string {
				text, _ := content(t, e)
				return text
			}
		})
		release := make(chan struct{})
		h := newHeard(t, 100)
		if err := s.Handle(t.Context(), func(event *api.Event, err error) {
			if event != nil {
				if text, _ := content(t, event); text == "0" {
					<-release
				}
			}
			h.handle(event, err)
		}); err != nil {
			t.Fatal(err)
		}
		for _, text := range numbers(100) {
			r.say(t, text)
		}
		time.Sleep(time.Hour)
		stats := s.Stats()
		if stats.EventsQueued < 20 || stats.EventsQueued > 40 {
			t.Fatalf("%d events are queued", stats.EventsQueued)
		}
		h.mu.Lock()
		if n := len(h.texts); n < 19 || slices.Contains(h.texts, "0") {
			t.Errorf("heard %q", h.texts)
		}
		h.mu.Unlock()
		close(release)
		<-h.full
		time.Sleep(10 * time.Second)
		if stats := s.Stats(); stats.EventsQueued != 0 || stats.SessionsLost != 0 {
			t.Fatalf("stats: %+v", stats)
		}
		slices.Sort(h.texts)
		want := numbers(100)
		slices.Sort(want)
		if !slices.Equal(h.texts, want) {
			t.Fatalf("heard %q", h.texts)
		}
	})
}

// A handler that is slow costs a bounded amount of memory and loses nothing;
// calls and the connection go on.
func TestSlowHandler(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		s := r.listener(t, srv, func(c *ninchat.Config) { c.QueueEvents = 10 })
		h := newHeard(t, 100)
		if err := s.Handle(t.Context(), func(event *api.Event, err error) {
			h.handle(event, err)
			select {
			case <-h.full:
			case <-time.After(30 * time.Second):
			}
		}); err != nil {
			t.Fatal(err)
		}
		for _, text := range numbers(100) {
			r.say(t, text)
			if n := s.Stats().EventsQueued; n > 20 {
				t.Errorf("%d events are queued", n)
			}
		}
		for range 50 {
			if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		<-h.full
		if stats := s.Stats(); !slices.Equal(h.texts, numbers(100)) || stats.SessionsLost != 0 || stats.EventsPostponed == 0 {
			t.Errorf("heard %q, stats %+v", h.texts, stats)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		join(t, s)
	})
}

// An event is acknowledged soon after it has been handled, even if the next one
// takes long.
func TestHandledWhileTheNextTakesLong(t *testing.T) {
	for _, way := range []string{"loop", "handler"} {
		t.Run(way, func(t *testing.T) {
			inBubbles(t, func(t *testing.T, srv *routed) {
				r := newRoom(t, srv)
				s := r.listener(t, srv, func(*ninchat.Config) {})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				over := make(chan struct{})
				handle := func(event *api.Event) {
					if text, _ := content(t, event); text == "1" {
						time.Sleep(time.Hour)
					}
				}
				if way == "loop" {
					go func() {
						defer close(over)
						for event := range s.Events(ctx) {
							if event != nil {
								handle(event)
							}
						}
					}()
				} else if err := s.Handle(ctx, func(event *api.Event, _ error) {
					if event == nil {
						close(over)
						return
					}
					handle(event)
				}); err != nil {
					t.Fatal(err)
				}
				r.say(t, "0")
				r.say(t, "1")
				time.Sleep(5 * time.Second)
				if n := s.Stats().EventsQueued; n != 1 {
					t.Errorf("%d events count as not handled", n)
				}
				cancel()
				<-over
			})
		})
	}
}

// Close inside a callback and beside one that doesn't return waits for neither.
func TestCloseDoesNotWaitForCallbacks(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		s := open(t, config(srv, "Alice"))
		release := make(chan struct{})
		if err := s.Handle(t.Context(), func(*api.Event, error) { <-release }); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		start := time.Now()
		if err := s.Close(); err != nil || time.Since(start) != 0 {
			t.Errorf("Close took %v: %v", time.Since(start), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.Join(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Join returns %v while a handler is at work", err)
		}
		close(release)
		join(t, s)
	})
}
