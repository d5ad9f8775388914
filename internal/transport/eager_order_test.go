package transport

import (
	"net"
	"runtime"
	"sync"
	"testing"
)

// heldConn is held up as it writes its first byte.
type heldConn struct {
	net.Conn
	held, release chan struct{}
	mu            sync.Mutex
	written       string
}

func (c *heldConn) Write(p []byte) (int, error) {
	if p[0] == 'a' {
		close(c.held)
		<-c.release
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written += string(p)
	return len(p), nil
}

// TLS may answer the peer, in the goroutine that reads, while the one that writes
// catches up. What it writes comes after what was accepted before: it would be in
// the middle of a record otherwise.
func TestCatchingUpComesFirst(t *testing.T) {
	held := &heldConn{held: make(chan struct{}), release: make(chan struct{})}
	c := &eagerConn{Conn: held, rest: []byte("a")}
	var writing sync.WaitGroup
	writing.Go(func() {
		if err := c.flush(); err != nil {
			t.Error(err)
		}
	})
	<-held.held
	writing.Go(func() {
		if _, err := c.Write([]byte("b")); err != nil {
			t.Error(err)
		}
	})
	// If it doesn't wait, it gets through meanwhile.
	for range 10_000 {
		runtime.Gosched()
	}
	close(held.release)
	writing.Wait()
	if held.written != "ab" {
		t.Errorf("written: %q", held.written)
	}
}
