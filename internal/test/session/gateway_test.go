package session_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// gateway has a server below a path, and nothing elsewhere.
type gateway struct {
	*httptest.Server
	mu       sync.Mutex
	requests map[string]int
}

// newGateway makes a gateway. It says what it is called to the server, or keeps it
// to itself.
func newGateway(t *testing.T, srv *ninchattest.Server, path string, tells bool) *gateway {
	t.Helper()
	target, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{requests: make(map[string]int)}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		if tells {
			r.Out.Host = r.In.Host
		}
	}}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		g.requests[r.URL.EscapedPath()]++
		g.mu.Unlock()
		rest, ok := strings.CutPrefix(r.URL.EscapedPath(), path)
		if !ok {
			http.NotFound(w, r)
			return
		}
		r.URL.Path, r.URL.RawPath = rest, ""
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

// Behind a gateway, everything has the path of the address in front.
func TestAddressWithPath(t *testing.T) {
	for _, path := range []string{"/ninchat", "/ninchat/", "/a/b", "/a%2Fb%20c"} {
		t.Run(path, func(t *testing.T) {
			byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
				srv := ninchattest.New(t)
				alice, err := srv.AddUser(server.User{})
				if err != nil {
					t.Fatal(err)
				}
				g := newGateway(t, srv, strings.TrimSuffix(path, "/"), true)
				for _, direct := range []bool{false, true} {
					s := open(t, ninchat.Config{
						Address: g.URL + path, Direct: direct, Transport: by, Login: ninchat.NewUser("A"),
						OpenTimeout: patience, ConnectTimeout: patience, CloseTimeout: patience,
					})
					if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
						t.Fatal(err)
					}
					if want := g.URL + strings.TrimSuffix(path, "/"); s.Token().Address != want {
						t.Errorf("the token is for %s", s.Token().Address)
					}
				}
				c := newCaller(t, ninchat.CallerConfig{Address: g.URL + path, Auth: ninchat.UserAuth(alice.ID, alice.Auth)})
				if _, err := c.DescribeUser(t.Context(), api.DescribeUser{UserID: &alice.ID}); err != nil {
					t.Error(err)
				}
				g.mu.Lock()
				defer g.mu.Unlock()
				for asked := range g.requests {
					if !strings.HasPrefix(asked, strings.TrimSuffix(path, "/")+"/v2/") {
						t.Errorf("request for %s", asked)
					}
				}
				if n := g.requests[strings.TrimSuffix(path, "/")+"/v2/endpoint"]; n != 1 {
					t.Errorf("%d discoveries", n)
				}
			})
		})
	}
}

// Discovery at a gateway may lead past it: what is discovered has no path.
func TestAddressWithPathElsewhere(t *testing.T) {
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		srv := ninchattest.New(t)
		g := newGateway(t, srv, "/ninchat", false)
		s := open(t, ninchat.Config{
			Address: g.URL + "/ninchat", Transport: by, Login: ninchat.NewUser("A"),
			OpenTimeout: patience, ConnectTimeout: patience, CloseTimeout: patience,
		})
		if _, err := s.Ping(t.Context(), api.Ping{}); err != nil {
			t.Fatal(err)
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		if len(g.requests) != 1 || g.requests["/ninchat/v2/endpoint"] != 1 {
			t.Errorf("the gateway got %v", g.requests)
		}
	})
}
