package server_test

import (
	"context"
	"fmt"
	"net"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/ninchat-community/ninchat/server"
)

// A server in memory, and a client that says hello in the simplest way.
func Example() {
	srv, err := server.New(server.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	dialer := ws.Dialer{NetDial: srv.DialContext}
	nc, _, _, err := dialer.Dial(context.Background(), "ws://localhost/v2/socket")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer nc.Close()
	_ = wsutil.WriteClientText(nc, []byte(`{"action":"describe_conn","action_id":1}`))
	text, _, err := wsutil.ReadServerData(nc)
	fmt.Println(string(text), err)
	// Output: {"event":"conn_found","action_id":1} <nil>
}

// A server on a port of its own, and a user who can log in.
func ExampleServer_Serve() {
	srv, err := server.New(server.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	user, err := srv.AddUser(server.User{
		Identities: []server.Identity{{Type: "email", Name: "sami@example.com", Auth: "correct horse"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(user.ID != "", user.Auth)

	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	stop() // a real program would go on for longer
	fmt.Println(srv.Serve(ctx, ln), srv.Close())
	// Output:
	// true [hidden]
	// <nil> <nil>
}
