package session_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// notebook writes down what is traced.
type notebook struct{ lockedBuffer }

func (n *notebook) note(format string, args ...any) {
	fmt.Fprintf(n, format+"\n", args...)
}

// trace notes everything.
func (n *notebook) trace() *ninchat.Trace {
	return &ninchat.Trace{
		DiscoveryStart: func() { n.note("discovery start") },
		DiscoveryDone:  func(d ninchat.TraceDiscovery) { n.note("discovery done %+v", d) },
		ConnectStart:   func(host string) { n.note("connect start %s", host) },
		ConnectDone:    func(d ninchat.TraceConnect) { n.note("connect done %+v", d) },
		TLSDone: func(d ninchat.TraceTLS) {
			n.note("tls done %s %s %v", d.Host, tls.VersionName(d.State.Version), d.Err)
		},
		SessionCreated:     func(user string) { n.note("created %s", user) },
		SessionResumed:     func() { n.note("resumed") },
		SessionLost:        func() { n.note("lost") },
		StateChanged:       func(c ninchat.StateChange) { n.note("state %v %v", c.State, c.Err) },
		RetryScheduled:     func(d time.Duration, err error) { n.note("retry %v %v", d > 0, err) },
		ActionSent:         func(a ninchat.TraceAction) { n.note("sent %+v", a) },
		ActionAnswered:     func(a ninchat.TraceAnswer) { n.note("answered %s %d %v", a.Name, a.ID, a.Err) },
		EventReceived:      func(e ninchat.TraceEvent) { n.note("received %s %d", e.Name, e.ID) },
		EventDelivered:     func(e ninchat.TraceEvent) { n.note("delivered %s %d", e.Name, e.ID) },
		EventsAcknowledged: func(id int64) { n.note("acknowledged %d", id) },
		Paused:             func() { n.note("paused") },
		Unpaused:           func() { n.note("unpaused") },
		TokenSaved:         func(id int64, err error) { n.note("token %d %v", id, err) },
		CallbackPanicked:   func(name string, v any, _ []byte) { n.note("panicked %s %v", name, v) },
		Missed:             func(count int) { n.note("missed %d", count) },
	}
}

// has looks for texts, which must be there in this order.
func (n *notebook) has(t *testing.T, want ...string) {
	t.Helper()
	rest := n.String()
	for _, text := range want {
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Fatalf("%q isn't where it should be in:\n%s", text, n)
		}
		rest = after
	}
}

// A whole session is traced and logged, and none of its secrets is to be seen.
func TestTraceAndLogHaveNoSecrets(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		var n notebook
		c := config(srv, "Alice")
		c.Trace = n.trace()
		c.Logger = slog.New(slog.NewTextHandler(&n, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c.QueueEvents = 2
		c.TokenStore = new(noteStore)
		c.OnCredentials = func(context.Context, ninchat.Credentials) error { return nil }
		var secrets []string
		s := open(t, c)
		secrets = append(secrets, s.SessionID().Reveal(), s.Credentials().UserAuth.Reveal())
		if _, err := s.UpdateUser(t.Context(), api.UpdateUser{UserAttrs: &api.UserAttrs{Name: api.Set("c0ntents")}}); err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, "c0ntents")
		if _, err := s.Call(t.Context(), &api.Action{Name: "describe_channel", Params: []byte(`{"channel_id":"nowhere"}`)}); err == nil {
			t.Fatal("nowhere was found")
		}
		nextNamed(t, s, "session_created")
		time.Sleep(5 * time.Second)
		srv.Faults().Cut(server.Match{UserID: s.UserID()})
		if _, err := s.Call(t.Context(), &api.Action{Name: "ping"}); err != nil {
			t.Fatal(err)
		}
		srv.Faults().Lose(server.Match{UserID: s.UserID()})
		if _, err := s.Call(t.Context(), &api.Action{Name: "ping"}); err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, s.SessionID().Reveal())
		if err := s.SetCredentials(ninchat.ExistingUser(s.UserID(), "wr0ng")); err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, "wr0ng")
		srv.Faults().Lose(server.Match{UserID: s.UserID()})
		if _, err := s.Call(t.Context(), &api.Action{Name: "ping"}); !errors.Is(err, api.ErrAccessDenied) {
			t.Fatalf("error is %v", err)
		}
		synctest.Wait()
		n.has(t, "discovery start", "discovery done", "connect start", "connect done",
			"Transport:"+srv.by.String(), "sent {Name:create_session", "received session_created 1", "created "+s.UserID(), "delivered session_created 1", "state online",
			"sent {Name:update_user ID:1 Repeated:false}", "answered update_user 1 <nil>", "answered describe_channel 2", "channel_not_found",
			"acknowledged 3", "retry true", "resumed", "lost", "created", "delivered session_lost", "state closed")
		// Tokens are saved beside all that.
		n.has(t, "token 0 <nil>", "token 3 <nil>")
		for _, secret := range secrets {
			if len(secret) < 5 {
				t.Fatalf("%q is no secret", secret)
			}
			if strings.Contains(n.String(), secret) {
				t.Fatalf("%q is in:\n%s", secret, &n)
			}
		}
	})
}

