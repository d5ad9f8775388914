package transport

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// Mode says how a [Dialer] chooses between WebSockets and long polling.
type Mode uint8

// The modes.
const (
	// Auto prefers a WebSocket, and takes long polling where there can be none.
	Auto Mode = iota
	// SocketOnly never polls.
	SocketOnly
	// PollOnly always polls.
	PollOnly
)

const (
	// maxSilentSockets is how many WebSockets in a row may fail without having
	// been refused, as when nothing ever comes, before long polling is tried.
	maxSilentSockets = 2
	// socketAgain is how long polling that works goes on before a WebSocket is
	// tried again.
	socketAgain = 10 * time.Minute
)

// choice is what the Dialer remembers for choosing.
type choice struct {
	// last is the connection that was made last, nil if none.
	last *watched
	// silent counts the WebSockets in a row that failed without having been
	// refused.
	silent int
	// socketAt is when a WebSocket is tried again though polling works.
	socketAt time.Time
	// refusal is why there was no WebSocket.
	refusal error
}

// watched is a connection that remembers whether it brought anything.
type watched struct {
	Conn
	works atomic.Bool
}

// Receive remembers what it returns.
func (w *watched) Receive() (*wire.Message, error) {
	m, err := w.Conn.Receive()
	if m != nil && !w.works.Load() {
		w.works.Store(true)
	}
	return m, err
}

// Polls reports whether events are fetched from a connection by long polling.
func Polls(conn Conn) bool {
	if w, ok := conn.(*watched); ok {
		conn = w.Conn
	}
	_, ok := conn.(*poll)
	return ok
}

// handshakeError says that a host could be reached, but not by a WebSocket.
type handshakeError struct{ err error }

func (e *handshakeError) Error() string { return e.err.Error() }

func (e *handshakeError) Unwrap() error { return e.err }

// connect connects to a host in the way that is chosen.
func (d *Dialer) connect(ctx context.Context, host string) (Conn, error) {
	if d.Mode == PollOnly {
		return d.watch(d.poll(host)), nil
	}
	pollWorks := d.review()
	if d.Mode == Auto && d.polls(pollWorks) {
		return d.fallBack(host), nil
	}
	attempt, cancel := context.WithTimeoutCause(ctx, d.Timeout, errTimeout)
	defer cancel()
	conn, err := d.socket(attempt, host)
	if err == nil {
		return d.watch(conn), nil
	}
	if ctx.Err() != nil {
		// That it was given up says nothing about the host.
		return nil, fmt.Errorf("connect to %s: %w", host, context.Cause(ctx))
	}
	refused := d.refused(attempt, err)
	err = fmt.Errorf("connect to %s: %w", host, because(attempt, err))
	d.choice.refusal = err
	if d.Mode == Auto && d.pollsInstead(err, refused, pollWorks) {
		d.choice.socketAt = time.Now().Add(socketAgain)
		return d.fallBack(host), nil
	}
	return nil, err
}

// review looks at what became of the connection before. It reports whether that
// was one for long polling that worked.
func (d *Dialer) review() (pollWorks bool) {
	c := &d.choice
	if c.last == nil {
		return false
	}
	works := c.last.works.Load()
	if Polls(c.last) {
		pollWorks = works
	} else if works {
		c.silent = 0
	} else {
		c.silent++
	}
	c.last = nil
	return pollWorks
}

// polls reports whether not to try a WebSocket at all.
func (d *Dialer) polls(pollWorks bool) bool {
	c := &d.choice
	if pollWorks {
		return time.Now().Before(c.socketAt)
	}
	if c.silent < maxSilentSockets {
		return false
	}
	c.socketAt = time.Now().Add(socketAgain)
	return true
}

// pollsInstead reports whether to poll after a WebSocket has failed. Polling that works
// goes on, whatever it was that failed. Otherwise a server that asks to be left alone is
// left alone: it may be about all requests.
func (d *Dialer) pollsInstead(err error, refused, pollWorks bool) bool {
	if pollWorks {
		return refused || d.choice.silent > 0
	}
	return RetryAfter(err) == 0 && (refused || d.choice.silent >= maxSilentSockets)
}

// refused reports whether an error is somebody's refusal to open a WebSocket.
// Failures that may be one are counted.
func (d *Dialer) refused(ctx context.Context, err error) bool {
	handshake, ok := errors.AsType[*handshakeError](err)
	if !ok {
		return false
	}
	status, answered := errors.AsType[*StatusError](handshake.err)
	switch {
	case answered && status.isPassing():
	case answered, ctx.Err() == nil && isProtocolError(handshake.err):
		return true
	}
	d.choice.silent++
	return false
}

// fallBack makes a connection for long polling. It is given up when a WebSocket
// is to be tried again.
func (d *Dialer) fallBack(host string) Conn {
	d.choice.silent = 0
	p := d.poll(host)
	p.until = d.choice.socketAt
	p.requester.refusal = d.choice.refusal
	return d.watch(p)
}

func (d *Dialer) watch(conn Conn) Conn {
	w := &watched{Conn: conn}
	d.choice.last = w
	return w
}
