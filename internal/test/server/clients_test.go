package server_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/server"
)

// What published clients need, beyond what the API reference says. Each of them
// was seen on the wire.
func TestPublishedClients(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"payload in text frames": func(t *testing.T) {
			w := newWorld(t)
			bert := w.clients["bert"]
			bert.frame(ws.OpText, w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x","frames":1,"action_id":99}`)+"\n")
			bert.frame(ws.OpText, "as text")
			bert.reply(99)
			if e := w.clients["anna"].wait("message_received"); e.payload[0] != "as text" {
				t.Errorf("got %v", e)
			}
		},
		"headers in binary frames": func(t *testing.T) {
			c := guest(t, start(t))
			c.frame(ws.OpBinary, `{"action":"ping","action_id":1}`)
			expect(t, c.read(), `{"event":"pong","frames":"<absent>"}`)
		},
		"an empty frame before the session": func(t *testing.T) {
			c := connect(t, start(t))
			c.frame(ws.OpBinary, "")
			c.createSession(`,"message_types":[]`)
		},
		"close_session, and the connection cut": func(t *testing.T) {
			srv := start(t)
			c := guest(t, srv)
			go func() {
				_ = ws.WriteFrame(c.nc, ws.MaskFrame(ws.NewTextFrame([]byte(`{"action":"close_session"}`))))
				_ = c.nc.Close()
			}()
			eventually(t, func() bool { s := srv.Stats(); return s.Sessions == 0 && s.Connections == 0 })
		},
		"user_existing with each login": func(t *testing.T) {
			srv := start(t)
			c := guest(t, srv)
			before := srv.Stats().Users
			login(t, srv, `,"message_types":["*"],"user_existing":true,"user_id":`+quote(c.userID)+`,"user_auth":`+quote(c.auth))
			other := connect(t, srv)
			other.write(`{"action":"create_session","message_types":["*"],"user_existing":true,"user_id":"gone","user_auth":"x"}`)
			expect(t, other.read(), `{"event":"error"}`)
			if users := srv.Stats().Users; users != before {
				t.Errorf("%d users, want %d", users, before)
			}
		},
		"session_created describes dialogues and channels": func(t *testing.T) {
			w := newWorld(t)
			w.do("outi", `{"action":"send_message","user_id":"$anna","message_type":"ninchat.com/text"}`, `{"text":"hi"}`)
			c := connect(t, w.srv)
			c.write(w.fill(`{"action":"create_session","message_types":[],"user_id":"$anna","user_auth":"$anna.auth"}`))
			expect(t, c.read(), w.fill(`{"user_channels":{"$channel":{"channel_attrs":{"owner_id":"$anna"},"realm_id":"<absent>"}},
				"user_dialogues":{"$outi":{"dialogue_status":"unread","dialogue_members":{"$anna":{},"$outi":{}}}},"user_queues":"<absent>"}`))
		},
		"4,096 events without acknowledgement": func(t *testing.T) {
			c := guest(t, start(t))
			for range 4200 {
				c.write(`{"action":"ping"}`)
				c.read()
			}
			c.quiet()
		},
		"ids ascend by one": func(t *testing.T) {
			w := newWorld(t)
			w.chatter(5)
			mona := w.clients["mona"]
			last := mona.eventID
			for range 5 {
				if e := mona.read(); int64(e.number("event_id")) != last+1 {
					t.Fatalf("got %v after %d", e, last)
				}
				last++
			}
		},
		"a ping without action_id": func(t *testing.T) {
			c := guest(t, start(t))
			c.write(`{"action":"ping"}`)
			expect(t, c.read(), `{"event":"pong","event_id":2}`)
		},
		"writing is seen by the others": func(t *testing.T) {
			w := newWorld(t)
			writing := func(on string) string {
				return `{"action":"update_member","channel_id":"$channel","user_id":"$bert","member_attrs":{"writing":` + on + `}}`
			}
			expect(t, w.do("bert", writing("true")), `{"event":"channel_member_updated"}`)
			expect(t, w.clients["anna"].read(), w.fill(`{"event":"channel_member_updated","user_id":"$bert","member_attrs":{"writing":true}}`))
			w.do("bert", writing("false"))
			expect(t, w.clients["anna"].read(), `{"event":"channel_member_updated","member_attrs":{"writing":"<absent>"}}`)
			w.clients["anna"].quiet() // and leaves no message
		},
		"history after a restart": func(t *testing.T) {
			w := newWorld(t)
			w.chatter(3)
			if got := w.history("mona", `,"channel_id":"$channel","message_types":["ninchat.com/text"],"message_id":"","history_length":1000,"history_order":1`); got != "0 1 2" {
				t.Errorf("got %q", got)
			}
		},
		"call messages with a ttl": func(t *testing.T) {
			w := newWorld(t)
			e := w.do("bert", `{"action":"send_message","user_id":"$anna","message_type":"ninchat.com/rtc/call","message_ttl":10}`, `{}`)
			expect(t, e, `{"message_ttl":10}`)
			w.clients["anna"].wait("message_received")
			expect(t, w.do("anna", `{"action":"load_history","user_id":"$bert"}`), `{"history_length":0}`)
		},
		"a bot describes its queues, and those for transfers": func(t *testing.T) {
			w := newQueueWorld(t)
			e := w.do("bert", `{"action":"describe_queue","queue_id":"$queue"}`)
			expect(t, e, `{"event":"queue_found","queue_settings":{}}`)
			settings, _ := e.members["queue_settings"].(map[string]any)
			ids, _ := settings["transfer_queue_ids"].([]any)
			if len(ids) != 1 {
				t.Fatalf("got %v", e)
			}
			for _, id := range ids {
				expect(t, w.do("bert", `{"action":"describe_queue","queue_id":"`+id.(string)+`"}`), `{"event":"queue_found","queue_attrs":{"length":0}}`)
			}
		},
		"a bot accepts whenever somebody waits": func(t *testing.T) {
			w := newQueueWorld(t)
			bert, dana := w.clients["bert"], w.clients["dana"]
			w.do("outi", ask)
			for _, bot := range []*client{bert, dana} {
				expect(t, bot.wait("queue_updated"), `{"queue_attrs":{"length":1}}`)
			}
			e := w.do("bert", acceptNext)
			expect(t, e, w.fill(`{"event":"channel_joined","channel_attrs":{"queue_id":"$queue","requester_id":"$outi"},"audience_metadata":{}}`))
			if attrs, _ := e.members["channel_attrs"].(map[string]any); attrs["audience_id"] == nil {
				t.Errorf("got %v", e)
			}
			expect(t, w.do("dana", acceptNext), `{"error_type":"queue_is_empty"}`)
			expect(t, dana.call(`{"action":"ping"}`), `{"event":"pong"}`)
		},
		"an old bot is told of the end of a dialogue": func(t *testing.T) {
			w := newQueueWorld(t)
			w.set("queue", `"audience_dialogue":true`)
			w.do("outi", ask)
			e := w.do("bert", acceptNext)
			expect(t, e, w.fill(`{"event":"dialogue_updated","user_id":"$outi","dialogue_status":"visible","dialogue_members":{"$outi":{"queue_id":"$queue"}}}`))
			e = w.do("bert", `{"action":"update_dialogue","user_id":"$outi","member_attrs":{"audience_ended":true},"dialogue_status":"hidden"}`)
			expect(t, e, w.fill(`{"event":"dialogue_updated","user_id":"$outi","dialogue_status":"hidden","dialogue_members":{"$outi":{}}}`))
		},
		"size errors have an action_id": func(t *testing.T) {
			c := guest(t, start(t, func(c *server.Config) { c.Limits.Part = 10 }))
			expect(t, c.call(`{"action":"send_message","user_id":"x","message_type":"x"}`, "longer than ten"), `{"error_type":"message_part_too_long"}`)
		},
		"no nulls": func(t *testing.T) {
			w := newWorld(t)
			for _, action := range []string{
				`{"action":"update_channel","channel_id":"$channel","channel_attrs":{"name":null,"closed":null}}`,
				`{"action":"update_user","user_attrs":{"name":null},"user_settings":{"x":null}}`,
				`{"action":"update_member","channel_id":"$channel","user_id":"$anna","member_attrs":{"writing":null}}`,
			} {
				if e := w.do("anna", action); strings.Contains(e.header, "null") {
					t.Errorf("got %v", e)
				}
			}
			for who, c := range w.clients {
				c.call(`{"action":"ping"}`)
				for _, e := range c.skipped {
					if strings.Contains(e.String(), "null") {
						t.Errorf("%s got %v", who, e)
					}
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// Keep-alives never come between a header and its payload, however the two fall
// together.
func TestKeepAliveAndPayload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		anna, bert := w.clients["anna"], w.clients["bert"]
		anna.drain()
		_ = bert.nc.SetReadDeadline(time.Time{})
		bert.unhurried = true
		received := make(chan int, 1)
		go func() {
			count := 0
			for count < 60 {
				e, err := bert.tryRead()
				if err != nil {
					t.Error(err)
					break
				}
				if e.name == "message_received" {
					count++
				}
				if e.name == "message_received" && (len(e.payload) != 1 || e.payload[0] == "") {
					t.Errorf("got %v", e)
				}
			}
			received <- count
		}()
		for i := range 60 {
			time.Sleep(25*time.Second - time.Duration(i%3)*time.Millisecond)
			anna.write(w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`), fmt.Sprint(i))
			bert.frame(ws.OpBinary, "")
		}
		if count := <-received; count != 60 {
			t.Errorf("got %d messages", count)
		}
	})
}
