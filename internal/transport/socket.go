package transport

import (
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// socket is a [Conn] over a WebSocket. It has no goroutine while it is idle: the
// one that writes is started when there is something to write, and ends when
// everything has been written.
type socket struct {
	conn net.Conn
	// eager is the connection below conn, nil if it always waits.
	eager   *eagerConn
	reader  *wire.Reader
	encoder wire.Encoder
	// linger is how long Close may go on writing.
	linger time.Duration
	// writers counts those who write.
	writers sync.WaitGroup

	mu sync.Mutex
	// out is what waits to be written. spare is a used buffer, to become out.
	out, spare []byte
	// writing says that somebody writes: one at a time.
	writing bool
	// complete says that nothing may be added to out: a close frame is its end,
	// or writing failed.
	complete bool
	// closed says that Close was called, and overdue what happens if writing
	// takes too long then.
	closed  bool
	overdue *time.Timer
	// failed is why writing failed.
	failed error
}

const (
	// keepBuffer is the largest buffer that is kept for the next message.
	keepBuffer = 1 << 10
	// maxPongs is how much may wait to be written for pongs to be added: a peer
	// that pings without reading gets no more of them.
	maxPongs = 64 << 10
)

func newSocket(conn net.Conn, eager *eagerConn, limits wire.Limits, linger time.Duration) *socket {
	s := &socket{conn: conn, eager: eager, linger: linger, encoder: wire.Encoder{Mask: rand.Uint32}}
	s.reader = wire.NewReader(conn, wire.Client, limits, s.control)
	s.wait(false)
	return s
}

// Queue encodes the message.
func (s *socket) Queue(o *wire.Outgoing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.complete {
		s.out = s.encoder.AppendAction(s.out, o)
	}
}

// Flush writes without waiting if it can, and leaves the rest to the writing
// goroutine.
func (s *socket) Flush(hurry bool) {
	out := s.takeHurried(hurry)
	if out == nil {
		return
	}
	defer s.writers.Done()
	_, err := s.conn.Write(out)
	s.written(out, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = false
	if len(s.out) > 0 || s.failed != nil || s.closed || s.eager.behind() {
		s.write()
	}
}

// takeHurried returns what the caller must write, without waiting, and then count
// itself out. It returns nil if there is nothing, or it is for somebody else.
func (s *socket) takeHurried(hurry bool) (out []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(s.out) == 0 || s.writing:
		return nil
	case !hurry || s.eager == nil || s.complete:
		s.write()
		return nil
	}
	s.writing = true
	s.writers.Add(1)
	out, s.out, s.spare = s.out, s.spare[:0], nil
	return out
}

// write starts the writing goroutine unless it runs. s.mu is locked.
func (s *socket) write() {
	if s.writing {
		return
	}
	s.writing = true
	s.writers.Go(s.writeAll)
}

// writeAll writes until there is nothing left to be written. Whatever comes
// while it writes is written next, in one go. In the end it closes the
// connection, if that was asked for or writing failed.
func (s *socket) writeAll() {
	s.wait(true)
	s.catchUp()
	for {
		out, end := s.takeOut()
		if len(out) > 0 {
			_, err := s.conn.Write(out)
			s.written(out, err)
			continue
		}
		if end != nil {
			end()
		}
		return
	}
}

// wait says whether writing may wait.
func (s *socket) wait(may bool) {
	if s.eager != nil {
		s.eager.eager.Store(!may)
	}
}

// catchUp writes what a hurried Flush has left.
func (s *socket) catchUp() {
	if s.eager == nil {
		return
	}
	if err := s.eager.flush(); err != nil {
		s.written(nil, err)
	}
}

// takeOut returns what is to be written now. If there is nothing, the writing
// goroutine must do what end says, if it isn't nil, and end.
func (s *socket) takeOut() (out []byte, end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.out) > 0 && s.failed == nil {
		out, s.out, s.spare = s.out, s.spare[:0], nil
		return out, nil
	}
	s.writing = false
	s.wait(false)
	switch {
	case s.failed != nil:
		s.out, s.spare = nil, nil
		if s.overdue != nil {
			s.overdue.Stop()
		}
		return nil, s.abort
	case s.closed:
		return nil, s.hangUp
	}
	return nil, nil
}

// hangUp closes the connection. [tls.Conn.Close] says goodbye to the peer first,
// and might wait for it: s.overdue ends that.
func (s *socket) hangUp() {
	_ = s.conn.Close()
	s.overdue.Stop()
}

// abort closes the connection without waiting for the peer.
func (s *socket) abort() {
	conn := s.conn
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	_ = conn.Close()
}

func (s *socket) written(out []byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.failed, s.complete = err, true
	}
	if cap(out) > 0 && cap(out) <= keepBuffer {
		s.spare = out
	}
}

// Receive reads a message.
func (s *socket) Receive() (*wire.Message, error) {
	m, err := s.reader.Next()
	if err != nil {
		return nil, s.cause(err)
	}
	return m, nil
}

// cause prefers the error that led to closing the connection to the one that
// reading from a closed connection gives. What the peer said comes first.
func (s *socket) cause(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, byPeer := errors.AsType[*wire.CloseError](err)
	switch {
	case byPeer:
		return err
	case s.failed != nil:
		return s.failed
	case s.closed:
		return errConnClosed
	}
	return err
}

// control answers pings and closes.
func (s *socket) control(op ws.OpCode, payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.complete || len(s.out) > maxPongs {
		return
	}
	switch op {
	case ws.OpPing:
		s.out = s.encoder.AppendFrame(s.out, ws.OpPong, payload)
	case ws.OpClose:
		s.out = s.encoder.AppendFrame(s.out, ws.OpClose, normalClosure)
		s.complete = true
	default:
		return
	}
	s.write()
}

// Close lets the writing goroutine finish, but not for long.
func (s *socket) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	if !s.complete {
		s.out = s.encoder.AppendFrame(s.out, ws.OpClose, normalClosure)
		s.complete = true
	}
	// Reading must end now, writing soon.
	_ = s.conn.SetReadDeadline(time.Unix(1, 0))
	s.overdue = time.AfterFunc(s.linger, s.abort)
	s.write()
}

// normalClosure is close code 1000.
var normalClosure = []byte{0x03, 0xe8}

// Wait waits for the writing goroutine.
func (s *socket) Wait() { s.writers.Wait() }
