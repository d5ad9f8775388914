package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// Whatever happens to connections, each message arrives once, in order.
func TestNothingLostNothingTwice(t *testing.T) {
	faults := map[string]func(srv *ninchattest.Server, r room, random *rand.Rand){
		"cut":       func(srv *ninchattest.Server, _ room, _ *rand.Rand) { srv.Faults().Cut(server.Match{}) },
		"half-open": func(srv *ninchattest.Server, _ room, _ *rand.Rand) { srv.Faults().HalfOpen(server.Match{}) },
		"in the middle of a frame": func(srv *ninchattest.Server, _ room, random *rand.Rand) {
			srv.Faults().CutAfter(server.Match{}, random.Int64N(2000))
			srv.Faults().CutNext(random.Int64N(2000))
		},
		"going away": func(srv *ninchattest.Server, _ room, _ *rand.Rand) {
			srv.Faults().Close(server.Match{}, 1001, "restart")
		},
		"sender loses its session": func(srv *ninchattest.Server, r room, _ *rand.Rand) {
			srv.Faults().Lose(server.Match{UserID: r.aliceID})
		},
		"sent again": func(srv *ninchattest.Server, _ room, _ *rand.Rand) { srv.Faults().Repeat(server.Match{}) },
		"delayed": func(srv *ninchattest.Server, _ room, random *rand.Rand) {
			srv.Faults().Delay(server.Match{}, time.Duration(random.IntN(3))*time.Second)
		},
	}
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		for name, fault := range faults {
			t.Run(name, func(t *testing.T) {
				inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
					random := rand.New(rand.NewPCG(1, uint64(len(name))))
					r := newRoomBy(t, srv, by)
					const count = 200
					var wg sync.WaitGroup
					wg.Go(func() {
						for i, text := range numbers(count) {
							if i%10 == 5 {
								fault(srv, r, random)
							}
							if _, err := r.alice.SendMessage(t.Context(), r.text(text)); err != nil {
								t.Errorf("message %d: %v", i, err)
							}
						}
					})
					if got := hear(t, r.bob, count); !slices.Equal(got, numbers(count)) {
						t.Fatalf("heard %q", got)
					}
					wg.Wait()
					if got := historyTexts(t, r); !slices.Equal(got, numbers(count)) {
						t.Fatalf("the history has %q", got)
					}
				})
			})
		}
	})
}

// historyTexts are the messages that the server has.
func historyTexts(t *testing.T, r room) []string {
	t.Helper()
	var texts []string
	for reply, err := range r.alice.LoadHistory(t.Context(), api.LoadHistory{
		ChannelID:     &r.channel,
		MessageTypes:  []string{"example.com/*"},
		HistoryOrder:  new(int64(1)),
		HistoryLength: new(int64(1000)),
	}) {
		if err != nil {
			t.Fatal(err)
		}
		if m := reply.MessageReceived; m != nil {
			texts = append(texts, string(m.Payload[0]))
		}
	}
	return texts
}

// Many actions are on their way when the connection breaks.
func TestActionsInFlight(t *testing.T) {
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		for name, fault := range map[string]func(server.Faults, server.Match){
			"cut":  func(f server.Faults, m server.Match) { f.Cut(m) },
			"lost": func(f server.Faults, m server.Match) { f.Lose(m) },
		} {
			t.Run(name, func(t *testing.T) {
				inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
					r := newRoomBy(t, srv, by)
					for round := range 20 {
						for i := range 10 {
							action, err := r.text(fmt.Sprint(round*10 + i)).Action()
							if err != nil {
								t.Fatal(err)
							}
							if _, err := r.alice.Send(action); err != nil {
								t.Fatal(err)
							}
						}
						fault(srv.Faults(), server.Match{UserID: r.aliceID})
					}
					if got := hear(t, r.bob, 200); !slices.Equal(got, numbers(200)) {
						t.Fatalf("heard %q", got)
					}
				})
			})
		}
	})
}

