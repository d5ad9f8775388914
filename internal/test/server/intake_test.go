package server_test

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// half sends an action with a payload part of n bytes, but for the last byte.
func half(t *testing.T, nc net.Conn, header string, n int) {
	t.Helper()
	var text bytes.Buffer
	if err := ws.WriteFrame(&text, ws.MaskFrame(ws.NewTextFrame([]byte(header)))); err != nil {
		t.Fatal(err)
	}
	if err := ws.WriteHeader(&text, ws.Header{Fin: true, OpCode: ws.OpBinary, Masked: true, Length: int64(n)}); err != nil {
		t.Fatal(err)
	}
	text.Write(make([]byte, n-1))
	if _, err := nc.Write(text.Bytes()); err != nil {
		t.Fatal(err)
	}
}

const sendFile = `{"action":"send_file","action_id":1,"frames":1,"user_id":"x","file_attrs":{"name":"x"}}`

// closing reads up to the close frame, and returns its code.
func closing(t *testing.T, nc net.Conn) ws.StatusCode {
	t.Helper()
	for {
		frame, err := readFrame(nc)
		if err != nil {
			t.Fatal(err)
		}
		if frame.Header.OpCode == ws.OpClose {
			code, _ := ws.ParseCloseFrameData(frame.Payload)
			return code
		}
	}
}

// Strangers who send large messages and never end them take no more memory than there
// is for all messages, and get nobody else's for ever.
func TestHalfSentMessages(t *testing.T) {
	const room, strangers, size = 16 << 20, 60, 4 << 20
	srv := ninchattest.New(t, ninchattest.WithConfig(discreet), ninchattest.WithConfig(func(c *server.Config) {
		c.Limits.Messages, c.Stall = room, 20*time.Second
	}))
	honest := dialTCP(t, srv)
	honest.createSession(`,"message_types":["*"]`)
	before := heap()
	conns := make([]net.Conn, strangers)
	var sending sync.WaitGroup
	for i := range conns {
		conns[i] = dialTCP(t, srv).nc
		sending.Go(func() { half(t, conns[i], sendFile, size) })
	}
	sending.Wait()
	if taken := heap() - before; taken > 3*room {
		t.Errorf("%d MiB are taken, there are %d for all messages", taken>>20, room>>20)
	}
	// What is short gets through meanwhile, whatever becomes of what is long.
	expect(t, honest.call(`{"action":"ping"}`), `{"event":"pong"}`)
	expect(t, honest.call(`{"action":"ping"}`, "hello"), `{"event":"pong"}`)
	// Those who don't come to an end are put out, or their messages have been thrown
	// away. Then there is room for all.
	for _, nc := range conns {
		if _, err := nc.Write([]byte{0}); err == nil {
			_ = nc.SetReadDeadline(time.Now().Add(patience))
			_, _ = readFrame(nc)
		}
		_ = nc.Close()
	}
	eventually(t, func() bool { return srv.Stats().Connections == 1 })
	long := strings.Repeat("x", 1<<20)
	expect(t, honest.call(`{"action":"ping"}`, long, long, long), `{"event":"pong"}`)
}

// heap is how much memory is in use.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func TestRoomForMessages(t *testing.T) {
	const room, own = 100_000, 4 << 10
	narrow := func(c *server.Config) { c.Limits.Messages = room }
	const header = `{"action":"ping","action_id":90,"frames":1}`
	for name, test := range map[string]func(*testing.T){
		"as much as there is": func(t *testing.T) {
			srv := start(t, impatient, narrow)
			for range 5 {
				for more, want := range map[int]string{0: `{"event":"pong"}`, 1: `{"event":"error","error_type":"internal","action_id":90}`} {
					c := guest(t, srv)
					c.frame(ws.OpText, header)
					c.frame(ws.OpBinary, strings.Repeat("x", room+own-len(header)+more))
					expect(t, c.reply(90), want)
				}
			}
		},
		"a stranger has it": func(t *testing.T) {
			srv := start(t, impatient, narrow)
			c := guest(t, srv)
			stranger := connect(t, srv)
			half(t, stranger.nc, sendFile, room+own-len(sendFile))
			c.frame(ws.OpText, header)
			c.frame(ws.OpBinary, strings.Repeat("x", own-len(header)+1))
			expect(t, c.reply(90), `{"event":"error","error_type":"internal"}`)
			expect(t, c.call(`{"action":"ping"}`), `{"event":"pong"}`)
			c.frame(ws.OpText, strings.Replace(header, "90", "91", 1))
			c.frame(ws.OpBinary, strings.Repeat("x", own-len(header)))
			expect(t, c.reply(91), `{"event":"pong"}`)
			// An action that is longer itself isn't understood any more: the client comes back.
			other := connect(t, srv)
			other.frame(ws.OpText, `{"action":"ping","x":"`+strings.Repeat("x", own)+`"}`)
			if code := closing(t, other.nc); code != ws.StatusInternalServerError {
				t.Errorf("closed with %d", code)
			}
			// The stranger has half a minute.
			began := time.Now()
			if code := closing(t, stranger.nc); code != ws.StatusPolicyViolation || time.Since(began) != 30*time.Second {
				t.Errorf("closed with %d after %v", code, time.Since(began))
			}
			c.frame(ws.OpText, strings.Replace(header, "90", "92", 1))
			c.frame(ws.OpBinary, strings.Repeat("x", room/2))
			expect(t, c.reply(92), `{"event":"pong"}`)
		},
		"a stranger leaves": func(t *testing.T) {
			srv := start(t, impatient, narrow)
			c := guest(t, srv)
			for range 3 {
				stranger := connect(t, srv)
				half(t, stranger.nc, sendFile, room)
				_ = stranger.nc.Close()
				synctest.Wait()
			}
			c.frame(ws.OpText, header)
			c.frame(ws.OpBinary, strings.Repeat("x", room))
			expect(t, c.reply(90), `{"event":"pong"}`)
		},
		"in fragments": func(t *testing.T) {
			srv := start(t, impatient, narrow)
			c := guest(t, srv)
			c.frame(ws.OpText, header)
			for i := range 300 {
				op := ws.OpContinuation
				if i == 0 {
					op = ws.OpBinary
				}
				if err := ws.WriteFrame(c.nc, ws.MaskFrame(ws.NewFrame(op, i == 299, make([]byte, 1000)))); err != nil {
					t.Fatal(err)
				}
			}
			expect(t, c.reply(90), `{"event":"error","error_type":"internal"}`)
			c.frame(ws.OpText, strings.Replace(header, "90", "91", 1))
			c.frame(ws.OpBinary, strings.Repeat("x", room))
			expect(t, c.reply(91), `{"event":"pong"}`)
		},
		"many parts": func(t *testing.T) {
			srv := start(t, impatient, narrow)
			c := guest(t, srv)
			c.frame(ws.OpText, strings.Replace(header, `"frames":1`, `"frames":50`, 1))
			for range 50 {
				c.frame(ws.OpBinary, strings.Repeat("x", 10_000))
			}
			expect(t, c.reply(90), `{"event":"error","error_type":"internal"}`)
			expect(t, c.call(`{"action":"ping"}`), `{"event":"pong"}`)
		},
		"there is no hurry for what is short": func(t *testing.T) {
			srv := start(t, narrow, func(c *server.Config) { c.Stall = 5 * time.Second })
			c := guest(t, srv)
			half(t, c.nc, header, 1000)
			time.Sleep(20 * time.Second)
			if _, err := io.WriteString(c.nc, "x"); err != nil {
				t.Fatal(err)
			}
			expect(t, c.reply(90), `{"event":"pong"}`)
		},
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
	}
}
