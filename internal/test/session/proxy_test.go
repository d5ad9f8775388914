package session_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// socksProxy is a SOCKS5 proxy that knows one server, whatever it is called.
type socksProxy struct {
	net.Listener
	server string
	// user and password are wanted, if they aren't "".
	user, password string
	tasks          sync.WaitGroup

	mu    sync.Mutex
	asked []string
}

func newSOCKSProxy(t *testing.T, srv *ninchattest.Server) *socksProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &socksProxy{Listener: listener, server: srv.Host()}
	p.tasks.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.tasks.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		p.tasks.Wait()
	})
	return p
}

// url is where the proxy is.
func (p *socksProxy) url(scheme string) *url.URL {
	u := &url.URL{Scheme: scheme, Host: p.Addr().String()}
	if p.user != "" {
		u.User = url.UserPassword(p.user, p.password)
	}
	return u
}

// seen returns which addresses were asked for.
func (p *socksProxy) seen() map[string]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := make(map[string]bool)
	for _, address := range p.asked {
		seen[address] = true
	}
	p.asked = nil
	return seen
}

func (p *socksProxy) serve(conn net.Conn) {
	defer conn.Close()
	read := func(n int) []byte {
		text := make([]byte, n)
		_, _ = io.ReadFull(conn, text)
		return text
	}
	read(int(read(2)[1]))
	if p.user != "" {
		_, _ = conn.Write([]byte{5, 2})
		user := string(read(int(read(2)[1])))
		password := string(read(int(read(1)[0])))
		if user != p.user || password != p.password {
			_, _ = conn.Write([]byte{1, 1})
			return
		}
		_, _ = conn.Write([]byte{1, 0})
	} else {
		_, _ = conn.Write([]byte{5, 0})
	}
	var host string
	switch read(4)[3] {
	case 1:
		host = net.IP(read(4)).String()
	case 3:
		host = string(read(int(read(1)[0])))
	}
	address := net.JoinHostPort(host, "80")
	if binary.BigEndian.Uint16(read(2)) != 80 {
		address += "?"
	}
	p.mu.Lock()
	p.asked = append(p.asked, address)
	p.mu.Unlock()
	far, err := net.Dial("tcp", p.server)
	if err != nil {
		_, _ = conn.Write([]byte{5, 4, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	defer far.Close()
	_, _ = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(conn, far)
		_ = conn.Close()
	})
	_, _ = io.Copy(far, conn)
	_ = far.Close()
	back.Wait()
}

// hosted makes a server say that it is chat.test.
func hosted(t *testing.T) *ninchattest.Server {
	return ninchattest.New(t, ninchattest.WithConfig(func(c *server.Config) { c.Hosts = []string{"chat.test:80"} }))
}

// stranger makes calls as nobody.
func stranger(t *testing.T, config ninchat.CallerConfig) *ninchat.Caller {
	t.Helper()
	c, err := ninchat.NewCaller(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// through has a session opened and a call made.
func through(t *testing.T, proxy func(*http.Request) (*url.URL, error)) {
	t.Helper()
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		s := open(t, ninchat.Config{
			Address: "http://chat.test", Proxy: proxy, Transport: by, Login: ninchat.NewUser("Alice"),
			OpenTimeout: patience, ConnectTimeout: patience, CloseTimeout: patience,
		})
		if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
			t.Error(err)
		}
	})
	c := stranger(t, ninchat.CallerConfig{Address: "http://chat.test", Proxy: proxy, ConnectTimeout: patience, Timeout: patience})
	if _, err := c.DescribeConn(t.Context(), api.DescribeConn{}); err != nil {
		t.Error(err)
	}
}

// Everything goes through a SOCKS proxy, which looks up the names.
func TestSOCKSProxy(t *testing.T) {
	clearProxyEnvironment(t)
	srv := hosted(t)
	for _, scheme := range []string{"socks5", "socks5h"} {
		for _, user := range []string{"", "me"} {
			t.Run(scheme+" "+user, func(t *testing.T) {
				p := newSOCKSProxy(t, srv)
				p.user, p.password = user, "pass:wörd"
				through(t, http.ProxyURL(p.url(scheme)))
				if seen := p.seen(); len(seen) != 1 || !seen["chat.test:80"] {
					t.Errorf("asked for %v", seen)
				}
			})
		}
	}
}

