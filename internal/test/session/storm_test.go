package session_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// storm has every method of a session called in all orders, by many goroutines
// and in callbacks.
type storm struct {
	t   *testing.T
	srv *routed
	s   *ninchat.Session
	// started and ended count callbacks and their last calls; handlers and over
	// the same of handlers.
	started, ended, handlers, over atomic.Int64
	// deep counts the callbacks that call back in.
	deep atomic.Int64
	// auth is the user's, for SetCredentials.
	auth api.Secret
	// loop is the executor, if it is a loop.
	loop *ninchat.Loop
}

// By WebSocket it is on a network. Long polling has its delays, and is in a bubble
// therefore.
func TestStorm(t *testing.T) {
	all := executors()
	all["loop"] = func(c *ninchat.Config) { c.Executor = new(ninchat.Loop) }
	for name, executor := range all {
		for _, manual := range []bool{false, true} {
			test := func(t *testing.T, srv *routed) {
				c := config(srv, "Alice")
				c.ManualAck, c.QueueEvents, c.MaxCalls = manual, 64, 64
				c.TokenStore = new(noteStore)
				executor(&c)
				st := &storm{t: t, srv: srv, s: open(t, c)}
				st.auth = st.s.Credentials().UserAuth
				st.loop, _ = c.Executor.(*ninchat.Loop)
				st.run()
			}
			t.Run(fmt.Sprintf("%s, manual %v", name, manual), func(t *testing.T) {
				t.Run(ninchat.WebSocketOnly.String(), func(t *testing.T) {
					test(t, &routed{ninchattest.New(t), ninchat.WebSocketOnly})
				})
				t.Run(ninchat.LongPollOnly.String(), func(t *testing.T) {
					inBubble(t, func(t *testing.T, srv *ninchattest.Server) { test(t, &routed{srv, ninchat.LongPollOnly}) })
				})
			})
		}
	}
}

func (st *storm) run() {
	var loops sync.WaitGroup
	ctx, stop := context.WithCancel(st.t.Context())
	defer stop()
	if st.loop != nil {
		loops.Go(func() { _ = st.loop.Run(ctx) })
	}
	var wg sync.WaitGroup
	for i := range uint64(32) {
		wg.Go(func() {
			// Each does everything, in an order of its own, and then everything
			// again together with what ends the session.
			random := rand.New(rand.NewPCG(1, i))
			for _, steps := range [][]step{goingOn(), append(ending(), goingOn()...)} {
				for _, n := range random.Perm(len(steps)) {
					st.check(steps[n](st, st.context(random), random))
				}
			}
		})
	}
	wg.Wait()
	if err := st.s.Close(); err != nil {
		st.t.Error(err)
	}
	join(st.t, st.s)
	stop()
	loops.Wait()
	if st.started.Load() != st.ended.Load() || st.handlers.Load() != st.over.Load() {
		st.t.Errorf("%d of %d callbacks and %d of %d handlers were called for the last time",
			st.ended.Load(), st.started.Load(), st.over.Load(), st.handlers.Load())
	}
	stats := st.s.Stats()
	if stats.CallbacksPending != 0 || stats.CallbackBytes != 0 || stats.CallsPending != 0 || stats.Panics != 0 {
		st.t.Errorf("stats: %+v", stats)
	}
}

// deeper does something in a callback, sometimes.
func (st *storm) deeper() {
	n := st.deep.Add(1)
	if n >= 200 {
		return
	}
	random := rand.New(rand.NewPCG(2, uint64(n)))
	steps := goingOn()
	if random.IntN(50) == 0 {
		steps = ending()
	}
	st.check(steps[random.IntN(len(steps))](st, st.context(random), random))
}

// context returns a context that may be about to end.
func (st *storm) context(random *rand.Rand) context.Context {
	if random.IntN(3) > 0 {
		return st.t.Context()
	}
	ctx, cancel := context.WithCancel(st.t.Context())
	go cancel()
	return ctx
}

// step calls a method, or has something happen to the session.
type step func(st *storm, ctx context.Context, random *rand.Rand) error

