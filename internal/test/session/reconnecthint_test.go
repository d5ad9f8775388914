package session_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// cable is a network that can be taken away.
type cable struct {
	srv  *routed
	away atomic.Bool
	// dials counts the attempts to connect.
	dials atomic.Int64
}

func (c *cable) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c.dials.Add(1)
	if c.away.Load() {
		return nil, errors.New("network is unreachable")
	}
	return c.srv.DialContext(ctx, network, address)
}

// take takes the network away for some time.
func (c *cable) take(d time.Duration) {
	c.away.Store(true)
	c.srv.Faults().Cut(server.Match{})
	time.Sleep(d)
	c.away.Store(false)
}

func onCable(t *testing.T, test func(t *testing.T, c *cable, s *ninchat.Session)) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		c := &cable{srv: srv}
		conf := discarding(config(srv, "Alice"))
		conf.Dial = c.dial
		test(t, c, open(t, conf))
	})
}

// backAfter is how long it takes the session to be online.
func backAfter(t *testing.T, s *ninchat.Session) time.Duration {
	t.Helper()
	began := time.Now()
	waitFor(t, s, ninchat.Online)
	return time.Since(began)
}

// A session that has been told is back at once; it is the same one if the server
// still has it.
func TestReconnectAfterOutage(t *testing.T) {
	for name, away := range map[string]time.Duration{"kept": 4*time.Minute + 30*time.Second, "lost": time.Hour} {
		t.Run(name, func(t *testing.T) {
			onCable(t, func(t *testing.T, c *cable, s *ninchat.Session) {
				time.Sleep(time.Minute)
				c.take(away)
				s.Reconnect()
				synctest.Wait()
				if took := backAfter(t, s); took > 300*time.Millisecond {
					t.Errorf("online after %v", took)
				}
				if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
					t.Error(err)
				}
				if lost := s.Stats().SessionsLost; (lost == 1) != (name == "lost") {
					t.Errorf("%d sessions were lost", lost)
				}
			})
		})
	}
}

// Without being told, it takes as long as until the next attempt, and no longer if
// the session has been lost.
func TestLoginAfterOutage(t *testing.T) {
	onCable(t, func(t *testing.T, c *cable, s *ninchat.Session) {
		for range 20 {
			time.Sleep(time.Minute)
			c.take(10 * time.Minute)
			waitFor(t, s, ninchat.Connecting)
			if took := backAfter(t, s); took > 300*time.Millisecond {
				t.Errorf("online %v after the first attempt", took)
			}
		}
		if lost := s.Stats().SessionsLost; lost != 20 {
			t.Errorf("%d sessions were lost", lost)
		}
	})
}

// A connection that has died without a word is replaced a few seconds later, not a
// minute.
func TestReconnectChecks(t *testing.T) {
	onCable(t, func(t *testing.T, _ *cable, s *ninchat.Session) {
		time.Sleep(time.Minute)
		connections := s.Stats().Connections
		for range 100 {
			s.Reconnect()
		}
		time.Sleep(10 * time.Second)
		if got := s.Stats().Connections; got != connections || s.State() != ninchat.Online {
			t.Fatalf("%d connections instead of %d, %v", got, connections, s.State())
		}
	})
	inBubbles(t, func(t *testing.T, srv *routed) {
		s := open(t, discarding(config(srv, "Alice")))
		time.Sleep(time.Minute)
		srv.Faults().HalfOpen(server.Match{})
		time.Sleep(time.Second)
		told := time.Now()
		s.Reconnect()
		waitFor(t, s, ninchat.Waiting)
		waitFor(t, s, ninchat.Online)
		if took := time.Since(told); took > 6*time.Second {
			t.Errorf("online %v after it was told", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Ping(ctx, api.Ping{}); err != nil {
			t.Error(err)
		}
	})
}

// Whoever does it all the time doesn't have the server flooded, from wherever it is
// done.
func TestReconnectAllTheTime(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		c := &cable{srv: &routed{Server: srv}}
		conf := discarding(config(srv, "Alice"))
		conf.Dial = c.dial
		var session atomic.Pointer[ninchat.Session]
		again := func() {
			if s := session.Load(); s != nil {
				s.Reconnect()
			}
		}
		conf.Trace = &ninchat.Trace{StateChanged: func(ninchat.StateChange) { again() }, ActionSent: func(ninchat.TraceAction) { again() }}
		s := open(t, conf)
		session.Store(s)
		time.Sleep(time.Minute)
		if err := s.Invoke(t.Context(), &api.Action{Name: "ping"}, func(*api.Event) bool { again(); return true }); err != nil {
			t.Fatal(err)
		}
		c.away.Store(true)
		srv.Faults().Cut(server.Match{})
		before := c.dials.Load()
		for range 60 * 60 {
			again()
			time.Sleep(time.Second)
		}
		// By itself, it makes one in 45 seconds.
		if n := c.dials.Load() - before; n < 60 || n > 400 {
			t.Errorf("%d attempts in an hour", n)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		again()
		if s.State() != ninchat.Closed {
			t.Errorf("state is %v", s.State())
		}
	})
}

// A server that loses each session as soon as it is made isn't dialled all the time.
func TestSessionsLostAtOnce(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		c := &cable{srv: srv}
		conf := discarding(config(srv, "Alice"))
		conf.Dial = c.dial
		s := open(t, conf)
		before := c.dials.Load()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		for change := range s.States(ctx) {
			if change.State == ninchat.Online {
				srv.Faults().Lose(server.Match{})
			}
		}
		if n := c.dials.Load() - before; n < 10 || n > 150 {
			t.Errorf("%d connections in ten minutes", n)
		}
	})
}
