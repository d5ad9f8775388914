package wire

import (
	"io"
	"strings"
	"testing"

	"github.com/gobwas/ws"
)

// The buffer is small while little arrives, grows when much does, and shrinks
// again.
func TestReaderBufferAdapts(t *testing.T) {
	source := &pieces{}
	r := NewReader(source, Client, DefaultLimits(), func(ws.OpCode, []byte) {})
	keepAlive := string(Encoder{}.AppendFrame(nil, ws.OpBinary, nil))
	read := func(text string, messages int) {
		t.Helper()
		source.pieces = append(source.pieces, text)
		for range messages {
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(r.buffer) != 0 {
		t.Errorf("%d bytes before anything was read", len(r.buffer))
	}
	read(keepAlive, 1)
	if len(r.buffer) != smallBuffer {
		t.Errorf("%d bytes after a keep-alive", len(r.buffer))
	}
	read(strings.Repeat(keepAlive, 100_000), 100_000)
	if len(r.buffer) != largeBuffer {
		t.Errorf("%d bytes after a flood", len(r.buffer))
	}
	for range 10 {
		read(keepAlive, 1)
	}
	if len(r.buffer) != smallBuffer {
		t.Errorf("%d bytes when all is quiet again", len(r.buffer))
	}
}

// A buffer that is half full of something else has room for a frame header.
func TestReaderBufferMoves(t *testing.T) {
	payload := strings.Repeat("x", smallBuffer-4-1)
	text := string(Encoder{}.AppendFrame(nil, ws.OpPing, nil)) +
		string(Encoder{}.AppendFrame(nil, ws.OpText, []byte(`{"event":"e","frames":1,"x":"`+payload[50:]+`"}`))) +
		string(Encoder{}.AppendFrame(nil, ws.OpBinary, []byte(payload)))
	for split := range text {
		r := NewReader(&pieces{pieces: []string{text[:split], text[split:]}}, Client, DefaultLimits(), func(ws.OpCode, []byte) {})
		if m, err := r.Next(); err != nil || len(m.Payload) != 1 || string(m.Payload[0]) != payload {
			t.Fatalf("split at %d: %v, %v", split, m, err)
		}
	}
}

// pieces is a source that gives one piece at a time, as far as it fits.
type pieces struct{ pieces []string }

func (p *pieces) Read(b []byte) (int, error) {
	for len(p.pieces) > 0 && p.pieces[0] == "" {
		p.pieces = p.pieces[1:]
	}
	if len(p.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.pieces[0])
	p.pieces[0] = p.pieces[0][n:]
	return n, nil
}
