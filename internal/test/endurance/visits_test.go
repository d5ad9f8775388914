package endurance_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/ninchat-community/ninchat/server"
)

// A server that many have visited is as it was before: what they leave is nothing,
// however they left.
func TestVisits(t *testing.T) {
	n := number(1000, 10_000)
	synctest.Test(t, func(t *testing.T) {
		srv, err := server.New(server.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		v := &visits{srv: srv, web: &http.Client{Transport: &http.Transport{DialContext: srv.DialContext, DisableKeepAlives: true}}}
		v.round(t, n) // what is allocated once
		goroutines, bytes := runtime.NumGoroutine(), heap()
		v.round(t, n)
		// The runtime has some that come and go by themselves.
		if more := runtime.NumGoroutine() - goroutines; more > 5 {
			t.Errorf("there are %d goroutines more", more)
		}
		more := heap() - bytes
		t.Logf("%d sessions left %d bytes", n, more)
		if limit := int64(256<<10 + 64*n); more > limit {
			t.Errorf("%d sessions left %d bytes", n, more)
		}
	})
}

// visits are clients of a server that come and go.
type visits struct {
	srv *server.Server
	web *http.Client
}

// round has n clients come, a hundred at a time, and go in different ways. Then all
// time limits pass.
func (v *visits) round(t *testing.T, n int) {
	for i := 0; i < n; i += 100 {
		gone := make([]func() error, 0, 100)
		for j := range 100 {
			leave, err := v.visit(t.Context(), j)
			if err != nil {
				t.Fatal(err)
			}
			gone = append(gone, leave)
		}
		for _, leave := range gone {
			if err := leave(); err != nil {
				t.Fatal(err)
			}
		}
	}
	time.Sleep(time.Hour)
	synctest.Wait()
	if s := v.srv.Stats(); s.Sessions != 0 || s.Connections != 0 || s.Polling != 0 || s.Users != 0 || s.Channels != 0 {
		t.Fatalf("there still are %d sessions, %d connections, %d polled, %d users, %d channels", s.Sessions, s.Connections, s.Polling, s.Users, s.Channels)
	}
}

// visit makes a session, does something in it, and returns what ends it.
func (v *visits) visit(ctx context.Context, how int) (leave func() error, err error) {
	if how%5 == 4 {
		return v.poll()
	}
	nc, _, _, err := ws.Dialer{NetDial: v.srv.DialContext}.Dial(ctx, "ws://localhost/v2/socket")
	if err != nil {
		return nil, err
	}
	ask := func(action string) error {
		return wsutil.WriteClientText(nc, []byte(action))
	}
	for i, action := range []string{
		`{"action":"create_session","message_types":["*"],"user_attrs":{"name":"visitor"}}`,
		`{"action":"create_channel","action_id":1}`, `{"action":"describe_user","action_id":2}`,
	} {
		if err := ask(action); err != nil {
			return nil, err
		}
		for answered := false; !answered; {
			text, err := wsutil.ReadServerText(nc)
			if err != nil {
				return nil, err
			}
			answered = i == 0 || strings.Contains(string(text), fmt.Sprintf(`"action_id":%d`, i))
		}
	}
	switch how % 5 {
	case 0: // without a word
		return nc.Close, nil
	case 1: // and out
		return func() error { return v.drain(nc, ask(`{"action":"close_session"}`)) }, nil
	case 2: // for ever
		return func() error { return v.drain(nc, ask(`{"action":"delete_user","action_id":3}`)) }, nil
	default: // with events that nobody reads
		return func() error {
			for range 10 {
				if err := ask(`{"action":"ping"}`); err != nil {
					return err
				}
			}
			return nc.Close()
		}, nil
	}
}

// drain reads until the server has nothing more to say.
func (v *visits) drain(nc net.Conn, err error) error {
	if err == nil {
		_, err = io.Copy(io.Discard, &patient{nc})
	}
	return errors.Join(err, nc.Close())
}

// patient waits a second for more, which takes no time.
type patient struct{ net.Conn }

func (p *patient) Read(b []byte) (int, error) {
	_ = p.SetReadDeadline(time.Now().Add(time.Second))
	n, err := p.Conn.Read(b)
	if err != nil {
		err = io.EOF
	}
	return n, err
}

// poll makes a session by long polling.
func (v *visits) poll() (leave func() error, err error) {
	var events []struct {
		Event     string `json:"event"`
		SessionID string `json:"session_id"`
	}
	post := func(action string) error {
		resp, err := v.web.Post("http://localhost/v2/poll", "application/json", strings.NewReader(action))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		return json.UnmarshalRead(resp.Body, &events)
	}
	if err := post(`{"action":"create_session","message_types":["*"]}`); err != nil {
		return nil, err
	}
	if len(events) != 1 || events[0].SessionID == "" {
		return nil, fmt.Errorf("got %v", events)
	}
	id := events[0].SessionID
	return func() error { return post(fmt.Sprintf(`{"action":"ping","session_id":%q}`, id)) }, nil
}

// An idle session takes at most 30 kB (BenchmarkIdleSession of package server is
// more exact). The bound is a generous one: it includes the client's end, and what
// the race detector adds.
func TestIdleSessions(t *testing.T) {
	n := number(500, 10_000)
	synctest.Test(t, func(t *testing.T) {
		srv, err := server.New(server.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		v := &visits{srv: srv}
		come := func() (gone []func() error) {
			for range n {
				leave, err := v.visit(t.Context(), 0)
				if err != nil {
					t.Fatal(err)
				}
				gone = append(gone, leave)
			}
			return gone
		}
		warm := come()
		synctest.Wait()
		before := memory()
		gone := come()
		synctest.Wait()
		each := (memory() - before) / int64(n)
		t.Logf("%d bytes for each of %d sessions", each, n)
		if each > 60_000 {
			t.Errorf("a session takes %d bytes", each)
		}
		for _, leave := range append(warm, gone...) {
			_ = leave()
		}
	})
}
