package session_test

import (
	"context"
	"net"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
)

// reordering is a server that sends events with the given ids on each connection.
func reordering(t *testing.T, ids ...int) *scriptedServer {
	return &scriptedServer{t: t, script: func(_ net.Conn, frame func(string, ...any)) {
		for _, id := range ids {
			frame(`{"event":"channel_updated","event_id":%d,"channel_id":"c","channel_attrs":{}}`, id)
		}
	}}
}

// stream reads a session's events for some time: names of those without an id, ids of
// others.
func stream(t *testing.T, s *ninchat.Session, length int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got []string
	for event, err := range s.Events(ctx) {
		switch {
		case err != nil:
			t.Fatalf("after %q: %v", got, err)
		case event.ID == 0:
			got = append(got, event.Name+" "+string(event.Header))
		default:
			got = append(got, strconv.FormatInt(event.ID, 10))
		}
		if len(got) == length {
			break
		}
	}
	return got
}

// Events that come in another order, on all connections, are delivered in theirs.
func TestReorderedEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := reordering(t, 3, 2, 5, 4, 6)
		c := peer.config()
		c.DiscardEvents = false
		s := open(t, c)
		if got, want := stream(t, s, 6), []string{"1", "2", "3", "4", "5", "6"}; !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		if stats := s.Stats(); stats.EventsDuplicate != 0 || stats.EventsMissing != 0 || stats.Connections != 1 {
			t.Errorf("%+v", stats)
		}
		_ = s.Close()
		peer.close()
	})
}

// The stream says which events never come, and what comes after that is no duplicate.
func TestMissingEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const missing = `events_missing {"event":"events_missing","first_event_id":2,"last_event_id":3}`
		peer := &scriptedServer{t: t}
		peer.script = func(_ net.Conn, frame func(string, ...any)) {
			frame(`{"event":"channel_updated","event_id":4,"channel_id":"c","channel_attrs":{}}`)
			time.Sleep(10 * time.Second)
			frame(`{"event":"channel_updated","event_id":2,"channel_id":"c","channel_attrs":{}}`)
			frame(`{"event":"channel_updated","event_id":5,"channel_id":"c","channel_attrs":{}}`)
		}
		c := peer.config()
		c.DiscardEvents = false
		s := open(t, c)
		if got, want := stream(t, s, 4), []string{"1", missing, "4", "5"}; !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		// session_created comes on each connection.
		if stats := s.Stats(); stats.EventsDuplicate != 2 || stats.EventsMissing != 1 || stats.EventsTooLate != 1 || stats.Connections != 3 {
			t.Errorf("%+v", stats)
		}
		_ = s.Close()
		peer.close()
	})
}
