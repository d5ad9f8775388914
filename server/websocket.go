package server

import (
	"net/http"

	"github.com/gobwas/ws"
)

// subprotocol is selected when it is offered. No published client offers it.
const subprotocol = "ninchat.com"

// socket turns a request into a WebSocket connection. Extensions such as
// compression are declined.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	if !s.originAllowed(r) {
		http.Error(w, "origin not allowed", http.StatusForbidden)
		return
	}
	if s.hub.full() {
		http.Error(w, "too many connections", http.StatusServiceUnavailable)
		return
	}
	upgrader := ws.HTTPUpgrader{
		Timeout:  s.config.Stall,
		Protocol: func(name string) bool { return name == subprotocol },
	}
	nc, rw, _, err := upgrader.Upgrade(r, w)
	if err != nil {
		s.hub.log.Debug("handshake failed", "error", err)
		if nc != nil {
			_ = nc.Close()
		}
		return
	}
	// What the client has sent beyond the handshake is in the buffer already.
	early := make([]byte, rw.Reader.Buffered())
	_, _ = rw.Reader.Read(early)
	c := s.hub.admit(nc, early, s.base(r))
	if c == nil {
		_ = nc.Close()
		return
	}
	// The goroutine of the request ends here, and lets go of its buffers.
	go c.serve()
}

func (h *hub) full() bool {
	h.lock()
	defer h.unlock()
	return h.closed || h.leaving || len(h.conns) >= h.config.Limits.Connections
}
