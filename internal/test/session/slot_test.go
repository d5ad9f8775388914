package session_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
)

// Whoever has got an answer may make another call at once, however few may be on
// their way.
func TestCallAfterCall(t *testing.T) {
	const sessions, rounds = 20, 50
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		var tasks sync.WaitGroup
		for i := range sessions {
			c := discarding(config(srv, fmt.Sprint("User ", i)))
			c.MaxCalls = 1
			s := open(t, c)
			tasks.Go(func() {
				answered := make(chan struct{})
				for range rounds {
					if _, err := s.Call(t.Context(), &api.Action{Name: "ping"}); err != nil {
						t.Error("after a callback:", err)
					}
					_, err := s.Start(t.Context(), &api.Action{Name: "ping"}, func(ninchat.Reply) { answered <- struct{}{} })
					if err != nil {
						t.Error("after a call:", err)
						return
					}
					<-answered
				}
			})
		}
		tasks.Wait()
	})
}

// Nor does it matter whether the answer comes as an event.
func TestSendAfterSend(t *testing.T) {
	const sessions, rounds = 20, 100
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		var tasks sync.WaitGroup
		for i := range sessions {
			c := config(srv, fmt.Sprint("User ", i))
			c.MaxCalls = 1
			s := open(t, c)
			tasks.Go(func() {
				sent := 0
				for event, err := range s.Events(t.Context()) {
					if err != nil {
						t.Error(err)
						return
					}
					if event.Name != "session_created" && event.Name != "pong" {
						continue
					}
					if sent++; sent > rounds {
						return
					}
					if _, err := s.Send(&api.Action{Name: "ping"}); err != nil {
						t.Errorf("after %d answers: %v", sent-1, err)
						return
					}
				}
			})
		}
		tasks.Wait()
	})
}
