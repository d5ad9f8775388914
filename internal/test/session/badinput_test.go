package session_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// target is what takes actions in a test of bad input.
type target struct {
	t       *testing.T
	session *ninchat.Session
	caller  *ninchat.Caller
}

// never is a callback that mustn't be called.
func (g *target) never(r ninchat.Reply) { g.t.Errorf("the callback was called: %+v", r) }

// noReply is the same of the replies to Invoke.
func (g *target) noReply(e *api.Event) bool {
	g.t.Errorf("there was a reply: %+v", e)
	return true
}

// entry is a way of giving an action to a session or a Caller.
type entry struct {
	name string
	give func(ctx context.Context, g *target, action *api.Action) error
	// heedless says that no context is taken.
	heedless bool
}

// entries are all ways to give an action.
func entries() []entry {
	return []entry{
		{"Session.Invoke", func(ctx context.Context, g *target, action *api.Action) error {
			return g.session.Invoke(ctx, action, g.noReply)
		}, false},
		{"Session.Call", func(ctx context.Context, g *target, action *api.Action) error {
			_, err := g.session.Call(ctx, action)
			return err
		}, false},
		{"Session.Send", func(_ context.Context, g *target, action *api.Action) error {
			_, err := g.session.Send(action)
			return err
		}, true},
		{"Session.Start", func(ctx context.Context, g *target, action *api.Action) error {
			_, err := g.session.Start(ctx, action, g.never)
			return err
		}, false},
		{"Session.Prepare", func(_ context.Context, g *target, action *api.Action) error {
			_, err := g.session.Prepare(action)
			return err
		}, true},
		{"Session.PrepareWithID", func(_ context.Context, g *target, action *api.Action) error {
			_, err := g.session.PrepareWithID(action, 1<<40)
			return err
		}, true},
		{"Caller.Invoke", func(ctx context.Context, g *target, action *api.Action) error {
			return g.caller.Invoke(ctx, action, g.noReply)
		}, false},
		{"Caller.Call", func(ctx context.Context, g *target, action *api.Action) error {
			_, err := g.caller.Call(ctx, action)
			return err
		}, false},
	}
}

// typedEntries are ways to give an action of a kind of their own: the action
// can't be wrong, but what is in it.
func typedEntries() []entry {
	bad := api.SendMessage{ChannelID: new("c"), MessageType: "example.com/x", MessageTTL: new(math.NaN())}
	history := func(client api.Client) func(context.Context) error {
		return func(ctx context.Context) error {
			for _, err := range client.LoadHistory(ctx, api.LoadHistory{ChannelID: new("c"), MessageID: new("\xff")}) {
				return err
			}
			return nil
		}
	}
	return []entry{
		{"a method of a Session", func(ctx context.Context, g *target, _ *api.Action) error {
			_, err := g.session.SendMessage(ctx, bad)
			return err
		}, false},
		{"a method of a Caller", func(ctx context.Context, g *target, _ *api.Action) error {
			_, err := g.caller.SendMessage(ctx, bad)
			return err
		}, false},
		{"an iterator of a Session", func(ctx context.Context, g *target, _ *api.Action) error {
			return history(g.session.Client)(ctx)
		}, false},
		{"an iterator of a Caller", func(ctx context.Context, g *target, _ *api.Action) error {
			return history(g.caller.Client)(ctx)
		}, false},
	}
}

// newTarget opens a session, and makes a Caller of the same user.
func newTarget(t *testing.T, srv *routed) *target {
	t.Helper()
	s := open(t, discarding(config(srv, "Alice")))
	caller, err := ninchat.NewCaller(ninchat.CallerConfig{
		Address: srv.URL(), Dial: srv.DialContext, Proxy: noProxy,
		Auth: ninchat.UserAuth(s.UserID(), s.Credentials().UserAuth),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = caller.Close() })
	return &target{t, s, caller}
}

// unchanged runs a test, and checks that nothing comes of it, at once.
func (g *target) unchanged(srv *routed, name string, give func() error, expected func(error) bool) {
	g.t.Helper()
	before, calls, start := g.session.Stats(), srv.Stats().Calls, time.Now()
	if err := give(); !expected(err) {
		g.t.Errorf("%s: error is %v", name, err)
	}
	after := g.session.Stats()
	if after.ActionsSent != before.ActionsSent || after.CallsPending != 0 || after.CallbacksPending != 0 || srv.Stats().Calls != calls {
		g.t.Errorf("%s: something was sent: %+v", name, after)
	}
	if d := time.Since(start); d != 0 {
		g.t.Errorf("%s: it took %v", name, d)
	}
}

func is(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }

// isUnencodable reports whether an error says that an action can't be encoded.
func isUnencodable(err error) bool {
	_, ok := errors.AsType[*api.EncodeError](err)
	return ok
}

