package ninchattest_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// What takes hours happens at once, with a real connection that stays.
func TestAdvance(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithClock())
	user, err := srv.AddUser(server.User{Attrs: api.UserAttrs{Name: api.Set("Anna")}})
	if err != nil {
		t.Fatal(err)
	}
	nc, _, _, err := ws.Dial(t.Context(), "ws://"+srv.Host()+"/v2/socket")
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	say := func(text string) {
		t.Helper()
		if err := wsutil.WriteClientText(nc, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	hear := func(name string) string {
		t.Helper()
		for {
			text, _, err := wsutil.ReadServerData(nc)
			if err != nil {
				t.Fatalf("waiting for %s: %v", name, err)
			}
			if strings.Contains(string(text), `"event":"`+name+`"`) {
				return string(text)
			}
		}
	}
	say(`{"action":"create_session","message_types":["*"],"user_id":"` + user.ID + `","user_auth":"` + user.Auth.Reveal() + `"}`)
	hear("session_created")
	channel, err := srv.AddChannel(server.Channel{OwnerID: user.ID, Members: map[string]api.ChannelMemberAttrs{user.ID: {Operator: api.Set(true)}}})
	if err != nil {
		t.Fatal(err)
	}
	end := srv.Now().Add(3 * time.Hour).Unix()
	say(`{"action":"update_member","action_id":1,"channel_id":"` + channel.ID + `","user_id":"` + user.ID + `","member_attrs":{"silenced":true},"interval_end":` + strconv.FormatInt(end, 10) + `}`)
	if text := hear("channel_member_updated"); !strings.Contains(text, `"silenced":true`) {
		t.Errorf("got %s", text)
	}
	before := srv.Now()
	srv.Advance(2 * time.Hour)
	srv.Advance(2 * time.Hour)
	if text := hear("channel_member_updated"); strings.Contains(text, `"silenced"`) {
		t.Errorf("got %s", text)
	}
	if d := srv.Now().Sub(before); d != 4*time.Hour {
		t.Errorf("%v have gone by", d)
	}
	// The session is there still: it never was without a connection.
	say(`{"action":"ping","action_id":2}`)
	hear("pong")
	// Without one, it has its time.
	_ = nc.Close()
	for srv.Stats().Connections > 0 {
		srv.Faults().Cut(server.Match{})
	}
	srv.Advance(5*time.Minute - time.Second)
	if n := srv.Stats().Sessions; n != 1 {
		t.Errorf("%d sessions before its end", n)
	}
	srv.Advance(time.Second)
	if n := srv.Stats().Sessions; n != 0 {
		t.Errorf("%d sessions after its end", n)
	}
}

func TestAdvanceWithoutClock(t *testing.T) {
	srv := ninchattest.New(t)
	if srv.Now().IsZero() {
		t.Error("no time")
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	srv.Advance(time.Second)
}
