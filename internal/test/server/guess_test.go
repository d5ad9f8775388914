package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// guessed is a server with users whose passwords are to be guessed.
func guessed(t *testing.T, change func(*server.Config)) *ninchattest.Server {
	t.Helper()
	srv := ninchattest.New(t, ninchattest.WithClock(), ninchattest.InMemory(), ninchattest.WithConfig(change))
	for _, name := range []string{"anna", "bert"} {
		_, err := srv.AddUser(server.User{
			ID: name, Auth: "the right token", Attrs: api.UserAttrs{Name: api.Set(name)},
			Identities: []server.Identity{{Type: "email", Name: name + "@example.com", Auth: "the right password"}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return srv
}

// byCall tries credentials without a session, and returns the answer.
func byCall(t *testing.T, srv *ninchattest.Server, credentials string) string {
	t.Helper()
	resp, text := request(t, srv, "GET", "/v2/call?data="+url.QueryEscape(`{"action":"describe_user",`+credentials+`}`))
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("got %d %s", resp.StatusCode, text)
	}
	return text
}

func TestGuesses(t *testing.T) {
	for name, try := range map[string]func(srv *ninchattest.Server, user, secret string) string{
		"token in calls": func(srv *ninchattest.Server, user, secret string) string {
			return byCall(t, srv, `"caller_id":"`+user+`","caller_auth":"`+secret+` token"`)
		},
		"password in calls": func(srv *ninchattest.Server, user, secret string) string {
			// The case of addresses doesn't matter.
			return byCall(t, srv, `"caller_type":"email","caller_name":"`+user+`@EXAMPLE.com","caller_auth":"`+secret+` password"`)
		},
		"token": func(srv *ninchattest.Server, user, secret string) string {
			c := connect(t, srv)
			c.write(`{"action":"create_session","message_types":[],"user_id":"` + user + `","user_auth":"` + secret + ` token"}`)
			return c.read().String()
		},
		"password by polling": func(srv *ninchattest.Server, user, secret string) string {
			_, text := request(t, srv, "GET", "/v2/poll?data="+url.QueryEscape(`{"action":"create_session","message_types":[],"identity_type":"email","identity_name":"`+user+`@example.com","identity_auth":"`+secret+` password"}`))
			return text
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv := guessed(t, func(c *server.Config) { c.Limits.Guesses = 3 })
			for range 3 {
				contains(t, try(srv, "anna", "a wrong"), `"error_type":"access_denied"`, `missing or wrong`)
			}
			contains(t, try(srv, "anna", "the right"), `"error_type":"access_denied"`, `too many wrong passwords: wait for 61 seconds`)
			contains(t, try(srv, "bert", "the right"), `"user_id":"bert"`)
			srv.Advance(59 * time.Second)
			contains(t, try(srv, "anna", "the right"), `wait for 2 seconds`)
			srv.Advance(time.Second)
			contains(t, try(srv, "anna", "the right"), `"user_id":"anna"`)
			// A right one ends the count.
			for range 4 {
				for range 2 {
					contains(t, try(srv, "anna", "a wrong"), `missing or wrong`)
				}
				contains(t, try(srv, "anna", "the right"), `"user_id":"anna"`)
			}
		})
	}
}

// Who tries one user after the other is stopped as well.
func TestGuessesOfPeer(t *testing.T) {
	srv := guessed(t, func(c *server.Config) { c.Limits.PeerGuesses = 4 })
	for i := range 4 {
		contains(t, byCall(t, srv, `"caller_id":"`+[]string{"anna", "bert"}[i%2]+`","caller_auth":"x"`), `missing or wrong`)
	}
	right := `"caller_id":"anna","caller_auth":"the right token"`
	contains(t, byCall(t, srv, right), `too many wrong passwords`)
	// Nobody is kept from asking without a password.
	contains(t, byCall(t, srv, `"caller_id":"anna"`), `missing or wrong`)
	srv.Advance(time.Minute)
	contains(t, byCall(t, srv, right), `"user_id":"anna"`)
}

// Within a session, passwords can't be guessed either.
func TestGuessesWithinSession(t *testing.T) {
	for name, action := range map[string]string{
		"update_identity_auth": `{"action":"update_identity_auth","identity_type":"email","identity_name":"anna@example.com","identity_auth":"%s","identity_auth_new":"new"}`,
		"delete_identity":      `{"action":"delete_identity","identity_type":"email","identity_name":"anna@example.com","identity_auth":"%s"}`,
		"delete_user":          `{"action":"delete_user","user_auth":"%s"}`,
	} {
		t.Run(name, func(t *testing.T) {
			srv := guessed(t, func(c *server.Config) { c.Limits.Guesses = 2 })
			anna := login(t, srv, `,"message_types":[],"user_id":"anna","user_auth":"the right token"`)
			for range 2 {
				expect(t, anna.call(fmt.Sprintf(action, "x")), `{"error_type":"access_denied"}`)
			}
			right := "the right password"
			if name == "delete_user" {
				right = "the right token"
			}
			contains(t, anna.call(fmt.Sprintf(action, right)).String(), `too many wrong passwords`)
			srv.Advance(time.Minute)
			if got := anna.call(fmt.Sprintf(action, right)); got.text("event") == "error" {
				t.Errorf("got %s", got)
			}
		})
	}
}

func contains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("got %s, want %s in it", text, want)
		}
	}
}

// Whoever has mails sent to somebody's address costs the owner neither other keys
// nor, at once, those that have been mailed before.
func TestRequestedMails(t *testing.T) {
	srv := guessed(t, func(c *server.Config) { c.Limits.Mails, c.Limits.AccessKeys = 3, 5 })
	anna := login(t, srv, `,"message_types":[],"user_id":"anna","user_auth":"the right token"`)
	own := anna.call(`{"action":"create_access","access_type":"session"}`).text("access_key")
	stranger := connect(t, srv)
	request := func(name string) event {
		return stranger.call(`{"action":"request_identity_auth_reset_access","identity_type":"email","identity_name":"` + name + `"}`)
	}
	for range 4 { // minutes
		for range 3 {
			expect(t, request("anna@example.com"), `{"event":"access_created"}`)
		}
		refused := request("ANNA@example.com")
		expect(t, refused, `{"error_type":"permission_denied","identity_name":"anna@example.com"}`)
		contains(t, refused.String(), "wait for 61 seconds")
		toAnna := anna.call(`{"action":"send_access","identity_type":"email","identity_name":"Anna@example.com","access_key":"` + own + `"}`)
		expect(t, toAnna, `{"error_type":"permission_denied"}`)
		srv.Advance(time.Minute)
	}
	expect(t, request("bert@example.com"), `{"event":"access_created"}`)
	describe := func(key string) event {
		return stranger.call(`{"action":"describe_access","access_key":"` + key + `"}`)
	}
	expect(t, describe(own), `{"event":"access_found","access_type":"session"}`)
	mails := srv.Outbox()
	for i, m := range mails[:12] {
		want := `{"event":"access_found"}`
		if i < 9 {
			want = `{"error_type":"access_denied"}`
		}
		expect(t, describe(m.AccessKey.Reveal()), want)
	}
	// The keys go with the identity.
	expect(t, anna.call(`{"action":"delete_identity","identity_type":"email","identity_name":"anna@example.com","identity_auth":"the right password"}`), `{"event":"identity_deleted"}`)
	contains(t, describe(mails[11].AccessKey.Reveal()).String(), "not known")
}