// Whatever is wrong, each way of giving an action says so at once, by an error of
// a type of its own, and nothing else happens.
func TestBadInput(t *testing.T) {
	actions := map[string]*api.Action{
		"nil action":    nil,
		"no name":       {},
		"lifecycle":     {Name: "create_session"},
		"NaN":           {Name: "ping", Params: jsontext.Value(`{"a":NaN}`)},
		"half of JSON":  {Name: "ping", Params: jsontext.Value(`{"a":`)},
		"not an object": {Name: "ping", Params: jsontext.Value(`[1]`)},
		"not UTF-8":     {Name: "ping", Params: jsontext.Value("{\"a\":\"\xff\"}")},
		"envelope":      {Name: "ping", Params: jsontext.Value(`{"action":"delete_user"}`)},
	}
	inBubbles(t, func(t *testing.T, srv *routed) {
		g := newTarget(t, srv)
		time.Sleep(time.Second)
		cause := errors.New("no more")
		ended, end := context.WithCancelCause(t.Context())
		end(cause)
		good := &api.Action{Name: "ping"}
		for _, e := range entries() {
			for name, action := range actions {
				g.unchanged(srv, e.name+", "+name, func() error { return e.give(t.Context(), g, action) }, isActionError)
			}
			if !e.heedless {
				g.unchanged(srv, e.name+", ended context", func() error { return e.give(ended, g, good) }, is(cause))
			}
		}
		for _, e := range typedEntries() {
			g.unchanged(srv, e.name+", what can't be encoded", func() error { return e.give(t.Context(), g, nil) }, isUnencodable)
		}
		if _, err := g.session.Ping(t.Context(), api.Ping{}); err != nil {
			t.Errorf("the session is broken: %v", err)
		}
		if _, err := g.caller.DescribeUser(t.Context(), api.DescribeUser{UserID: new(g.session.UserID())}); err != nil {
			t.Errorf("the caller is broken: %v", err)
		}
		// What is closed takes nothing.
		late := entries()
		for i := range 3 {
			p, err := g.session.Prepare(good)
			if err != nil {
				t.Fatal(err)
			}
			late = append(late, preparedEntries(p)[i])
		}
		if err := errors.Join(g.session.Close(), g.caller.Close()); err != nil {
			t.Fatal(err)
		}
		for _, e := range late {
			g.unchanged(srv, e.name+", closed", func() error { return e.give(t.Context(), g, good) }, is(ninchat.ErrClosed))
		}
	})
}

// preparedEntries are the ways to send what was prepared.
func preparedEntries(p *ninchat.Prepared) []entry {
	return []entry{
		{"Prepared.Call", func(ctx context.Context, _ *target, _ *api.Action) error {
			_, err := p.Call(ctx)
			return err
		}, false},
		{"Prepared.Start", func(ctx context.Context, g *target, _ *api.Action) error { return p.Start(ctx, g.never) }, false},
		{"Prepared.Send", func(context.Context, *target, *api.Action) error { return p.Send() }, true},
	}
}

// What was prepared is sent once, whichever way comes first, and not with a
// context that has ended.
func TestPreparedIsUsedOnce(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		g := newTarget(t, srv)
		for first := range 3 {
			p, err := g.session.Prepare(&api.Action{Name: "ping"})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			for _, e := range preparedEntries(p)[:2] {
				g.unchanged(srv, e.name+", ended context", func() error { return e.give(canceled(t), g, nil) }, is(context.Canceled))
			}
			switch first {
			case 0:
				_, err = p.Call(t.Context())
			case 1:
				err = p.Start(t.Context(), func(ninchat.Reply) {})
			default:
				err = p.Send()
			}
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
			for _, e := range preparedEntries(p) {
				g.unchanged(srv, e.name+", used", func() error { return e.give(t.Context(), g, nil) }, is(ninchat.ErrActionUsed))
			}
		}
	})
}

// A function of the application that panics is reported by the trace, and the
// session goes on. (That the log tells of it, TestPanicInCallbacks shows.)
func TestPanicsAreTraced(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		var n notebook
		c := config(srv, "Alice")
		c.Trace = n.trace()
		s := open(t, c)
		handled := make(chan struct{})
		if err := s.Handle(t.Context(), func(event *api.Event, _ error) {
			if event != nil && event.Name == "session_created" {
				defer close(handled)
				panic("the handler")
			}
		}); err != nil {
			t.Fatal(err)
		}
		<-handled
		called := collect(t)
		if _, err := s.Start(t.Context(), ping, func(r ninchat.Reply) { defer called.take(r); panic("the callback") }); err != nil {
			t.Fatal(err)
		}
		called.all()
		srv.Faults().Cut(server.Match{})
		if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		join(t, s)
		// Neither Close nor join waits for the trace.
		synctest.Wait()
		n.has(t, "panicked handler of Session.Handle the handler", "panicked callback of Session.Start the callback", "answered ping")
	})
}
