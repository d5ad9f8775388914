package transport

import (
	"net"
	"sync"
	"sync/atomic"
	"syscall"
)

// eagerConn is a network connection whose Write can be told not to wait: what the
// kernel doesn't take at once is kept, to be written by somebody who may wait. It
// sits below TLS, so that encrypting and writing a message takes no goroutine of
// its own in the usual case.
//
// TLS may write in the goroutine that reads, so several may write at a time. They
// take turns, and wait for each other only if TLS would have them wait anyway.
type eagerConn struct {
	net.Conn
	// turn is held by whoever writes.
	turn sync.Mutex
	raw  syscall.RawConn
	// attempt is used by Write, and run is its method: making them anew for each
	// Write would cost allocations.
	attempt attempt
	run     func(fd uintptr) (done bool)
	// eager says that Write mustn't wait. Only the writing goroutine may, while
	// it runs: TLS writes something of its own now and then, whoever reads.
	eager atomic.Bool

	mu sync.Mutex
	// rest is what has been accepted but not written.
	rest []byte
}

// attempt is to write without waiting.
type attempt struct {
	text    []byte
	written int
	err     error
}

// newEagerConn returns nil if conn can't be written to without waiting.
func newEagerConn(conn net.Conn) *eagerConn {
	holder, ok := conn.(syscall.Conn)
	if !ok || !canWriteNow {
		return nil
	}
	raw, err := holder.SyscallConn()
	if err != nil {
		return nil
	}
	c := &eagerConn{Conn: conn, raw: raw}
	c.run = c.attempt.run
	return c
}

// Write writes everything, or at least takes it if it mustn't wait.
func (c *eagerConn) Write(p []byte) (int, error) {
	c.turn.Lock()
	defer c.turn.Unlock()
	if !c.eager.Load() {
		if err := c.writeRest(); err != nil {
			return 0, err
		}
		return c.Conn.Write(p)
	}
	written := 0
	if !c.behind() {
		var err error
		if written, err = c.try(p); err != nil {
			return written, err
		}
	}
	if written < len(p) {
		c.mu.Lock()
		c.rest = append(c.rest, p[written:]...)
		c.mu.Unlock()
	}
	return len(p), nil
}

// try writes as much as the kernel takes at once.
func (c *eagerConn) try(p []byte) (written int, err error) {
	c.attempt = attempt{text: p}
	err = c.raw.Write(c.run)
	written = c.attempt.written
	if err == nil {
		err = c.attempt.err
	}
	c.attempt.text = nil
	return written, err
}

// behind reports whether something is left to be written by flush.
func (c *eagerConn) behind() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.rest) > 0
}

// flush writes what is left, and waits for it.
func (c *eagerConn) flush() error {
	c.turn.Lock()
	defer c.turn.Unlock()
	return c.writeRest()
}

// writeRest does what flush does. c.turn is locked.
func (c *eagerConn) writeRest() error {
	c.mu.Lock()
	rest := c.rest
	c.rest = nil
	c.mu.Unlock()
	if len(rest) == 0 {
		return nil
	}
	_, err := c.Conn.Write(rest)
	return err
}