func TestSessionLost(t *testing.T) {
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
			r := newRoomBy(t, srv, by)
			old := r.bob.SessionID()
			nextNamed(t, r.bob, "session_created")
			srv.Faults().Lose(server.Match{UserID: r.bobID})
			lost := nextNamed(t, r.bob, ninchat.EventSessionLost)
			if lost.ID != 0 || string(lost.Header) != `{"event":"session_lost","error_type":"session_not_found"}` {
				t.Fatalf("event %+v", lost)
			}
			created, _, err := api.As[*api.SessionCreated](nextNamed(t, r.bob, "session_created"))
			if err != nil {
				t.Fatal(err)
			}
			if r.bob.SessionID() == old || created.UserID != r.bobID {
				t.Fatalf("session %q of user %q after %q of %q", r.bob.SessionID(), created.UserID, old, r.bobID)
			}
			if _, member := created.UserChannels[r.channel]; !member {
				t.Fatal("the user isn't a member of the channel any more")
			}
			r.say(t, "0")
			if got := hear(t, r.bob, 1); got[0] != "0" {
				t.Fatalf("heard %q", got)
			}
		})
	})
}

// lookingAt is a log that looks at the counters of a session at a message.
type lookingAt struct {
	slog.Handler
	message string
	look    func()
}

func (l *lookingAt) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == l.message {
		l.look()
	}
	return l.Handler.Handle(ctx, r)
}

// Whoever learns of something finds it in the counters: they aren't late.
func TestStatsAreNotLate(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		var s *ninchat.Session
		looked := 0
		c := discarding(config(srv, "Alice"))
		c.Logger = slog.New(&lookingAt{slog.NewTextHandler(io.Discard, nil), "session lost", func() {
			looked++
			if n := s.Stats().SessionsLost; n != 1 {
				t.Errorf("%d sessions have been lost", n)
			}
		}})
		s = open(t, c)
		srv.Faults().Lose(server.Match{UserID: s.UserID()})
		if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
			t.Fatal(err)
		}
		if looked != 1 {
			t.Errorf("looked %d times", looked)
		}
	})
}

// A transient action isn't sent again in another session.
func TestTransientAction(t *testing.T) {
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
			r := newRoomBy(t, srv, by)
			srv.Faults().LoseAt(server.Match{UserID: r.aliceID}, "send_message")
			action, err := r.text("0").Action()
			if err != nil {
				t.Fatal(err)
			}
			action.Transient = true
			if _, err := r.alice.Call(t.Context(), action); !errors.Is(err, ninchat.ErrSessionLost) {
				t.Fatalf("error is %v", err)
			}
			r.say(t, "1")
			if got := historyTexts(t, r); !slices.Equal(got, numbers(2)) {
				t.Fatalf("the history has %q", got)
			}
		})
	})
}

// What ends the session for good ends the calls with the same error, and the
// stream too.
func TestDefect15EndsForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		called := make(chan struct{})
		peer := &scriptedServer{t: t, script: func(_ net.Conn, frame func(string, ...any)) {
			<-called
			frame(`{"event":"error","event_id":2,"error_type":"connection_superseded","error_reason":"another one came"}`)
		}}
		c := peer.config()
		c.DiscardEvents = false
		s, err := ninchat.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := s.Ping(t.Context(), api.Ping{}); !errors.Is(err, api.ErrConnectionSuperseded) {
				t.Errorf("the call ends with %v", err)
			}
		})
		synctest.Wait()
		close(called)
		var last error
		for _, err := range s.Events(t.Context()) {
			last = err
		}
		wg.Wait()
		if !errors.Is(last, api.ErrConnectionSuperseded) || !errors.Is(s.Err(), api.ErrConnectionSuperseded) {
			t.Fatalf("the stream ends with %v, the session with %v", last, s.Err())
		}
		if _, err := s.Ping(t.Context(), api.Ping{}); !errors.Is(err, ninchat.ErrClosed) {
			t.Fatalf("a call after the end gives %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		peer.close()
	})
}

