package ninchattest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"go.uber.org/goleak"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// discover asks for hosts.
func discover(t *testing.T, srv *ninchattest.Server) string {
	t.Helper()
	transport := srv.Transport()
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport}
	resp, err := client.Get(srv.URL() + "/v2/endpoint")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestLoopback(t *testing.T) {
	srv := ninchattest.New(t)
	if got, want := discover(t, srv), `{"hosts":["`+srv.Host()+`"]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !strings.HasPrefix(srv.Host(), "127.0.0.1:") || srv.CertPool() != nil || srv.TLSClientConfig() != nil {
		t.Errorf("at %s", srv.Host())
	}
}

func TestTLS(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithTLS())
	if got := discover(t, srv); !strings.Contains(got, srv.Host()) {
		t.Errorf("got %s", got)
	}
	if srv.CertPool() == nil || !strings.HasPrefix(srv.URL(), "https://") {
		t.Errorf("at %s", srv.URL())
	}
}

func TestInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := ninchattest.New(t, ninchattest.InMemory())
		if got := discover(t, srv); got != `{"hosts":["localhost:80"]}` {
			t.Errorf("got %s", got)
		}
	})
}

func TestWithConfig(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithConfig(func(c *server.Config) { c.Hosts = []string{"example.com"} }))
	if got := discover(t, srv); got != `{"hosts":["example.com"]}` {
		t.Errorf("got %s", got)
	}
}

// What the documentation shows works.
func TestGreeting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := ninchattest.New(t, ninchattest.InMemory())
		dialer := ws.Dialer{NetDial: srv.DialContext}
		nc, _, _, err := dialer.Dial(t.Context(), "ws://"+srv.Host()+"/v2/socket")
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if err := wsutil.WriteClientText(nc, []byte(`{"action":"create_session","message_types":[]}`)); err != nil {
			t.Fatal(err)
		}
		text, _, err := wsutil.ReadServerData(nc)
		if err != nil || !strings.Contains(string(text), `"event":"session_created"`) {
			t.Errorf("got %s, %v", text, err)
		}
		if n := srv.Faults().Cut(server.Match{}); n != 1 {
			t.Errorf("%d connections were cut", n)
		}
	})
}

// What a server keeps is there for the next one.
func TestStore(t *testing.T) {
	store := ninchattest.NewStore()
	keep := ninchattest.WithConfig(func(c *server.Config) { c.Store = store })
	first := ninchattest.New(t, keep)
	user, err := first.AddUser(server.User{})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := ninchattest.New(t, keep)
	if _, err := second.AddUser(server.User{ID: user.ID}); err == nil {
		t.Error("the user isn't there any more")
	}
}
