package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// Dialer makes the connections of one session. It isn't safe for concurrent use.
type Dialer struct {
	// Address is where hosts are discovered: its scheme is http or https. Its path,
	// if it has one, comes before those of the API at its own host, and at no other.
	Address *url.URL
	// Direct says that Address is connected to itself, without discovery.
	Direct bool
	// TLS is the configuration for https addresses; nil means the default.
	TLS *tls.Config
	// Dial makes network connections.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Proxy chooses a proxy for a request, nil if there is none.
	Proxy func(*http.Request) (*url.URL, error)
	// HTTPClient does the HTTP requests. If it is nil, they are done by means of
	// Dial, Proxy and TLS, over network connections that nothing else uses.
	HTTPClient *http.Client
	// Mode says how to choose between WebSockets and long polling.
	Mode Mode
	// Header is added to HTTP requests.
	Header http.Header
	// Limits bounds what the server may send.
	Limits wire.Limits
	// Timeout bounds discovery, and each attempt to connect to a host.
	Timeout time.Duration
	// Trace is told of what happens.
	Trace Trace
	// Panicked is told of the panics of Dial, Proxy, and the functions of TLS and
	// HTTPClient, those of the bodies of its answers among them, each of which is an error of the connection. It may be nil, and may
	// be called by any goroutine.
	Panicked func(value any, stack []byte)
	// Linger is how long a closed connection may go on writing.
	Linger time.Duration

	// hosts are those that haven't been tried since they were discovered.
	hosts []string
	// preferred is the host to be used next; last the one used last.
	preferred, last string
	choice          choice
	// pollClient is what the Dialer is called when it polls, and pollConns counts
	// the connections for that.
	pollClient string
	pollConns  uint64
}

// socketPath is where WebSockets are accepted.
const socketPath = "/v2/socket"

// subprotocol is what the reference has clients ask for.
const subprotocol = "ninchat.com"

// Prefer makes the next connection go to a host first: the server asked for it.
func (d *Dialer) Prefer(host string) {
	if checkHost(host) == nil {
		d.preferred = host
	}
}

// Again makes the next connection go to the host that the last one went to.
func (d *Dialer) Again() { d.preferred = d.last }

// Connect connects to the next host. If there is none left, or rediscover is
// set, hosts are discovered first.
func (d *Dialer) Connect(ctx context.Context, rediscover bool) (Conn, error) {
	host, err := d.nextHost(ctx, rediscover)
	if err != nil {
		return nil, err
	}
	done := d.Trace.connect(host)
	conn, err := guard(d.Panicked, func() (Conn, error) { return d.connect(ctx, host) })
	done(err == nil && Polls(conn), err)
	if err != nil {
		return nil, err
	}
	d.last = host
	return conn, nil
}

var (
	errTimeout = errors.New("timed out")
	errTooLong = errors.New("the answer is too long")
)

// because prefers the reason for which ctx ended to the error that it led to.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (d *Dialer) nextHost(ctx context.Context, rediscover bool) (string, error) {
	if d.Direct {
		return d.Address.Host, nil
	}
	preferred := d.preferred
	d.preferred = ""
	if preferred != "" && !rediscover {
		return preferred, nil
	}
	if rediscover || len(d.hosts) == 0 {
		done := d.Trace.discovery()
		hosts, err := d.discover(ctx)
		done(hosts, err)
		if err != nil {
			return "", fmt.Errorf("discover hosts at %s: %w", d.Address.Host, err)
		}
		d.hosts = hosts
	}
	host := d.hosts[0]
	d.hosts = d.hosts[1:]
	return host, nil
}

// secure reports whether connections use TLS.
func (d *Dialer) secure() bool { return d.Address.Scheme == "https" }

// open makes a network connection to a host, with TLS if the address wants it.
// It also returns what is below TLS, if that can be written to without waiting.
func (d *Dialer) open(ctx context.Context, host string) (net.Conn, *eagerConn, error) {
	conn, err := d.openPlain(ctx, d.withPort(host))
	if err != nil {
		return nil, nil, err
	}
	eager := newEagerConn(conn)
	if eager != nil {
		conn = eager
	}
	if !d.secure() {
		return conn, eager, nil
	}
	secured := tls.Client(conn, d.tlsConfig(host))
	done := d.Trace.tls(host)
	_, err = guard(d.Panicked, func() (struct{}, error) { return struct{}{}, secured.HandshakeContext(ctx) })
	done(secured.ConnectionState(), err)
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	return secured, eager, nil
}

func (d *Dialer) tlsConfig(host string) *tls.Config {
	config := &tls.Config{}
	if d.TLS != nil {
		config = d.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = (&url.URL{Host: host}).Hostname()
	}
	// HTTP/2 has no place on a WebSocket.
	config.NextProtos = []string{"http/1.1"}
	return config
}

// url is where something of the API is at a host.
func (d *Dialer) url(host, path string) *url.URL {
	u := &url.URL{Scheme: d.Address.Scheme, Host: host, Path: "/"}
	if d.Address.Path != "" && strings.EqualFold(d.withPort(host), d.withPort(d.Address.Host)) {
		u.Path, u.RawPath = d.Address.Path, d.Address.RawPath
	}
	return u.JoinPath(path)
}

func (d *Dialer) withPort(host string) string {
	u := url.URL{Host: host}
	if u.Port() != "" {
		return host
	}
	if d.secure() {
		return net.JoinHostPort(u.Hostname(), "443")
	}
	return net.JoinHostPort(u.Hostname(), "80")
}
