package websocket

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"testing"

	"github.com/gobwas/ws"
)

// TestGobwasReadsFragments verifies that fragments make a message and that a
// ping between them is answered.
func TestGobwasReadsFragments(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	client := &gobwasClient{conn: near, input: adaptiveReader{source: near}}

	type message struct{ header, payload string }
	var got message
	received := make(chan error, 1)
	go func() {
		received <- client.Receive(func(header, payload []byte) bool {
			got = message{string(header), string(payload)}
			return false
		})
	}()

	write(t, far, ws.NewFrame(ws.OpText, false, []byte("he")))
	write(t, far, ws.NewPingFrame([]byte("ping")))
	pong, err := ws.ReadHeader(far)
	if err != nil {
		t.Fatal(err)
	}
	body := make([]byte, pong.Length)
	if _, err := io.ReadFull(far, body); err != nil {
		t.Fatal(err)
	}
	ws.Cipher(body, pong.Mask, 0)
	if pong.OpCode != ws.OpPong || !pong.Masked || string(body) != "ping" {
		t.Errorf("the answer to the ping is %+v with %q", pong, body)
	}
	write(t, far, ws.NewFrame(ws.OpContinuation, true, []byte("ader")))
	write(t, far, ws.NewTextFrame([]byte("payload")))
	if err := <-received; err != nil {
		t.Fatal(err)
	}
	if want := (message{"header", "payload"}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestGobwasRefusesFrames verifies that the client enforces the protocol.
func TestGobwasRefusesFrames(t *testing.T) {
	reserved := ws.NewTextFrame(nil)
	reserved.Header.Rsv = ws.Rsv(true, false, false)
	long := ws.NewTextFrame(nil)
	long.Header.Length = MaxFrameSize + 1
	for _, test := range []struct {
		name  string
		frame ws.Frame
		err   error
	}{
		{"masked", ws.MaskFrame(ws.NewTextFrame(nil)), ws.ErrProtocolMaskUnexpected},
		{"reserved bit", reserved, ws.ErrProtocolNonZeroRsv},
		{"continuation of nothing", ws.NewFrame(ws.OpContinuation, true, nil), ws.ErrProtocolContinuationUnexpected},
		{"fragmented ping", ws.NewFrame(ws.OpPing, false, nil), ws.ErrProtocolControlNotFinal},
		{"reserved code", ws.NewFrame(3, true, nil), ws.ErrProtocolOpCodeReserved},
		{"too long", long, errFrameTooLong},
	} {
		t.Run(test.name, func(t *testing.T) {
			input := bytes.NewReader(ws.MustCompileFrame(test.frame))
			client := &gobwasClient{input: adaptiveReader{source: input}}
			if err := client.readWhole(); !errors.Is(err, test.err) {
				t.Errorf("got %v, want %v", err, test.err)
			}
		})
	}
}

// TestAdaptiveReader verifies that the buffer grows and shrinks without a
// change of the bytes.
func TestAdaptiveReader(t *testing.T) {
	bulk := bytes.Repeat([]byte("0123456789"), 10_000)
	little := []byte("little")
	pieces := [][]byte{bulk}
	for range quietReads + 2 {
		pieces = append(pieces, little)
	}
	want := slices.Concat(pieces[1:]...)
	source := &pieceReader{pieces}
	reader := adaptiveReader{source: source}

	got := make([]byte, len(bulk))
	if _, err := io.ReadFull(&reader, got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, bulk) {
		t.Error("the bulk has changed")
	}
	if len(reader.buffer) != largestBuffer {
		t.Errorf("the buffer has %d bytes after the bulk", len(reader.buffer))
	}
	rest, err := io.ReadAll(&reader)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(rest, want) {
		t.Error("the rest has changed")
	}
	if len(reader.buffer) != smallestBuffer {
		t.Errorf("the buffer has %d bytes after little reads", len(reader.buffer))
	}
}

// pieceReader never joins pieces in one read.
type pieceReader struct{ pieces [][]byte }

func (r *pieceReader) Read(p []byte) (int, error) {
	if len(r.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.pieces[0])
	if r.pieces[0] = r.pieces[0][n:]; len(r.pieces[0]) == 0 {
		r.pieces = r.pieces[1:]
	}
	return n, nil
}

func write(t *testing.T, to io.Writer, frame ws.Frame) {
	t.Helper()
	if _, err := to.Write(ws.MustCompileFrame(frame)); err != nil {
		t.Fatal(err)
	}
}
