package ninchattest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/server"
)

// Server is a local Ninchat server for one test. The methods of
// [server.Server], such as Faults, AddUser, Stats and DialContext, are its own.
type Server struct {
	*server.Server

	authority *server.Authority
	host      string
	inMemory  bool
	clock     *manualClock
}

// Option changes what [New] does.
type Option func(*options)

type options struct {
	config   server.Config
	tls      bool
	inMemory bool
	clock    *manualClock
}

// WithTLS makes the server speak TLS: see [Server.TLSClientConfig].
func WithTLS() Option {
	return func(o *options) { o.tls = true }
}

// InMemory makes the server reachable by DialContext only, not by the network.
// It has to be used within testing/synctest bubbles, and can't be combined with
// [WithTLS].
func InMemory() Option {
	return func(o *options) { o.inMemory = true }
}

// WithConfig lets change change the configuration of the server. OnDefect, and
// TLS if [WithTLS] is used, are set afterwards. The default Logger is the output
// of the test.
func WithConfig(change func(*server.Config)) Option {
	return func(o *options) { change(&o.config) }
}

// New starts a server, which is closed when the test ends. It listens to a port
// of its own on 127.0.0.1, unless it is [InMemory]. The test fails if the server
// sends an event that the API doesn't allow, or panics.
func New(t testing.TB, opts ...Option) *Server {
	t.Helper()
	o := options{config: server.Config{Logger: testLogger(t)}}
	for _, option := range opts {
		option(&o)
	}
	o.config.OnDefect = func(err error) { t.Errorf("the server is defective: %v", err) }
	s := &Server{host: "localhost", inMemory: o.inMemory, clock: o.clock}
	if o.tls {
		if o.inMemory {
			t.Fatal("ninchattest: WithTLS and InMemory can't be combined")
		}
		s.authority = newAuthority(t)
		o.config.TLS = s.authority.TLSConfig()
	}
	s.start(t, o)
	return s
}

// testLogger writes to the output of the test, which is shown if it fails.
func testLogger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func newAuthority(t testing.TB) *server.Authority {
	t.Helper()
	authority, err := server.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	return authority
}

func (s *Server) start(t testing.TB, o options) {
	t.Helper()
	var err error
	if s.Server, err = server.New(o.config); err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	t.Cleanup(func() {
		_ = s.Close()
		<-served
	})
	if o.inMemory {
		close(served)
		return
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		close(served)
		t.Fatal(err)
	}
	s.host = ln.Addr().String()
	go func() {
		defer close(served)
		if err := s.Serve(context.Background(), ln); err != nil {
			t.Errorf("the server ended: %v", err)
		}
	}()
}

// Host is the host and port of the server; for a server in memory, a host name
// that means nothing.
func (s *Server) Host() string { return s.host }

// URL is the address of the server: "http://127.0.0.1:12345", or with https.
func (s *Server) URL() string {
	if s.authority != nil {
		return "https://" + s.host
	}
	return "http://" + s.host
}

// CertPool has the certificate authority that vouches for the server, nil
// without TLS.
func (s *Server) CertPool() *x509.CertPool {
	if s.authority == nil {
		return nil
	}
	return s.authority.Pool()
}

// TLSClientConfig makes a client trust the server, nil without TLS.
func (s *Server) TLSClientConfig() *tls.Config {
	if s.authority == nil {
		return nil
	}
	return &tls.Config{RootCAs: s.authority.Pool(), MinVersion: tls.VersionTLS12}
}

// Transport makes an HTTP transport that reaches the server, and only it if it
// is in memory. The caller closes its idle connections; after 30 seconds without
// use they are closed anyway.
func (s *Server) Transport() *http.Transport {
	transport := &http.Transport{
		TLSClientConfig: s.TLSClientConfig(),
		// Sooner than the server closes them. A POST that goes out just as it does
		// fails, and in virtual time, where a test sleeps a round minute, it does.
		IdleConnTimeout: 30 * time.Second,
	}
	if s.inMemory {
		transport.DialContext = s.DialContext
	}
	return transport
}
