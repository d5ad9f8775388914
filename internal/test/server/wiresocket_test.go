package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/server"
)

var wireSocket = []wireItem{
	{9, "the subprotocol", func(t *testing.T) {
		srv := start(t)
		for offered, want := range map[string]string{"": "", "ninchat.com": "ninchat.com", "chat, ninchat.com": "ninchat.com", "chat": ""} {
			var lines []string
			if offered != "" {
				lines = []string{"Sec-WebSocket-Protocol: " + offered}
			}
			resp, c := upgrade(t, srv, lines...)
			if got := resp.Header.Get("Sec-WebSocket-Protocol"); resp.StatusCode != 101 || got != want {
				t.Errorf("%q: got %s, %q", offered, resp.Status, got)
			}
			if got := resp.Header.Get("Sec-WebSocket-Accept"); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
				t.Errorf("%q: the key was answered by %q", offered, got)
			}
			c.createSession(`,"message_types":[]`)
		}
	}},
	{10, "compression is declined, any origin is fine that no page of the internet has, and that one if it is wanted", func(t *testing.T) {
		cautious, open := start(t), start(t, func(c *server.Config) { c.Origins = []string{"*"} })
		for _, lines := range [][]string{
			nil,
			{"Origin: file://"},
			{"Origin: not even an address"},
			{"Origin: http://localhost:3000"},
			{"Origin: https://shop.example"},
			{"Origin: null"},
			{"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"},
			{"Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Extensions: x-webkit-deflate-frame"},
		} {
			resp, c := upgrade(t, cautious, lines...)
			if len(lines) > 0 && (lines[0] == "Origin: https://shop.example" || lines[0] == "Origin: null") {
				if resp.StatusCode != 403 {
					t.Errorf("%q: got %s", lines, resp.Status)
				}
				resp, c = upgrade(t, open, lines...)
			}
			if got := resp.Header.Get("Sec-WebSocket-Extensions"); resp.StatusCode != 101 || got != "" {
				t.Errorf("%q: got %s, %q", lines, resp.Status, got)
			}
			c.createSession(`,"message_types":[]`)
			c.quiet()
		}
	}},
	{11, "headers with a newline, payload in frames of either kind", func(t *testing.T) {
		w := newWorld(t)
		bert, mona := w.clients["bert"], w.clients["mona"]
		for i, kind := range []ws.OpCode{ws.OpText, ws.OpBinary} {
			bert.frame(ws.OpText, w.fill(fmt.Sprintf(`{"action":"send_message","channel_id":"$channel","message_type":"x","frames":2,"action_id":%d}`, 90+i))+"\n")
			bert.frame(kind, "one")
			bert.frame(kind, "two")
			expect(t, bert.reply(int64(90+i)), `{"event":"message_received"}`)
			if e := mona.wait("message_received"); e.content() != "one|two" {
				t.Errorf("got %v", e)
			}
		}
	}},
	{12, "text frames where the bytes are text", func(t *testing.T) {
		w := newWorld(t)
		parts := []string{`{"text":"päätös"}`, "\xff\xfe", "", "plain", "cut \xe2\x82"}
		w.do("bert", `{"action":"send_message","channel_id":"$channel","message_type":"x"}`, parts...)
		e := w.clients["mona"].wait("message_received")
		if len(e.payload) != len(parts) {
			t.Fatalf("got %v", e)
		}
		for i, binary := range []bool{false, true, false, false, true} {
			// tryRead has checked that the header is text.
			if e.payload[i] != parts[i] || e.binary[i] != binary {
				t.Errorf("part %d is %q, binary %v", i, e.payload[i], e.binary[i])
			}
		}
	}},
	{13, "keep-alives of the server", bubble(func(t *testing.T) {
		w := newWorld(t)
		c := w.clients["bert"]
		c.patient()
		for range 4 {
			began := time.Now()
			if payload, _, err := c.rawFrame(); payload != "" || err != nil || time.Since(began) > 30*time.Second {
				t.Fatalf("got %q, %v after %v", payload, err, time.Since(began))
			}
			c.frame(ws.OpBinary, "")
		}
		// Before there is a session, as well.
		c = connect(t, w.srv)
		began := time.Now()
		c.patient()
		if payload, _, err := c.rawFrame(); payload != "" || err != nil || time.Since(began) > 30*time.Second {
			t.Errorf("got %q, %v after %v", payload, err, time.Since(began))
		}
		// TestKeepAliveAndPayload has them fall together with payload.
	})},
	{14, "keep-alives of the client", bubble(func(t *testing.T) {
		srv := start(t)
		c := guest(t, srv)
		ended := c.drain()
		for range 20 {
			time.Sleep(56 * time.Second)
			c.frame(ws.OpBinary, "")
		}
		select {
		case err := <-ended:
			t.Errorf("the connection ended: %v", err)
		default:
		}
		if got := srv.Stats(); got.Connections != 1 || got.Sessions != 1 {
			t.Errorf("got %+v", got)
		}
	})},
	{15, "no frames without payload", overBoth(func(t *testing.T, tr transport) {
		w := newWorld(t)
		p := tr.as(w, "bert")
		for _, action := range []string{
			`{"action":"ping"}`, `{"action":"describe_user"}`, `{"action":"fly"}`, `{"action":"describe_channel","channel_id":"$channel"}`,
			`{"action":"load_history","channel_id":"$channel"}`, `{"action":"search","search_term":"anna"}`,
		} {
			expect(t, p.call(w.fill(action)), `{"frames":"<absent>"}`)
		}
		e := p.call(w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`), `{}`)
		expect(t, e, `{"event":"message_received"}`)
		// Nor when an action says that there are none.
		expect(t, p.call(`{"action":"ping","frames":0}`), `{"event":"pong","frames":"<absent>"}`)
	})},
}
