package server

import (
	"context"
	"net"
	"sync"
)

// DialContext connects to the server within the process, without the network.
// It has the form that http.Transport and WebSocket dialers want; network and
// address are ignored. There is no TLS, whatever the configuration says. Within
// a testing/synctest bubble, such connections are part of the bubble.
func (s *Server) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	ln, err := s.memoryListener()
	if err != nil {
		return nil, err
	}
	return ln.dial(ctx)
}

// memoryListener starts the listener for connections within the process when it
// is needed first.
func (s *Server) memoryListener() (*memoryListener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, net.ErrClosed
	}
	if s.memory == nil {
		s.memory = newMemoryListener()
		web := s.newHTTPServer()
		s.webs[web] = struct{}{}
		s.serving.Add(1)
		go func() {
			defer s.serving.Done()
			_ = web.Serve(s.memory)
		}()
	}
	return s.memory, nil
}

// memoryListener hands over the other ends of pipes.
type memoryListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newMemoryListener() *memoryListener {
	return &memoryListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *memoryListener) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- ours:
		return theirs, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for a connection.
func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case nc := <-l.conns:
		return nc, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close ends the listener.
func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr is an address in name only.
func (l *memoryListener) Addr() net.Addr { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "memory" }