// The environment may say where it is.
func TestProxyFromEnvironment(t *testing.T) {
	srv := hosted(t)
	for _, variable := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"} {
		t.Run(variable, func(t *testing.T) {
			clearProxyEnvironment(t)
			p := newSOCKSProxy(t, srv)
			p.user, p.password = "me", "secret"
			t.Setenv(variable, p.url("socks5h").String())
			through(t, nil)
			if seen := p.seen(); len(seen) != 1 || !seen["chat.test:80"] {
				t.Errorf("asked for %v", seen)
			}
			t.Setenv("NO_PROXY", ".test")
			direct := errors.New("direct")
			dial := func(_ context.Context, _, address string) (net.Conn, error) {
				if address != "chat.test:80" {
					t.Errorf("dialled %s", address)
				}
				return nil, direct
			}
			c := stranger(t, ninchat.CallerConfig{Address: "http://chat.test", Dial: dial, Retry: ninchat.Retry{Attempts: 1}})
			if _, err := c.DescribeConn(t.Context(), api.DescribeConn{}); !errors.Is(err, direct) {
				t.Error(err)
			}
		})
	}
}

// A password that is wrong isn't tried for long, and not shown.
func TestSOCKSProxyRefuses(t *testing.T) {
	clearProxyEnvironment(t)
	p := newSOCKSProxy(t, hosted(t))
	p.user, p.password = "me", "right"
	u := p.url("socks5")
	u.User = url.UserPassword("me", "hunter2")
	_, err := ninchat.Open(t.Context(), ninchat.Config{Address: "http://chat.test", Proxy: http.ProxyURL(u), Login: ninchat.NewUser("A"), OpenTimeout: time.Hour})
	if err == nil || !strings.Contains(err.Error(), "password is wrong") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("session: %v", err)
	}
	c := stranger(t, ninchat.CallerConfig{Address: "http://chat.test", Proxy: http.ProxyURL(u)})
	_, err = c.DescribeConn(t.Context(), api.DescribeConn{})
	if failed, ok := errors.AsType[*ninchat.CallError](err); !ok || failed.Attempts != 1 || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("call: %v", err)
	}
}

// What can't be a proxy is an error of the configuration, which names where it is
// from.
func TestUnusableProxies(t *testing.T) {
	long := strings.Repeat("x", 256)
	for _, proxy := range []struct {
		url, reason string
		// quiet means that the environment can't have it.
		quiet bool
	}{
		{url: "socks4://me:hunter2@proxy.test", reason: `"socks4"`},
		{url: "socks4a://proxy.test", reason: `"socks4a"`},
		{url: "ftp://proxy.test", reason: `"ftp"`},
		{url: "socks5://me" + long + ":hunter2@proxy.test", reason: "255 bytes"},
		{url: "http://:8080", reason: "has no host"},
		{url: "//proxy.test", reason: `""`, quiet: true},
		{url: "http://proxy.test/path", reason: "more than a host"},
	} {
		clearProxyEnvironment(t)
		u, err := url.Parse(proxy.url)
		if err != nil {
			t.Fatal(err)
		}
		for _, address := range []string{"https://chat.test", "http://chat.test"} {
			choose := http.ProxyURL(u)
			_, err := ninchat.Open(t.Context(), ninchat.Config{Address: address, Proxy: choose})
			unusable(t, err, proxy.reason)
			_, err = ninchat.NewCaller(ninchat.CallerConfig{Address: address, Proxy: choose})
			unusable(t, err, proxy.reason)
			if proxy.quiet {
				continue
			}
			variable := strings.ToUpper(strings.TrimSuffix(address, "://chat.test")) + "_PROXY"
			for _, variable := range []string{variable, "ALL_PROXY"} {
				t.Run(variable+" "+proxy.url, func(t *testing.T) {
					t.Setenv(variable, proxy.url)
					_, err := ninchat.Open(t.Context(), ninchat.Config{Address: address})
					unusable(t, err, proxy.reason, variable)
					_, err = ninchat.NewCaller(ninchat.CallerConfig{Address: address})
					unusable(t, err, proxy.reason, variable)
				})
			}
		}
	}
	t.Setenv("HTTPS_PROXY", "http://me:hunter2@proxy test")
	_, err := ninchat.Open(t.Context(), ninchat.Config{})
	unusable(t, err, "HTTPS_PROXY")
	// Who does the requests knows a proxy of their own.
	if _, err := ninchat.NewCaller(ninchat.CallerConfig{HTTPClient: http.DefaultClient}); err != nil {
		t.Error(err)
	}
}

func unusable(t *testing.T, err error, reasons ...string) {
	t.Helper()
	wrong, ok := errors.AsType[*ninchat.ConfigError](err)
	if !ok || wrong.Field != "Proxy" || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
		return
	}
	for _, reason := range reasons {
		if !strings.Contains(err.Error(), reason) {
			t.Errorf("no %s in %v", reason, err)
		}
	}
}

// clearProxyEnvironment has the environment say nothing about proxies.
func clearProxyEnvironment(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"} {
		t.Setenv(name, "")
		t.Setenv(strings.ToLower(name), "")
	}
}
