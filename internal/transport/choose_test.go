package transport_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/internal/test/deserted"
	"github.com/ninchat-community/ninchat/internal/transport"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// site is a host that can be reached by long polling always, and by a WebSocket
// as the test wants.
type site struct {
	t *testing.T
	// socket serves a connection whose first request was for a WebSocket.
	socket  func(conn net.Conn)
	sockets atomic.Int32
	// actions counts the requests that weren't polls.
	actions atomic.Int32
	served  sync.WaitGroup
	dialer  *transport.Dialer
}

func newSite(t *testing.T, socket func(net.Conn)) *site {
	s := &site{t: t, socket: socket}
	s.dialer = dialer("http://site.test")
	s.dialer.Direct, s.dialer.Mode = true, transport.Auto
	s.dialer.Timeout = 10 * time.Second
	s.dialer.Dial = func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		s.served.Go(func() { s.serve(far) })
		return near, nil
	}
	t.Cleanup(s.served.Wait)
	return s
}

func (s *site) serve(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		if r.URL.Path == "/v2/socket" {
			s.sockets.Add(1)
			s.socket(conn)
			return
		}
		text, _ := io.ReadAll(r.Body)
		answer := `[{"event":"e"}]`
		if !strings.Contains(string(text), `"resume_session"`) {
			answer = `[]`
			s.actions.Add(1)
		}
		_, err = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: "+itoa(len(answer))+"\r\n\r\n"+answer)
		if err != nil {
			return
		}
	}
}

func itoa(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

// attempt connects, and ends the connection, after something has come by it if
// it is to work.
func (s *site) attempt(works bool) (polls bool) {
	s.t.Helper()
	conn, err := s.dialer.Connect(s.t.Context(), false)
	if err != nil {
		s.t.Logf("attempt: %v", err)
		return false
	}
	defer shut(conn)
	polls = transport.Polls(conn)
	transmit(conn, &wire.Outgoing{Name: "resume_session", SessionID: "s"})
	if works {
		mustReceive(s.t, conn)
	}
	return polls
}

func refuse(answer string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, answer)
		_, _ = io.Copy(io.Discard, conn)
	}
}

const (
	forbidden = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
	stripped  = "HTTP/1.1 101 Switching Protocols\r\n\r\n"
)

// Who refuses a WebSocket is polled at once.
func TestChooseWhenRefused(t *testing.T) {
	for name, answer := range map[string]string{
		"a status":          forbidden,
		"a page":            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
		"upgrade stripped":  stripped,
		"the wrong upgrade": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newSite(t, refuse(answer))
				for range 3 {
					if !s.attempt(true) {
						t.Fatal("not long polling")
					}
				}
				if s.sockets.Load() != 1 {
					t.Fatalf("a WebSocket was tried %d times although polling works", s.sockets.Load())
				}
			})
		})
	}
}

// A host that lets a WebSocket hang may be one of many, or restarting: one such
// failure is no reason yet.
func TestChooseWhenSilent(t *testing.T) {
	for name, socket := range map[string]func(net.Conn){
		"no answer":   func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) },
		"cut":         func(net.Conn) {},
		"no messages": nil,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newSite(t, socket)
				if socket == nil {
					s.dialer.Dial = silentSockets(s)
				}
				attempts := 0
				for !s.attempt(false) {
					if attempts++; attempts > 3 {
						t.Fatal("it never polls")
					}
				}
				if s.sockets.Load() < 2 {
					t.Fatalf("%d WebSockets were tried", s.sockets.Load())
				}
			})
		})
	}
}

// silentSockets accepts WebSockets and never says anything.
func silentSockets(s *site) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		s.sockets.Add(1)
		s.served.Go(func() {
			defer far.Close()
			if _, err := upgrade(far); err == nil {
				_, _ = io.Copy(io.Discard, far)
			}
		})
		return near, nil
	}
}

// A WebSocket is preferred again after a while, and if it can be had then, there
// is no more polling.
func TestChooseSocketAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, refuse(forbidden))
		if !s.attempt(true) {
			t.Fatal("not long polling")
		}
		time.Sleep(9 * time.Minute)
		if !s.attempt(true) || s.sockets.Load() != 1 {
			t.Fatalf("%d WebSockets tried", s.sockets.Load())
		}
		time.Sleep(2 * time.Minute)
		if !s.attempt(true) || s.sockets.Load() != 2 {
			t.Fatalf("still refused: %d WebSockets tried", s.sockets.Load())
		}
		if !s.attempt(true) || s.sockets.Load() != 2 {
			t.Fatalf("right after that: %d WebSockets tried", s.sockets.Load())
		}
		time.Sleep(11 * time.Minute)
		s.dialer.Dial = silentSockets(s)
		if s.attempt(false) {
			t.Fatal("no WebSocket though there can be one")
		}
	})
}