// goingOn are the steps after which a session goes on.
func goingOn() []step {
	return []step{
		func(st *storm, ctx context.Context, _ *rand.Rand) error {
			_, err := st.s.Ping(ctx, api.Ping{})
			return err
		},
		func(st *storm, ctx context.Context, _ *rand.Rand) error {
			_, err := st.s.Call(ctx, ping)
			return err
		},
		func(st *storm, ctx context.Context, _ *rand.Rand) error {
			return st.s.Invoke(ctx, ping, func(*api.Event) bool { st.deeper(); return true })
		},
		func(st *storm, _ context.Context, _ *rand.Rand) error {
			_, err := st.s.Send(ping)
			return err
		},
		func(st *storm, ctx context.Context, _ *rand.Rand) error {
			_, err := st.s.Start(ctx, ping, st.callback())
			st.count(&st.started, err)
			return err
		},
		(*storm).prepared,
		(*storm).prepared,
		func(st *storm, ctx context.Context, _ *rand.Rand) error {
			err := st.s.Handle(ctx, st.handle)
			st.count(&st.handlers, err)
			return err
		},
		func(st *storm, ctx context.Context, _ *rand.Rand) error {
			for event, err := range st.s.Events(ctx) {
				_ = st.s.Acknowledge(event)
				st.deeper()
				return err
			}
			return nil
		},
		func(st *storm, ctx context.Context, _ *rand.Rand) error {
			for range st.s.States(ctx) {
				break
			}
			return nil
		},
		func(st *storm, _ context.Context, _ *rand.Rand) error {
			_, _, _, _ = st.s.Stats(), st.s.State(), st.s.Credentials(), st.s.SessionID()
			runtime.Gosched()
			return nil
		},
		func(st *storm, _ context.Context, _ *rand.Rand) error {
			if token := st.s.Token(); token.UserID != st.s.UserID() {
				return errors.New("the token is of somebody else")
			}
			return nil
		},
		func(st *storm, _ context.Context, _ *rand.Rand) error {
			return st.s.SetCredentials(ninchat.ExistingUser(st.s.UserID(), st.auth))
		},
		func(st *storm, _ context.Context, random *rand.Rand) error {
			switch random.IntN(4) {
			case 0:
				st.srv.Faults().Lose(server.Match{})
			case 1:
				st.srv.Faults().Cut(server.Match{})
			}
			return nil
		},
	}
}

// ending are the steps that end it.
func ending() []step {
	return []step{
		func(st *storm, _ context.Context, _ *rand.Rand) error { return st.s.Close() },
		func(st *storm, ctx context.Context, _ *rand.Rand) error { return st.s.Drain(ctx) },
		func(st *storm, _ context.Context, _ *rand.Rand) error {
			_, err := st.s.Suspend()
			return err
		},
	}
}

func (st *storm) count(counter *atomic.Int64, err error) {
	if err == nil {
		counter.Add(1)
	}
}

func (st *storm) callback() func(ninchat.Reply) {
	var last atomic.Bool
	return func(r ninchat.Reply) {
		if !r.Last || last.Swap(true) {
			st.t.Errorf("a reply to ping is %+v", r)
		}
		st.check(r.Err)
		st.deeper()
		st.ended.Add(1)
	}
}

func (st *storm) handle(event *api.Event, err error) {
	st.check(err)
	if event == nil {
		st.over.Add(1)
		return
	}
	st.deeper()
	_ = st.s.Acknowledge(event)
}

func (st *storm) prepared(ctx context.Context, random *rand.Rand) error {
	p, err := st.s.Prepare(ping)
	if err != nil {
		return err
	}
	for range 2 {
		switch random.IntN(3) {
		case 0:
			err = p.Send()
		case 1:
			_, err = p.Call(ctx)
		default:
			err = p.Start(ctx, st.callback())
			st.count(&st.started, err)
		}
		st.check(err)
	}
	return nil
}

// check refuses errors that nothing explains.
func (st *storm) check(err error) {
	for _, expected := range []error{nil, ninchat.ErrClosed, context.Canceled, ninchat.ErrTooManyCalls, ninchat.ErrBusy, ninchat.ErrActionUsed} {
		if errors.Is(err, expected) {
			return
		}
	}
	st.t.Error(err)
}
