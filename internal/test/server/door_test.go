package server_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// debugPaths are those behind the door, with the methods that do something.
var debugPaths = []string{"GET /debug/outbox", "GET /debug/faults", "POST /debug/faults", "DELETE /debug/faults"}

// proxyTo is a reverse proxy on this computer that anybody may reach. rewrite makes the
// request to the server of the one that came.
func proxyTo(t *testing.T, srv *ninchattest.Server, rewrite func(*httputil.ProxyRequest)) string {
	t.Helper()
	target, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	transport := srv.Transport()
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target) // the Host is that of the server now
			rewrite(r)
		},
	})
	t.Cleanup(func() {
		proxy.Close()
		transport.CloseIdleConnections()
	})
	return strings.TrimPrefix(proxy.URL, "http://")
}

// like nginx with proxy_pass and nothing else: the Host is that of the server, and no
// header says that there is a proxy.
func likeNginx(r *httputil.ProxyRequest) { r.Out.Header.Set("Connection", "close") }

// like haproxy with option forwardfor: a line is added to those that came.
func likeHaproxy(r *httputil.ProxyRequest) {
	lines := append([]string{}, r.In.Header["X-Forwarded-For"]...)
	r.Out.Header["X-Forwarded-For"] = append(lines, "203.0.113.7")
}

// TestDoor has strangers, and those without the token, refused whatever they send.
func TestDoor(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithConfig(debugging))
	secret := "fault-of-a-stranger"
	srv.Faults().Lie(secret)
	nginx, haproxy := proxyTo(t, srv, likeNginx), proxyTo(t, srv, likeHaproxy)
	bearer := "Authorization: Bearer " + srv.DebugToken().Reveal()
	local := "Host: " + srv.Host()
	for _, test := range []struct {
		name, address string
		lines         []string
		want          int
	}{
		{"without the token", srv.Host(), []string{local}, 401},
		{"by nginx", nginx, []string{"Host: example.com"}, 401},
		{"by haproxy", haproxy, []string{local}, 403},
		{"by haproxy, with an empty line first", haproxy, []string{local, "X-Forwarded-For:"}, 403},
		{"in this process, by name", srv.Host(), []string{"Host: pipe"}, 403},
		{"with another token", srv.Host(), []string{local, bearer + "x"}, 401},
		{"with half of it", srv.Host(), []string{local, bearer[:len(bearer)-8]}, 401},
		{"with none", srv.Host(), []string{local, "Authorization: Bearer "}, 401},
		{"with an empty line first", srv.Host(), []string{local, "Authorization:", bearer}, 401},
		{"with two lines", srv.Host(), []string{local, bearer, "Authorization: Bearer x"}, 401},
		{"by another scheme", srv.Host(), []string{local, strings.Replace(bearer, "Bearer", "Basic", 1)}, 401},
		{"with both", srv.Host(), []string{local, bearer}, 0},
		{"by another name of this computer", srv.Host(), []string{"Host: localhost:1", strings.Replace(bearer, "Bearer", "bearer", 1)}, 0},

		{"with the token, by haproxy", haproxy, []string{local, bearer}, 403},
		{"with the token, by haproxy, with an empty line first", haproxy, []string{local, bearer, "X-Forwarded-For:"}, 403},
		{"with the token, by name", srv.Host(), []string{"Host: pipe", bearer}, 403},
		{"with the token, by a foreign name", srv.Host(), []string{"Host: localhost.evil.com", bearer}, 403},
		{"with the token, by a page", srv.Host(), []string{local, bearer, "Origin: http://localhost:3000"}, 403},
		{"with the token, by a page, with an empty line first", srv.Host(), []string{local, bearer, "Origin:", "Origin: http://evil.com"}, 403},
		{"with an empty header of a proxy", srv.Host(), []string{local, bearer, "X-Forwarded-For:"}, 403},
		{"with Forwarded", srv.Host(), []string{local, bearer, "Forwarded:", "Forwarded: for=203.0.113.7"}, 403},
		{"with Via", srv.Host(), []string{local, bearer, "Via: 1.1 proxy"}, 403},
		{"with X-Real-IP", srv.Host(), []string{local, bearer, "X-Real-IP: 203.0.113.7"}, 403},
		{"with X-Forwarded-Host", srv.Host(), []string{local, bearer, "X-Forwarded-Host: example.com"}, 403},
	} {
		for _, path := range debugPaths {
			lines := append([]string{path + " HTTP/1.1", "Connection: close"}, test.lines...)
			resp, body := raw(t, test.address, lines...)
			want := test.want
			switch {
			case want == 0 && path == "GET /debug/outbox", want == 0 && path == "GET /debug/faults":
				want = 200
			case want == 0 && path == "POST /debug/faults":
				want = 400 // there is no fault
			case want == 0:
				want = 204
			}
			if resp.StatusCode != want || want >= 401 && strings.Contains(body, secret) {
				t.Errorf("%s %s: got %d %s, want %d", path, test.name, resp.StatusCode, body, want)
			}
			if got := resp.Header.Get("WWW-Authenticate"); (want == 401) != strings.HasPrefix(got, "Bearer ") {
				t.Errorf("%s %s: WWW-Authenticate is %q", path, test.name, got)
			}
			if test.want != 0 && len(srv.Faults().Active()) != 1 {
				t.Fatalf("%s %s changed the faults", path, test.name)
			}
		}
		if test.want == 0 {
			srv.Faults().Lie(secret)
		}
	}
}

// The token is what the configuration says, or at random, and in no log.
func TestDebugToken(t *testing.T) {
	var log lockedBuffer
	logging := func(c *server.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	const given = "given-0123456789"
	chosen := ninchattest.New(t, ninchattest.WithConfig(logging), ninchattest.WithConfig(func(c *server.Config) { c.DebugToken = given }))
	one, other := ninchattest.New(t, ninchattest.WithConfig(logging)), ninchattest.New(t)
	if chosen.DebugToken() != given || one.DebugToken() == other.DebugToken() || len(one.DebugToken().Reveal()) < 20 {
		t.Error("the tokens aren't given, or at random")
	}
	for _, srv := range []*ninchattest.Server{chosen, one} {
		token := srv.DebugToken().Reveal()
		for _, line := range []string{"Bearer " + token, "Bearer x" + token, "Basic " + token} {
			_, body := request(t, srv, http.MethodGet, "/debug/outbox", "Authorization", line)
			if strings.Contains(body, token) {
				t.Errorf("the token was answered: %s", body)
			}
		}
		if strings.Contains(log.String(), token) {
			t.Error("the token was logged")
		}
	}
	for _, token := range []api.Secret{"too-short-by-one", "0123456789abcde", "0123456789 abcdef", "0123456789abcdef\n", "=0123456789abcdef", api.Secret(strings.Repeat("x", 257))} {
		srv, err := server.New(server.Config{DebugToken: token})
		if err == nil {
			_ = srv.Close()
		}
		if good := token == "too-short-by-one"; (err == nil) != good || err != nil && strings.Contains(err.Error(), token.Reveal()) {
			t.Errorf("%q: got %v", token.Reveal(), err)
		}
	}
}

// lockedBuffer can be written to by several goroutines.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
