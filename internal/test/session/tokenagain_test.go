//go:build !js

package session_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws/wsutil"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/ninchattest"
)

// Whoever tries again when Open has been given up isn't told that the token is in use,
// whatever the first attempt was doing; and the token that there was is still there.
func TestOpenAgainWithTokenFile(t *testing.T) {
	for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){
		"nobody there": func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("refused")
		},
		"connecting": func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		},
		"no answer": func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				defer far.Close()
				if _, err := upgrade(far); err == nil {
					_, _ = io.Copy(io.Discard, far)
				}
			}()
			return near, nil
		},
	} {
		for _, resumes := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", with a token"}[resumes], func(t *testing.T) {
				inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
					path := filepath.Join(t.TempDir(), "token.json")
					c := discarding(config(srv, "Alice"))
					c.TokenStore = ninchat.FileTokenStore(path)
					if resumes {
						if _, err := open(t, c).Suspend(); err != nil {
							t.Fatal(err)
						}
					}
					before, _ := os.ReadFile(path)
					c.Dial, c.Direct, c.OpenTimeout = dial, true, time.Second
					for range 10 {
						if _, err := ninchat.Open(t.Context(), c); err == nil || errors.Is(err, ninchat.ErrTokenInUse) {
							t.Fatalf("error is %v", err)
						}
					}
					time.Sleep(time.Minute)
					if after, _ := os.ReadFile(path); string(after) != string(before) {
						t.Errorf("the file was %q, and is %q", before, after)
					}
				})
			})
		}
	}
}

// What is left of an attempt that was given up doesn't touch the token of the next one,
// although a session comes of it when that is there.
func TestGivenUpOpenLeavesTokenAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tasks sync.WaitGroup
		defer tasks.Wait()
		dials := 0
		c := ninchat.Config{Address: "http://slow.test", Direct: true, Proxy: noProxy, DiscardEvents: true, Transport: ninchat.WebSocketOnly}
		c.Dial = func(context.Context, string, string) (net.Conn, error) {
			dials++
			first := dials == 1
			near, far := net.Pipe()
			tasks.Go(func() {
				defer far.Close()
				if _, err := upgrade(far); err != nil {
					return
				}
				for n := 1; ; n++ {
					if _, _, err := wsutil.ReadClientData(far); err != nil {
						return
					}
					if n > 1 {
						continue
					}
					id := "second"
					if first {
						time.Sleep(3 * time.Second)
						id = "first"
					}
					_ = wsutil.WriteServerText(far, []byte(`{"event":"session_created","event_id":1,"session_id":"`+id+`","user_id":"u","user_auth":"auth"}`))
				}
			})
			return near, nil
		}
		path := filepath.Join(t.TempDir(), "token.json")
		store := ninchat.FileTokenStore(path)
		c.TokenStore, c.OpenTimeout = store, time.Second
		if _, err := ninchat.Open(t.Context(), c); err == nil {
			t.Fatal("the first one was opened")
		}
		s := open(t, c)
		time.Sleep(time.Minute)
		token, err := store.Load(t.Context())
		if err != nil || token.SessionID != "second" || token != s.Token() {
			t.Errorf("the token is %v: %v", token, err)
		}
		if _, err := store.Lock(t.Context()); !errors.Is(err, ninchat.ErrTokenInUse) {
			t.Errorf("the lock of the second one is gone: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
