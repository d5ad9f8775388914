package session_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// An executor that panics, or ends the goroutine, before or after it has taken a
// function, loses no callback and no event.
func TestPanicInExecutor(t *testing.T) {
	for name, fault := range map[string]func(f func()){
		"before":           func(func()) { panic("oops, the executor") },
		"after":            func(f func()) { f(); panic("oops, the executor") },
		"later":            func(f func()) { go f(); panic("oops, the executor") },
		"end of goroutine": func(func()) { runtime.Goexit() },
	} {
		t.Run(name, func(t *testing.T) {
			inBubbles(t, func(t *testing.T, srv *routed) {
				r := newRoom(t, srv.Server)
				var log lockedBuffer
				var calls, panics atomic.Int64
				s := r.listener(t, srv, func(c *ninchat.Config) {
					c.Logger = slog.New(slog.NewTextHandler(&log, nil))
					c.Executor = ninchat.ExecutorFunc(func(f func()) {
						if calls.Add(1)%2 == 1 {
							panics.Add(1)
							fault(f)
						}
						go f()
					})
				})
				h := newHeard(t, 4)
				if err := s.Handle(t.Context(), h.handle); err != nil {
					t.Fatal(err)
				}
				for _, text := range numbers(4) {
					r.say(t, text)
					synctest.Wait()
				}
				<-h.full
				c := collect(t)
				if _, err := s.Start(t.Context(), ping, c.take); err != nil {
					t.Fatal(err)
				}
				c.all()
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				join(t, s)
				// What an executor called before it panicked is done before that is counted.
				synctest.Wait()
				if !slices.Equal(h.texts, numbers(4)) {
					t.Errorf("heard %q", h.texts)
				}
				if name == "end of goroutine" {
					return
				}
				if n := s.Stats().Panics; n != panics.Load() || n == 0 {
					t.Errorf("%d panics of %d were counted", n, panics.Load())
				}
				if !strings.Contains(log.String(), "callback=Config.Executor") {
					t.Errorf("the log: %s", log.String())
				}
			})
		})
	}
}

// panicking has functions that panic one time in five.
type panicking struct{ calls atomic.Int64 }

func (p *panicking) maybe() {
	if p.calls.Add(1)%5 == 1 {
		panic("oops")
	}
}

// panickingHandler is the handler of a log.
type panickingHandler struct {
	slog.Handler
	*panicking
}

func (h panickingHandler) Handle(ctx context.Context, r slog.Record) error {
	h.maybe()
	return h.Handler.Handle(ctx, r)
}

// panickingBody is the body of an answer.
type panickingBody struct {
	io.ReadCloser
	*panicking
}

func (b panickingBody) Read(p []byte) (int, error) {
	b.maybe()
	return b.ReadCloser.Read(p)
}

// panickingStore is a store of a token.
type panickingStore struct{ *panicking }

func (panickingStore) Load(context.Context) (ninchat.Token, error) { return ninchat.Token{}, nil }
func (s panickingStore) Save(context.Context, ninchat.Token) error { s.maybe(); return nil }
func (s panickingStore) Delete(context.Context) error              { s.maybe(); return nil }
func (s panickingStore) Lock(context.Context) (unlock func(), _ error) {
	return func() { panic("oops") }, nil
}

