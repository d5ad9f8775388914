package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// The tests whose names begin with TestDefect are about what goes wrong in other
// libraries for the service, and mustn't here.

// 1: sending and closing at once, and closing in a callback, panicked; calling
// back in got stuck.
func TestDefect1SendThenCloseAndCallingBackIn(t *testing.T) {
	byEachExecutor(t, func(t *testing.T, srv *routed, _ string, executor func(*ninchat.Config)) {
		c := config(srv, "Alice")
		executor(&c)
		s := open(t, c)
		over := newHeard(t, 0)
		if err := s.Handle(t.Context(), over.handle); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		if _, err := s.Start(t.Context(), ping, func(ninchat.Reply) {
			defer close(done)
			for range 100 {
				if _, err := s.Send(ping); err != nil {
					t.Error(err)
				}
			}
			if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if _, err := s.Send(ping); !errors.Is(err, ninchat.ErrClosed) {
				t.Errorf("after closing: %v", err)
			}
		}); err != nil {
			t.Fatal(err)
		}
		<-done
		<-over.over
		join(t, s)
	})
}

// 2: events on an idle connection were never acknowledged, until the server's
// buffer overflowed. Here more are handled than it holds, without anything else
// being sent.
func TestDefect2IdleConnectionAcknowledges(t *testing.T) {
	for _, way := range []string{"handler", "manual"} {
		t.Run(way, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := ninchattest.New(t, ninchattest.InMemory(), ninchattest.WithConfig(func(c *server.Config) {
					c.Limits.Events = 300
				}))
				r := newRoom(t, srv)
				s := r.listener(t, srv, func(c *ninchat.Config) { c.ManualAck = way == "manual" })
				h := newHeard(t, 2000)
				if err := s.Handle(t.Context(), func(event *api.Event, err error) {
					h.handle(event, err)
					if way == "manual" && event != nil {
						if err := s.Acknowledge(event); err != nil {
							t.Error(err)
						}
					}
				}); err != nil {
					t.Fatal(err)
				}
				sent := s.Stats().ActionsSent
				for i := range 2000 {
					r.say(t, fmt.Sprint(i))
					if i%250 == 249 {
						time.Sleep(5 * time.Second)
					}
				}
				<-h.full
				if stats := s.Stats(); stats.SessionsLost != 0 || stats.ActionsSent != sent || stats.EventsQueued != 0 {
					t.Fatalf("stats: %+v", stats)
				}
			})
		})
	}
}

// 16: another goroutine read the caller's parameters after sending had returned.
func TestDefect16ParametersBelongToTheCaller(t *testing.T) {
	byNetwork(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		params := []byte(fmt.Sprintf(`{"channel_id":%q,"message_type":"example.com/plain"}`, r.channel))
		var wg sync.WaitGroup
		for i := range 100 {
			action := &api.Action{Name: "send_message", Params: bytes.Clone(params), Payload: [][]byte{[]byte(fmt.Sprint(i))}}
			want := fmt.Sprint(i)
			wg.Add(1)
			if _, err := r.alice.Start(t.Context(), action, func(reply ninchat.Reply) {
				defer wg.Done()
				if reply.Err != nil {
					t.Error(reply.Err)
				} else if text, _ := content(t, reply.Event); text != want {
					t.Errorf("the answer to %q is %q", want, text)
				}
			}); err != nil {
				t.Fatal(err)
			}
			clear(action.Params)
			clear(action.Payload[0])
			action.Payload[0] = nil
		}
		wg.Wait()
	})
}

// 20: a refused login hung for ever, received payloads ended at the first zero
// byte, and calls that were given up leaked.
func TestDefect20RefusedLogin(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		c := config(srv, "Alice")
		c.Login = ninchat.ExistingUser("nobody", "nothing")
		start := time.Now()
		_, err := ninchat.Open(t.Context(), c)
		if _, ok := errors.AsType[*api.Error](err); !ok || time.Since(start) > time.Second {
			t.Fatalf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestDefect20ZeroBytes(t *testing.T) {
	byNetwork(t, func(t *testing.T, srv *routed) {
		text := "a\x00b\x00"
		if srv.by == ninchat.LongPollOnly {
			// JSON has no other zero bytes.
			text = `"a\u0000b\u0000"`
		}
		r := newRoom(t, srv)
		h := newHeard(t, 1)
		if err := r.bob.Handle(t.Context(), h.handle); err != nil {
			t.Fatal(err)
		}
		r.say(t, text)
		<-h.full
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.texts[0] != text {
			t.Fatalf("heard %q", h.texts)
		}
	})
}

func TestDefect20GivenUpCallsDoNotLeak(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		c := discarding(config(srv, "Alice"))
		c.MaxCalls = 2
		s := open(t, c)
		srv.Faults().Delay(server.Match{}, time.Minute)
		for range 8 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			got := collect(t)
			if _, err := s.Start(ctx, ping, got.take); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Ping(ctx, api.Ping{}); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			if replies := got.all(); len(replies) != 1 || !errors.Is(replies[0].Err, context.DeadlineExceeded) {
				t.Fatalf("replies: %+v", replies)
			}
			cancel()
			synctest.Wait()
		}
		if stats := s.Stats(); stats.CallsPending != 0 || stats.CallbacksPending != 0 {
			t.Fatalf("stats: %+v", stats)
		}
	})
}

// 4: replies that are one of several events were refused, and of two replies the
// second one was lost.
func TestDefect4RepliesOfSeveralKinds(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		ctx := t.Context()
		carol := open(t, discarding(config(srv, "Carol")))
		created, err := carol.CreateRealm(ctx, api.CreateRealm{})
		if err != nil || created.RealmJoined == nil {
			t.Fatalf("create_realm: %+v, %v", created, err)
		}
		realm := created.RealmJoined.RealmID
		added, err := carol.AddMember(ctx, api.AddMember{RealmID: &realm, UserID: r.bobID})
		if err != nil || added.RealmMemberJoined == nil {
			t.Fatalf("add_member: %+v, %v", added, err)
		}
		updated, err := carol.UpdateMember(ctx, api.UpdateMember{RealmID: &realm, UserID: r.bobID, MemberAttrs: api.MemberAttrs{Operator: api.Set(true)}})
		if err != nil || updated.RealmMemberUpdated == nil || updated.ChannelMemberUpdated != nil {
			t.Fatalf("update_member: %+v, %v", updated, err)
		}
		silenced, err := r.alice.UpdateMember(ctx, api.UpdateMember{ChannelID: &r.channel, UserID: r.bobID, MemberAttrs: api.MemberAttrs{Silenced: api.Set(true)}})
		if err != nil || silenced.ChannelMemberUpdated == nil || silenced.RealmMemberUpdated != nil {
			t.Fatalf("update_member: %+v, %v", silenced, err)
		}
		both, err := carol.CreateRealm(ctx, api.CreateRealm{ChannelAttrs: &api.ChannelAttrs{Name: api.Set("lobby")}})
		if err != nil || both.RealmJoined == nil || both.ChannelJoined == nil {
			t.Fatalf("create_realm with a channel: %+v, %v", both, err)
		}
		joined, err := carol.JoinChannel(ctx, api.JoinChannel{ChannelID: &r.channel})
		if err != nil || joined.ChannelJoined == nil || joined.RealmJoined != nil {
			t.Fatalf("join_channel: %+v, %v", joined, err)
		}
	})
}
