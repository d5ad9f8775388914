package sqlite

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/server"
)

// BenchmarkSendMessage measures send_message in a session, from the action to its
// reply, with the server's state in memory only and in a file.
func BenchmarkSendMessage(b *testing.B) {
	b.Run("store=none", func(b *testing.B) { sendMessages(b, nil) })
	b.Run("store=sqlite", func(b *testing.B) { sendMessages(b, open(b, filepath.Join(b.TempDir(), "state.db"))) })
}

func sendMessages(b *testing.B, store server.Store) {
	srv, err := server.New(server.Config{Store: store})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = srv.Close() })
	dialer := ws.Dialer{NetDial: srv.DialContext}
	conn, _, _, err := dialer.Dial(b.Context(), "ws://localhost/v2/socket")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	c := &chatter{b, conn}
	c.write(ws.OpText, `{"action":"create_session","message_types":["x"]}`)
	c.await("session_created")
	c.write(ws.OpText, `{"action":"create_channel","action_id":1}`)
	channel := c.await("channel_joined").ChannelID
	for n := 0; b.Loop(); n++ {
		c.write(ws.OpText, fmt.Sprintf(`{"action":"send_message","action_id":%d,"channel_id":%q,"message_type":"x","frames":1}`, n+2, channel))
		c.write(ws.OpBinary, "hello")
		e := c.await("message_received")
		if n%1000 == 999 {
			c.write(ws.OpText, fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, e.EventID))
		}
	}
}

// chatter is a client that does one thing after the other.
type chatter struct {
	b    *testing.B
	conn net.Conn
}

type header struct {
	Event     string `json:"event"`
	EventID   int64  `json:"event_id"`
	ChannelID string `json:"channel_id"`
}

func (c *chatter) write(kind ws.OpCode, text string) {
	if err := ws.WriteFrame(c.conn, ws.MaskFrameInPlace(ws.NewFrame(kind, true, []byte(text)))); err != nil {
		c.b.Fatal(err)
	}
}

// maxFrame is more than the server sends here.
const maxFrame = 1 << 20

// read returns the payload of the next frame.
func (c *chatter) read() []byte {
	h, err := ws.ReadHeader(c.conn)
	if err != nil {
		c.b.Fatal(err)
	}
	if h.Length > maxFrame {
		c.b.Fatalf("a frame of %d bytes", h.Length)
	}
	payload := make([]byte, h.Length)
	if _, err := io.ReadFull(c.conn, payload); err != nil {
		c.b.Fatal(err)
	}
	return payload
}

// await reads until there is such an event.
func (c *chatter) await(name string) header {
	for {
		payload := c.read()
		if !bytes.HasPrefix(payload, []byte("{")) {
			continue // a payload, or a keep-alive
		}
		var e header
		if err := json.Unmarshal(payload, &e); err != nil {
			c.b.Fatal(err)
		}
		if e.Event == "error" {
			c.b.Fatalf("waiting for %s: %s", name, payload)
		}
		if e.Event == name {
			return e
		}
	}
}
