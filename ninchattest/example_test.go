package ninchattest_test

import (
	"testing"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// A test with a server of its own, a user who can log in, things that go wrong, and
// hours that pass at once.
func Example() {
	test := func(t *testing.T) { // in a test file of yours: func TestOpeningHours(t *testing.T)
		srv := ninchattest.New(t, ninchattest.WithClock())
		seed, err := server.ParseSeed([]byte(`{
			"users": [{"id": "sami", "user_auth": "token-of-sami"}],
			"realms": [{"id": "office", "owner": "sami", "queues": [{
				"id": "support",
				"queue_attrs": {"schedule": {"timezone": "UTC", "annual": {}, "week": [null, null, null, null, null, null, null]}}
			}]}]
		}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := srv.Seed(seed); err != nil {
			t.Fatal(err)
		}
		session, err := ninchat.Open(t.Context(), ninchat.Config{
			Address:       srv.URL(),
			Login:         ninchat.ExistingUser("sami", "token-of-sami"),
			DiscardEvents: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		srv.Faults().Cut(server.Match{UserID: "sami"}) // the session goes on
		srv.Advance(25 * time.Hour)
		found, err := session.DescribeQueue(t.Context(), api.DescribeQueue{QueueID: "support"})
		if err != nil {
			t.Fatal(err)
		}
		if !found.QueueAttrs.Closed.Or(false) {
			t.Error("the queue is open, although it never should be")
		}
	}
	run(test)
}

// TestExample runs what Example shows.
func TestExample(t *testing.T) {
	ran := false
	run = func(test func(*testing.T)) { ran = t.Run("test", test) }
	defer func() { run = nothing }()
	Example()
	if !ran {
		t.Error("it didn't run, or failed")
	}
}

// run is what becomes of the test that Example shows.
var run = nothing

func nothing(func(*testing.T)) {}
