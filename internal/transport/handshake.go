//go:build !js

package transport

import (
	"bufio"
	"context"
	"crypto/fips140"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gobwas/ws"
)

// socket opens a WebSocket to a host.
func (d *Dialer) socket(ctx context.Context, host string) (Conn, error) {
	conn, eager, err := d.open(ctx, host)
	if err != nil {
		return nil, err
	}
	// Upgrade knows no context.
	stop := context.AfterFunc(ctx, func() { interrupt(conn) })
	buffered, err := d.upgrade(conn, host)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, &handshakeError{err}
	}
	s := newSocket(conn, eager, d.Limits, d.Linger)
	s.reader.Preload(buffered)
	return s, nil
}

// isProtocolError reports whether err is about what the answer to the handshake
// says: somebody spoke HTTP, but wouldn't have a WebSocket.
func isProtocolError(err error) bool {
	_, rejected := errors.AsType[*ws.ConnectionRejectedError](err)
	return rejected || errors.Is(err, ws.ErrMalformedResponse) ||
		errors.Is(err, ws.ErrHandshakeBadSubProtocol) || errors.Is(err, ws.ErrHandshakeBadExtensions)
}

// upgrade does the WebSocket handshake. It returns what the server has sent
// after it.
func (d *Dialer) upgrade(conn net.Conn, host string) (buffered []byte, err error) {
	var asked time.Duration
	dialer := ws.Dialer{
		Protocols: []string{subprotocol},
		Header:    ws.HandshakeHeaderHTTP(d.Header),
		OnStatusError: func(_ int, _ []byte, answer io.Reader) {
			if response, err := http.ReadResponse(bufio.NewReader(answer), nil); err == nil {
				asked = retryAfter(response.Header)
			}
		},
	}
	// The answer has no limit otherwise.
	answer := &io.LimitedReader{R: conn, N: maxHandshake}
	var br *bufio.Reader
	// The digest of the handshake, SHA-1, keeps nothing secure. Nothing else in there
	// is about cryptography but reading and writing, for which TLS has agreed on all.
	fips140.WithoutEnforcement(func() {
		br, _, err = dialer.Upgrade(struct {
			io.Reader
			io.Writer
		}{answer, conn}, d.url(host, socketPath))
	})
	if err != nil {
		if status, ok := errors.AsType[ws.StatusError](err); ok {
			return nil, &StatusError{int(status), asked}
		}
		if answer.N == 0 {
			err = errTooLong
		}
		return nil, fmt.Errorf("websocket handshake: %w", err)
	}
	if br == nil {
		return nil, nil
	}
	peeked, _ := br.Peek(br.Buffered())
	buffered = append(buffered, peeked...)
	ws.PutReader(br)
	return buffered, nil
}

// maxHandshake is the longest answer to the WebSocket handshake, in bytes.
const maxHandshake = 64 << 10
