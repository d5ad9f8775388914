package session_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// join waits for the session's callbacks after its end.
func join(t *testing.T, s *ninchat.Session) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.Join(ctx); err != nil {
		t.Error(err)
	}
}

// collected are the replies to a call.
type collected struct {
	t       *testing.T
	mu      sync.Mutex
	replies []ninchat.Reply
	done    chan struct{}
}

func collect(t *testing.T) *collected { return &collected{t: t, done: make(chan struct{})} }

func (c *collected) take(r ninchat.Reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.replies); n > 0 && c.replies[n-1].Last {
		c.t.Error("the callback was called after its last call")
		return
	}
	if c.replies = append(c.replies, r); r.Last {
		close(c.done)
	}
}

// all waits for the last call.
func (c *collected) all() []ninchat.Reply {
	<-c.done
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.replies)
}

var ping = &api.Action{Name: "ping"}

func TestStart(t *testing.T) {
	byNetwork(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		t.Run("one reply", func(t *testing.T) {
			c := collect(t)
			id, err := r.alice.Start(t.Context(), ping, c.take)
			if err != nil {
				t.Fatal(err)
			}
			got := c.all()
			if len(got) != 1 || got[0].Err != nil || got[0].Event.Name != "pong" || got[0].Event.ActionID != id || id == 0 {
				t.Fatalf("replies to %d: %+v", id, got)
			}
			if _, err := ninchat.ReplyAs[*api.Pong](got[0]); err != nil {
				t.Error(err)
			}
			if _, err := ninchat.ReplyAs[*api.ChannelJoined](got[0]); !isUnexpected(err) {
				t.Errorf("error is %v", err)
			}
		})
		t.Run("refused", func(t *testing.T) {
			c := collect(t)
			action := &api.Action{Name: "describe_channel", Params: jsontext.Value(`{"channel_id":"none"}`)}
			if _, err := r.alice.Start(t.Context(), action, c.take); err != nil {
				t.Fatal(err)
			}
			got := c.all()
			if len(got) != 1 || got[0].Event != nil || !errors.Is(got[0].Err, api.ErrChannelNotFound) {
				t.Fatalf("replies: %+v", got)
			}
			if _, err := ninchat.ReplyAs[*api.ChannelFound](got[0]); !errors.Is(err, api.ErrChannelNotFound) {
				t.Errorf("error is %v", err)
			}
		})
		t.Run("many replies", func(t *testing.T) {
			for _, text := range numbers(20) {
				r.say(t, text)
			}
			action, err := api.LoadHistory{ChannelID: &r.channel, HistoryOrder: new(int64(1)), MessageTypes: []string{"example.com/*"}}.Action()
			if err != nil {
				t.Fatal(err)
			}
			c := collect(t)
			if _, err := r.alice.Start(t.Context(), action, c.take); err != nil {
				t.Fatal(err)
			}
			got := c.all()
			if len(got) != 22 || got[0].Event.Name != "history_results" || got[21].Event != nil || got[21].Err != nil {
				t.Fatalf("%d replies: %+v", len(got), got)
			}
			for i, reply := range got[1:21] {
				if text, _ := content(t, reply.Event); text != fmt.Sprint(i) {
					t.Errorf("reply %d is %q", i, text)
				}
			}
			if _, err := ninchat.ReplyAs[*api.Pong](got[21]); !isUnexpected(err) {
				t.Errorf("error is %v", err)
			}
		})
		t.Run("no reply", func(t *testing.T) {
			c := collect(t)
			id, err := r.alice.Start(t.Context(), &api.Action{Name: "ping", Rule: api.RuleNone}, c.take)
			if got := c.all(); err != nil || id != 0 || len(got) != 1 || got[0].Event != nil || got[0].Err != nil {
				t.Fatalf("id %d, error %v, replies %+v", id, err, got)
			}
		})
		if n := r.alice.Stats().CallbacksPending; n != 0 {
			t.Errorf("%d callbacks are pending", n)
		}
	})
}

func isUnexpected(err error) bool {
	_, ok := errors.AsType[*api.UnexpectedEventError](err)
	return ok
}

