package server_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// trickle is a client that says something so slowly that it never ends. It returns
// how long the server bears that.
func trickle(t *testing.T, srv *ninchattest.Server, text, more string) <-chan time.Duration {
	t.Helper()
	nc, err := srv.DialContext(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	borne := make(chan time.Duration, 1)
	began := time.Now()
	go func() {
		defer nc.Close()
		_, err := io.WriteString(nc, text)
		for i := 0; err == nil && time.Since(began) < time.Hour; i++ {
			time.Sleep(3 * time.Second)
			_, err = io.WriteString(nc, more[i%len(more):i%len(more)+1])
		}
		borne <- time.Since(began)
	}()
	// What the server has to say doesn't stop it.
	go func() { _, _ = io.Copy(io.Discard, nc) }()
	return borne
}

// Those who are slow on purpose are put out, wherever they are slow, and nobody else
// notices them.
func TestSlowClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t, impatient)
		busy := guest(t, srv)
		slow := make(map[string]<-chan time.Duration)
		for _, path := range []string{
			"GET /v2/endpoint", "GET /v2/poll", "POST /v2/poll", "GET /v2/call", "POST /v2/call", "GET /v2/socket", "GET /config/x",
			"GET /files/x", "GET /icons/x", "GET /debug/outbox", "POST /debug/faults",
		} {
			slow["header of "+path] = trickle(t, srv, path+" HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", "x")
			slow["body of "+path] = trickle(t, srv, path+" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n", " ")
			slow["chunks of "+path] = trickle(t, srv, path+" HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n")
		}
		slow["a request line"] = trickle(t, srv, "GET /", "x")
		for name, frames := range map[string]string{
			"a frame's header": "\x81", "a frame": "\x81\xfe\xff\xffmask", "a fragmented message": "\x01\x81mask{", "nothing but keep-alives": "",
		} {
			_, c := upgrade(t, srv)
			slow[name] = trickleFrames(c, frames)
		}
		for range 10 {
			time.Sleep(10 * time.Second)
			began := time.Now()
			busy.call(`{"action":"ping"}`)
			busy.frame(ws.OpBinary, "")
			if d := time.Since(began); d != 0 {
				t.Errorf("a ping took %v", d)
			}
		}
		for name, borne := range slow {
			if d := <-borne; d > 3*time.Minute {
				t.Errorf("%s is borne for %v", name, d)
			}
		}
		synctest.Wait()
		if got := srv.Stats(); got.Connections != 1 || got.Sessions != 1 {
			t.Errorf("there are %d connections, %d sessions", got.Connections, got.Sessions)
		}
		busy.quiet()
	})
}

// trickleFrames says something on a WebSocket without ever ending it.
func trickleFrames(c *client, text string) <-chan time.Duration {
	borne := make(chan time.Duration, 1)
	began := time.Now()
	go func() { _, _ = io.Copy(io.Discard, c.nc) }()
	go func() {
		_, err := io.WriteString(c.nc, text)
		for i := 0; err == nil && time.Since(began) < time.Hour; i++ {
			time.Sleep(3 * time.Second)
			if text == "" {
				err = ws.WriteFrame(c.nc, ws.MaskFrame(ws.NewBinaryFrame(nil)))
			} else {
				_, err = io.WriteString(c.nc, "x")
			}
		}
		borne <- time.Since(began)
	}()
	return borne
}

// Thousands who connect and say nothing keep nobody from being served, and go away.
func TestCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const crowd = 3000
		srv := start(t, discreet, func(c *server.Config) { c.Limits.Connections = crowd + 2 })
		busy := guest(t, srv)
		idle := make([]net.Conn, 0, crowd)
		for range crowd {
			_, c := upgrade(t, srv)
			idle = append(idle, c.nc)
		}
		busy.call(`{"action":"describe_user"}`)
		last := connect(t, srv)
		synctest.Wait()
		if resp, _ := upgrade(t, srv); resp.StatusCode != 503 {
			t.Errorf("one too many got %s", resp.Status)
		}
		for _, nc := range idle {
			go func() { _, _ = io.Copy(io.Discard, nc) }()
		}
		for range 3 {
			time.Sleep(25 * time.Second)
			busy.frame(ws.OpBinary, "")
			busy.call(`{"action":"ping"}`)
		}
		synctest.Wait()
		if n := srv.Stats().Connections; n > 2 {
			t.Errorf("there are %d connections", n)
		}
		_ = last.nc.Close()
		connect(t, srv).createSession(`,"message_types":[]`)
	})
}

// Floods of every kind of nonsense cost those who send them, not the others.
func TestFloods(t *testing.T) {
	srv := start(t, discreet)
	anna, bert := guest(t, srv), guest(t, srv)
	channel := anna.call(`{"action":"create_channel"}`).text("channel_id")
	bert.call(`{"action":"join_channel","channel_id":` + quote(channel) + `}`)
	anna.settle()
	bert.settle()
	floods := map[string]func(c *client, i int) error{
		"refused actions": func(c *client, i int) error {
			return c.try(ws.OpText, fmt.Sprintf(`{"action":"describe_channel","channel_id":"forged%d","action_id":%d}`, i, i+1))
		},
		"unknown actions": func(c *client, i int) error { return c.try(ws.OpText, `{"action":"fly"}`) },
		"pings":           func(c *client, i int) error { return c.try(ws.OpPing, "x") },
		"empty frames":    func(c *client, i int) error { return c.try(ws.OpBinary, "") },
		"forged sessions": func(c *client, i int) error {
			return c.try(ws.OpText, fmt.Sprintf(`{"action":"resume_session","session_id":"forged%d"}`, i))
		},
		"forged event ids": func(c *client, i int) error {
			return c.try(ws.OpText, `{"action":"resume_session","event_id":9007199254740991}`)
		},
		"sessions in sessions": func(c *client, i int) error {
			return c.try(ws.OpText, `{"action":"create_session","message_types":["*"]}`)
		},
		"frames that promise payload": func(c *client, i int) error {
			return c.try(ws.OpText, `{"action":"send_message","message_type":"x","user_id":"x","frames":3}`)
		},
		"large messages": func(c *client, i int) error {
			return c.try(ws.OpText, `{"action":"ping","x":"`+strings.Repeat("x", 100_000)+`"}`)
		},
	}
	done := make(chan string, len(floods))
	for name, say := range floods {
		c := guest(t, srv)
		go func() { _, _ = io.Copy(io.Discard, c.nc) }()
		go func() {
			defer func() { done <- name }()
			for i := range 500 {
				if say(c, i) != nil {
					return
				}
			}
		}()
	}
	for range floods {
		<-done
		e := anna.call(`{"action":"send_message","message_type":"x","channel_id":`+quote(channel)+`}`, "hello")
		got := bert.wait("message_received")
		if got.text("message_id") != e.text("message_id") || got.payload[0] != "hello" || len(bert.skipped) > 0 {
			t.Fatalf("got %v, skipped %v", got, bert.skipped)
		}
	}
}

// try writes a frame.
func (c *client) try(op ws.OpCode, text string) error {
	_ = c.nc.SetWriteDeadline(time.Now().Add(patience))
	return ws.WriteFrame(c.nc, ws.MaskFrame(ws.NewFrame(op, true, []byte(text))))
}
