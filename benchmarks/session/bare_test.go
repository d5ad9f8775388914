package session

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"testing"

	"github.com/gobwas/ws"
)

// bareConn is a connection that copies bytes in and out of frames and does
// nothing else.
type bareConn struct {
	conn     *tls.Conn
	reader   *bufio.Reader
	scratch  [ws.MaxHeaderSize]byte
	contents []byte
	out      []byte
}

func dialBare(tb testing.TB) *bareConn {
	tb.Helper()
	dialer := tls.Dialer{Config: clientTLS(tb)}
	conn, err := dialer.DialContext(context.Background(), "tcp", standIn.Address)
	if err != nil {
		tb.Fatal(err)
	}
	wsDialer := ws.Dialer{}
	if _, _, err := wsDialer.Upgrade(conn, mustURL("ws://"+standIn.Address+"/v2/socket")); err != nil {
		tb.Fatal(err)
	}
	b := &bareConn{conn: conn.(*tls.Conn), reader: bufio.NewReaderSize(conn, 4096)}
	tb.Cleanup(func() { _ = conn.Close() })
	b.queue(header(130, `{"action":"create_session"`))
	b.flush(tb)
	b.receive(tb, 1)
	return b
}

// queue adds the frames of a message to what is written next.
func (b *bareConn) queue(parts ...[]byte) {
	for _, part := range parts {
		b.out = appendMasked(b.out, part)
	}
}

func appendMasked(dst, part []byte) []byte {
	mask := ws.NewMask()
	switch {
	case len(part) <= 125:
		dst = append(dst, 0x81, 0x80|byte(len(part)))
	default:
		dst = append(dst, 0x81, 0x80|126, byte(len(part)>>8), byte(len(part)))
	}
	dst = append(dst, mask[:]...)
	start := len(dst)
	dst = append(dst, part...)
	ws.Cipher(dst[start:], mask, 0)
	return dst
}

func (b *bareConn) flush(tb testing.TB) {
	if _, err := b.conn.Write(b.out); err != nil {
		tb.Fatal(err)
	}
	b.out = b.out[:0]
}

// receive reads frames.
func (b *bareConn) receive(tb testing.TB, frames int) {
	for range frames {
		h, err := ws.ReadHeaderBuffer(b.reader, b.scratch[:])
		if err != nil {
			tb.Fatal(err)
		}
		if int(h.Length) > cap(b.contents) {
			b.contents = make([]byte, h.Length)
		}
		if _, err := io.ReadFull(b.reader, b.contents[:h.Length]); err != nil {
			tb.Fatal(err)
		}
	}
}
