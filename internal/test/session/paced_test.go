package session_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
)

// limited takes so many messages per second, and notes them.
type limited struct {
	count int

	mu    sync.Mutex
	times []time.Time
	taken []string
	tried int
}

func (l *limited) Invoke(_ context.Context, action *api.Action, reply func(*api.Event) bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tried++
	now := time.Now()
	l.times = slices.DeleteFunc(l.times, func(t time.Time) bool { return now.Sub(t) >= time.Second })
	if len(l.times) >= l.count && action.Name != "ping" {
		return api.ErrSendRateLimited
	}
	l.times = append(l.times, now)
	text := action.Name
	if len(action.Payload) > 0 {
		text = string(action.Payload[0])
	}
	l.taken = append(l.taken, text)
	reply(&api.Event{Name: "message_received"})
	return nil
}

// attempts is how often something was tried.
func (l *limited) attempts() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tried
}

func messageTo(t *testing.T, channel, text string) *api.Action {
	t.Helper()
	action, err := api.SendMessage{ChannelID: &channel, MessageType: "example.com/x", Payload: [][]byte{[]byte(text)}}.Action()
	if err != nil {
		t.Fatal(err)
	}
	return action
}

func ignore(*api.Event) bool { return true }

// Messages wait for the server in their order. Others don't wait for them.
func TestPacedOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limited{count: 5}
		paced := ninchat.NewPaced(server, ninchat.Pace{})
		begun := time.Now()
		var sending sync.WaitGroup
		var want []string
		for i := range 30 {
			text := fmt.Sprint(i)
			want = append(want, text)
			action := messageTo(t, "c", text)
			sending.Go(func() {
				if err := paced.Invoke(t.Context(), action, ignore); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		ping, err := api.Ping{}.Action()
		if err != nil {
			t.Fatal(err)
		}
		if err := paced.Invoke(t.Context(), ping, ignore); err != nil || !time.Now().Equal(begun) {
			t.Errorf("a ping took until %v, %v", time.Since(begun), err)
		}
		sending.Wait()
		got := slices.DeleteFunc(server.taken, func(text string) bool { return text == "ping" })
		if !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		// A longer wait may begin shortly before the server would take it: of the five
		// times that there is one, each takes 2.6 seconds at most.
		if took := time.Since(begun); took < 5*time.Second || took > 13*time.Second || server.tried > 100 {
			t.Errorf("it took %v and %d attempts", took, server.tried)
		}
	})
}

// The context ends the waiting: for the server, and for those before.
func TestPacedEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limited{}
		paced := ninchat.NewPaced(server, ninchat.Pace{First: time.Second, Max: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var first error
		var sending sync.WaitGroup
		sending.Go(func() { first = paced.Invoke(ctx, messageTo(t, "c", "1"), ignore) })
		synctest.Wait()
		cause := errors.New("enough")
		short, give := context.WithCancelCause(t.Context())
		give(cause)
		if err := paced.Invoke(short, messageTo(t, "c", "2"), ignore); !errors.Is(err, cause) || server.attempts() != 1 {
			t.Errorf("got %v", err)
		}
		// Somebody else isn't kept waiting: it is the server that refuses.
		if err := paced.Invoke(short, messageTo(t, "other", "3"), ignore); !errors.Is(err, cause) {
			t.Errorf("got %v", err)
		}
		sending.Wait()
		if !errors.Is(first, context.DeadlineExceeded) || !errors.Is(first, api.ErrSendRateLimited) {
			t.Errorf("got %v", first)
		}
		if n := server.attempts(); n < 60 || n > 130 {
			t.Errorf("%d attempts within an hour", n)
		}
	})
}

// A session and a caller get through, and the server has all in their order.
func TestPacedServer(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithClock())
	r := newRoom(t, srv)
	joined, err := r.alice.CreateChannel(t.Context(), api.CreateChannel{ChannelAttrs: &api.ChannelAttrs{Ratelimit: api.Set("2/60")}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.bob.JoinChannel(t.Context(), api.JoinChannel{ChannelID: &joined.ChannelID}); err != nil {
		t.Fatal(err)
	}
	refusals := 0
	below := api.InvokerFunc(func(ctx context.Context, action *api.Action, reply func(*api.Event) bool) error {
		err := r.bob.Invoke(ctx, action, reply)
		if errors.Is(err, api.ErrSendRateLimited) {
			refusals++
			srv.Advance(30 * time.Second)
		}
		return err
	})
	paced := ninchat.NewPaced(below, ninchat.Pace{First: time.Nanosecond, Max: time.Nanosecond})
	for i := range 7 {
		sent, err := paced.SendMessage(t.Context(), api.SendMessage{ChannelID: &joined.ChannelID, MessageType: "example.com/x", Payload: [][]byte{fmt.Append(nil, i)}})
		if err != nil {
			t.Fatal(err)
		}
		if string(sent.Payload[0]) != fmt.Sprint(i) {
			t.Errorf("message %d came as %q", i, sent.Payload[0])
		}
	}
	if refusals != 6 {
		t.Errorf("%d messages were refused", refusals)
	}
}
