package transport

import (
	"context"
	"sync"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// Link is a connection with a number, from when it is asked for until it is
// closed.
type Link struct {
	// Number is what tells links apart.
	Number int
	// Cancel ends the attempt to connect, and the context of the connection.
	Cancel context.CancelFunc

	mu     sync.Mutex
	change sync.Cond
	conn   Conn
	closed bool
	paused bool
}

// NewLink makes a link.
func NewLink(number int, cancel context.CancelFunc) *Link {
	l := &Link{Number: number, Cancel: cancel}
	l.change.L = &l.mu
	return l
}

// Attach sets the connection. It returns false if the link was closed before.
func (l *Link) Attach(conn Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = conn
	return !l.closed
}

// Close ends the link. It doesn't wait.
func (l *Link) Close() {
	l.Cancel()
	l.mu.Lock()
	conn := l.conn
	l.closed = true
	l.change.Broadcast()
	l.mu.Unlock()
	if conn != nil {
		conn.Close()
	}
}

// Queue takes a message to be written after Flush.
func (l *Link) Queue(o *wire.Outgoing) {
	if conn := l.attached(); conn != nil {
		conn.Queue(o)
	}
}

// Flush has messages written.
func (l *Link) Flush(hurry bool) {
	if conn := l.attached(); conn != nil {
		conn.Flush(hurry)
	}
}

func (l *Link) attached() Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn
}

// Pause stops or restarts reading.
func (l *Link) Pause(paused bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.paused = paused
	l.change.Broadcast()
}

// MayRead waits while reading is paused. It returns false if the link has been
// closed.
func (l *Link) MayRead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.paused && !l.closed {
		l.change.Wait()
	}
	return !l.closed
}
