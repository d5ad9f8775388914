package session_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/gobwas/ws/wsutil"

	"github.com/ninchat-community/ninchat"
)

// scriptedServer is a server that says what a test wants it to say, however
// wrong that is.
type scriptedServer struct {
	t *testing.T
	// created is the header of session_created; there is a default.
	created string
	// script is called after create_session was answered, or resume_session was
	// received, with a function that sends frames.
	script func(conn net.Conn, frame func(format string, args ...any))
	// stallAfter, if not 0, is the number of frames after which nothing is read
	// any more.
	stallAfter int

	mu    sync.Mutex
	conns []net.Conn
	tasks sync.WaitGroup
	// received are the headers and parts that came.
	received []string
}

func (s *scriptedServer) config() ninchat.Config {
	return ninchat.Config{Address: "http://scripted.test", Direct: true, Proxy: noProxy, Dial: s.dial, DiscardEvents: true}
}

func (s *scriptedServer) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	s.mu.Lock()
	s.conns = append(s.conns, far)
	s.mu.Unlock()
	s.tasks.Go(func() { s.serve(far) })
	return near, nil
}

// close ends the connections.
func (s *scriptedServer) close() {
	s.mu.Lock()
	for _, conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.tasks.Wait()
}

func (s *scriptedServer) serve(conn net.Conn) {
	if s.stallAfter == 0 {
		defer conn.Close()
	}
	if _, err := upgrade(conn); err != nil {
		return
	}
	frame := func(format string, args ...any) {
		_ = wsutil.WriteServerText(conn, []byte(fmt.Sprintf(format, args...)))
	}
	for n := 1; ; n++ {
		text, _, err := wsutil.ReadClientData(conn)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.received = append(s.received, string(text))
		s.mu.Unlock()
		if n == 1 {
			if created := s.created; created != "" {
				frame("%s", created)
			} else {
				frame(`{"event":"session_created","event_id":1,"session_id":"s","user_id":"u","user_auth":"a"}`)
			}
			if s.script != nil {
				s.script(conn, frame)
			}
		}
		if n == s.stallAfter {
			return
		}
	}
}
