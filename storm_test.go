package ninchat_test

import (
	"context"
	"errors"
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
	srv *ninchattest.Server
	s   *ninchat.Session
	// started and ended count callbacks and their last calls; handlers and over
	// the same of handlers.
	started, ended, handlers, over atomic.Int64
	// deep counts the callbacks that call back in.
	deep atomic.Int64
	// loop is the executor, if it is a loop.
	loop *ninchat.Loop
}

func TestStorm(t *testing.T) {
	all := executors()
	all["loop"] = func(c *ninchat.Config) { c.Executor = new(ninchat.Loop) }
	for name, executor := range all {
		for _, manual := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				srv := ninchattest.New(t)
				c := config(srv, "Alice")
				c.ManualAck, c.QueueEvents, c.MaxCalls = manual, 64, 64
				executor(&c)
				st := &storm{t: t, srv: srv, s: open(t, c)}
				st.loop, _ = c.Executor.(*ninchat.Loop)
				st.run()
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
			random := rand.New(rand.NewPCG(1, i))
			for range 40 {
				st.step(random)
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
	if n := st.deep.Add(1); n < 200 {
		st.step(rand.New(rand.NewPCG(2, uint64(n))))
	}
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

func (st *storm) step(random *rand.Rand) {
	s, ctx := st.s, st.context(random)
	var err error
	switch n := random.IntN(400); {
	case n < 60:
		_, err = s.Ping(ctx, api.Ping{})
	case n < 100:
		_, err = s.Send(ping)
	case n < 180:
		_, err = s.Start(ctx, ping, st.callback())
		st.count(&st.started, err)
	case n < 240:
		st.prepared(ctx, random)
	case n < 270:
		err = s.Handle(ctx, st.handle)
		st.count(&st.handlers, err)
	case n < 300:
		for event, err := range s.Events(ctx) {
			st.check(err)
			_ = s.Acknowledge(event)
			st.deeper()
			break
		}
	case n < 330:
		for range s.States(ctx) {
			break
		}
	case n < 340:
		st.srv.Faults().Cut(server.Match{})
	case n < 344:
		st.srv.Faults().Lose(server.Match{})
	case n == 398:
		err = s.Close()
	case n == 399:
		err = s.Drain(ctx)
	default:
		_, _, _ = s.Stats(), s.Credentials(), s.Token()
		runtime.Gosched()
	}
	st.check(err)
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

func (st *storm) prepared(ctx context.Context, random *rand.Rand) {
	p, err := st.s.Prepare(ping)
	if err != nil {
		st.check(err)
		return
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
