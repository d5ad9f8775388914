package transport_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ninchat-community/ninchat/internal/test/deserted"
	"github.com/ninchat-community/ninchat/internal/transport"
)

// proxy is an HTTP proxy of the tests' own. It knows only CONNECT.
type proxy struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string
	// credentials are wanted, if they aren't "".
	credentials string
}

func newProxy(t *testing.T) *proxy {
	p := &proxy{}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(p.serve))
	p.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(p.Close)
	return p
}

func (p *proxy) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.requests = append(p.requests, r.Method+" "+r.RequestURI)
	p.mu.Unlock()
	wanted := "Basic " + base64.StdEncoding.EncodeToString([]byte(p.credentials))
	if p.credentials != "" && r.Header.Get("Proxy-Authorization") != wanted {
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	target, err := net.Dial("tcp", r.RequestURI)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer target.Close()
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	_, _ = io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n")
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(client, target)
		_ = client.Close()
	})
	_, _ = io.Copy(target, client)
	_ = target.Close()
	back.Wait()
}

// through makes a dialer use a proxy, with credentials perhaps.
func (p *proxy) through(d *transport.Dialer, user *url.Userinfo) {
	u, err := url.Parse(p.URL)
	if err != nil {
		panic(err)
	}
	u.User = user
	d.Proxy = http.ProxyURL(u)
}

// seen returns the requests since the last time.
func (p *proxy) seen() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := p.requests
	p.requests = nil
	return seen
}

func TestDefect14Proxy(t *testing.T) {
	plain, secure := newBackend(t), newBackend(t)
	plain.start()
	secure.StartTLS()
	secure.hosts = []string{secure.host()}
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())

	open, locked, private := newProxy(t), newProxy(t), newProxy(t)
	open.Start()
	locked.credentials = "user:pass:wörd"
	locked.Start()
	private.StartTLS()
	roots.AddCert(private.Certificate())

	for _, b := range []*backend{plain, secure} {
		b.socket = func(conn net.Conn) { _, _ = conn.Write(event("1", "hello")) }
		for _, p := range []*proxy{open, locked, private} {
			d := dialer(b.URL)
			d.TLS = &tls.Config{RootCAs: roots}
			p.through(d, url.UserPassword("user", "pass:wörd"))
			conn := connect(t, d)
			messages, err := receive(conn)
			if err != nil || string(messages[0].Payload[0]) != "hello" {
				t.Errorf("%v, %v", messages, err)
			}
			// Discovery and the socket, both through a tunnel.
			if diff := cmp.Diff([]string{"CONNECT " + b.host(), "CONNECT " + b.host()}, p.seen()); diff != "" {
				t.Errorf("%s through %s: %s", b.URL, p.URL, diff)
			}
		}
	}
}

func TestProxyRefuses(t *testing.T) {
	b := newBackend(t).start()
	p := newProxy(t)
	p.credentials = "user:secret"
	p.Start()
	for _, direct := range []bool{false, true} {
		for name, user := range map[string]*url.Userinfo{"no credentials": nil, "wrong ones": url.UserPassword("user", "hunter2"), "no password": url.User("user")} {
			d := dialer(b.URL)
			d.Direct = direct
			p.through(d, user)
			_, err := d.Connect(t.Context(), false)
			status, ok := errors.AsType[*transport.StatusError](err)
			if !ok || status.Code != http.StatusProxyAuthRequired {
				t.Errorf("%s, direct %v: %v", name, direct, err)
				continue
			}
			if text := err.Error(); strings.Contains(text, "hunter2") || !strings.Contains(text, "proxy "+p.Listener.Addr().String()) {
				t.Errorf("error %q", text)
			}
		}
		d := dialer("http://" + deserted.Address(t))
		d.Direct = direct
		p.through(d, url.UserPassword("user", "secret"))
		_, err := d.Connect(t.Context(), false)
		if status, ok := errors.AsType[*transport.StatusError](err); !ok || status.Code != http.StatusBadGateway {
			t.Errorf("dead host, direct %v: %v", direct, err)
		}
	}
}

// The choice of a proxy depends on where the connection goes.
func TestProxyChoice(t *testing.T) {
	b := newBackend(t).start()
	var asked []string
	d := dialer(b.URL)
	d.Proxy = func(r *http.Request) (*url.URL, error) {
		asked = append(asked, r.URL.String())
		return nil, nil
	}
	connect(t, d)
	if diff := cmp.Diff([]string{"http://" + b.host(), "http://" + b.host()}, asked); diff != "" {
		t.Error(diff)
	}
}

