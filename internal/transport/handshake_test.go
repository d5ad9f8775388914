package transport_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/internal/transport"
)

func TestHandshakeRequest(t *testing.T) {
	b := newBackend(t).start()
	d := dialer(b.URL)
	d.Header = http.Header{"User-Agent": {"test/1"}}
	conn := connect(t, d)
	r := <-b.requests
	if r.URL.String() != "/v2/socket" || r.Host != b.host() || r.Header.Get("User-Agent") != "test/1" {
		t.Errorf("%s at %s, header %v", r.URL, r.Host, r.Header)
	}
	if got := r.Header.Get("Sec-WebSocket-Protocol"); got != "ninchat.com" {
		t.Errorf("subprotocol %q was asked for", got)
	}
	if got := r.Header.Get("Sec-WebSocket-Extensions"); got != "" {
		t.Errorf("extension %q was asked for", got)
	}
	// The server has selected no subprotocol, which is fine.
	shut(conn)
}

func TestDefect14Subprotocol(t *testing.T) {
	for selected, ok := range map[string]bool{"ninchat.com": true, "": true, "chat": false} {
		d := dialer("http://peer.test")
		d.Direct = true
		d.Dial = piped(t, func(conn net.Conn) {
			u := ws.Upgrader{Header: ws.HandshakeHeaderString("")}
			if selected != "" {
				u.Header = ws.HandshakeHeaderString("Sec-WebSocket-Protocol: " + selected + "\r\n")
			}
			_, _ = upgradeBy(u, conn)
			_, _ = io.Copy(io.Discard, conn)
		})
		conn, err := d.Connect(t.Context(), false)
		if (err == nil) != ok {
			t.Errorf("subprotocol %q: %v", selected, err)
		}
		if err == nil {
			shut(conn)
		}
	}
}

func TestDefect11HandshakeStatus(t *testing.T) {
	for _, code := range []int{200, 301, 401, 403, 404, 429, 500, 502, 503} {
		b := newBackend(t)
		b.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
		b.start()
		d := dialer(b.URL)
		d.Direct = true
		_, err := d.Connect(t.Context(), false)
		status, ok := errors.AsType[*transport.StatusError](err)
		if !ok || status.Code != code || !strings.Contains(err.Error(), "connect to "+b.host()) {
			t.Errorf("%d: %v", code, err)
		}
	}
}

