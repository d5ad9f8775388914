package session_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// mute is a server that takes connections, and WebSockets if it is to, and never says
// anything.
func mute(by ninchat.Transport) ninchat.Config {
	return ninchat.Config{
		Address: "http://mute.test", Direct: true, Proxy: noProxy, Transport: by,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				defer far.Close()
				if by == ninchat.WebSocketOnly {
					if _, err := ws.Upgrade(far); err != nil {
						return
					}
				}
				_, _ = io.Copy(io.Discard, far)
			}()
			return near, nil
		},
	}
}

// slowStore does nothing until it has to end.
type slowStore struct{ load, save bool }

func (s slowStore) Load(ctx context.Context) (ninchat.Token, error) {
	return ninchat.Token{}, s.wait(ctx, s.load)
}
func (s slowStore) Save(ctx context.Context, _ ninchat.Token) error { return s.wait(ctx, s.save) }
func (s slowStore) Delete(context.Context) error                    { return nil }

func (s slowStore) wait(ctx context.Context, waits bool) error {
	if !waits {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

// Open returns when its time is over, not when everything has been undone.
func TestOpenReturnsInTime(t *testing.T) {
	for name, make := range map[string]func(t *testing.T) ninchat.Config{
		"silence on a WebSocket":  func(*testing.T) ninchat.Config { return mute(ninchat.WebSocketOnly) },
		"silence by long polling": func(*testing.T) ninchat.Config { return mute(ninchat.LongPollOnly) },
		"login": func(t *testing.T) ninchat.Config {
			c := config(ninchattest.New(t, ninchattest.InMemory()), "")
			c.Login = api.CreateSession{}
			c.LoginFunc = func(context.Context) (api.CreateSession, error) {
				time.Sleep(10 * time.Second)
				return api.CreateSession{}, errors.New("late")
			}
			return c
		},
		"credentials": func(t *testing.T) ninchat.Config {
			c := config(ninchattest.New(t, ninchattest.InMemory()), "Alice")
			c.OnCredentials = func(context.Context, ninchat.Credentials) error {
				time.Sleep(10 * time.Second)
				return errors.New("late")
			}
			return c
		},
		"loading a token": func(t *testing.T) ninchat.Config {
			c := config(ninchattest.New(t, ninchattest.InMemory()), "Alice")
			c.TokenStore = slowStore{load: true}
			return c
		},
		"saving a token": func(t *testing.T) ninchat.Config {
			c := config(ninchattest.New(t, ninchattest.InMemory()), "Alice")
			c.TokenStore = slowStore{save: true}
			return c
		},
		"saving a token of an existing user": func(t *testing.T) ninchat.Config {
			srv := ninchattest.New(t, ninchattest.InMemory())
			user, err := srv.AddUser(server.User{})
			if err != nil {
				t.Fatal(err)
			}
			c := config(srv, "")
			c.Login, c.TokenStore = ninchat.ExistingUser(user.ID, user.Auth), slowStore{save: true}
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := make(t)
				limited, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				cancelled, stop := context.WithCancel(t.Context())
				defer stop()
				time.AfterFunc(4*time.Second, stop)
				for _, test := range []struct {
					name    string
					ctx     context.Context
					timeout time.Duration
					after   time.Duration
				}{
					{"deadline", limited, 0, time.Second},
					{"cancelled", cancelled, 0, 3 * time.Second},
					{"OpenTimeout", t.Context(), 2 * time.Second, 2 * time.Second},
				} {
					c.OpenTimeout = test.timeout
					began := time.Now()
					_, err := ninchat.Open(test.ctx, c)
					if took := time.Since(began); err == nil || took != test.after {
						t.Errorf("%s: after %v: %v", test.name, took, err)
					}
				}
				// What was left to be done comes to its end by itself.
				time.Sleep(time.Minute)
			})
		})
	}
}
