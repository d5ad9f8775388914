package server_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// dialTCP makes a connection over the network.
func dialTCP(t testing.TB, srv *ninchattest.Server) *client {
	t.Helper()
	dialer := ws.Dialer{TLSConfig: srv.TLSClientConfig()}
	nc, _, _, err := dialer.Dial(context.Background(), strings.Replace(srv.URL(), "http", "ws", 1)+"/v2/socket")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	return &client{t: t, nc: nc}
}

func TestDiscovery(t *testing.T) {
	srv := ninchattest.New(t)
	hosts := `{"hosts":["` + srv.Host() + `"]}`
	for _, test := range []struct {
		name, method, path string
		header             []string
		status             int
		body, contentType  string
	}{
		{"plain", "GET", "", nil, 200, hosts, "application/json"},
		{"host without port", "GET", "", []string{"Host", "ninchat.example"}, 200, `{"hosts":["ninchat.example:80"]}`, "application/json"},
		{"host of version 6", "GET", "", []string{"Host", "[::1]"}, 200, `{"hosts":["[::1]:80"]}`, "application/json"},
		{"jsonp", "GET", "?callback=a.b_1.$c", nil, 200, `a.b_1.$c(` + hosts + `);`, "application/javascript; charset=utf-8"},
		{"jsonp with script", "GET", "?callback=alert(1)", nil, 400, "", "text/plain; charset=utf-8"},
		{"jsonp with markup", "GET", "?callback=%3Cscript%3E", nil, 400, "", "text/plain; charset=utf-8"},
		{"jsonp with line", "GET", "?callback=a%0A", nil, 400, "", "text/plain; charset=utf-8"},
		{"jsonp too long", "GET", "?callback=" + strings.Repeat("a", 65), nil, 400, "", "text/plain; charset=utf-8"},
		{"preflight", "OPTIONS", "", []string{"Origin", "http://localhost:3000", "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "x-user-agent"}, 204, "", ""},
		{"post", "POST", "", nil, 405, "", "text/plain; charset=utf-8"},
		{"put", "PUT", "", nil, 405, "", "text/plain; charset=utf-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			resp, body := request(t, srv, test.method, "/v2/endpoint"+test.path, test.header...)
			if resp.StatusCode != test.status || test.body != "" && body != test.body {
				t.Errorf("got %d %q", resp.StatusCode, body)
			}
			if got := resp.Header.Get("Content-Type"); got != test.contentType {
				t.Errorf("the type is %q", got)
			}
			for name, want := range map[string]string{
				"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "", "X-Content-Type-Options": "nosniff",
			} {
				if got := resp.Header.Get(name); got != want {
					t.Errorf("%s is %q", name, got)
				}
			}
			if test.method == "OPTIONS" {
				if got := resp.Header.Get("Access-Control-Allow-Headers"); !strings.Contains(got, "X-User-Agent") || !strings.Contains(got, "Content-Type") {
					t.Errorf("allowed headers: %q", got)
				}
				if got := resp.Header.Get("Access-Control-Allow-Methods"); got != "GET, POST" {
					t.Errorf("allowed methods: %q", got)
				}
			}
		})
	}
	if resp, _ := request(t, srv, "GET", "/elsewhere"); resp.StatusCode != 404 {
		t.Errorf("got %d", resp.StatusCode)
	}
	if resp, _ := request(t, srv, "GET", "/v2/socket"); resp.StatusCode != 400 {
		t.Errorf("a socket without upgrade: %d", resp.StatusCode)
	}
}

func TestConfiguredHosts(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithConfig(func(c *serverConfig) { c.Hosts = []string{"a:1", "b"} }))
	if _, body := request(t, srv, "GET", "/v2/endpoint"); body != `{"hosts":["a:1","b"]}` {
		t.Errorf("got %s", body)
	}
}

func TestHandshake(t *testing.T) {
	srv := start(t)
	for _, test := range []struct{ name, header, want, unwanted string }{
		{"plain", "", "HTTP/1.1 101", "Sec-Websocket-Protocol"},
		{"subprotocol", "Sec-WebSocket-Protocol: ninchat.com\r\n", "Sec-WebSocket-Protocol: ninchat.com\r\n", ""},
		{"one of several subprotocols", "Sec-WebSocket-Protocol: a, ninchat.com, b\r\n", "Sec-WebSocket-Protocol: ninchat.com\r\n", ""},
		{"another subprotocol", "Sec-WebSocket-Protocol: other\r\n", "HTTP/1.1 101", "Sec-WebSocket-Protocol"},
		{"compression", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n", "HTTP/1.1 101", "Sec-WebSocket-Extensions"},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer := handshake(t, srv, "GET /v2/socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"+test.header+"\r\n")
			if !strings.Contains(answer, test.want) || test.unwanted != "" && strings.Contains(answer, test.unwanted) {
				t.Errorf("got %s", answer)
			}
		})
	}
	for _, broken := range []string{
		"GET /v2/socket HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"POST /v2/socket HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
		"GET /v2/socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 12\r\n\r\n",
	} {
		if answer := handshake(t, srv, broken); !strings.HasPrefix(answer, "HTTP/1.1 4") {
			t.Errorf("%q: got %q", broken, answer)
		}
	}
}

