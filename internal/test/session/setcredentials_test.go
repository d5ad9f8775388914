package session_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// What SetCredentials was given isn't replaced by what another login has used
// that was on its way then.
func TestSetCredentialsDuringLogin(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		alice := open(t, discarding(config(srv, "Alice")))
		login := ninchat.ExistingUser(alice.UserID(), alice.Credentials().UserAuth)
		c := config(srv, "")
		c.Login, c.Transport = api.CreateSession{}, ninchat.WebSocketOnly
		asked := 0
		c.LoginFunc = func(context.Context) (api.CreateSession, error) {
			if asked++; asked > 1 {
				// The server must know of the connection.
				synctest.Wait()
				srv.Faults().Delay(server.Match{}, time.Second)
			}
			return login, nil
		}
		s := open(t, discarding(c))
		srv.Faults().Lose(server.Match{SessionID: s.SessionID()})
		waitFor(t, s, ninchat.Waiting)
		time.Sleep(time.Second / 2)
		if err := s.SetCredentials(ninchat.ExistingUser(s.UserID(), "another")); err != nil {
			t.Fatal(err)
		}
		if s.State() != ninchat.Connecting || asked != 2 {
			t.Fatalf("asked %d times, and %v", asked, s.State())
		}
		waitFor(t, s, ninchat.Online)
		if auth := s.Credentials().UserAuth; auth != "another" {
			t.Fatalf("the credentials are %q", auth.Reveal())
		}
	})
}

// SetCredentials replaces LoginFunc even while that is running, and inside of it.
func TestSetCredentialsDuringLoginFunc(t *testing.T) {
	refused := &ninchat.LoginError{Err: errors.New("revoked"), Final: true}
	for name, late := range map[string]error{"failure": refused, "new user": nil} {
		t.Run(name, func(t *testing.T) {
			inBubbles(t, func(t *testing.T, srv *routed) {
				addAlice(t, srv, "correct horse")
				login := ninchat.Identity("email", "alice@example.com", "correct horse")
				var s *ninchat.Session
				c := config(srv, "")
				c.Login = api.CreateSession{}
				c.LoginFunc = func(context.Context) (api.CreateSession, error) {
					if s == nil {
						return login, nil
					}
					if err := s.SetCredentials(login); err != nil {
						t.Error(err)
					}
					return ninchat.NewUser("Bob"), late
				}
				s = open(t, discarding(c))
				srv.Faults().Lose(server.Match{UserID: s.UserID()})
				if _, err := s.Call(t.Context(), &api.Action{Name: "ping"}); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// The next call of LoginFunc begins when the one before has returned, which is
// told to end when the connection that it was for is gone and another one is there.
func TestLoginFuncOneAtATime(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		var mu sync.Mutex
		var conns []net.Conn
		c := discarding(config(srv, ""))
		c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := srv.DialContext(ctx, network, address)
			mu.Lock()
			defer mu.Unlock()
			conns = append(conns, conn)
			return conn, err
		}
		running, overlaps, calls := 0, 0, 0
		c.Login = api.CreateSession{}
		c.LoginFunc = func(ctx context.Context) (api.CreateSession, error) {
			mu.Lock()
			defer mu.Unlock()
			calls++
			overlaps += running
			if running++; calls == 1 {
				for _, conn := range conns {
					_ = conn.Close()
				}
				mu.Unlock()
				<-ctx.Done()
				// It lets go of something.
				time.Sleep(time.Millisecond)
				mu.Lock()
			}
			running--
			return ninchat.NewUser("Alice"), nil
		}
		open(t, c)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if overlaps != 0 || calls == 0 {
			t.Fatalf("%d of %d calls began while another one was running", overlaps, calls)
		}
	})
}
