package session_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

// A loop calls all callbacks of many sessions in the goroutine that runs it: what
// they share needs no lock.
func TestLoop(t *testing.T) {
	byNetwork(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		var loop ninchat.Loop
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		heard := make(map[*ninchat.Session][]string)
		var sessions []*ninchat.Session
		over := 0
		for range 5 {
			s := r.listener(t, srv, func(c *ninchat.Config) { c.Executor = &loop })
			sessions = append(sessions, s)
			if err := s.Handle(t.Context(), func(event *api.Event, err error) {
				if event == nil {
					if over++; over == 5 {
						cancel()
					}
					return
				}
				if text, ok := content(t, event); ok {
					if heard[s] = append(heard[s], text); len(heard[s]) < 50 {
						return
					}
					// Calling back in works, and closing.
					if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
						t.Error(err)
					}
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				}
			}); err != nil {
				t.Fatal(err)
			}
		}
		var talk sync.WaitGroup
		talk.Go(func() {
			for _, text := range numbers(50) {
				if _, err := r.alice.SendMessage(t.Context(), r.text(text)); err != nil {
					t.Error(err)
				}
			}
		})
		if err := loop.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		// Others may hear the last message before Alice has got her answer.
		talk.Wait()
		for _, s := range sessions {
			if !slices.Equal(heard[s], numbers(50)) {
				t.Errorf("heard %q", heard[s])
			}
		}
	})
}

// Everything that waits may be called in a callback of the loop, and what would
// be of no use is refused.
func TestLoopCallsBackIn(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		var loop ninchat.Loop
		ctx, cancel := context.WithCancel(t.Context())
		c := config(srv, "Alice")
		c.Executor, c.MaxCalls, c.QueueEvents = &loop, 2, 4
		s := open(t, c)
		steps := 0
		if err := s.Handle(t.Context(), func(event *api.Event, _ error) {
			if event == nil {
				cancel()
				return
			}
			if steps++; steps > 1 {
				return
			}
			// Callbacks that can't be called now don't keep calls waiting.
			for range 2 {
				if _, err := s.Start(ctx, ping, func(ninchat.Reply) { steps++ }); err != nil {
					t.Error(err)
				}
			}
			for range 10 {
				if _, err := s.Ping(ctx, api.Ping{}); err != nil {
					t.Error(err)
				}
			}
			for _, err := range s.Events(ctx) {
				if !errors.Is(err, ninchat.ErrBusy) {
					t.Errorf("Events: %v", err)
				}
			}
			if err := loop.Run(ctx); !errors.Is(err, ninchat.ErrRunning) {
				t.Errorf("Run: %v", err)
			}
			if err := s.Drain(ctx); err != nil {
				t.Errorf("Drain: %v", err)
			}
			if err := s.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			if _, err := s.Send(ping); !errors.Is(err, ninchat.ErrClosed) {
				t.Errorf("Send: %v", err)
			}
		}); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_ = loop.Run(ctx)
		if steps != 3 || time.Since(start) > time.Second {
			t.Errorf("%d steps in %v", steps, time.Since(start))
		}
		join(t, s)
	})
}

// A loop that nobody runs keeps nothing but callbacks waiting, and what waits is
// called by the next Run.
func TestLoopThatIsNotRun(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		var loop ninchat.Loop
		s := r.listener(t, srv, func(c *ninchat.Config) { c.Executor, c.QueueEvents = &loop, 10 })
		ctx, cancel := context.WithCancelCause(t.Context())
		h := newHeard(t, 0)
		if err := s.Handle(ctx, h.handle); err != nil {
			t.Fatal(err)
		}
		for _, text := range numbers(50) {
			r.say(t, text)
		}
		c := collect(t)
		if _, err := s.Start(t.Context(), ping, c.take); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if stats := s.Stats(); stats.EventsQueued > 20 || stats.SessionsLost > 0 {
			t.Fatalf("stats: %+v", stats)
		}
		// The end of the context gives the events back at once.
		cancel(errEnough)
		synctest.Wait()
		if got := hear(t, s, 50); !slices.Equal(got, numbers(50)) {
			t.Fatalf("heard %q", got)
		}
		start := time.Now()
		if err := s.Close(); err != nil || time.Since(start) != 0 {
			t.Fatalf("Close took %v: %v", time.Since(start), err)
		}
		running, stop := context.WithCancel(t.Context())
		go func() { <-c.done; <-h.over; stop() }()
		_ = loop.Run(running)
		if got := c.all(); len(got) != 1 || got[0].Event == nil || !errors.Is(h.err, errEnough) || len(h.texts) != 0 {
			t.Fatalf("replies %+v, error %v, heard %q", got, h.err, h.texts)
		}
	})
}

func TestLoopRunsFunctionsInOrder(t *testing.T) {
	var loop ninchat.Loop
	var order []int
	ctx, cancel := context.WithCancel(t.Context())
	for i := range 200 {
		loop.Execute(func() { order = append(order, i) })
	}
	loop.Execute(func() {
		panic("oops")
	})
	loop.Execute(func() { loop.Execute(cancel) })
	func() {
		defer func() { order = append(order, -1); _ = recover() }()
		_ = loop.Run(ctx)
	}()
	if err := loop.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if len(order) != 201 || order[200] != -1 || !slices.IsSorted(order[:200]) {
		t.Fatal(fmt.Sprint(order))
	}
}
