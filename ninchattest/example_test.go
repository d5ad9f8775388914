package ninchattest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// A test with a server of its own, and a user who can log in.
func Example() {
	test := func(t *testing.T) {
		srv := ninchattest.New(t)
		user, err := srv.AddUser(server.User{Attrs: api.UserAttrs{Name: api.Set("Sami")}})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.Get(srv.URL() + "/v2/endpoint")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		// Connect a client to srv.Host() as user.ID, with user.Auth.
		_ = user
	}
	fmt.Println(test != nil)
	// Output: true
}