// Functions of the configuration that panic are counted, and the session goes on: it
// connects again, stays usable and can be closed.
func TestPanicsInConfig(t *testing.T) {
	for name, set := range map[string]func(p *panicking, c *ninchat.Config){
		"Dial": func(p *panicking, c *ninchat.Config) {
			dial := c.Dial
			c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				p.maybe()
				return dial(ctx, network, address)
			}
		},
		"end of goroutine in Dial": func(p *panicking, c *ninchat.Config) {
			dial := c.Dial
			c.Direct = true
			c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				if p.calls.Add(1) == 1 {
					runtime.Goexit()
				}
				return dial(ctx, network, address)
			}
		},
		"Proxy": func(p *panicking, c *ninchat.Config) {
			c.Proxy = func(*http.Request) (*url.URL, error) {
				// The first call is Open's own: what panics there is for its caller.
				if p.calls.Add(1) == 2 {
					panic("oops")
				}
				return nil, nil
			}
		},
		"HTTPClient": func(p *panicking, c *ninchat.Config) {
			dial := c.Dial
			c.HTTPClient = &http.Client{Transport: tripperFunc(func(r *http.Request) (*http.Response, error) {
				p.maybe()
				return (&http.Transport{DialContext: dial, DisableKeepAlives: true}).RoundTrip(r)
			})}
		},
		"body of an answer of HTTPClient": func(p *panicking, c *ninchat.Config) {
			dial := c.Dial
			c.HTTPClient = &http.Client{Transport: tripperFunc(func(r *http.Request) (*http.Response, error) {
				response, err := (&http.Transport{DialContext: dial, DisableKeepAlives: true}).RoundTrip(r)
				if err == nil {
					response.Body = panickingBody{response.Body, p}
				}
				return response, err
			})}
		},
		"end of goroutine in HTTPClient": func(p *panicking, c *ninchat.Config) {
			dial := c.Dial
			c.HTTPClient = &http.Client{Transport: tripperFunc(func(r *http.Request) (*http.Response, error) {
				if p.calls.Add(1)%5 == 0 {
					runtime.Goexit()
				}
				return (&http.Transport{DialContext: dial, DisableKeepAlives: true}).RoundTrip(r)
			})}
		},
		"Logger": func(p *panicking, c *ninchat.Config) {
			c.Logger = slog.New(panickingHandler{slog.DiscardHandler, p})
			c.Logger = slog.New(panickingHandler{slog.NewTextHandler(new(lockedBuffer), nil), p})
		},
		"LoginFunc": func(p *panicking, c *ninchat.Config) {
			login := c.Login
			c.Login = api.CreateSession{}
			c.LoginFunc = func(context.Context) (api.CreateSession, error) { p.maybe(); return login, nil }
		},
		"Trace": func(p *panicking, c *ninchat.Config) {
			c.Trace = &ninchat.Trace{StateChanged: func(ninchat.StateChange) { p.maybe() }}
		},
		"end of goroutine in Trace": func(p *panicking, c *ninchat.Config) {
			c.Trace = &ninchat.Trace{StateChanged: func(ninchat.StateChange) { runtime.Goexit() }, ActionSent: func(ninchat.TraceAction) { p.calls.Add(1) }}
		},
		"TokenStore": func(p *panicking, c *ninchat.Config) {
			p.calls.Add(1)
			c.TokenStore = panickingStore{p}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubbles(t, func(t *testing.T, srv *routed) {
				p := &panicking{}
				c := discarding(config(srv, "Alice"))
				set(p, &c)
				s, err := ninchat.Open(t.Context(), c)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				for range 3 {
					srv.Faults().Cut(server.Match{UserID: s.UserID()})
					time.Sleep(time.Minute)
					ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
					_, err := s.Ping(ctx, api.Ping{})
					cancel()
					if err != nil {
						t.Fatal(err)
					}
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if p.calls.Load() == 0 {
					t.Error("the function wasn't called")
				}
				if n := s.Stats().Panics; n == 0 && !strings.HasPrefix(name, "end of") {
					t.Error("no panic was counted")
				}
			})
		})
	}
}

// A check of a login that panics, or ends the goroutine, is asked again: it is asked by
// a goroutine of the session.
func TestPanicInCheckOfLogin(t *testing.T) {
	for name, fault := range map[string]func(){"panic": func() { panic("oops") }, "end of goroutine": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			inBubbles(t, func(t *testing.T, srv *routed) {
				var logins, faults atomic.Int64
				c := discarding(config(srv, "Alice"))
				c.Check = func(action *api.Action) error {
					// The first time is Open's own.
					if action.Name == "create_session" && logins.Add(1)%2 == 0 {
						faults.Add(1)
						fault()
					}
					return nil
				}
				s := open(t, c)
				srv.Faults().Lose(server.Match{UserID: s.UserID()})
				time.Sleep(time.Minute)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if _, err := s.Ping(ctx, api.Ping{}); err != nil {
					t.Fatal(err)
				}
				if n, panics := faults.Load(), s.Stats().Panics; n != 2 || panics != map[string]int64{"panic": 2}[name] {
					t.Errorf("%d faults, and %d panics", n, panics)
				}
			})
		})
	}
}

