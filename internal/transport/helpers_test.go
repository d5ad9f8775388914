package transport_test

import (
	"context"
	"crypto/fips140"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/internal/transport"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// backend is a server of the tests' own: it announces hosts, and accepts
// WebSockets.
type backend struct {
	*httptest.Server
	discoveries atomic.Int32
	// hosts are what is announced; discover replaces that, and socket what is
	// done with a WebSocket, which is nothing but closing it when the other side
	// does.
	hosts    []string
	discover http.HandlerFunc
	socket   func(net.Conn)
	// requests are those for WebSockets.
	requests chan *http.Request
}

// newBackend makes a server; start starts it.
func newBackend(t *testing.T) *backend {
	b := &backend{requests: make(chan *http.Request, 100)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2/endpoint", func(w http.ResponseWriter, r *http.Request) {
		b.discoveries.Add(1)
		if b.discover != nil {
			b.discover(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"hosts": b.hosts})
	})
	mux.HandleFunc("GET /v2/socket", func(w http.ResponseWriter, r *http.Request) {
		b.requests <- r
		var conn net.Conn
		var err error
		fips140.WithoutEnforcement(func() { conn, _, _, err = ws.UpgradeHTTP(r, w) })
		if err != nil {
			t.Errorf("handshake: %v", err)
			return
		}
		defer conn.Close()
		if b.socket != nil {
			b.socket(conn)
		}
		_, _ = io.Copy(io.Discard, conn)
	})
	b.Server = httptest.NewUnstartedServer(mux)
	b.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(b.Close)
	return b
}

// start starts the server, which announces itself unless it was told otherwise.
func (b *backend) start() *backend {
	b.Start()
	if b.hosts == nil {
		b.hosts = []string{b.host()}
	}
	return b
}

func (b *backend) host() string { return b.Listener.Addr().String() }

// linger is how long connections may go on writing. Only a test with a clock of
// its own waits for that.
const linger = time.Minute

// dialer makes a Dialer that discovers at an address.
func dialer(address string) *transport.Dialer {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return &transport.Dialer{
		Address: u,
		Dial:    (&net.Dialer{}).DialContext,
		Mode:    transport.SocketOnly,
		Limits:  wire.DefaultLimits(),
		Timeout: time.Minute,
		Linger:  linger,
	}
}

// connect connects, and closes the connection when the test ends.
func connect(t *testing.T, d *transport.Dialer) transport.Conn {
	t.Helper()
	conn, err := d.Connect(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(conn) })
	return conn
}

func shut(conn transport.Conn) {
	conn.Close()
	conn.Wait()
}

// answering makes a dial function to somebody who reads a request to its end,
// then answers with a text and waits for the other side to hang up.
func answering(t *testing.T, answer string) func(context.Context, string, string) (net.Conn, error) {
	return piped(t, func(conn net.Conn) {
		readRequest(conn)
		_, _ = io.WriteString(conn, answer)
		_, _ = io.Copy(io.Discard, conn)
	})
}

// readRequest reads a request without a body.
func readRequest(conn net.Conn) {
	var last [4]byte
	for string(last[:]) != "\r\n\r\n" {
		copy(last[:], last[1:])
		if _, err := conn.Read(last[3:]); err != nil {
			return
		}
	}
}

// piped makes a dial function to a goroutine that serves the other end of a
// pipe.
func piped(t *testing.T, serve func(net.Conn)) func(context.Context, string, string) (net.Conn, error) {
	var served sync.WaitGroup
	t.Cleanup(served.Wait)
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		gone := make(chan struct{})
		served.Go(func() {
			defer theirs.Close()
			serve(&peer{theirs, gone})
		})
		return &noticed{Conn: ours, hangUp: sync.OnceFunc(func() { close(gone) })}, nil
	}
}

// peer is the end of a pipe that a test serves. gone is closed when the other
// end has been closed, for those who don't read.
type peer struct {
	net.Conn
	gone <-chan struct{}
}

// noticed is a connection that tells when it is closed.
type noticed struct {
	net.Conn
	hangUp func()
}

func (c *noticed) Close() error {
	defer c.hangUp()
	return c.Conn.Close()
}

// countOpen counts the connections of a dialer that are open.
func countOpen(d *transport.Dialer) *atomic.Int32 {
	open := new(atomic.Int32)
	dial := d.Dial
	d.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		open.Add(1)
		return &noticed{Conn: conn, hangUp: sync.OnceFunc(func() { open.Add(-1) })}, nil
	}
	return open
}

// block waits until the other side has hung up, without reading.
func block(conn net.Conn) { <-conn.(*peer).gone }

// pipe connects to a peer at the other end of a pipe, after the handshake.
func pipe(t *testing.T, serve func(net.Conn)) transport.Conn {
	t.Helper()
	d := dialer("http://peer.test")
	d.Direct = true
	d.Dial = piped(t, func(conn net.Conn) {
		if _, err := upgrade(conn); err != nil {
			t.Errorf("handshake: %v", err)
			return
		}
		serve(conn)
	})
	conn, err := d.Connect(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// frame makes a frame of a server.
func frame(op ws.OpCode, payload string) []byte {
	return wire.Encoder{}.AppendFrame(nil, op, []byte(payload))
}

// event makes the frames of an event with one payload part.
func event(id, payload string) []byte {
	return append(frame(ws.OpText, `{"event":"e","frames":1,"event_id":`+id+`}`), frame(ws.OpText, payload)...)
}

// transmit has a message written.
func transmit(conn interface {
	Queue(*wire.Outgoing)
	Flush(bool)
}, o *wire.Outgoing) {
	conn.Queue(o)
	conn.Flush(false)
}

// receive receives one message, or none.
func receive(conn transport.Conn) ([]*wire.Message, error) {
	m, err := conn.Receive()
	if m == nil {
		return nil, err
	}
	return []*wire.Message{m}, err
}

// upgrade does the part of a server in the handshake of a WebSocket. Its digest is
// allowed where only what FIPS 140-3 has is, as it keeps nothing secure.
func upgrade(conn io.ReadWriter) (handshake ws.Handshake, err error) {
	return upgradeBy(ws.Upgrader{}, conn)
}

// upgradeBy is like upgrade, in a way of its own.
func upgradeBy(upgrader ws.Upgrader, conn io.ReadWriter) (handshake ws.Handshake, err error) {
	fips140.WithoutEnforcement(func() { handshake, err = upgrader.Upgrade(conn) })
	return handshake, err
}
