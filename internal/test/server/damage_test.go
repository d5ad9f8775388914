package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/internal/test/fuzzing"
	"github.com/ninchat-community/ninchat/server"
)

// Messages beyond a limit are refused, with their action_id, and the connection
// goes on.
func TestTooLong(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) {
		c.Limits.Parts, c.Limits.Part, c.Limits.Payload, c.Limits.Header = 4, 1000, 2000, 4000
	})
	send := `{"action":"send_message","channel_id":"$channel","message_type":"x"}`
	long, half := strings.Repeat("x", 1001), strings.Repeat("x", 900)
	w.run([]step{
		{"bert", send, []string{long}, `{"error_type":"message_part_too_long"}`},
		{"bert", send, []string{"", long, ""}, `{"error_type":"message_part_too_long"}`},
		{"bert", send, []string{half, half, half}, `{"error_type":"message_too_long"}`},
		{"bert", send, []string{"1", "2", "3", "4", "5"}, `{"error_type":"message_has_too_many_parts"}`},
		{"bert", `{"action":"update_user"}`, []string{long}, `{"error_type":"payload_part_too_long"}`},
		{"bert", `{"action":"update_user"}`, []string{"1", "2", "3", "4", "5"}, `{"error_type":"payload_has_too_many_parts"}`},
		{"bert", send, []string{half, half}, `{"event":"message_received"}`},
	})
	w.clients["anna"].wait("message_received")
	w.clients["anna"].quiet()
}