// The reason why a proxy can't be chosen may show its password.
func TestProxyChoiceFails(t *testing.T) {
	reason := errors.New("invalid proxy address http://user:hunter2@")
	for _, direct := range []bool{false, true} {
		d := dialer("http://peer.test")
		d.Direct = direct
		d.Proxy = func(*http.Request) (*url.URL, error) { return nil, reason }
		_, err := d.Connect(t.Context(), false)
		if !errors.Is(err, reason) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("error %v", err)
		}
	}
}

func TestProxyScheme(t *testing.T) {
	d := dialer("http://peer.test")
	d.Proxy = http.ProxyURL(&url.URL{Scheme: "socks4", Host: "proxy.test", User: url.UserPassword("user", "hunter2")})
	_, err := d.Connect(t.Context(), false)
	if err == nil || !strings.Contains(err.Error(), `proxy proxy.test: has the scheme "socks4", which isn't supported`) || strings.Contains(err.Error(), "hunter2") || !transport.IsRefusal(err) {
		t.Errorf("error %v", err)
	}
}

func TestProxyPorts(t *testing.T) {
	for proxy, want := range map[string]string{
		"http://proxy.test":      "proxy.test:80",
		"https://proxy.test":     "proxy.test:443",
		"http://proxy.test:3128": "proxy.test:3128",
		"http://[::1]:3128":      "[::1]:3128",
		"socks5://proxy.test":    "proxy.test:1080",
		"socks5h://proxy.test":   "proxy.test:1080",
		"socks5://proxy.test:90": "proxy.test:90",
	} {
		u, err := url.Parse(proxy)
		if err != nil {
			t.Fatal(err)
		}
		d := dialer("https://peer.test")
		d.Proxy = http.ProxyURL(u)
		refused := errors.New("refused")
		d.Dial = func(_ context.Context, _, address string) (net.Conn, error) {
			if address != want {
				t.Errorf("%s: dialled %s", proxy, address)
			}
			return nil, refused
		}
		if _, err := d.Connect(t.Context(), false); !errors.Is(err, refused) {
			t.Errorf("%s: %v", proxy, err)
		}
	}
}

func TestProxyAnswers(t *testing.T) {
	for name, test := range map[string]struct{ answer, reason string }{
		"not HTTP":          {"SSH-2.0-OpenSSH_9.6\r\n\r\n", "malformed HTTP"},
		"data after it":     {"HTTP/1.1 200 OK\r\n\r\nhello", "unexpected data"},
		"endless header":    {"HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Long: x\r\n", 10_000), "too long"},
		"endless line":      {"HTTP/1.1 200 " + strings.Repeat("x", 1<<20), "too long"},
		"another success":   {"HTTP/1.1 204 No Content\r\n\r\n", "204"},
		"forbidden":         {"HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nhello", "403 Forbidden"},
		"silence":           {"", "timed out"},
		"half of an answer": {"HTTP/1.1 200 OK\r\nX-", "timed out"},
	} {
		for _, direct := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := dialer("https://peer.test")
					d.Direct = direct
					d.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.test"})
					d.Dial = answering(t, test.answer)
					start := time.Now()
					_, err := d.Connect(t.Context(), false)
					if err == nil || !strings.Contains(err.Error(), test.reason) {
						t.Errorf("error %v", err)
					}
					if waited := time.Since(start); waited != 0 && waited != d.Timeout {
						t.Errorf("after %v", waited)
					}
				})
			})
		}
	}
}

// The request for a tunnel is what proxies expect, and shows nothing else.
func TestProxyRequest(t *testing.T) {
	d := dialer("https://peer.test")
	d.Direct = true
	d.Header = http.Header{"Authorization": {"hunter2"}}
	d.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.test"})
	got := make(chan *http.Request, 1)
	d.Dial = piped(t, func(conn net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			t.Error(err)
		}
		got <- r
		_, _ = io.WriteString(conn, "HTTP/1.1 407 No\r\n\r\n")
	})
	if _, err := d.Connect(t.Context(), false); err == nil {
		t.Error("no error")
	}
	r := <-got
	if r.Method != http.MethodConnect || r.RequestURI != "peer.test:443" || r.Host != "peer.test:443" || r.Header.Get("Authorization") != "" {
		t.Errorf("%s %s, host %s, %v", r.Method, r.RequestURI, r.Host, r.Header)
	}
}