// Functions of the trace may call any method, even Close.
func TestTraceCallsBack(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		var s *ninchat.Session
		opened, closed := make(chan struct{}), make(chan error, 1)
		c := discarding(config(srv, "Alice"))
		c.Trace = &ninchat.Trace{SessionCreated: func(string) {
			<-opened
			if _, err := s.Call(t.Context(), &api.Action{Name: "ping"}); err != nil {
				t.Error(err)
			}
			if s.Token().IsZero() {
				t.Error("no token")
			}
			closed <- s.Close()
		}}
		s = open(t, c)
		close(opened)
		if err := <-closed; err != nil {
			t.Fatal(err)
		}
	})
}

// A function that panics is reported, and the session goes on.
func TestTracePanics(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		var n notebook
		c := discarding(config(srv, "Alice"))
		c.Trace = n.trace()
		c.Trace.SessionCreated = func(string) { panic("oops") }
		c.LoginFunc = func(context.Context) (api.CreateSession, error) {
			if !strings.Contains(n.String(), "Config.LoginFunc") {
				panic("asked too early")
			}
			return ninchat.NewUser("Alice"), nil
		}
		c.Login = api.CreateSession{}
		s := open(t, c)
		if _, err := s.Call(t.Context(), &api.Action{Name: "ping"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		n.has(t, "panicked Config.LoginFunc asked too early", "panicked Config.Trace oops", "answered ping")
	})
}

// A function that is too slow doesn't hold up the session, nor fill the memory.
func TestSlowTrace(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		release := make(chan struct{})
		var answered, missed int
		c := discarding(config(srv, "Alice"))
		c.Trace = &ninchat.Trace{
			SessionCreated: func(string) { <-release },
			ActionAnswered: func(ninchat.TraceAnswer) { answered++ },
			Missed:         func(count int) { missed += count },
		}
		s := open(t, c)
		const calls = 5000
		for range calls {
			if _, err := s.Call(t.Context(), &api.Action{Name: "ping"}); err != nil {
				t.Fatal(err)
			}
		}
		close(release)
		synctest.Wait()
		if answered < 4096 || answered > 4097 || answered+missed != calls {
			t.Fatalf("%d answers traced, %d missed", answered, missed)
		}
	})
}

// TLS handshakes are traced, those for discovery and those for WebSockets.
func TestTraceTLS(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithTLS())
	var n notebook
	online := make(chan struct{})
	c := discarding(config(srv, "Alice"))
	c.Trace = n.trace()
	c.Trace.SessionCreated = func(string) { close(online) }
	open(t, c)
	<-online
	n.has(t, "discovery start", "tls done", "TLS 1.3 <nil>", "discovery done", "connect start", "tls done", "connect done")
}
