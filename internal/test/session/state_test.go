package session_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// Whoever is told that a session has ended, in whatever way, can ask why.
func TestErrWhenStateIsClosed(t *testing.T) {
	const sessions = 50
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		var tasks sync.WaitGroup
		for i := range sessions {
			var s *ninchat.Session
			opened := make(chan struct{})
			c := discarding(config(srv, fmt.Sprint("User ", i)))
			c.Trace = &ninchat.Trace{StateChanged: func(change ninchat.StateChange) {
				if change.State != ninchat.Closed {
					return
				}
				if <-opened; s.State() != ninchat.Closed || !errors.Is(s.Err(), api.ErrAccessDenied) {
					t.Errorf("traced: %v, because of %v", s.State(), s.Err())
				}
			}}
			s = open(t, c)
			close(opened)
			if err := s.SetCredentials(ninchat.ExistingUser(s.UserID(), "wrong")); err != nil {
				t.Fatal(err)
			}
			for range 10 {
				tasks.Go(func() {
					err := error(nil)
					for ; err == nil; time.Sleep(time.Millisecond) {
						if _, err = s.Call(t.Context(), &api.Action{Name: "ping"}); errors.Is(err, api.ErrAccessDenied) && s.Err() == nil {
							t.Error("after a call it is unknown")
						}
					}
				})
			}
			for range 2 {
				tasks.Go(func() {
					for range s.States(t.Context()) {
					}
					if err := s.Err(); !errors.Is(err, api.ErrAccessDenied) {
						t.Error("after the states:", err)
					}
				})
			}
		}
		srv.Faults().Lose(server.Match{})
		tasks.Wait()
	})
}