func TestUserDeleted(t *testing.T) {
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		srv := ninchattest.New(t)
		c := travelling(by, config(srv, "Alice"))
		s := open(t, c)
		c.Login = ninchat.ExistingUser(s.UserID(), s.Credentials().UserAuth)
		other := open(t, c)
		reply, err := s.DeleteUser(t.Context(), api.DeleteUser{UserAuth: new(s.Credentials().UserAuth)})
		if err != nil || reply.UserID != s.UserID() {
			t.Fatal(reply, err)
		}
		for _, s := range []*ninchat.Session{s, other} {
			<-s.Done()
			if !errors.Is(s.Err(), ninchat.ErrUserDeleted) {
				t.Fatalf("the session ended with %v", s.Err())
			}
		}
	})
}

// The server has deleted the authentication token: logging in again must not
// make a new user.
func TestUserAuthDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := &scriptedServer{t: t, script: func(_ net.Conn, frame func(string, ...any)) {
			frame(`{"event":"error","error_type":"session_not_found","user_auth_deleted":true}`)
		}}
		s, err := ninchat.Open(t.Context(), peer.config())
		if err != nil {
			t.Fatal(err)
		}
		<-s.Done()
		if !errors.Is(s.Err(), api.ErrUserNotFound) {
			t.Fatalf("the session ended with %v", s.Err())
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		peer.close()
		creations := 0
		for _, text := range peer.received {
			if h, err := wire.ScanHeader([]byte(text), nil); err == nil && h.Name == "create_session" {
				creations++
			}
		}
		if creations != 1 {
			t.Fatalf("%d sessions were asked for", creations)
		}
	})
}

// A client lives through a day of outages of all kinds.
func TestDayOfOutages(t *testing.T) {
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
			random := rand.New(rand.NewPCG(7, 7))
			var down atomic.Bool
			c := travelling(by, discarding(config(srv, "Alice")))
			dial := c.Dial
			c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				if down.Load() {
					return nil, errors.New("network is unreachable")
				}
				return dial(ctx, network, address)
			}
			s := open(t, c)
			end := time.Now().Add(24 * time.Hour)
			calls := 0
			for time.Now().Before(end) {
				switch random.IntN(7) {
				case 0:
					srv.Faults().Cut(server.Match{})
				case 1:
					srv.Faults().HalfOpen(server.Match{})
				case 2:
					srv.Faults().Lose(server.Match{})
				case 3:
					srv.Faults().Refuse(503)
					time.Sleep(time.Duration(random.IntN(3600)) * time.Second)
					srv.Faults().Refuse(0)
				case 4:
					down.Store(true)
					srv.Faults().Cut(server.Match{})
					time.Sleep(time.Duration(random.IntN(3600)) * time.Second)
					down.Store(false)
				case 5:
					srv.Faults().CutNext(random.Int64N(500))
				case 6:
					time.Sleep(time.Duration(random.IntN(1200)) * time.Second)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
				if _, err := s.Ping(ctx, api.Ping{}); err != nil {
					t.Fatalf("call %d: %v; %+v", calls, err, s.Stats())
				}
				cancel()
				calls++
			}
			if calls < 50 || s.Stats().Connections < 20 {
				t.Fatalf("%d calls, %+v", calls, s.Stats())
			}
		})
	})
}

// A server that closes connections as soon as they are made isn't flooded.
func TestDefect10EarlyClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, script := range map[string]func(conn net.Conn, frame func(string, ...any)){
			"after session_created": func(conn net.Conn, _ func(string, ...any)) { _ = conn.Close() },
			"after garbage":         func(_ net.Conn, frame func(string, ...any)) { frame("garbage") },
		} {
			peer := &scriptedServer{t: t, script: script}
			s, err := ninchat.Open(t.Context(), peer.config())
			if err != nil {
				t.Fatal(name, err)
			}
			time.Sleep(10 * time.Minute)
			if n := s.Stats().Connections; n < 10 || n > 50 {
				t.Errorf("%s: %d connections in ten minutes", name, n)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			peer.close()
		}
	})
}

