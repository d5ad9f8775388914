package session_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
)

// A handler that hasn't been called for all events is told that this is because of
// its context, although the session has ended too.
func TestHandlerCancelsAfterEnd(t *testing.T) {
	const messages = 100
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		r := newRoom(t, srv)
		for i := range messages {
			r.say(t, strconv.Itoa(i))
		}
		synctest.Wait()
		if err := r.bob.Close(); err != nil {
			t.Fatal(err)
		}
		for range messages {
			ctx, cancel := context.WithCancel(t.Context())
			reason := make(chan error)
			called := 0
			err := r.bob.Handle(ctx, func(event *api.Event, err error) {
				if event == nil {
					reason <- err
					return
				}
				called++
				cancel()
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := <-reason; called != 1 || !errors.Is(err, context.Canceled) {
				t.Errorf("called %d times, and then %v", called, err)
			}
		}
	})
}
