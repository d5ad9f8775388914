package session_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

func TestTypedCall(t *testing.T) {
	srv := ninchattest.New(t)
	r := newRoom(t, srv)
	reply, err := r.alice.SendMessage(t.Context(), r.text("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if reply.MessageID == "" || *reply.MessageUserID != r.aliceID || string(reply.Payload[0]) != "hello" {
		t.Fatalf("reply: %+v", reply)
	}
	if got := hear(t, r.bob, 1); got[0] != "hello" {
		t.Fatalf("heard %q", got)
	}
}

func TestCallRefused(t *testing.T) {
	srv := ninchattest.New(t)
	s := open(t, discarding(config(srv, "Alice")))
	_, err := s.DescribeChannel(t.Context(), api.DescribeChannel{ChannelID: "none"})
	if !errors.Is(err, api.ErrChannelNotFound) {
		t.Fatalf("error is %v", err)
	}
	refused, ok := errors.AsType[*api.Error](err)
	if !ok || refused.Action != "describe_channel" || refused.Event.ActionID == 0 {
		t.Fatalf("error is %+v", refused)
	}
	action, err := api.NewAction("make_coffee", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Call(t.Context(), action); !errors.Is(err, api.ErrActionNotSupported) {
		t.Fatalf("error is %v", err)
	}
}

// What makes no sense is refused at once, and nothing else happens.
func TestDefect9ActionsThatCannotBeSent(t *testing.T) {
	srv := ninchattest.New(t)
	c := discarding(config(srv, "Alice"))
	c.Limits = ninchat.Limits{Header: 4096, Parts: 2, Part: 100, Total: 150}
	s := open(t, c)
	long := make([]byte, 101)
	actions := map[string]*api.Action{
		"nil":           nil,
		"no name":       {},
		"create":        {Name: "create_session"},
		"resume":        {Name: "resume_session"},
		"close":         {Name: "close_session"},
		"not JSON":      {Name: "ping", Params: jsontext.Value(`{`)},
		"no object":     {Name: "ping", Params: jsontext.Value(`[]`)},
		"not UTF-8":     {Name: "ping", Params: jsontext.Value("{\"a\":\"\xff\"}")},
		"envelope":      {Name: "ping", Params: jsontext.Value(`{"action_id":5}`)},
		"two objects":   {Name: "ping", Params: jsontext.Value(`{}{}`)},
		"long name":     {Name: strings.Repeat("x", 5000)},
		"long header":   {Name: "ping", Params: jsontext.Value(`{"a":"` + strings.Repeat("x", 5000) + `"}`)},
		"many parts":    {Name: "ping", Payload: make([][]byte, 3)},
		"long part":     {Name: "ping", Payload: [][]byte{long}},
		"long together": {Name: "ping", Payload: [][]byte{long[:90], long[:90]}},
	}
	before := s.Stats().ActionsSent
	for name, action := range actions {
		_, err := s.Call(t.Context(), action)
		if _, ok := errors.AsType[*ninchat.ActionError](err); !ok {
			t.Errorf("%s: Call gives %v", name, err)
		}
		_, err = s.Send(action)
		if _, ok := errors.AsType[*ninchat.ActionError](err); !ok {
			t.Errorf("%s: Send gives %v", name, err)
		}
	}
	if _, err := s.Send(&api.Action{Name: "ping", Transient: true}); err == nil {
		t.Error("a transient action was sent without waiting")
	}
	if after := s.Stats().ActionsSent; after != before {
		t.Errorf("%d actions were sent", after-before)
	}
	if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
		t.Errorf("the session is broken: %v", err)
	}
	for _, value := range []float64{math.NaN(), math.Inf(1)} {
		if _, err := api.NewAction("send_message", map[string]any{"message_ttl": value}); err == nil {
			t.Errorf("%v was encoded", value)
		}
	}
}

// The caller may do with an action what it likes once the call has returned.
func TestActionsBelongToTheCaller(t *testing.T) {
	srv := ninchattest.New(t)
	r := newRoom(t, srv)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 200 {
			params := []byte(fmt.Sprintf(`{"channel_id":%q,"message_type":"example.com/plain"}`, r.channel))
			part := []byte(fmt.Sprint(i))
			action := &api.Action{Name: "send_message", Params: params, Payload: [][]byte{part}}
			if _, err := r.alice.Send(action); err != nil {
				t.Error(err)
			}
			clear(params)
			clear(part)
			action.Payload[0] = nil
		}
	})
	for i, text := range hear(t, r.bob, 200) {
		if text != fmt.Sprint(i) {
			t.Fatalf("message %d is %q", i, text)
		}
	}
	wg.Wait()
}

func TestCallEndsWithContext(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		s := open(t, discarding(config(srv, "Alice")))
		srv.Faults().HalfOpen(server.Match{})
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("enough"))
		defer cancel()
		start := time.Now()
		_, err := s.Ping(ctx, api.Ping{})
		if err == nil || err.Error() != "enough" || time.Since(start) != time.Second {
			t.Fatalf("after %v: %v", time.Since(start), err)
		}
		if n := s.Stats().CallsPending; n != 0 {
			t.Fatalf("%d calls are pending", n)
		}
		// A context that has ended sends nothing.
		sent := s.Stats().ActionsSent
		if _, err := s.Ping(ctx, api.Ping{}); err == nil {
			t.Fatal("no error")
		}
		if s.Stats().ActionsSent != sent {
			t.Fatal("an action was sent")
		}
	})
}