// handshake sends a request, and returns the header of the answer.
func handshake(t *testing.T, srv *ninchattest.Server, request string) string {
	t.Helper()
	nc, err := srv.DialContext(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	go func() { _, _ = nc.Write([]byte(request)) }()
	reader := bufio.NewReader(nc)
	var answer strings.Builder
	for {
		line, err := reader.ReadString('\n')
		answer.WriteString(line)
		if err != nil || line == "\r\n" {
			return answer.String()
		}
	}
}

// Frames that come with the handshake are not lost.
func TestEarlyFrames(t *testing.T) {
	srv := ninchattest.New(t)
	nc, err := net.Dial("tcp", srv.Host())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	request := []byte("GET /v2/socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n")
	frame, err := ws.CompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte(`{"action":"create_session","message_types":[]}`))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Write(append(request, frame...)); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(nc)
	for line := ""; line != "\r\n"; {
		if line, err = reader.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readFrame(reader)
	if err != nil || !strings.Contains(string(got.Payload), "session_created") {
		t.Errorf("got %s, %v", got.Payload, err)
	}
}

// When a client has got the answer to its handshake, everybody knows of the connection.
func TestConnectionsAreKnown(t *testing.T) {
	srv := start(t, func(c *serverConfig) { c.Limits.Connections = 1 })
	for i := range 200 {
		c := connect(t, srv)
		answer := handshake(t, srv, "GET /v2/socket HTTP/1.1\r\nHost: x\r\n\r\n")
		if n := srv.Stats().Connections; n != 1 || !strings.HasPrefix(answer, "HTTP/1.1 503") {
			t.Fatalf("connection %d: there are %d, another one is answered by %q", i, n, answer)
		}
		if n := srv.Faults().Cut(server.Match{}); n != 1 {
			t.Fatalf("connection %d: %d were cut", i, n)
		}
		_ = c.ended()
		eventually(t, func() bool { return srv.Stats().Connections == 0 })
	}
}

func TestTooManyConnections(t *testing.T) {
	srv := start(t, func(c *serverConfig) { c.Limits.Connections = 1 })
	// Once it has a session, it has been counted, too.
	guest(t, srv)
	answer := handshake(t, srv, "GET /v2/socket HTTP/1.1\r\nHost: x\r\n\r\n")
	if !strings.HasPrefix(answer, "HTTP/1.1 503") {
		t.Errorf("got %s", answer)
	}
}

func TestTLS(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithTLS())
	c := dialTCP(t, srv)
	c.createSession(`,"message_types":[]`)
	c.quiet()
	resp, body := request(t, srv, "GET", "/v2/endpoint")
	if resp.ProtoMajor != 1 || !strings.Contains(body, srv.Host()) {
		t.Errorf("got %s %s", resp.Proto, body)
	}
	// HTTP/2 is never selected.
	config := srv.TLSClientConfig()
	config.NextProtos = []string{"h2", "http/1.1"}
	nc, err := tls.Dial("tcp", srv.Host(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if got := nc.ConnectionState().NegotiatedProtocol; got != "http/1.1" {
		t.Errorf("negotiated %q", got)
	}
	// Nor does the server speak without TLS, or to those who don't trust it.
	if _, err := tls.Dial("tcp", srv.Host(), &tls.Config{ServerName: "localhost"}); err == nil {
		t.Error("a certificate that nobody knows was trusted")
	}
	// With localhost as the name, and version 6 of the protocol, it is fine too.
	config = srv.TLSClientConfig()
	config.ServerName = "localhost"
	nc, err = tls.Dial("tcp", srv.Host(), config)
	if err != nil {
		t.Fatal(err)
	}
	_ = nc.Close()
}

// Everything that the server has to say fits into HTTP: the WebSocket handler
// can be part of somebody else's server.
func TestHandler(t *testing.T) {
	srv := start(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: srv.Handler()}
	done := make(chan struct{})
	go func() { defer close(done); _ = web.Serve(ln) }()
	nc, _, _, err := ws.Dial(t.Context(), fmt.Sprintf("ws://%s/v2/socket", ln.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, nc: nc}
	c.createSession(`,"message_types":[]`)
	c.quiet()
	_ = nc.Close()
	_ = web.Close()
	<-done
}