// A store that panics when the session is opened lets Open fail, and leaves nothing.
func TestPanicInFirstSave(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		c := discarding(config(srv, "Alice"))
		c.TokenStore = panickingStore{&panicking{}}
		_, err := ninchat.Open(t.Context(), c)
		if failure, ok := errors.AsType[*ninchat.TokenError](err); !ok || failure.Op != "save" {
			t.Fatalf("error is %v", err)
		}
	})
}

// Whoever makes no use of events and hasn't said so is told once.
func TestNobodyReadsEvents(t *testing.T) {
	const warning = "nobody reads the events"
	for name, test := range map[string]struct {
		use  func(t *testing.T, s *ninchat.Session)
		want int
	}{
		"nobody": {func(*testing.T, *ninchat.Session) {}, 1},
		"a loop": {func(t *testing.T, s *ninchat.Session) { nextNamed(t, s, "session_created") }, 0},
		"a handler": {func(t *testing.T, s *ninchat.Session) {
			ctx, cancel := context.WithCancel(t.Context())
			if err := s.Handle(ctx, func(*api.Event, error) {}); err != nil {
				t.Fatal(err)
			}
			cancel()
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inBubbles(t, func(t *testing.T, srv *routed) {
				r := newRoom(t, srv.Server)
				var log lockedBuffer
				s := r.listener(t, srv, func(c *ninchat.Config) {
					c.QueueEvents = 4
					c.Logger = slog.New(slog.NewTextHandler(&log, nil))
				})
				defer s.Close()
				test.use(t, s)
				for range 3 {
					for _, text := range numbers(10) {
						r.say(t, text)
					}
					time.Sleep(time.Minute)
				}
				text := log.String()
				if n := strings.Count(text, warning); n != test.want {
					t.Errorf("%d warnings:\n%s", n, text)
				}
				for _, name := range []string{"Session.Events", "Session.Handle", "DiscardEvents"} {
					if test.want > 0 && !strings.Contains(text, name) {
						t.Errorf("the warning doesn't name %s", name)
					}
				}
			})
		})
	}
}

// Whatever the server's reason for losing a session is, the call that is lost with it,
// the stream and the state tell it.
func TestReasonOfLoss(t *testing.T) {
	for name, test := range map[string]struct {
		lose func(f server.Faults, m server.Match) int
		want api.ErrorType
	}{
		"lost":     {server.Faults.Lose, api.ErrSessionNotFound},
		"overflow": {server.Faults.Overflow, api.ErrSessionBufferOverflow},
	} {
		t.Run(name, func(t *testing.T) {
			inBubbles(t, func(t *testing.T, srv *routed) {
				var n notebook
				c := config(srv, "Alice")
				c.Trace = n.trace()
				s := open(t, c)
				prepared, err := s.Prepare(&api.Action{Name: "ping", Transient: true})
				if err != nil {
					t.Fatal(err)
				}
				test.lose(srv.Faults(), server.Match{UserID: s.UserID()})
				waitFor(t, s, ninchat.Waiting)
				if _, err := prepared.Call(t.Context()); !errors.Is(err, ninchat.ErrSessionLost) || !errors.Is(err, test.want) || !strings.Contains(err.Error(), string(test.want)) {
					t.Errorf("the call failed with %v", err)
				}
				lost := nextNamed(t, s, ninchat.EventSessionLost)
				if err := api.NewError("", lost); !errors.Is(err, test.want) {
					t.Errorf("the stream says %v", err)
				}
				synctest.Wait()
				n.has(t, "state waiting ninchat: session was lost: "+string(test.want))
			})
		})
	}
}
