package endurance_test

import (
	"flag"
	"net/http"
	"net/url"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// full asks for the large numbers.
var full = flag.Bool("full", false, "test with the numbers of a production system")

func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m)
}

// number is how many there are, by default and with -full.
func number(short, long int) int {
	if *full {
		return long
	}
	return short
}

// patience is for what takes no time unless the machine stands still.
const patience = 5 * time.Minute

// login is the configuration of a new user's session.
func login(t *testing.T, srv *ninchattest.Server, name string) ninchat.Config {
	t.Helper()
	user, err := srv.AddUser(server.User{Attrs: api.UserAttrs{Name: api.Set(name)}})
	if err != nil {
		t.Fatal(err)
	}
	return ninchat.Config{
		Address: srv.URL(),
		Proxy:   func(*http.Request) (*url.URL, error) { return nil, nil },
		Login:   ninchat.ExistingUser(user.ID, user.Auth),
	}
}

// open opens a session that is closed in the end.
func open(t *testing.T, config ninchat.Config) *ninchat.Session {
	t.Helper()
	config.OpenTimeout, config.CloseTimeout = patience, patience
	s, err := ninchat.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
