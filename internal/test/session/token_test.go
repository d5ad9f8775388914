package session_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// resuming is a configuration that has a token and nothing to log in with.
func resuming(srv place, token ninchat.Token) ninchat.Config {
	c := config(srv, "")
	c.Login = api.CreateSession{}
	c.Token = token
	return c
}

// abandoned opens a session that nobody closes, as if its process had been
// killed. Another one takes it away.
func abandoned(t *testing.T, config ninchat.Config) *ninchat.Session {
	t.Helper()
	s, err := ninchat.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close()
		if err := s.Err(); err != nil && !errors.Is(err, api.ErrConnectionSuperseded) {
			t.Error(err)
		}
	})
	return s
}

// A stored session resumes where it was: nothing is lost, nothing comes that was
// handled, and no action_id is used for two actions. (Elsewhere it resumes with
// event 0 and action 1.)
func TestDefect15StoredSessionResumes(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		alice := open(t, discarding(config(srv, "Alice")))
		created, err := alice.CreateChannel(t.Context(), api.CreateChannel{})
		if err != nil {
			t.Fatal(err)
		}
		bob := abandoned(t, config(srv, "Bob"))
		if _, err := bob.JoinChannel(t.Context(), api.JoinChannel{ChannelID: &created.ChannelID}); err != nil {
			t.Fatal(err)
		}
		r := room{channel: created.ChannelID, alice: alice}
		for i := range 10 {
			r.say(t, fmt.Sprint(i))
		}
		heard := hear(t, bob, 5)
		time.Sleep(5 * time.Second)
		token := bob.Token()
		// The process goes on for a while before it crashes: its token is old then.
		heard = append(heard, hear(t, bob, 2)...)
		var used int64
		for range 5 {
			id, err := bob.Send(&api.Action{Name: "ping"})
			if err != nil {
				t.Fatal(err)
			}
			used = id
		}
		time.Sleep(5 * time.Second)
		again := open(t, resuming(srv, token))
		if again.SessionID() != bob.SessionID() || again.Credentials() != bob.Credentials() {
			t.Fatal("it is another session")
		}
		id, err := again.Send(&api.Action{Name: "ping"})
		if err != nil {
			t.Fatal(err)
		}
		if id <= used {
			t.Fatalf("action_id %d, and %d was used before", id, used)
		}
		heard = append(heard, hear(t, again, 3)...)
		if want := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}; !slices.Equal(heard, want) {
			t.Fatalf("heard %q", heard)
		}
		if n := srv.Stats().SessionsLost; n != 0 {
			t.Fatalf("%d sessions were lost", n)
		}
	})
}

// Events that were received but not handled come again.
func TestSuspend(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		for i := range 4 {
			r.say(t, fmt.Sprint(i))
		}
		heard := hear(t, r.bob, 2)
		token, err := r.bob.Suspend()
		if err != nil {
			t.Fatal(err)
		}
		if err := r.bob.Err(); err != nil {
			t.Fatal(err)
		}
		r.say(t, "4")
		again := open(t, resuming(srv, token))
		heard = append(heard, hear(t, again, 3)...)
		if !slices.Equal(heard, []string{"0", "1", "2", "3", "4"}) {
			t.Fatalf("heard %q", heard)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := again.Suspend(); !errors.Is(err, ninchat.ErrClosed) {
			t.Fatalf("suspending a closed session: %v", err)
		}
	})
}

// The server has lost the session: the user is told, and logged in again.
func TestTokenOfLostSession(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		first := open(t, config(srv, "Alice"))
		token, err := first.Suspend()
		if err != nil {
			t.Fatal(err)
		}
		srv.Faults().Lose(server.Match{UserID: token.UserID})
		again := open(t, resuming(srv, token))
		var names []string
		for event, err := range again.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if names = append(names, event.Name); len(names) == 2 {
				break
			}
		}
		if !slices.Equal(names, []string{"session_lost", "session_created"}) {
			t.Fatalf("events are %q", names)
		}
		if again.UserID() != first.UserID() || again.SessionID() == first.SessionID() {
			t.Fatal("wrong user or session")
		}
		if n := srv.Stats().Users; n != 1 {
			t.Fatalf("there are %d users", n)
		}
	})
}