// What can't be started is refused at once, and nothing else happens.
func TestStartBadInput(t *testing.T) {
	byNetwork(t, func(t *testing.T, srv *routed) {
		s := open(t, discarding(config(srv, "Alice")))
		never := func(r ninchat.Reply) { t.Errorf("the callback was called: %+v", r) }
		before := s.Stats()
		for name, action := range map[string]*api.Action{
			"nil":      nil,
			"no name":  {},
			"managed":  {Name: "close_session"},
			"not JSON": {Name: "ping", Params: jsontext.Value(`{"a":NaN}`)},
		} {
			if _, err := s.Start(t.Context(), action, never); !isActionError(err) {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := s.Prepare(action); !isActionError(err) {
				t.Errorf("%s prepared: %v", name, err)
			}
		}
		if _, err := s.Start(t.Context(), ping, nil); !errors.Is(err, ninchat.ErrNoCallback) {
			t.Errorf("no callback: %v", err)
		}
		if err := s.Handle(t.Context(), nil); !errors.Is(err, ninchat.ErrNoCallback) {
			t.Errorf("no handler: %v", err)
		}
		if _, err := s.Start(canceled(t), ping, never); !errors.Is(err, context.Canceled) {
			t.Errorf("ended context: %v", err)
		}
		if err := s.Handle(canceled(t), func(*api.Event, error) { t.Error("the handler was called") }); !errors.Is(err, context.Canceled) {
			t.Errorf("ended context: %v", err)
		}
		if _, err := api.NewAction("send_message", map[string]any{"message_ttl": math.NaN()}); err == nil {
			t.Error("NaN was encoded")
		}
		if after := s.Stats(); after.ActionsSent != before.ActionsSent || after.CallbacksPending != 0 || after.CallsPending != 0 {
			t.Errorf("stats: %+v", after)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Start(t.Context(), ping, never); !errors.Is(err, ninchat.ErrClosed) {
			t.Errorf("closed session: %v", err)
		}
		if n := s.Stats().CallbacksPending; n != 0 {
			t.Errorf("%d callbacks are pending", n)
		}
		join(t, s)
	})
}

func isActionError(err error) bool {
	_, ok := errors.AsType[*ninchat.ActionError](err)
	return ok
}

// Each callback is called for the last time exactly once, however its call ends.
func TestStartEnds(t *testing.T) {
	for name, end := range map[string]struct {
		end  func(t *testing.T, srv *routed, s *ninchat.Session, cancel context.CancelCauseFunc)
		want error
	}{
		"close": {func(t *testing.T, _ *routed, s *ninchat.Session, _ context.CancelCauseFunc) {
			_ = s.Close()
		}, ninchat.ErrClosed},
		"context": {func(_ *testing.T, _ *routed, _ *ninchat.Session, cancel context.CancelCauseFunc) {
			cancel(errEnough)
		}, errEnough},
		"drain, whose context ends": {func(t *testing.T, _ *routed, s *ninchat.Session, _ context.CancelCauseFunc) {
			_ = s.Drain(canceled(t))
		}, ninchat.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			inBubbles(t, func(t *testing.T, srv *routed) {
				s := open(t, config(srv, "Alice"))
				srv.Faults().Delay(server.Match{}, time.Minute)
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				var calls []*collected
				for range 10 {
					c := collect(t)
					if _, err := s.Start(ctx, ping, c.take); err != nil {
						t.Fatal(err)
					}
					calls = append(calls, c)
				}
				end.end(t, srv, s, cancel)
				for _, c := range calls {
					if got := c.all(); len(got) != 1 || got[0].Event != nil || !errors.Is(got[0].Err, end.want) {
						t.Fatalf("replies: %+v", got)
					}
				}
				time.Sleep(2 * time.Minute)
				if n := s.Stats().CallsPending; n != 0 {
					t.Fatalf("%d calls are pending", n)
				}
			})
		})
	}
}

// What ends a session ends the calls that were started.
func TestStartEndsWithSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var say func(format string, args ...any)
		peer := &scriptedServer{t: t, script: func(_ net.Conn, frame func(string, ...any)) { say = frame }}
		defer peer.close()
		s := open(t, peer.config())
		c := collect(t)
		if _, err := s.Start(t.Context(), ping, c.take); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		say(`{"event":"error","error_type":"connection_superseded"}`)
		if got := c.all(); len(got) != 1 || got[0].Event != nil || !errors.Is(got[0].Err, api.ErrConnectionSuperseded) {
			t.Fatalf("replies: %+v", got)
		}
		join(t, s)
	})
}

var errEnough = errors.New("enough")

