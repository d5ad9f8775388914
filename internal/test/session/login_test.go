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
	"github.com/ninchat-community/ninchat/server"
)

// addAlice makes a user who logs in with a password.
func addAlice(t *testing.T, srv *routed, password api.Secret) server.User {
	t.Helper()
	user, err := srv.AddUser(server.User{Identities: []server.Identity{{Type: "email", Name: "alice@example.com", Auth: password}}})
	if err != nil {
		t.Fatal(err)
	}
	return user
}

// New credentials never make a second session, neither while the first one is
// there nor after Close, and a login isn't changed by its owner.
func TestDefect7NewCredentials(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		addAlice(t, srv, "correct horse")
		c := config(srv, "")
		c.Login = ninchat.Identity("email", "alice@example.com", "correct horse")
		s := open(t, discarding(c))
		// The caller's login may be used for something else.
		*c.Login.IdentityName = "bob@example.com"
		srv.Faults().Lose(server.Match{UserID: s.UserID()})
		if _, err := s.Call(t.Context(), &api.Action{Name: "ping"}); err != nil {
			t.Fatal(err)
		}
		if n := srv.Stats().Sessions; n != 1 {
			t.Fatalf("there are %d sessions", n)
		}
		login := ninchat.Identity("email", "alice@example.com", "battery staple")
		for range 3 {
			if err := s.SetCredentials(login); err != nil {
				t.Fatal(err)
			}
		}
		*login.IdentityAuth = "changed"
		time.Sleep(time.Hour)
		if n := srv.Stats().Sessions; n != 1 {
			t.Fatalf("there are %d sessions", n)
		}
		// They are used at the next login, and refused.
		srv.Faults().Lose(server.Match{UserID: s.UserID()})
		_, err := s.Call(t.Context(), &api.Action{Name: "ping"})
		if !errors.Is(err, api.ErrAccessDenied) {
			t.Fatalf("error is %v", err)
		}
		<-s.Done()
		if err := s.SetCredentials(ninchat.Identity("email", "alice@example.com", "correct horse")); !errors.Is(err, api.ErrAccessDenied) {
			t.Fatalf("after the end: %v", err)
		}
		closed := open(t, discarding(config(srv, "Carol")))
		if err := closed.Close(); err != nil {
			t.Fatal(err)
		}
		if err := closed.SetCredentials(ninchat.ExistingUser(closed.UserID(), closed.Credentials().UserAuth)); !errors.Is(err, ninchat.ErrClosed) {
			t.Fatalf("after Close: %v", err)
		}
		time.Sleep(time.Hour)
		if n := srv.Stats().Sessions; n != 0 {
			t.Fatalf("there are %d sessions", n)
		}
	})
}

func TestSetCredentials(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		s := open(t, discarding(config(srv, "Alice")))
		for name, login := range map[string]api.CreateSession{
			"nobody":     ninchat.NewUser("Bob"),
			"other user": ninchat.ExistingUser("other", "5ecret"),
		} {
			if _, ok := errors.AsType[*ninchat.ActionError](s.SetCredentials(login)); !ok {
				t.Fatalf("%s: no *ActionError", name)
			}
		}
		if err := s.SetCredentials(ninchat.ExistingUser(s.UserID(), "wrong")); err != nil {
			t.Fatal(err)
		}
		srv.Faults().Lose(server.Match{UserID: s.UserID()})
		<-s.Done()
		if !errors.Is(s.Err(), api.ErrAccessDenied) {
			t.Fatalf("error is %v", s.Err())
		}
	})
}

// Each attempt gets a login of its own, until the function says that there is
// none any more.
func TestLoginFunc(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		addAlice(t, srv, "correct horse")
		var s *ninchat.Session
		asked := 0
		c := config(srv, "")
		c.Login = api.CreateSession{}
		c.LoginFunc = func(ctx context.Context) (api.CreateSession, error) {
			switch asked++; asked {
			case 1:
				return api.CreateSession{}, errors.New("not now")
			case 2:
				panic("5ecret")
			case 3:
				<-ctx.Done()
				return api.CreateSession{}, context.Cause(ctx)
			case 5:
				// The session may be used.
				if s.Token().IsZero() || s.State() == ninchat.Online {
					t.Error("wrong state")
				}
				return ninchat.Identity("email", "alice@example.com", "correct horse"), nil
			case 6:
				return api.CreateSession{}, fmt.Errorf("sign: %w", &ninchat.LoginError{Err: errors.New("revoked"), Final: true})
			}
			return ninchat.Identity("email", "alice@example.com", "correct horse"), nil
		}
		c.OpenTimeout = time.Hour
		s = open(t, discarding(c))
		if asked != 4 {
			t.Fatalf("asked %d times", asked)
		}
		id := s.UserID()
		srv.Faults().Lose(server.Match{UserID: id})
		if _, err := s.Call(t.Context(), &api.Action{Name: "ping"}); err != nil {
			t.Fatal(err)
		}
		if s.UserID() != id {
			t.Fatal("it is another user's session")
		}
		srv.Faults().Lose(server.Match{UserID: id})
		_, err := s.Call(t.Context(), &api.Action{Name: "ping"})
		login, ok := errors.AsType[*ninchat.LoginError](err)
		if !ok || login.Err.Error() != "revoked" {
			t.Fatalf("error is %v", err)
		}
	})
}