func TestTokenWithoutLogin(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		first := open(t, config(srv, "Alice"))
		token, err := first.Suspend()
		if err != nil {
			t.Fatal(err)
		}
		token.UserAuth = ""
		srv.Faults().Lose(server.Match{UserID: token.UserID})
		_, err = ninchat.Open(t.Context(), resuming(srv, token))
		login, ok := errors.AsType[*ninchat.LoginError](err)
		if !ok || !login.Final || !errors.Is(err, ninchat.ErrSessionLost) {
			t.Fatalf("error is %v", err)
		}
		if n := srv.Stats().Users; n != 1 {
			t.Fatalf("there are %d users", n)
		}
	})
}

// If nobody answers, the session remains for another attempt.
func TestTokenSurvivesFailureToOpen(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		first := open(t, config(srv, "Alice"))
		token, err := first.Suspend()
		if err != nil {
			t.Fatal(err)
		}
		c := resuming(srv, token)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		dial := c.Dial
		c.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("down") }
		if _, err := ninchat.Open(ctx, c); err == nil {
			t.Fatal("it was opened")
		}
		c.Dial = dial
		if again := open(t, c); again.SessionID() != first.SessionID() {
			t.Fatal("it is another session")
		}
	})
}

func TestBadToken(t *testing.T) {
	good := ninchat.Token{Address: "https://api.ninchat.com", SessionID: "5ecret", UserID: "u", NextActionID: 1}
	for name, test := range map[string]struct {
		change func(*ninchat.Token)
		want   string
	}{
		"session": {func(t *ninchat.Token) { t.SessionID = "" }, "session_id"},
		"user":    {func(t *ninchat.Token) { t.UserID = "" }, "user_id"},
		"event":   {func(t *ninchat.Token) { t.EventID = -1 }, "event_id"},
		"action":  {func(t *ninchat.Token) { t.NextActionID = 0 }, "next_action_id"},
		"large":   {func(t *ninchat.Token) { t.NextActionID = 1 << 60 }, "next_action_id"},
		"address": {func(t *ninchat.Token) { t.Address = "https://evil.example" }, "evil.example"},
		"other":   {func(t *ninchat.Token) { t.UserID = "v" }, "another user"},
	} {
		t.Run(name, func(t *testing.T) {
			token := good
			test.change(&token)
			_, err := ninchat.Open(t.Context(), ninchat.Config{Token: token, Login: ninchat.ExistingUser("u", "5ecret")})
			bad, ok := errors.AsType[*ninchat.ConfigError](err)
			if !ok || bad.Field != "Token" || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "5ecret") {
				t.Fatalf("error is %v", err)
			}
		})
	}
}

// A token shows no secrets unless it is encoded.
func TestTokenHidesSecrets(t *testing.T) {
	token := ninchat.Token{Address: "https://x", SessionID: "5ession", UserID: "u", UserAuth: "5ecret", EventID: 7, NextActionID: 8}
	var text strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&text, verb, token)
		fmt.Fprintf(&text, verb, &token)
		fmt.Fprintf(&text, verb, struct{ T ninchat.Token }{token})
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&text, nil), slog.NewJSONHandler(&text, nil)} {
		slog.New(handler).Info("token", "token", token, "pointer", &token)
	}
	for _, secret := range []string{"5ession", "5ecret", fmt.Sprintf("%x", "5ecret"), fmt.Sprintf("%x", "5ession")} {
		if strings.Contains(text.String(), secret) {
			t.Fatalf("%q is in %s", secret, text.String())
		}
	}
	encoded, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	var decoded ninchat.Token
	if err := json.Unmarshal(encoded, &decoded); err != nil || decoded != token {
		t.Fatalf("decoded %s to another token: %v", encoded, err)
	}
}
