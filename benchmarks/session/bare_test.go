package session

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"sync"
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
		if err := b.readFrame(); err != nil {
			tb.Fatal(err)
		}
	}
}

func (b *bareConn) readFrame() error {
	h, err := ws.ReadHeaderBuffer(b.reader, b.scratch[:])
	if err != nil {
		return err
	}
	if int(h.Length) > cap(b.contents) {
		b.contents = make([]byte, h.Length)
	}
	_, err = io.ReadFull(b.reader, b.contents[:h.Length])
	return err
}

// bareCaller lets many goroutines share a bare connection. Replies are matched
// by their order.
type bareCaller struct {
	*bareConn
	tb    testing.TB
	mu    sync.Mutex
	work  *sync.Cond
	calls []chan struct{}
	spare []byte
	done  bool
}

func dialBareCaller(tb testing.TB) *bareCaller {
	c := &bareCaller{bareConn: dialBare(tb), tb: tb}
	c.work = sync.NewCond(&c.mu)
	var wg sync.WaitGroup
	wg.Go(c.write)
	wg.Go(c.read)
	tb.Cleanup(func() {
		c.mu.Lock()
		c.done = true
		c.work.Broadcast()
		c.mu.Unlock()
		_ = c.conn.Close()
		wg.Wait()
	})
	return c
}

var ready = sync.Pool{New: func() any { return make(chan struct{}, 1) }}

func (c *bareCaller) call(parts ...[]byte) {
	reply := ready.Get().(chan struct{})
	c.mu.Lock()
	c.queue(parts...)
	c.calls = append(c.calls, reply)
	c.work.Signal()
	c.mu.Unlock()
	<-reply
	ready.Put(reply)
}

// write writes whatever has been queued, in one go.
func (c *bareCaller) write() {
	for {
		c.mu.Lock()
		for len(c.out) == 0 && !c.done {
			c.work.Wait()
		}
		out := c.out
		c.out, c.spare = c.spare[:0], nil
		done := c.done
		c.mu.Unlock()
		if done {
			return
		}
		if _, err := c.conn.Write(out); err != nil {
			return
		}
		c.spare = out
	}
}

func (c *bareCaller) read() {
	for frame := 0; c.readFrame() == nil; frame++ {
		if frame%2 == 0 {
			continue // a header; the payload comes next
		}
		c.mu.Lock()
		reply := c.calls[0]
		c.calls = c.calls[1:]
		c.mu.Unlock()
		reply <- struct{}{}
	}
}
