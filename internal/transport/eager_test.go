package transport_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net"
	"slices"
	"testing"

	"github.com/ninchat-community/ninchat/internal/transport"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// A hurried Flush doesn't wait for a peer that doesn't read yet, and what it
// can't write is written later, in order.
func TestHurriedFlush(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(map[bool]string{false: "plain", true: "TLS"}[secure], func(t *testing.T) {
			read := make(chan struct{})
			received := make(chan []string, 1)
			b := newBackend(t)
			b.socket = func(conn net.Conn) {
				<-read
				received <- clientFrames(conn)
			}
			var d *transport.Dialer
			if secure {
				b.StartTLS()
				b.hosts = []string{b.host()}
				roots := x509.NewCertPool()
				roots.AddCert(b.Certificate())
				d = dialer(b.URL)
				d.TLS = &tls.Config{RootCAs: roots}
			} else {
				d = dialer(b.start().URL)
			}
			conn := connect(t, d)
			var want []string
			for i := range 200 {
				part := bytes.Repeat([]byte{'a' + byte(i%26)}, 100_000)
				o := &wire.Outgoing{Name: "ping", ActionID: int64(i + 1), Payload: [][]byte{part}}
				conn.Queue(o)
				conn.Flush(i%7 != 3)
				want = append(want, "1 "+string(o.AppendHeader(nil)), "2 "+string(part))
			}
			conn.Close()
			close(read)
			conn.Wait()
			got := <-received
			if !slices.Equal(got, append(want, closeFrame)) {
				t.Fatalf("%d frames came, or others than were sent", len(got))
			}
		})
	}
}
