package session_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

func manual(c *ninchat.Config) { c.ManualAck = true }

// takeEvents reads a number of events, and acknowledges none.
func takeEvents(t *testing.T, s *ninchat.Session, count int) (events []*api.Event) {
	t.Helper()
	for event, err := range s.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if events = append(events, event); len(events) == count {
			break
		}
	}
	return events
}

// Events may be acknowledged in any order; the queue is as long as what comes
// after the oldest one that hasn't been.
func TestAcknowledgeInAnyOrder(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		s := r.listener(t, srv, manual)
		for _, text := range numbers(50) {
			r.say(t, text)
		}
		time.Sleep(time.Second)
		events := takeEvents(t, s, s.Stats().EventsQueued)
		time.Sleep(time.Minute)
		if n := s.Stats().EventsQueued; n != len(events) {
			t.Fatalf("%d of %d events wait to be acknowledged", n, len(events))
		}
		random := rand.New(rand.NewPCG(1, 2))
		acknowledged := make([]bool, len(events))
		for _, i := range random.Perm(len(events)) {
			if err := s.Acknowledge(events[i]); err != nil {
				t.Fatal(err)
			}
			if err := s.Acknowledge(events[i]); !errors.Is(err, ninchat.ErrNotAwaited) {
				t.Fatalf("a second time: %v", err)
			}
			acknowledged[i] = true
			want := len(events)
			if oldest := slices.Index(acknowledged, false); oldest >= 0 {
				want -= oldest
			} else {
				want = 0
			}
			synctest.Wait()
			if n := s.Stats().EventsQueued; n != want {
				t.Fatalf("%d events wait to be acknowledged, want %d", n, want)
			}
		}
		stranger := *events[0]
		for _, event := range []*api.Event{nil, {}, &stranger} {
			if err := s.Acknowledge(event); !errors.Is(err, ninchat.ErrNotAwaited) {
				t.Fatalf("error is %v", err)
			}
		}
	})
}

// What isn't acknowledged stops at the limits of the queue, and nothing is lost.
func TestForgottenAcknowledgement(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		s := r.listener(t, srv, func(c *ninchat.Config) { c.ManualAck, c.QueueEvents = true, 10 })
		events := make(chan *api.Event, 200)
		if err := s.Handle(t.Context(), func(event *api.Event, _ error) {
			if event != nil {
				events <- event
			}
		}); err != nil {
			t.Fatal(err)
		}
		for _, text := range numbers(100) {
			r.say(t, text)
		}
		time.Sleep(time.Hour)
		if n := s.Stats().EventsQueued; n < 10 || n > 20 || n != len(events) {
			t.Fatalf("%d events are queued, %d were handled", n, len(events))
		}
		if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
			t.Fatal(err)
		}
		var heard []string
		for len(heard) < 100 {
			event := <-events
			if text, ok := content(t, event); ok {
				heard = append(heard, text)
			}
			if err := s.Acknowledge(event); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(heard, numbers(100)) || s.Stats().SessionsLost != 0 {
			t.Fatalf("heard %q", heard)
		}
	})
}

// Acknowledging works across the loss of the session, and after its end.
func TestAcknowledgeLater(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		s := r.listener(t, srv, manual)
		r.say(t, "0")
		time.Sleep(time.Second)
		old := takeEvents(t, s, s.Stats().EventsQueued)
		srv.Faults().Lose(server.Match{UserID: s.UserID()})
		var events []*api.Event
		for event, err := range s.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if events = append(events, event); event.Name == "session_created" {
				break
			}
		}
		if events[0].Name != ninchat.EventSessionLost || s.Stats().SessionsLost != 1 {
			t.Fatalf("the first event is %s", events[0].Name)
		}
		for _, event := range append(events, old...) {
			if err := s.Acknowledge(event); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n := s.Stats().EventsQueued; n != 0 {
			t.Fatalf("%d events wait to be acknowledged", n)
		}
		r.say(t, "1")
		time.Sleep(time.Second)
		waiting := s.Stats().EventsQueued
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, event := range takeEvents(t, s, waiting) {
			if err := s.Acknowledge(event); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestManualAckOfNothing(t *testing.T) {
	byNetwork(t, func(t *testing.T, srv *routed) {
		c := discarding(config(srv, "Alice"))
		c.ManualAck = true
		_, err := ninchat.Open(t.Context(), c)
		if wrong, ok := errors.AsType[*ninchat.ConfigError](err); !ok || wrong.Field != "ManualAck" {
			t.Fatalf("error is %v", err)
		}
		s := open(t, config(srv, "Alice"))
		for event := range s.Events(t.Context()) {
			if err := s.Acknowledge(event); !errors.Is(err, ninchat.ErrNotAwaited) {
				t.Fatalf("error is %v", err)
			}
			break
		}
	})
}
