package server_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/server"
)

// pipes is a listener for connections in memory that a server is given to serve.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case nc := <-p.conns:
		return nc, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.done); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	p.conns <- far
	return near, nil
}

// A poll is answered also when that takes longer than closing the listener by which it
// came.
func TestShutdownAnswersPolls(t *testing.T) {
	for name, test := range map[string]struct {
		patience time.Duration
		answer   string
	}{
		"in time":  {time.Minute, "[]"},
		"too late": {time.Second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := start(t)
				ln := pipes{make(chan net.Conn), make(chan struct{})}
				served := make(chan error)
				go func() { served <- srv.Serve(t.Context(), ln) }()
				c := newPollClient(t, srv)
				transport := &http.Transport{DialContext: ln.dial}
				defer transport.CloseIdleConnections()
				c.http.Transport = transport
				c.createSession("")
				srv.Faults().Delay(server.Match{UserID: c.userID}, 10*time.Second)
				answer := c.pollLater()
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), test.patience)
				defer cancel()
				if err := srv.Shutdown(ctx); (err != nil) != (test.answer == "") {
					t.Errorf("Shutdown: %v", err)
				}
				if err := <-served; err != nil {
					t.Errorf("Serve: %v", err)
				}
				if text := <-answer; text != test.answer {
					t.Errorf("got %q, want %q", text, test.answer)
				}
			})
		})
	}
}

// Two calls of Shutdown at the same time both return.
func TestShutdownTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		c := guest(t, srv)
		done := make(chan error)
		for range 2 {
			go func() { done <- srv.Shutdown(t.Context()) }()
			synctest.Wait()
		}
		_ = c.ended()
		_ = c.nc.Close()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

// Closing doesn't wait until clients have what they have coming, not even those that have
// said good-bye.
func TestCloseAtOnce(t *testing.T) {
	for name, hold := range map[string]func(server.Faults){
		"who doesn't read": func(server.Faults) {},
		"who is held up":   func(f server.Faults) { f.Delay(server.Match{}, 30*time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := start(t)
				c := guest(t, srv)
				hold(srv.Faults())
				c.frame(ws.OpClose, string(ws.NewCloseFrameBody(ws.StatusNormalClosure, "")))
				synctest.Wait()
				if n := srv.Stats().Connections; n != 0 {
					t.Errorf("there are %d connections", n)
				}
				began := time.Now()
				if err := srv.Close(); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took != 0 {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}