// The function may close the session, and may even never return.
func TestLoginFuncCloses(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		var s *ninchat.Session
		release, closing := make(chan struct{}), make(chan error, 1)
		c := config(srv, "")
		c.Login = api.CreateSession{}
		c.LoginFunc = func(context.Context) (api.CreateSession, error) {
			if s != nil {
				closing <- s.Close()
				<-release
			}
			return ninchat.NewUser("Alice"), nil
		}
		s = open(t, discarding(c))
		srv.Faults().Lose(server.Match{UserID: s.UserID()})
		if err := <-closing; err != nil {
			t.Fatal(err)
		}
		close(release)
	})
}

// The credentials of a new user are handed over before anything else.
func TestOnCredentials(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		var given []ninchat.Credentials
		c := config(srv, "Alice")
		c.OnCredentials = func(_ context.Context, credentials ninchat.Credentials) error {
			given = append(given, credentials)
			return nil
		}
		s := open(t, c)
		if !slices.Equal(given, []ninchat.Credentials{s.Credentials()}) || given[0].UserAuth == "" {
			t.Fatal("wrong credentials")
		}
		// They aren't given again, nor those of a user that exists.
		srv.Faults().Lose(server.Match{UserID: s.UserID()})
		nextNamed(t, s, "session_lost")
		nextNamed(t, s, "session_created")
		c.Login = ninchat.ExistingUser(s.UserID(), given[0].UserAuth)
		open(t, c)
		if len(given) != 1 {
			t.Fatalf("given %d times", len(given))
		}
	})
}

// A session that isn't opened leaves no user behind.
func TestDefect12NoOrphans(t *testing.T) {
	full := errors.New("disk is full")
	for name, test := range map[string]struct {
		store func(ctx context.Context) error
		want  error
	}{
		"error":   {func(context.Context) error { return full }, full},
		"time":    {func(ctx context.Context) error { <-ctx.Done(); return nil }, nil},
		"panic":   {func(context.Context) error { panic("no") }, nil},
		"context": {func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			inBubbles(t, func(t *testing.T, srv *routed) {
				ctx := t.Context()
				if name == "context" {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, time.Second)
					defer cancel()
				}
				c := config(srv, "Alice")
				c.OnCredentials = func(ctx context.Context, _ ninchat.Credentials) error { return test.store(ctx) }
				_, err := ninchat.Open(ctx, c)
				if _, ok := errors.AsType[*ninchat.OpenError](err); !ok || test.want != nil && !errors.Is(err, test.want) {
					t.Fatalf("error is %v", err)
				}
				synctest.Wait()
				if n := srv.Stats().Users; n != 0 {
					t.Fatalf("%d users are left behind", n)
				}
			})
		})
	}
}

// Once OnCredentials has taken the credentials of a user, the user stays, whatever
// becomes of the session.
func TestTakenCredentials(t *testing.T) {
	for name, hang := range map[string]bool{"error": false, "context": true} {
		t.Run(name, func(t *testing.T) {
			inBubbles(t, func(t *testing.T, srv *routed) {
				var taken ninchat.Credentials
				store := &noteStore{fail: errors.New("disk is full")}
				store.hang.Store(hang)
				c := config(srv, "Alice")
				c.TokenStore = unreadStore{store}
				c.OnCredentials = func(_ context.Context, credentials ninchat.Credentials) error {
					taken = credentials
					return nil
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if _, err := ninchat.Open(ctx, c); err == nil {
					t.Fatal("the session is open")
				}
				c.TokenStore, c.OnCredentials = nil, nil
				c.Login = ninchat.ExistingUser(taken.UserID, taken.UserAuth)
				open(t, discarding(c))
			})
		})
	}
}

// unreadStore has no token.
type unreadStore struct{ *noteStore }

func (unreadStore) Load(context.Context) (ninchat.Token, error) { return ninchat.Token{}, nil }

// Token, SetCredentials and Suspend are used from everywhere at once.
func TestTokenAndCredentialsAtOnce(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		c := discarding(config(srv, "Alice"))
		c.TokenStore = new(noteStore)
		s := open(t, c)
		login := ninchat.ExistingUser(s.UserID(), s.Credentials().UserAuth)
		var tasks sync.WaitGroup
		for i := range 32 {
			tasks.Go(func() {
				for range 20 {
					if s.Token().UserID != *login.UserID {
						t.Error("token of nobody")
					}
					if err := s.SetCredentials(login); err != nil && !errors.Is(err, ninchat.ErrClosed) {
						t.Error(err)
					}
					_, err := s.Call(t.Context(), &api.Action{Name: "ping"})
					if err != nil && !errors.Is(err, ninchat.ErrClosed) {
						t.Error(err)
					}
				}
				if i == 0 {
					srv.Faults().Lose(server.Match{UserID: *login.UserID})
				}
				if i >= 30 {
					if _, err := s.Suspend(); err != nil && !errors.Is(err, ninchat.ErrClosed) {
						t.Error(err)
					}
				}
			})
		}
		tasks.Wait()
	})
}
