package frompython_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// exampleCaller makes calls to a local server in this process. For the service,
// leave Address and Dial out.
func exampleCaller() (caller *ninchat.Caller, end func()) {
	srv, err := server.New(server.Config{})
	if err != nil {
		log.Fatal(err)
	}
	caller, err = ninchat.NewCaller(ninchat.CallerConfig{Address: "http://localhost", Dial: srv.DialContext})
	if err != nil {
		log.Fatal(err)
	}
	return caller, func() {
		_ = caller.Close()
		_ = srv.Close()
	}
}

// A call by its name.
func Example_fromPythonRequestsCall() {
	caller, end := exampleCaller()
	defer end()
	action, err := api.NewAction("create_user", map[string]any{"user_attrs": map[string]any{"name": "Alice"}})
	if err != nil {
		log.Fatal(err)
	}
	event, err := caller.Call(context.Background(), action)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(event.Name)
	// Output: user_created
}

// A call by a method, with what it is about.
func Example_fromPythonRequestsCheckCall() {
	caller, end := exampleCaller()
	defer end()
	_, err := caller.DescribeAccess(context.Background(), api.DescribeAccess{AccessKey: "nothing"})
	fmt.Println(errors.Is(err, api.ErrAccessDenied))
	// Output: true
}

// Calls beside each other.
func Example_fromPythonAiohttpCall() {
	caller, end := exampleCaller()
	defer end()
	names := make([]string, 2)
	var tasks sync.WaitGroup
	for i, name := range []string{"Alice", "Bob"} {
		tasks.Go(func() {
			created, err := caller.CreateUser(context.Background(), api.CreateUser{UserAttrs: &api.UserAttrs{Name: api.Set(name)}})
			if err != nil {
				log.Fatal(err)
			}
			names[i] = created.UserAttrs.Name.Or("nobody")
		})
	}
	tasks.Wait()
	fmt.Println(names)
	// Output: [Alice Bob]
}

// A call that ends when its context does.
func Example_fromPythonAiohttpCheckCall() {
	caller, end := exampleCaller()
	defer end()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := caller.DescribeConn(ctx, api.DescribeConn{})
	fmt.Println(err)
	// Output: context canceled
}

// The session parameter of requests, and what aiohttp takes first.
func Example_fromPythonRequestsSession() {
	srv, err := server.New(server.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	// Connections are kept for the next call. HTTPClient may be one's own.
	caller, err := ninchat.NewCaller(ninchat.CallerConfig{Address: "http://localhost", Dial: srv.DialContext})
	if err != nil {
		log.Fatal(err)
	}
	defer caller.Close()
	_, err = caller.DescribeConn(context.Background(), api.DescribeConn{})
	fmt.Println(err)
	// Output: <nil>
}

// The identity parameter.
func Example_fromPythonCallIdentity() {
	caller, err := ninchat.NewCaller(ninchat.CallerConfig{
		Auth: ninchat.IdentityAuth("email", "alice@example.com", "password"),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer caller.Close()
	_, err = ninchat.NewCaller(ninchat.CallerConfig{Auth: ninchat.IdentityAuth("email", "", "password")})
	fmt.Println(err)
	// Output: ninchat: configuration: Auth has an identity without a type or without a name
}

func Example_fromPythonCallAPIError() {
	caller, end := exampleCaller()
	defer end()
	_, err := caller.DescribeAccess(context.Background(), api.DescribeAccess{AccessKey: "nothing"})
	if refused, ok := errors.AsType[*api.Error](err); ok {
		fmt.Println(refused.Type == api.ErrAccessDenied)
	}
	// Output: true
}

func Example_fromPythonCallAPIErrorEvent() {
	caller, end := exampleCaller()
	defer end()
	_, err := caller.DescribeAccess(context.Background(), api.DescribeAccess{AccessKey: "nothing"})
	if refused, ok := errors.AsType[*api.Error](err); ok {
		fmt.Println(refused.Event.Name)
	}
	// Output: error
}
