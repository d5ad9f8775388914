package session_test

import (
	"errors"
	"net"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
)

// What a loop over events was done with before Suspend doesn't come again, though
// it is still in the loop.
func TestSuspendInLoop(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		nextNamed(t, r.bob, "session_created")
		for i := range 10 {
			r.say(t, strconv.Itoa(i))
		}
		synctest.Wait()
		release, left := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(left)
			for event := range r.bob.Events(t.Context()) {
				if text, ok := content(t, event); ok && text == "5" {
					<-release
					return
				}
			}
		}()
		synctest.Wait()
		token, err := r.bob.Suspend()
		if err != nil {
			t.Fatal(err)
		}
		close(release)
		<-left
		c := config(srv, "")
		c.Login, c.Token = api.CreateSession{}, token
		if heard := hear(t, open(t, c), 5); heard[0] != "5" {
			t.Fatalf("heard %q", heard)
		}
	})
}

// A token tells of each action_id that anybody knows.
func TestTokenAfterSend(t *testing.T) {
	const senders, rounds = 32, 50
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		s := open(t, discarding(config(srv, "Alice")))
		var tasks sync.WaitGroup
		for range senders {
			tasks.Go(func() {
				for range rounds {
					id, err := s.Send(&api.Action{Name: "ping"})
					if err != nil {
						t.Error(err)
					}
					if next := s.Token().NextActionID; next <= id {
						t.Errorf("action_id %d is used, and %d said to be the next", id, next)
					}
				}
			})
		}
		tasks.Wait()
	})
}

// A session that ends as soon as it is open ends for a reason, which isn't that its
// token can't be saved any more.
func TestOpenEndsAtOnce(t *testing.T) {
	const sessions = 100
	synctest.Test(t, func(t *testing.T) {
		peer := &scriptedServer{t: t, script: func(_ net.Conn, frame func(string, ...any)) {
			frame(`{"event":"error","error_type":"connection_superseded"}`)
		}}
		c := peer.config()
		c.Login = ninchat.ExistingUser("u", "a")
		var tasks sync.WaitGroup
		for range sessions {
			tasks.Go(func() {
				c := c
				c.TokenStore = new(noteStore)
				s, err := ninchat.Open(t.Context(), c)
				if err == nil {
					<-s.Done()
					err = s.Err()
				}
				if !errors.Is(err, api.ErrConnectionSuperseded) {
					t.Error(err)
				}
			})
		}
		tasks.Wait()
		peer.close()
	})
}
