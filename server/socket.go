package server

import (
	"bufio"
	"bytes"
	"crypto/fips140"
	"net"
	"net/http"
	"time"

	"github.com/gobwas/ws"
)

// subprotocol is selected when it is offered. No published client offers it.
const subprotocol = "ninchat.com"

// socket turns a request into a WebSocket connection. Extensions such as
// compression are declined.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	if !s.admits(w, r) {
		return
	}
	if s.hub.full() {
		http.Error(w, "too many connections", http.StatusServiceUnavailable)
		return
	}
	upgrader := ws.HTTPUpgrader{Protocol: func(name string) bool { return name == subprotocol }}
	shake := &handshake{ResponseWriter: w}
	nc, rw, err := upgrade(&upgrader, r, shake)
	if err != nil {
		s.hub.log.Debug("handshake failed", "error", err)
		if nc != nil {
			_ = s.hub.reply(nc, shake.answer.Bytes())
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
	go c.serve(shake.answer.Bytes())
}

// upgrade does the handshake. Its digest, SHA-1, keeps nothing secure; nothing else
// in there is about cryptography, as the answer is kept back.
func upgrade(upgrader *ws.HTTPUpgrader, r *http.Request, w http.ResponseWriter) (nc net.Conn, rw *bufio.ReadWriter, err error) {
	fips140.WithoutEnforcement(func() { nc, rw, _, err = upgrader.Upgrade(r, w) })
	return nc, rw, err
}

// handshake keeps the answer to a handshake back: when the client gets it, the
// connection is one that everybody knows of.
type handshake struct {
	http.ResponseWriter
	answer bytes.Buffer
}

// Hijack implements [http.Hijacker].
func (s *handshake) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := http.NewResponseController(s.ResponseWriter).Hijack()
	if err != nil {
		return nc, rw, err
	}
	return nc, bufio.NewReadWriter(rw.Reader, bufio.NewWriterSize(&s.answer, 512)), nil
}

// reply answers a handshake.
func (h *hub) reply(nc net.Conn, answer []byte) error {
	_ = nc.SetWriteDeadline(h.pulse.Now().Add(h.config.Stall))
	_, err := nc.Write(answer)
	_ = nc.SetWriteDeadline(time.Time{})
	return err
}

func (h *hub) full() bool {
	h.lock()
	defer h.unlock()
	return h.closed || h.leaving || len(h.conns) >= h.config.Limits.Connections
}
