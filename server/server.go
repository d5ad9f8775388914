package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// Server is a local Ninchat server. Its methods can be called by several
// goroutines.
type Server struct {
	config Config
	hub    *hub
	http   http.Handler
	// pages are those that may use the server, and door is the way to /debug.
	pages *pages
	door  *door

	mu     sync.Mutex
	closed bool
	webs   map[*http.Server]struct{}
	memory *memoryListener
	// serving counts the goroutines that serve listeners.
	serving sync.WaitGroup
}

// New makes a server. It does nothing until it is given connections by
// [Server.Serve], [Server.Handler] or [Server.DialContext]; it must be closed in
// the end. The error says which field of the Config makes no sense.
func New(config Config) (*Server, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{config: config, door: newDoor(config.DebugToken), webs: make(map[*http.Server]struct{})}
	if s.pages, err = newPages(&s.config); err != nil {
		return nil, err
	}
	if s.hub, err = newHub(&s.config); err != nil {
		return nil, err
	}
	s.http = s.handler()
	return s, nil
}

// DebugToken is what requests to /debug need, in a header "Authorization: Bearer" and
// the token: that of [Config.DebugToken], or the one that was made instead.
func (s *Server) DebugToken() api.Secret { return s.config.DebugToken }

// Handler is the HTTP side of the server: discovery, WebSockets, long polling, calls
// without a session, files and icons. It is for those who have an HTTP server of their own; that one must not offer HTTP/2.
func (s *Server) Handler() http.Handler { return s.http }

// ListenAndServe listens to a TCP address and serves it like [Server.Serve]. A
// missing host in the address is 127.0.0.1: to be reached by others, the address
// must say so, as "0.0.0.0:8080" does.
func (s *Server) ListenAndServe(ctx context.Context, address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if host == "" {
		host = "127.0.0.1"
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return err
	}
	return s.Serve(ctx, ln)
}

// Serve accepts connections until ctx ends, the server is closed or accepting
// fails. It closes the listener. The error is nil unless accepting failed.
// Connections that have been accepted go on: see [Server.Shutdown].
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	if s.config.TLS != nil {
		ln = tls.NewListener(ln, onlyHTTP1(s.config.TLS))
	}
	web := s.newHTTPServer()
	if !s.begin(web) {
		_ = ln.Close()
		return nil
	}
	defer s.finish(web)
	stop := context.AfterFunc(ctx, func() { _ = web.Close() })
	defer stop()
	err := web.Serve(ln)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// onlyHTTP1 keeps HTTP/2 out: WebSockets need HTTP/1.1.
func onlyHTTP1(config *tls.Config) *tls.Config {
	config = config.Clone()
	config.NextProtos = []string{"http/1.1"}
	return config
}

func (s *Server) newHTTPServer() *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           s.http,
		Protocols:         protocols,
		ReadHeaderTimeout: s.config.Stall,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(debugWriter{s.hub}, "", 0),
		ConnState:         s.hub.countWeb,
	}
}

// countWeb counts connections, and closes those that are too many.
func (h *hub) countWeb(nc net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if h.webs.Add(1) > int64(h.config.Limits.HTTPConnections) {
			_ = nc.Close()
		}
	case http.StateClosed, http.StateHijacked:
		h.webs.Add(-1)
	}
}

// debugWriter puts what net/http has to say into the log, where it belongs
// below everything else: it is mostly about peers that went away.
type debugWriter struct{ hub *hub }

func (w debugWriter) Write(text []byte) (int, error) {
	// net/http has goroutines that may outlive the server.
	if w.hub.occupy() {
		defer w.hub.active.Done()
		w.hub.log.Debug("http", "message", string(text))
	}
	return len(text), nil
}

func (s *Server) begin(web *http.Server) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.webs[web] = struct{}{}
	s.serving.Add(1)
	return true
}

// finish is called when a listener has ended, and ends what came by it. While the
// server is being shut down, that is let go in the polite way instead.
func (s *Server) finish(web *http.Server) {
	defer s.serving.Done()
	s.mu.Lock()
	closed := s.closed
	if !closed {
		delete(s.webs, web)
	}
	s.mu.Unlock()
	if !closed {
		_ = web.Close()
	}
}

// noMore lets no more listeners be served, and returns those that are.
func (s *Server) noMore() []*http.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return slices.Collect(maps.Keys(s.webs))
}

// Close ends the server at once: listeners, connections and sessions. It waits
// until all goroutines of the server have ended, and can be called again. The error
// says that [Config.Store] has failed, so that the latest changes, of which nobody has
// been told, may be missing. A store that doesn't return is waited for 10 seconds; its
// goroutine then ends when it does.
func (s *Server) Close() error {
	for _, web := range s.noMore() {
		_ = web.Close()
	}
	err := s.hub.close()
	s.serving.Wait()
	return err
}

// Shutdown stops accepting connections, sends the existing ones what they have
// coming and a close frame with code 1001, answers polls and other requests, and
// waits until all are gone. Then,
// or when ctx ends, it does what [Server.Close] does. The error is that of ctx if
// it ended first, else that of Close.
func (s *Server) Shutdown(ctx context.Context) error {
	late, err := s.leave(ctx), s.Close()
	return cmp.Or(late, err)
}

// leave lets clients go in the polite way. The error is that of ctx.
func (s *Server) leave(ctx context.Context) error {
	empty := s.hub.shutdown()
	webs := s.noMore()
	for _, web := range webs {
		if err := web.Shutdown(ctx); err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stats are counts since the server was made, and of what there is now.
type Stats struct {
	// Accepted counts WebSocket connections.
	Accepted uint64
	// Polls counts requests to /v2/poll, and Polled how often sessions began to
	// be polled.
	Polls, Polled uint64
	// Calls counts requests to /v2/call.
	Calls uint64
	// Actions counts actions, including refused and repeated ones.
	Actions uint64
	// Repeats counts actions that weren't done because they had been done
	// before.
	Repeats uint64
	// Events counts events, once for each session that got them.
	Events uint64
	// Resumed counts how often sessions were resumed.
	Resumed uint64
	// SessionsLost counts sessions that timed out, overflowed or were lost by
	// faults.
	SessionsLost uint64

	// Connections, Sessions, Users and Channels are how many there are now, and
	// Polling how many sessions are polled.
	Connections, Polling, Sessions, Users, Channels int
}

// Stats returns the counts.
func (s *Server) Stats() Stats {
	h := s.hub
	h.lock()
	defer h.unlock()
	stats := h.stats
	stats.Connections, stats.Polling, stats.Sessions = len(h.conns), len(h.pollers), len(h.sessions)
	stats.Users, stats.Channels = len(h.users), len(h.channels)
	return stats
}