func TestHandshakeRefused(t *testing.T) {
	upgraded := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	long := strings.Repeat("X-Long: "+strings.Repeat("x", 100)+"\r\n", 1000)
	for name, test := range map[string]struct{ answer, reason string }{
		"endless header":   {upgraded + long, "too long"},
		"endless line":     {upgraded + "X-Long: " + strings.Repeat("x", 1<<20), "too long"},
		"endless status":   {"HTTP/1.1 " + strings.Repeat("1", 1<<20), "too long"},
		"HTTP/1.0":         {"HTTP/1.0 101 Switching Protocols\r\n\r\n", "handshake"},
		"not HTTP":         {"SSH-2.0-OpenSSH_9.6\r\n", "handshake"},
		"binary":           {"\x15\x03\x01\x00\x02\x02\x0a\r\n\r\n", "handshake"},
		"no key":           {upgraded + "\r\n", "handshake"},
		"the wrong key":    {upgraded + "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n", "handshake"},
		"no colon":         {upgraded + "nonsense\r\n\r\n", "handshake"},
		"an extension":     {upgraded + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", "handshake"},
		"a strange status": {"HTTP/1.1 99999999999999999999 OK\r\n\r\n", "connect"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := dialer("http://peer.test")
				d.Direct = true
				d.Dial = answering(t, test.answer)
				conn, err := d.Connect(t.Context(), false)
				if err == nil {
					shut(conn)
				}
				if err == nil || !strings.Contains(err.Error(), test.reason) || strings.Contains(err.Error(), "timed out") {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

// What the server sends together with its answer isn't lost.
func TestHandshakeWithFrames(t *testing.T) {
	for _, payload := range []string{"small", strings.Repeat("large", 100_000)} {
		d := dialer("http://peer.test")
		d.Direct = true
		d.Dial = piped(t, func(conn net.Conn) {
			if _, err := upgrade(&together{Conn: conn, more: append(event("1", payload), event("2", payload)...)}); err != nil {
				t.Errorf("handshake: %v", err)
			}
			_, _ = io.Copy(io.Discard, conn)
		})
		conn := connect(t, d)
		for id := range int64(2) {
			messages, err := receive(conn)
			if err != nil {
				t.Fatal(err)
			}
			if m := messages[0]; m.EventID != id+1 || string(m.Payload[0]) != payload {
				t.Errorf("message %d: %+v", id, m.Header)
			}
		}
	}
}

// together writes something more with the first write.
type together struct {
	net.Conn
	more []byte
}

func (c *together) Write(p []byte) (int, error) {
	_, err := c.Conn.Write(append(slices.Clone(p), c.more...))
	c.more = nil
	return len(p), err
}

// An attempt to connect ends in time, whatever the peer does.
func TestHandshakeTimesOut(t *testing.T) {
	for name, test := range map[string]struct {
		scheme string
		serve  func(net.Conn)
	}{
		"nothing is read":      {"http", func(conn net.Conn) { block(conn) }},
		"nothing is answered":  {"http", func(conn net.Conn) { readRequest(conn); block(conn) }},
		"half of an answer":    {"http", func(conn net.Conn) { readRequest(conn); _, _ = io.WriteString(conn, "HTTP/1.1 1"); block(conn) }},
		"TLS: nothing is read": {"https", func(conn net.Conn) { block(conn) }},
		"TLS: silence":         {"https", func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }},
		"one byte now and then": {"http", func(conn net.Conn) {
			readRequest(conn)
			for {
				if _, err := io.WriteString(conn, "H"); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := dialer(test.scheme + "://peer.test")
				d.Direct = true
				d.Timeout = 10 * time.Second
				d.Dial = piped(t, test.serve)
				start := time.Now()
				_, err := d.Connect(t.Context(), false)
				if err == nil || !strings.HasSuffix(err.Error(), "timed out") || time.Since(start) != d.Timeout {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start = time.Now()
				_, err = d.Connect(ctx, false)
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
			})
		})
	}
}

func TestTLS(t *testing.T) {
	b := newBackend(t)
	var mu sync.Mutex
	var offered [][]string
	b.TLS = &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		mu.Lock()
		defer mu.Unlock()
		offered = append(offered, hello.SupportedProtos)
		return nil, nil
	}}
	b.socket = func(conn net.Conn) { _, _ = conn.Write(event("1", "hello")) }
	b.EnableHTTP2 = true
	b.StartTLS()
	b.hosts = []string{b.host()}
	roots := x509.NewCertPool()
	roots.AddCert(b.Certificate())
	for name, config := range map[string]*tls.Config{
		"plain":           {RootCAs: roots},
		"made for HTTP/2": {RootCAs: roots, NextProtos: []string{"h2", "http/1.1"}},
		"a server name":   {RootCAs: roots, ServerName: "example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			offered = nil
			before := config.Clone()
			d := dialer(b.URL)
			d.TLS = config
			conn := connect(t, d)
			messages, err := receive(conn)
			if err != nil || string(messages[0].Payload[0]) != "hello" {
				t.Errorf("%v, %v", messages, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if len(offered) != 2 {
				t.Errorf("%d handshakes", len(offered))
			}
			for _, protocols := range offered {
				if slices.Contains(protocols, "h2") {
					t.Errorf("offered %v", protocols)
				}
			}
			if !slices.Equal(config.NextProtos, before.NextProtos) || config.ServerName != before.ServerName {
				t.Error("the caller's configuration was changed")
			}
		})
	}
}

func TestTLSUntrusted(t *testing.T) {
	b := newBackend(t)
	b.StartTLS()
	roots := x509.NewCertPool()
	roots.AddCert(b.Certificate())
	for _, direct := range []bool{false, true} {
		for name, config := range map[string]*tls.Config{
			"no configuration":  nil,
			"no roots":          {RootCAs: x509.NewCertPool()},
			"another host name": {RootCAs: roots, ServerName: "peer.test"},
		} {
			d := dialer(b.URL)
			d.Direct = direct
			d.TLS = config
			_, err := d.Connect(t.Context(), false)
			if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
				t.Errorf("%s, direct %v: %v", name, direct, err)
			}
		}
	}
}

// A server that doesn't speak TLS is recognised.
func TestTLSToPlainServer(t *testing.T) {
	b := newBackend(t).start()
	for _, direct := range []bool{false, true} {
		d := dialer("https://" + b.host())
		d.Direct = direct
		_, err := d.Connect(t.Context(), false)
		if _, ok := errors.AsType[tls.RecordHeaderError](err); !ok {
			t.Errorf("direct %v: %v", direct, err)
		}
	}
}

// The ports are those of the scheme unless the host says otherwise.
func TestPorts(t *testing.T) {
	for address, want := range map[string]string{
		"http://peer.test":        "peer.test:80",
		"https://peer.test":       "peer.test:443",
		"http://peer.test:":       "peer.test:80",
		"https://peer.test:8443":  "peer.test:8443",
		"https://[2001:db8::1]":   "[2001:db8::1]:443",
		"http://[2001:db8::1]:81": "[2001:db8::1]:81",
	} {
		for _, direct := range []bool{false, true} {
			var got string
			d := dialer(address)
			d.Direct = direct
			refused := errors.New("refused")
			d.Dial = func(_ context.Context, network, address string) (net.Conn, error) {
				got = network + " " + address
				return nil, refused
			}
			if _, err := d.Connect(t.Context(), false); !errors.Is(err, refused) {
				t.Errorf("%s: %v", address, err)
			}
			if got != "tcp "+want {
				t.Errorf("%s, direct %v: dialled %s", address, direct, got)
			}
		}
	}
}

func TestStatusError(t *testing.T) {
	for code, want := range map[int]string{404: "unexpected HTTP status 404 Not Found", 599: "unexpected HTTP status 599"} {
		if got := (&transport.StatusError{Code: code}).Error(); got != want {
			t.Errorf("%q", got)
		}
	}
}