// Callbacks whose calls end with the session are called although Close has
// returned, before the handler is for the last time.
func TestOrderAtTheEnd(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		s := open(t, config(srv, "Alice"))
		var order []string // of the session's own goroutine
		if err := s.Handle(t.Context(), func(event *api.Event, err error) {
			if event != nil {
				order = append(order, event.Name)
			} else {
				order = append(order, err.Error())
			}
		}); err != nil {
			t.Fatal(err)
		}
		srv.Faults().Delay(server.Match{}, time.Minute)
		for i := range 3 {
			if _, err := s.Start(t.Context(), ping, func(r ninchat.Reply) { order = append(order, fmt.Sprint(i, r.Err)) }); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		join(t, s)
		closed := ninchat.ErrClosed.Error()
		want := []string{"session_created", "0" + " " + closed, "1 " + closed, "2 " + closed, closed}
		if !slices.Equal(order, want) {
			t.Fatalf("order: %q", order)
		}
	})
}

// A callback may start the next call, even if no more than one may be on its way.
func TestStartInCallback(t *testing.T) {
	byNetwork(t, func(t *testing.T, srv *routed) {
		c := discarding(config(srv, "Alice"))
		c.MaxCalls = 1
		s := open(t, c)
		done := make(chan struct{})
		left := 100
		var next func(ninchat.Reply)
		next = func(r ninchat.Reply) {
			if r.Err != nil || left == 0 {
				if r.Err != nil {
					t.Error(r.Err)
				}
				close(done)
				return
			}
			left--
			// The place of the call becomes free a moment after its reply.
			for {
				_, err := s.Start(t.Context(), ping, next)
				if err == nil {
					return
				}
				if !errors.Is(err, ninchat.ErrTooManyCalls) {
					t.Error(err)
					close(done)
					return
				}
				runtime.Gosched()
			}
		}
		if _, err := s.Start(t.Context(), ping, next); err != nil {
			t.Fatal(err)
		}
		<-done
	})
}

// What waits for callbacks that aren't called is bounded, and calls go on.
func TestCallbacksAreBounded(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		var loop ninchat.Loop // which nobody runs yet
		c := discarding(config(srv, "Alice"))
		c.Executor, c.MaxCalls = &loop, 10
		s := open(t, c)
		var called atomic.Int64
		started := 0
		for range 100 {
			_, err := s.Start(t.Context(), ping, func(ninchat.Reply) { called.Add(1) })
			if errors.Is(err, ninchat.ErrTooManyCalls) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			started++
			time.Sleep(time.Second)
		}
		if stats := s.Stats(); started != 10 || stats.CallbacksPending != 10 || stats.CallsPending != 0 || stats.CallbackBytes == 0 {
			t.Fatalf("%d started, stats: %+v", started, stats)
		}
		if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		loop.Execute(cancel)
		if err := loop.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		synctest.Wait()
		if stats := s.Stats(); called.Load() != 10 || stats.CallbacksPending != 0 || stats.CallbackBytes != 0 {
			t.Fatalf("%d called, stats: %+v", called.Load(), stats)
		}
	})
}

// Replies that come faster than they are taken end their call when they take too
// much memory, and those of other calls aren't started.
func TestCallbackBytes(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		var loop ninchat.Loop
		c := discarding(config(srv, "Carol"))
		c.Executor, c.QueueBytes = &loop, 50_000
		carol := open(t, c)
		if _, err := carol.JoinChannel(t.Context(), api.JoinChannel{ChannelID: &r.channel}); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			r.say(t, strings.Repeat("1", 10_000))
		}
		action, err := api.LoadHistory{ChannelID: &r.channel}.Action()
		if err != nil {
			t.Fatal(err)
		}
		replies := collect(t)
		if _, err := carol.Start(t.Context(), action, replies.take); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if n := carol.Stats().CallbackBytes; n < 50_000 || n > 70_000 {
			t.Errorf("%d bytes wait", n)
		}
		if _, err := carol.Start(t.Context(), ping, replies.take); !errors.Is(err, ninchat.ErrTooManyCalls) {
			t.Errorf("error is %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-replies.done; cancel() }()
		_ = loop.Run(ctx)
		got := replies.all()
		if last := got[len(got)-1]; !errors.Is(last.Err, ninchat.ErrTooManyReplies) || len(got) < 5 {
			t.Fatalf("%d replies, error %v", len(got), last.Err)
		}
	})
}
