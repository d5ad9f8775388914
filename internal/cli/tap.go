package cli

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gobwas/ws"
)

// wireLine is a message that went over a connection.
type wireLine struct {
	// Who is the client.
	Who string `json:"who"`
	// Way is "sent", "received", or "lost" for the end of a connection.
	Way     string         `json:"way"`
	Request string         `json:"request,omitzero"`
	Header  jsontext.Value `json:"header,omitzero"`
	// Payload is what follows the header, as in the output of listen.
	Payload jsontext.Value `json:"payload,omitzero"`
}

// tape has what went over the connections of several clients.
type tape struct {
	mu    sync.Mutex
	lines []wireLine
}

func (t *tape) add(line wireLine) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, line)
}

// take returns what is new.
func (t *tape) take() []wireLine {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := t.lines
	t.lines = nil
	return lines
}

// dial makes network connections whose traffic is taped.
func (t *tape) dial(who string) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &tap{
			Conn: conn,
			who:  who,
			tape: t,
			up:   listenIn{who: who, way: "sent", tape: t},
			down: listenIn{who: who, way: "received", tape: t},
		}, nil
	}
}

// tap is a network connection that is listened in on.
type tap struct {
	net.Conn
	who  string
	tape *tape

	mu       sync.Mutex
	up, down listenIn
	closed   bool
}

// Write notes what it is about to write: afterwards the answer might have been
// noted before it.
func (c *tap) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.up.feed(p)
	c.mu.Unlock()
	n, err := c.Conn.Write(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noteEnd(err)
	return n, err
}

// Read notes what it has read.
func (c *tap) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down.feed(p[:n])
	c.noteEnd(err)
	return n, err
}

// noteEnd notes that the connection is gone, whoever notices it first: whoever
// writes closes it then. c.mu is locked.
func (c *tap) noteEnd(err error) {
	if err != nil && c.up.socket && !c.closed {
		c.tape.add(wireLine{Who: c.who, Way: "lost"})
		c.closed = true
	}
}

// Close notes that the end is wanted.
func (c *tap) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	return c.Conn.Close()
}

// listenIn makes sense of one direction of a connection: first HTTP, then, if
// that was a handshake, WebSocket frames.
type listenIn struct {
	who, way string
	tape     *tape
	// buffer is what hasn't made sense yet.
	buffer []byte
	// talked says that the HTTP part is over, and socket that it was a
	// handshake.
	talked, socket bool
	// fragments are the beginning of a message of several frames.
	fragments []byte
	// header is waiting for missing payload parts.
	header  jsontext.Value
	parts   [][]byte
	missing int
}

func (l *listenIn) feed(p []byte) {
	l.buffer = append(l.buffer, p...)
	if !l.talked && !l.http() {
		return
	}
	for l.socket && l.frame() {
	}
}

// http reads the head of a request or an answer. It returns false if there must
// be more of it.
func (l *listenIn) http() bool {
	head, rest, complete := bytes.Cut(l.buffer, []byte("\r\n\r\n"))
	if !complete {
		return false
	}
	first, _, _ := strings.Cut(string(head), "\r\n")
	l.talked = true
	l.socket = strings.HasPrefix(first, "GET /v2/socket") || strings.Contains(first, " 101 ")
	line := wireLine{Who: l.who, Way: l.way, Request: strings.TrimSuffix(first, " HTTP/1.1")}
	if jsontext.Value(rest).IsValid() && !l.socket {
		line.Header = compact(rest)
	}
	l.tape.add(line)
	l.buffer = bytes.Clone(rest)
	return true
}

// frame takes a frame from the buffer. It returns false if there must be more
// of it.
func (l *listenIn) frame() bool {
	reader := bytes.NewReader(l.buffer)
	header, err := ws.ReadHeader(reader)
	if err != nil || int64(reader.Len()) < header.Length {
		return false
	}
	at := len(l.buffer) - reader.Len()
	data := bytes.Clone(l.buffer[at : at+int(header.Length)])
	l.buffer = l.buffer[at+int(header.Length):]
	if header.Masked {
		ws.Cipher(data, header.Mask, 0)
	}
	if header.OpCode.IsControl() {
		return true
	}
	l.fragments = append(l.fragments, data...)
	if header.Fin {
		data, l.fragments = l.fragments, nil
		l.message(data)
	}
	return true
}

// message takes a header or a payload part.
func (l *listenIn) message(data []byte) {
	switch {
	case l.missing > 0:
		l.parts = append(l.parts, data)
		l.missing--
	case len(data) == 0:
		return
	default:
		var envelope struct {
			Frames int `json:"frames"`
		}
		_ = json.Unmarshal(data, &envelope)
		l.header, l.parts, l.missing = data, nil, envelope.Frames
	}
	if l.missing == 0 {
		l.tape.add(wireLine{Who: l.who, Way: l.way, Header: redacted(l.header, nil), Payload: payloadJSON(l.parts)})
	}
}

// isChatter reports whether a line is of no interest for the story: pings, and
// acknowledgements, which may come at any time.
func (w *wireLine) isChatter() bool {
	var header struct {
		Action    string `json:"action"`
		Event     string `json:"event"`
		SessionID string `json:"session_id"`
	}
	if json.Unmarshal(w.Header, &header) != nil {
		return false
	}
	return header.Action == "ping" || header.Event == "pong" || header.Action == "resume_session" && header.SessionID == ""
}