func TestStates(t *testing.T) {
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
			s := open(t, travelling(by, discarding(config(srv, "Alice"))))
			var seen []ninchat.State
			var wg sync.WaitGroup
			wg.Go(func() {
				for change := range s.States(t.Context()) {
					// Those that don't last may be missed.
					if change.State != ninchat.Connecting && change.State != ninchat.Closing {
						seen = append(seen, change.State)
					}
					if change.State == ninchat.Waiting && change.Err == nil {
						t.Error("there is no reason for waiting")
					}
				}
			})
			synctest.Wait()
			time.Sleep(time.Second)
			srv.Faults().Cut(server.Match{})
			time.Sleep(time.Minute)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			wg.Wait()
			if want := []ninchat.State{ninchat.Online, ninchat.Waiting, ninchat.Online, ninchat.Closed}; !slices.Equal(slices.Compact(seen), want) {
				t.Fatalf("seen: %v", seen)
			}
		})
	})
}

// Hundreds of sessions that lose their connections at the same moment don't come
// back at the same moment.
func TestNoThunderingHerd(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		var mu sync.Mutex
		var times []time.Duration
		var start time.Time
		for i := range 200 {
			c := discarding(config(srv, fmt.Sprint("user", i)))
			dial := c.Dial
			c.Direct = true
			c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				mu.Lock()
				defer mu.Unlock()
				times = append(times, time.Since(start))
				return dial(ctx, network, address)
			}
			open(t, c)
		}
		time.Sleep(time.Minute)
		times, start = nil, time.Now()
		srv.Faults().Cut(server.Match{})
		time.Sleep(time.Minute)
		slices.Sort(times)
		if len(times) != 200 {
			t.Fatalf("%d connections were made", len(times))
		}
		if spread := times[180] - times[20]; spread < 50*time.Millisecond {
			t.Fatalf("they came within %v", spread)
		}
	})
}

// After a connection that was good, the same host is used; after one that wasn't,
// the next; after a round, hosts are discovered again.
func TestHosts(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		front := ninchattest.New(t, ninchattest.InMemory(), ninchattest.WithConfig(func(c *server.Config) {
			c.Hosts = []string{"dead.test", "good.test:8080"}
		}))
		var dialled []string
		c := discarding(config(srv, "Alice"))
		c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled = append(dialled, address)
			switch address {
			case "dead.test:80":
				return nil, errors.New("dead")
			case "good.test:8080":
				return srv.DialContext(ctx, network, address)
			default:
				return front.DialContext(ctx, network, address)
			}
		}
		s := open(t, c)
		if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
			t.Fatal(err)
		}
		discovery := dialled[0]
		srv.Faults().Cut(server.Match{})
		waitFor(t, s, ninchat.Waiting)
		waitFor(t, s, ninchat.Online)
		time.Sleep(time.Minute)
		srv.Faults().Close(server.Match{}, 1001, "restart")
		waitFor(t, s, ninchat.Waiting)
		waitFor(t, s, ninchat.Online)
		dead, good := "dead.test:80", "good.test:8080"
		if want := []string{discovery, dead, good, good, discovery, dead, good}; !slices.Equal(dialled, want) {
			t.Fatalf("dialled %q, want %q", dialled, want)
		}
	})
}

// A connection may end as soon as it was made. The session must notice at once,
// not when the server should have answered.
func TestConnectionsThatEndAtOnce(t *testing.T) {
	const sessions, ends = 100, 3
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		var opening sync.WaitGroup
		for i := range sessions {
			opening.Go(func() {
				c := config(srv, fmt.Sprint("User ", i))
				c.DiscardEvents, c.Direct, c.Transport = true, true, ninchat.WebSocketOnly
				var dials atomic.Int64
				c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					if dials.Add(1) > ends {
						return srv.DialContext(ctx, network, address)
					}
					near, far := net.Pipe()
					go func() {
						_, _ = upgrade(far)
						_ = far.Close()
					}()
					return near, nil
				}
				began := time.Now()
				s, err := ninchat.Open(t.Context(), c)
				if err != nil {
					t.Error(err)
					return
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("session %d took %v to open", i, took)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		opening.Wait()
	})
}