// When the rest isn't worth reading, the connection ends, with the reason and
// the action_id if there was one.
func TestMuchTooLong(t *testing.T) {
	limits := func(c *serverConfig) {
		c.Limits.Parts, c.Limits.Part, c.Limits.Payload, c.Limits.Header = 4, 1000, 2000, 1000
	}
	for _, test := range []struct {
		name, header string
		payload      []string
		want         string
	}{
		{"header", `{"action":"ping","x":"` + strings.Repeat("x", 2000) + `"}`, nil, `{"error_type":"message_too_long"}`},
		{"count", `{"action":"send_message","action_id":7,"frames":1000000}`, nil, `{"error_type":"message_has_too_many_parts","action_id":7}`},
		{"part", `{"action":"send_message","action_id":8,"frames":1}`, []string{strings.Repeat("x", 10_000)}, `{"error_type":"message_part_too_long","action_id":8}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			srv := start(t, limits)
			c, other := guest(t, srv), guest(t, srv)
			go func() { // as the server may stop reading
				frames := []ws.Frame{ws.NewTextFrame([]byte(test.header))}
				for _, part := range test.payload {
					frames = append(frames, ws.NewBinaryFrame([]byte(part)))
				}
				for _, frame := range frames {
					_ = ws.WriteFrame(c.nc, ws.MaskFrame(frame))
				}
			}()
			e := c.read()
			expect(t, e, test.want)
			expect(t, e, `{"event_id":"<absent>"}`)
			if err, ok := c.ended().(closedError); !ok || err.code != ws.StatusMessageTooBig {
				t.Errorf("got %v", err)
			}
			other.quiet()
			c.again(srv).quiet()
		})
	}
}

// Bytes that make no sense end the connection, and nothing else.
func TestMalformedBytes(t *testing.T) {
	frame := func(f ws.Frame) string {
		text, err := ws.CompileFrame(f)
		if err != nil {
			panic(err)
		}
		return string(text)
	}
	masked := func(text string) string { return frame(ws.MaskFrame(ws.NewTextFrame([]byte(text)))) }
	for name, bytes := range map[string]string{
		"no JSON":            masked(`nonsense`),
		"cut JSON":           masked(`{"action":"ping"`),
		"array":              masked(`[]`),
		"null":               masked(`null`),
		"trailing text":      masked(`{"action":"ping"} x`),
		"no action":          masked(`{}`),
		"empty action":       masked(`{"action":""}`),
		"number as action":   masked(`{"action":1}`),
		"two actions":        masked(`{"action":"ping","action":"ping"}`),
		"negative action_id": masked(`{"action":"ping","action_id":-1}`),
		"float action_id":    masked(`{"action":"ping","action_id":1.5}`),
		"huge action_id":     masked(`{"action":"ping","action_id":9223372036854775808}`),
		"string event_id":    masked(`{"action":"ping","event_id":"1"}`),
		"negative frames":    masked(`{"action":"ping","frames":-1}`),
		"not UTF-8":          masked("{\"action\":\"p\xff\"}"),
		"nested too deeply":  masked(`{"action":"ping","x":` + strings.Repeat("[", 100_000) + `}`),
		"not masked":         frame(ws.NewTextFrame([]byte(`{"action":"ping"}`))),
		"reserved bits":      "\xf1\x80\x00\x00\x00\x00",
		"unknown opcode":     "\x83\x80\x00\x00\x00\x00",
		"unknown control":    "\x8b\x80\x00\x00\x00\x00",
		"long control":       "\x89\xfe\x00\x7e\x00\x00\x00\x00",
		"cut control":        "\x09\x80\x00\x00\x00\x00",
		"continuation":       "\x80\x80\x00\x00\x00\x00",
		"interrupted":        "\x01\x81\x00\x00\x00\x00{\x81\x80\x00\x00\x00\x00",
		"negative length":    "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00",
		"HTTP":               "GET / HTTP/1.1\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			c, other := guest(t, srv), guest(t, srv)
			go func() { _, _ = c.nc.Write([]byte(bytes)) }()
			e := c.read()
			expect(t, e, `{"event":"error","event_id":"<absent>"}`)
			if kind := e.text("error_type"); kind != "request_malformed" && kind != "message_too_long" {
				t.Errorf("got %v", e)
			}
			if err, ok := c.ended().(closedError); !ok {
				t.Errorf("got %v", err)
			}
			other.quiet()
			c.again(srv).quiet()
		})
	}
}

// A frame in pieces is a frame.
func TestFragments(t *testing.T) {
	c := guest(t, start(t))
	piece := func(op ws.OpCode, final bool, text string) {
		if err := ws.WriteFrame(c.nc, ws.MaskFrame(ws.NewFrame(op, final, []byte(text)))); err != nil {
			t.Fatal(err)
		}
	}
	piece(ws.OpBinary, false, `{"act`)
	piece(ws.OpPong, true, "")
	piece(ws.OpContinuation, false, `ion":"ping"`)
	piece(ws.OpContinuation, true, `,"action_id":5}`)
	expect(t, c.read(), `{"event":"pong","action_id":5}`)
}

// A newline at the end of the header, which one client sends, does no harm.
func TestNewline(t *testing.T) {
	c := guest(t, start(t))
	c.frame(ws.OpText, "{\"action\":\"ping\",\"action_id\":1}\n")
	expect(t, c.read(), `{"event":"pong"}`)
}

// A client without session that doesn't read what it asks for is given up.
func TestSessionlessFlood(t *testing.T) {
	srv := start(t)
	c := connect(t, srv)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 100_000 {
			header := fmt.Appendf(nil, `{"action":"describe_conn","action_id":%d}`, i+1)
			if ws.WriteFrame(c.nc, ws.MaskFrame(ws.NewTextFrame(header))) != nil {
				return
			}
			if srv.Stats().Connections == 0 {
				return
			}
			if i == 1000 {
				return
			}
		}
	}()
	<-done
	// 64 answers may wait beside the up to 64 that are being written; the next
	// one ends the connection.
	if actions := srv.Stats().Actions; actions > 2*64+1 {
		t.Errorf("%d actions were done", actions)
	}
}

func FuzzConnection(f *testing.F) {
	fuzzing.Onward(f)
	session := mustCompile(`{"action":"create_session","message_types":["*"]}`)
	// The session isn't among the bytes: what is long takes the fuzzer very long to
	// minimize.
	f.Add(false, session)
	f.Add(true, mustCompile(`{"action":"create_channel","action_id":1}`))
	f.Add(true, mustCompile(`{"action":"send_message","message_type":"x","frames":1}`, "z"))
	f.Add(true, mustCompile(`{"action":"load_history","user_id":"x"}`))
	f.Add(false, []byte("\x89\x80\x00\x00\x00\x00\x88\x80\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, withSession bool, bytes []byte) {
		if len(bytes) > maxFuzzed {
			return
		}
		if withSession {
			bytes = append(session[:len(session):len(session)], bytes...)
		}
		srv := start(t, func(c *server.Config) { c.Limits.Header = 10_000 })
		other := guest(t, srv)
		c := connect(t, srv)
		go func() {
			_, _ = c.nc.Write(bytes)
			_ = ws.WriteFrame(c.nc, ws.MaskFrame(ws.NewCloseFrame(nil)))
			_ = c.nc.Close()
		}()
		for err := error(nil); err == nil; {
			_, err = readFrame(c.nc)
		}
		other.quiet()
	})
}

// maxFuzzed is how long bytes are that are worth it.
const maxFuzzed = 256

// mustCompile makes the frames of an action.
func mustCompile(header string, payload ...string) (bytes []byte) {
	frames := []ws.Frame{ws.NewTextFrame([]byte(header))}
	for _, part := range payload {
		frames = append(frames, ws.NewBinaryFrame([]byte(part)))
	}
	for _, frame := range frames {
		text, err := ws.CompileFrame(ws.MaskFrame(frame))
		if err != nil {
			panic(err)
		}
		bytes = append(bytes, text...)
	}
	return bytes
}
