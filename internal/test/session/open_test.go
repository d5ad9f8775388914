package session_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/test/deserted"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

func TestOpenNewUser(t *testing.T) {
	srv := ninchattest.New(t)
	s := open(t, config(srv, "Alice"))
	credentials := s.Credentials()
	if credentials.UserID == "" || credentials.UserAuth == "" || s.SessionID() == "" {
		t.Fatalf("user %q, session %q, user_auth known: %v", credentials.UserID, s.SessionID(), credentials.UserAuth != "")
	}
	created, ok, err := api.As[*api.SessionCreated](nextNamed(t, s, "session_created"))
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if created.UserID != s.UserID() || created.UserAttrs.Name.Or("") != "Alice" {
		t.Fatalf("session_created: %+v", created)
	}
	if s.State() != ninchat.Online {
		t.Fatalf("state is %v", s.State())
	}
}

func TestOpenExistingUser(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithTLS())
	first := open(t, discarding(config(srv, "Alice")))
	c := config(srv, "")
	c.Login = ninchat.ExistingUser(first.UserID(), first.Credentials().UserAuth)
	second := open(t, c)
	if second.UserID() != first.UserID() || second.Credentials() != first.Credentials() {
		t.Fatal("the credentials differ")
	}
}

func TestOpenIdentity(t *testing.T) {
	srv := ninchattest.New(t)
	user, err := srv.AddUser(server.User{Identities: []server.Identity{{Type: "email", Name: "alice@example.com", Auth: "correct horse"}}})
	if err != nil {
		t.Fatal(err)
	}
	c := config(srv, "")
	c.Login = ninchat.Identity("email", "alice@example.com", "correct horse")
	if s := open(t, c); s.UserID() != user.ID {
		t.Fatalf("user is %q, want %q", s.UserID(), user.ID)
	}
	for name, test := range map[string]struct {
		name, password string
		want           api.ErrorType
	}{
		"wrong password": {"alice@example.com", "wrong horse", api.ErrAccessDenied},
		"unknown name":   {"bob@example.com", "correct horse", api.ErrIdentityNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			c.Login = ninchat.Identity("email", test.name, api.Secret(test.password))
			_, err := ninchat.Open(t.Context(), c)
			if !errors.Is(err, test.want) {
				t.Fatalf("error is %v, want %v", err, test.want)
			}
			if strings.Contains(err.Error(), test.password) {
				t.Fatalf("the error shows the password: %v", err)
			}
			if _, ok := errors.AsType[*ninchat.OpenError](err); !ok {
				t.Fatalf("error is a %T", err)
			}
		})
	}
}

func TestOpenRefusedLogin(t *testing.T) {
	srv := ninchattest.New(t)
	c := config(srv, "")
	c.Login = ninchat.ExistingUser("nobody", "5ecret")
	_, err := ninchat.Open(t.Context(), c)
	refused, ok := errors.AsType[*api.Error](err)
	if !ok || refused.Type == "" {
		t.Fatalf("error is %v", err)
	}
	if !strings.Contains(err.Error(), "check the credentials") || strings.Contains(err.Error(), "5ecret") {
		t.Fatalf("error text: %v", err)
	}
	if n := srv.Stats().Users; n != 0 {
		t.Fatalf("%d users exist", n)
	}
}

// failToOpen gives up opening a session after some attempts.
func failToOpen(t *testing.T, address string) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	attempts := 0
	s, err := ninchat.Open(ctx, ninchat.Config{
		Address: address,
		Proxy:   noProxy,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if attempts++; attempts == 3 {
				cancel()
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	})
	if err == nil {
		_ = s.Close()
		t.Fatal("a session was opened")
	}
	return err
}

func TestOpenNobodyThere(t *testing.T) {
	err := failToOpen(t, "http://"+deserted.Address(t))
	if !errors.Is(err, syscall.ECONNREFUSED) || !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "is a server running there?") {
		t.Fatalf("error is %v", err)
	}
}

func TestOpenUntrustedCertificate(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithTLS())
	_, err := ninchat.Open(t.Context(), ninchat.Config{Address: srv.URL(), Proxy: noProxy})
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
		t.Fatalf("error is %v", err)
	}
	if !strings.Contains(err.Error(), "certificate authority") {
		t.Fatalf("the error doesn't say what to do: %v", err)
	}
}

func TestOpenTLSToPlainServer(t *testing.T) {
	srv := ninchattest.New(t)
	if err := failToOpen(t, "https://"+srv.Host()); !strings.Contains(err.Error(), "use http://") {
		t.Fatalf("error is %v", err)
	}
}

