package server_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

func TestCut(t *testing.T) {
	srv := start(t)
	a, b := guest(t, srv), guest(t, srv)
	if n := srv.Faults().Cut(server.Match{UserID: a.userID}); n != 1 {
		t.Errorf("%d connections were cut", n)
	}
	if err := a.ended(); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end without a close frame", err)
	}
	b.quiet()
	a.again(srv).quiet()
	if n := srv.Faults().Cut(server.Match{}); n != 2 {
		t.Errorf("%d connections were cut", n)
	}
	if n := srv.Faults().Cut(server.Match{UserID: "nobody"}); n != 0 {
		t.Errorf("%d connections were cut", n)
	}
	_ = b.ended()
}

func TestCutAfter(t *testing.T) {
	srv := start(t)
	c := guest(t, srv)
	srv.Faults().CutAfter(server.Match{SessionID: api.Secret(c.sessionID)}, 10)
	c.write(`{"action":"ping"}`)
	got, err := io.ReadAll(c.nc)
	if len(got) != 10 || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	srv.Faults().CutNext(5)
	next := connect(t, srv)
	next.write(`{"action":"describe_conn"}`)
	if got, err := io.ReadAll(next.nc); len(got) != 5 || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	connect(t, srv).createSession(`,"message_types":[]`)
}

func TestHalfOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		c := guest(t, srv)
		srv.Faults().HalfOpen(server.Match{UserID: c.userID})
		ended := c.drain()
		c.frame(ws.OpText, `{"action":"ping"}`) // the server's system takes it
		time.Sleep(time.Hour)
		select {
		case err := <-ended:
			t.Errorf("got %v", err)
		default:
		}
		again := c.again(srv)
		again.quiet()
		srv.Faults().Cut(server.Match{})
		<-ended
	})
}

func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		c := guest(t, srv)
		srv.Faults().Delay(server.Match{UserID: c.userID}, 3*time.Second)
		began := time.Now()
		c.quiet()
		if d := time.Since(began); d != 3*time.Second {
			t.Errorf("after %v", d)
		}
		srv.Faults().Delay(server.Match{UserID: c.userID}, 0)
		began = time.Now()
		c.quiet()
		if d := time.Since(began); d != 0 {
			t.Errorf("after %v", d)
		}
	})
}

// Being held up doesn't count as part of a write, which mustn't take long.
func TestLongDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t, impatient)
		c := guest(t, srv)
		srv.Faults().Delay(server.Match{UserID: c.userID}, 40*time.Second)
		began := time.Now()
		c.quiet()
		if d := time.Since(began); d != 40*time.Second {
			t.Errorf("after %v", d)
		}
	})
}

func TestCloseFault(t *testing.T) {
	srv := start(t)
	c := guest(t, srv)
	srv.Faults().Close(server.Match{}, 1001, "elsewhere")
	if err, ok := c.ended().(closedError); !ok || err.code != 1001 || err.reason != "elsewhere" {
		t.Errorf("got %v", err)
	}
	c.again(srv).quiet()
}

func TestRepeatFault(t *testing.T) {
	srv := start(t)
	c := guest(t, srv)
	c.quiet()
	srv.Faults().Repeat(server.Match{UserID: c.userID})
	expect(t, c.read(), `{"event":"session_created","event_id":1}`)
	expect(t, c.read(), `{"event":"pong","event_id":2}`)
	c.quiet()
}

func TestSayFault(t *testing.T) {
	srv := start(t)
	c := guest(t, srv)
	srv.Faults().Say(server.Match{}, api.ErrDeprecated, "old")
	expect(t, c.read(), `{"event":"error","error_type":"deprecated","error_reason":"old","event_id":2}`)
	c.quiet()
}

func TestLose(t *testing.T) {
	srv := start(t)
	c := guest(t, srv)
	if n := srv.Faults().Lose(server.Match{UserID: c.userID}); n != 1 {
		t.Errorf("%d sessions were lost", n)
	}
	if err := c.ended(); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
	expect(t, c.again(srv).read(), `{"error_type":"session_not_found"}`)
}

func TestOverflowFault(t *testing.T) {
	srv := start(t)
	c := guest(t, srv)
	if n := srv.Faults().Overflow(server.Match{UserID: c.userID}); n != 1 {
		t.Errorf("%d sessions overflowed", n)
	}
	expect(t, c.wait("error"), `{"error_type":"session_buffer_overflow"}`)
	_ = c.ended()
	expect(t, c.again(srv).read(), `{"error_type":"session_not_found"}`)
}

func TestSupersedeFault(t *testing.T) {
	srv := start(t)
	c := guest(t, srv)
	if n := srv.Faults().Supersede(server.Match{UserID: c.userID}); n != 1 {
		t.Errorf("%d sessions were superseded", n)
	}
	expect(t, c.wait("error"), `{"error_type":"connection_superseded","event_id":"<absent>"}`)
	_ = c.ended()
	c.again(srv).quiet()
}

func TestRefuseAndSlow(t *testing.T) {
	srv := ninchattest.New(t)
	srv.Faults().Refuse(503)
	if resp, _ := request(t, srv, "GET", "/v2/endpoint"); resp.StatusCode != 503 {
		t.Errorf("got %d", resp.StatusCode)
	}
	if resp, _ := request(t, srv, "GET", "/v2/socket"); resp.StatusCode != 503 {
		t.Errorf("got %d", resp.StatusCode)
	}
	srv.Faults().Refuse(0)
	if resp, _ := request(t, srv, "GET", "/v2/endpoint"); resp.StatusCode != 200 {
		t.Errorf("got %d", resp.StatusCode)
	}
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		srv.Faults().Slow(7 * time.Second)
		began := time.Now()
		if resp, _ := request(t, srv, "GET", "/v2/endpoint"); resp.StatusCode != 200 || time.Since(began) != 7*time.Second {
			t.Errorf("got %d after %v", resp.StatusCode, time.Since(began))
		}
	})
}

// Closing a server with half-open connections and waiting clients doesn't hang.
func TestCloseServer(t *testing.T) {
	srv := ninchattest.New(t)
	a, b := dialTCP(t, srv), dialTCP(t, srv)
	a.createSession(`,"message_types":[]`)
	b.createSession(`,"message_types":[]`)
	srv.Faults().HalfOpen(server.Match{UserID: a.userID})
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	_ = a.ended()
	_ = b.ended()
	if _, err := srv.DialContext(t.Context(), "", ""); err == nil {
		t.Error("a closed server can be reached")
	}
}

func TestShutdown(t *testing.T) {
	srv := ninchattest.New(t)
	c := dialTCP(t, srv)
	c.createSession(`,"message_types":[]`)
	done := make(chan error)
	go func() { done <- srv.Shutdown(t.Context()) }()
	if err, ok := c.ended().(closedError); !ok || err.code != ws.StatusGoingAway {
		t.Errorf("got %v", err)
	}
	_ = c.nc.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestServersAreIndependent(t *testing.T) {
	for i := range 3 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			guest(t, srv).quiet()
			if users := srv.Stats().Users; users != 1 {
				t.Errorf("%d users", users)
			}
		})
	}
}
