package session_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// A closed session doesn't exist on the server any more.
func TestClose(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		s := open(t, config(srv, "Alice"))
		for range 3 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n := srv.Stats().Sessions; n != 0 {
			t.Fatalf("%d sessions are left", n)
		}
		if s.State() != ninchat.Closed || s.Err() != nil {
			t.Fatalf("state %v, error %v", s.State(), s.Err())
		}
		if _, err := s.Ping(t.Context(), api.Ping{}); !errors.Is(err, ninchat.ErrClosed) {
			t.Fatalf("Call gives %v", err)
		}
		if _, err := s.Send(&api.Action{Name: "ping"}); !errors.Is(err, ninchat.ErrClosed) {
			t.Fatalf("Send gives %v", err)
		}
	})
}

// Sending and closing at once, and closing inside a reply function or the loop
// over events, does no harm.
func TestCloseAnywhere(t *testing.T) {
	byNetwork(t, func(t *testing.T, srv *routed) {
		t.Run("after Send", func(t *testing.T) {
			s := open(t, config(srv, "Alice"))
			for range 100 {
				if _, err := s.Send(&api.Action{Name: "ping"}); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
		t.Run("inside a reply", func(t *testing.T) {
			s := open(t, config(srv, "Alice"))
			err := s.Invoke(t.Context(), &api.Action{Name: "ping"}, func(*api.Event) bool {
				if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
					t.Error(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				return true
			})
			if err != nil {
				t.Fatal(err)
			}
		})
		t.Run("inside the loop", func(t *testing.T) {
			s := open(t, config(srv, "Alice"))
			for range s.Events(t.Context()) {
				if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
					t.Error(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
		t.Run("beside calls", func(t *testing.T) {
			s := open(t, config(srv, "Alice"))
			var wg sync.WaitGroup
			for range 32 {
				wg.Go(func() {
					for {
						if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
							if !errors.Is(err, ninchat.ErrClosed) {
								t.Error(err)
							}
							return
						}
					}
				})
			}
			for event, err := range s.Events(t.Context()) {
				if err != nil {
					t.Error(err)
				}
				if event.Name == "session_created" {
					break
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			wg.Wait()
		})
	})
}

func TestDrain(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		srv.Faults().Delay(server.Match{}, time.Second)
		for _, text := range numbers(50) {
			action, err := r.text(text).Action()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.alice.Send(action); err != nil {
				t.Fatal(err)
			}
		}
		srv.Faults().Cut(server.Match{UserID: r.aliceID})
		if err := r.alice.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := hear(t, r.bob, 50); got[49] != "49" {
			t.Fatalf("heard %q", got)
		}
		if _, err := r.alice.Ping(t.Context(), api.Ping{}); !errors.Is(err, ninchat.ErrClosed) {
			t.Fatalf("Call gives %v", err)
		}
	})
}

func TestDrainGivesUp(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		s := open(t, discarding(config(srv, "Alice")))
		srv.Faults().HalfOpen(server.Match{})
		srv.Faults().Refuse(503)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := s.Ping(t.Context(), api.Ping{}); !errors.Is(err, ninchat.ErrClosed) {
				t.Errorf("the call ends with %v", err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		if err := s.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Hour {
			t.Fatalf("after %v: %v", time.Since(start), err)
		}
		wg.Wait()
	})
}

// Closing isn't delayed by a dial function that doesn't heed its context, and
// draining returns with its own.
func TestCloseTimeout(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		c := discarding(config(srv, "Alice"))
		dial := c.Dial
		c.Direct = true
		release := make(chan struct{})
		stuck := false
		c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if stuck {
				<-release
				return nil, errors.New("released")
			}
			return dial(ctx, network, address)
		}
		s, err := ninchat.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		stuck = true
		srv.Faults().Cut(server.Match{})
		waitFor(t, s, ninchat.Waiting)
		waitFor(t, s, ninchat.Connecting)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if err := s.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Fatalf("after %v, Drain gives %v", time.Since(began), err)
		}
		if err := s.Close(); !errors.Is(err, ninchat.ErrCloseTimeout) {
			t.Fatalf("Close gives %v", err)
		}
		close(release)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// Closing takes no longer than it may although the server is just creating another
// session, for which it is waited, and doesn't read either.
func TestCloseWhileCreatingWithoutAnswer(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		c := config(srv, "Alice")
		c.Direct, c.Transport = true, ninchat.WebSocketOnly
		var left atomic.Int64
		made := make(chan net.Conn, 1)
		c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if left.Add(-1) >= 0 {
				return srv.DialContext(ctx, network, address)
			}
			near, far := net.Pipe()
			go func() {
				_, _ = upgrade(far)
				made <- far
			}()
			return near, nil
		}
		for range 20 {
			// One is made to open the session, and one to be told that it is lost.
			left.Store(2)
			s := open(t, c)
			srv.Faults().Lose(server.Match{UserID: s.UserID()})
			far := <-made
			synctest.Wait()
			began := time.Now()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took > 6*time.Second {
				t.Errorf("closing took %v", took)
			}
			_ = far.Close()
		}
	})
}