// Polling that works goes on if a WebSocket, tried again, is answered by the wish to be
// left alone. Without it, nobody is polled then.
func TestChooseBusySocket(t *testing.T) {
	bubble(t, func(t *testing.T) {
		answer := forbidden
		s := newSite(t, func(conn net.Conn) { refuse(answer)(conn) })
		if !s.attempt(true) {
			t.Fatal("not long polling")
		}
		answer = "HTTP/1.1 503 Busy\r\nRetry-After: 100\r\nContent-Length: 0\r\n\r\n"
		for n := range int32(3) {
			time.Sleep(10*time.Minute + time.Second)
			if !s.attempt(true) || s.sockets.Load() != n+2 {
				t.Fatalf("not long polling, or %d WebSockets were tried", s.sockets.Load())
			}
		}
		s = newSite(t, refuse(answer))
		if s.attempt(true) {
			t.Fatal("long polling")
		}
	})
}

// Polling that works ends by itself when a WebSocket is to be tried again.
func TestChooseEndsPolling(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, refuse(forbidden))
		conn := connect(t, s.dialer)
		transmit(conn, &wire.Outgoing{Name: "resume_session", SessionID: "s"})
		began := time.Now()
		for {
			if _, err := conn.Receive(); err != nil {
				if d := time.Since(began); d < 10*time.Minute || d > 11*time.Minute || !strings.Contains(err.Error(), "WebSocket") {
					t.Fatalf("after %v: %v", d, err)
				}
				return
			}
			time.Sleep(time.Second)
		}
	})
}

// It doesn't end between an action and its turn, which may be the only one that it
// gets.
func TestChooseEndsPollingAfterActions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, refuse(forbidden))
		conn := connect(t, s.dialer)
		transmit(conn, &wire.Outgoing{Name: "resume_session", SessionID: "s"})
		var received sync.WaitGroup
		received.Go(func() {
			for err := error(nil); err == nil; time.Sleep(time.Second) {
				_, err = conn.Receive()
			}
		})
		time.Sleep(10*time.Minute - time.Second)
		conn.Queue(&wire.Outgoing{Name: "act"})
		time.Sleep(time.Minute)
		conn.Flush(false)
		received.Wait()
		if n := s.actions.Load(); n != 1 {
			t.Errorf("%d actions have come", n)
		}
	})
}

// Polling that doesn't work either isn't what is wanted: a server that restarts
// refuses everything.
func TestChooseDuringRestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, refuse("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"))
		for want := 1; want <= 3; want++ {
			s.attempt(false)
			if int(s.sockets.Load()) != want {
				t.Fatalf("attempt %d: %d WebSockets tried", want, s.sockets.Load())
			}
		}
	})
}

// What can't be reached at all can't be polled.
func TestChooseUnreachable(t *testing.T) {
	d := dialer("http://" + deserted.Address(t))
	d.Direct, d.Mode = true, transport.Auto
	for range 5 {
		if conn, err := d.Connect(t.Context(), false); err == nil {
			t.Fatalf("connected, by long polling: %v", transport.Polls(conn))
		}
	}
}

func TestChooseSocketOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newSite(t, refuse(forbidden))
		s.dialer.Mode = transport.SocketOnly
		for range 4 {
			if _, err := s.dialer.Connect(t.Context(), false); !isStatus(403)(err) {
				t.Fatalf("error is %v", err)
			}
		}
	})
}

// The error of polling says why there is no WebSocket either.
func TestChooseSaysWhy(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := dialer("http://site.test")
		d.Direct, d.Mode = true, transport.Auto
		d.Dial = answering(t, forbidden)
		conn := connect(t, d)
		transmit(conn, &wire.Outgoing{Name: "create_session"})
		_, err := conn.Receive()
		if !isStatus(403)(err) || strings.Count(err.Error(), "403") != 2 {
			t.Fatalf("error is %v", err)
		}
	})
}