func TestLateReplyIsDropped(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		s := open(t, config(srv, "Alice"))
		nextNamed(t, s, "session_created")
		srv.Faults().Delay(server.Match{}, 2*time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Ping(ctx, api.Ping{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if stats := s.Stats(); stats.LateReplies != 1 || stats.EventsQueued != 0 {
			t.Fatalf("stats: %+v", stats)
		}
	})
}

func TestConcurrentCalls(t *testing.T) {
	srv := ninchattest.New(t)
	r := newRoom(t, srv)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			for j := range 20 {
				text := fmt.Sprintf("%d %d", i, j)
				reply, err := r.alice.SendMessage(t.Context(), r.text(text))
				if err != nil {
					t.Error(err)
				} else if string(reply.Payload[0]) != text {
					t.Errorf("the reply to %q is %q", text, reply.Payload[0])
				}
			}
		})
	}
	last := map[string]int{}
	for _, text := range hear(t, r.bob, 32*20) {
		var i, j int
		if _, err := fmt.Sscan(text, &i, &j); err != nil {
			t.Fatal(err)
		}
		if key := fmt.Sprint(i); last[key] != j {
			t.Fatalf("goroutine %d: message %d came, want %d", i, j, last[key])
		} else {
			last[key]++
		}
	}
	wg.Wait()
}

// Several replies come in order, and a second call may be made for each.
func TestHistory(t *testing.T) {
	srv := ninchattest.New(t)
	r := newRoom(t, srv)
	for i := range 50 {
		r.say(t, fmt.Sprint(i))
	}
	next := 0
	for reply, err := range r.alice.LoadHistory(t.Context(), api.LoadHistory{
		ChannelID:    &r.channel,
		HistoryOrder: new(int64(1)),
		MessageTypes: []string{"example.com/*"},
	}) {
		if err != nil {
			t.Fatal(err)
		}
		if reply.MessageReceived == nil {
			continue
		}
		if got := string(reply.MessageReceived.Payload[0]); got != fmt.Sprint(next) {
			t.Fatalf("message %d is %q", next, got)
		}
		next++
		if _, err := r.alice.Ping(t.Context(), api.Ping{}); err != nil {
			t.Fatal(err)
		}
	}
	if next != 50 {
		t.Fatalf("%d messages came", next)
	}
	for range r.alice.LoadHistory(t.Context(), api.LoadHistory{ChannelID: &r.channel}) {
		break
	}
	if n := r.alice.Stats().CallsPending; n != 0 {
		t.Fatalf("%d calls are pending after the loop was left", n)
	}
}

// Replies to Send come with the stream, errors too.
func TestSend(t *testing.T) {
	srv := ninchattest.New(t)
	s := open(t, config(srv, "Alice"))
	ping, err := s.Send(&api.Action{Name: "ping"})
	if err != nil {
		t.Fatal(err)
	}
	bad, err := s.Send(&api.Action{Name: "describe_channel", Params: jsontext.Value(`{"channel_id":"none"}`)})
	if err != nil {
		t.Fatal(err)
	}
	if event := nextNamed(t, s, "pong"); event.ActionID != ping {
		t.Fatalf("pong answers %d, want %d", event.ActionID, ping)
	}
	event := nextNamed(t, s, "error")
	if event.ActionID != bad || !errors.Is(api.NewError("", event), api.ErrChannelNotFound) {
		t.Fatalf("error event: %s", event.Header)
	}
}

func TestMaxCalls(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		c := discarding(config(srv, "Alice"))
		c.MaxCalls = 2
		s := open(t, c)
		srv.Faults().Delay(server.Match{}, time.Second)
		for range 2 {
			if _, err := s.Send(&api.Action{Name: "ping"}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Send(&api.Action{Name: "ping"}); !errors.Is(err, ninchat.ErrTooManyCalls) {
			t.Fatalf("error is %v", err)
		}
		// Calls wait for their turn.
		if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
			t.Fatal(err)
		}
	})
}

// Nothing of the session waits for a peer that doesn't read.
func TestDefect6StalledPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := &scriptedServer{t: t, stallAfter: 1}
		s, err := ninchat.Open(t.Context(), peer.config())
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for range 1000 {
			if _, err := s.Send(&api.Action{Name: "ping", Payload: [][]byte{make([]byte, 1<<16)}}); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d != 0 {
			t.Fatalf("Send took %v", d)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d > 2*time.Second {
			t.Fatalf("Close took %v", d)
		}
		peer.close()
	})
}

// Dialling doesn't delay anything else.
func TestDefect6SlowDial(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		c := discarding(config(srv, "Alice"))
		slow := false
		c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if slow {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return srv.DialContext(ctx, network, address)
		}
		s := open(t, c)
		slow = true
		srv.Faults().Cut(server.Match{})
		waitFor(t, s, ninchat.Waiting)
		waitFor(t, s, ninchat.Connecting)
		synctest.Wait()
		start := time.Now()
		if _, err := s.Send(&api.Action{Name: "ping"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d != 0 {
			t.Fatalf("it took %v", d)
		}
	})
}