// HTTP statuses count, whatever the body says.
func TestOpenBadDiscovery(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"503 with JSON": func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"hosts":["127.0.0.1:1"]}`))
		},
		"404":       func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) },
		"HTML":      func(w http.ResponseWriter) { _, _ = w.Write([]byte(`<html>`)) },
		"no hosts":  func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"hosts":[]}`)) },
		"bad hosts": func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"hosts":["a/b"]}`)) },
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) }))
			defer srv.Close()
			if err := failToOpen(t, srv.URL); !strings.Contains(err.Error(), "discover hosts") {
				t.Fatalf("error is %v", err)
			}
		})
	}
}

func TestOpenEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := ninchat.Open(ctx, ninchat.Config{Dial: func(context.Context, string, string) (net.Conn, error) {
		t.Error("dialled")
		return nil, errors.New("no")
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v", err)
	}
}

// A server that accepts connections and says nothing doesn't hang Open beyond
// its deadline.
func TestOpenSilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var peers []net.Conn
		start := time.Now()
		_, err := ninchat.Open(t.Context(), ninchat.Config{
			Address:        "http://silent.test",
			Proxy:          noProxy,
			OpenTimeout:    time.Minute,
			ConnectTimeout: time.Hour,
			Dial: func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				peers = append(peers, far)
				go func() { _, _ = far.Read(make([]byte, 4096)) }()
				return near, nil
			},
		})
		took := time.Since(start)
		if err == nil || took != time.Minute {
			t.Fatalf("after %v: %v", took, err)
		}
		synctest.Wait() // Open has left the rest to others
		for _, peer := range peers {
			_ = peer.Close()
		}
	})
}

func TestOpenTriesAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		c := discarding(config(srv, "Alice"))
		attempts := 0
		c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if attempts++; attempts <= 3 {
				return nil, syscall.ECONNREFUSED
			}
			return srv.DialContext(ctx, network, address)
		}
		open(t, c)
	})
}

// Giving up while the session is being created leaves neither a session nor a
// user behind.
func TestDefect12GivingUpLeavesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		for delay := time.Duration(0); delay < 400*time.Millisecond; delay += 40 * time.Millisecond {
			c := config(srv, "Alice")
			c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := srv.DialContext(ctx, network, address)
				return &slowConn{conn}, err
			}
			c.Direct = true
			ctx, cancel := context.WithTimeout(t.Context(), delay)
			s, err := ninchat.Open(ctx, c)
			cancel()
			if err == nil {
				_, _ = s.DeleteUser(t.Context(), api.DeleteUser{UserAuth: new(s.Credentials().UserAuth)})
				_ = s.Close()
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if stats := srv.Stats(); stats.Users != 0 || stats.Sessions != 0 {
				t.Fatalf("given up after %v: %d users and %d sessions are left", delay, stats.Users, stats.Sessions)
			}
		}
	})
}

// slowConn takes 100 milliseconds for each read.
type slowConn struct{ net.Conn }

func (c *slowConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	time.Sleep(100 * time.Millisecond)
	return n, err
}

func TestOpenBadConfig(t *testing.T) {
	for field, c := range map[string]ninchat.Config{
		"Address":        {Address: "ftp://example.com"},
		"QueueEvents":    {QueueEvents: -1},
		"QueueBytes":     {QueueBytes: -1},
		"MaxCalls":       {MaxCalls: -1},
		"Limits":         {Limits: ninchat.Limits{Part: -1}},
		"OpenTimeout":    {OpenTimeout: -1},
		"ConnectTimeout": {ConnectTimeout: -1},
		"CloseTimeout":   {CloseTimeout: -1},
		"Login":          {Login: api.CreateSession{UserMetadata: api.Object(`[]`)}},
	} {
		_, err := ninchat.Open(t.Context(), c)
		if wrong, ok := errors.AsType[*ninchat.ConfigError](err); !ok || wrong.Field != field {
			t.Errorf("%s: error is %v", field, err)
		}
	}
	for _, address := range []string{"example.com", "https://", "https://user:5ecret@example.com", "https://example.com?", "https://example.com/path?q", "https://:80", "https://example.com:0", "https://example.com:65536", "https://example.com?q", "https://a b", "://", "https://example.com#f"} {
		_, err := ninchat.Open(t.Context(), ninchat.Config{Address: address})
		if wrong, ok := errors.AsType[*ninchat.ConfigError](err); !ok || wrong.Field != "Address" || strings.Contains(err.Error(), "5ecret") {
			t.Errorf("%s: error is %v", address, err)
		}
	}
}

// Open copies the login: using the Config again makes another user, and nothing
// that happens to the session changes it.
func TestConfigIsNotChanged(t *testing.T) {
	srv := ninchattest.New(t)
	c := config(srv, "Alice")
	c.Header = http.Header{"X-Test": {"yes"}}
	first, second := open(t, c), open(t, c)
	if first.UserID() == second.UserID() {
		t.Fatal("both sessions belong to one user")
	}
	if c.Login.UserID != nil || len(c.Header) != 1 {
		t.Fatalf("the configuration was changed: %+v", c)
	}
}

func TestLogsHaveNoSecrets(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		var log bytes.Buffer
		c := discarding(config(srv, "Alice"))
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		s := open(t, c)
		srv.Faults().Lose(server.Match{})
		waitFor(t, s, ninchat.Waiting)
		waitFor(t, s, ninchat.Online)
		_, _ = s.DeleteUser(t.Context(), api.DeleteUser{UserAuth: new(s.Credentials().UserAuth)})
		<-s.Done()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"session online", "session waiting", "session lost", "session ended"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log doesn't say %q", want)
			}
		}
		if auth := s.Credentials().UserAuth.Reveal(); auth == "" || strings.Contains(log.String(), auth) {
			t.Error("the log has the user_auth")
		}
		// Whoever knows it can take the session over.
		if strings.Contains(log.String(), s.SessionID().Reveal()) {
			t.Error("the log has the session_id")
		}
	})
}
