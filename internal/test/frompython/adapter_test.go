package frompython_test

import (
	"context"
	"fmt"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

// The examples are those of docs/from-python.md about sessions of one kind that
// have what those of another kind have, too.

func Example_fromPythonAsyncioSessionOpen() {
	srv, err := server.New(server.Config{})
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	opened := make(chan *ninchat.Session)
	go func() {
		session, err := ninchat.Open(context.Background(), ninchat.Config{Address: "http://localhost", Dial: srv.DialContext})
		if err != nil {
			panic(err)
		}
		opened <- session
	}()
	session := <-opened
	fmt.Println(session.State(), session.Close())
	// Output: online <nil>
}

func Example_fromPythonAsyncioSessionClose() {
	fromPythonSession(nil, func(_ context.Context, session *ninchat.Session) {
		go session.Close()
		<-session.Done()
		fmt.Println(session.State())
	})
	// Output: closed
}

func Example_fromPythonQueueSessionNewAction() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		prepared, err := session.Prepare(&api.Action{Name: "ping"})
		if err != nil {
			panic(err)
		}
		if err := prepared.Send(); err != nil {
			panic(err)
		}
		for event, err := range session.Events(ctx) {
			if event.ActionID == prepared.ActionID() {
				fmt.Println(event.Name, err)
				break
			}
		}
	})
	// Output: pong <nil>
}

func Example_fromPythonQueueSessionSendAction() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		id, err := session.Send(&api.Action{Name: "ping"})
		if err != nil {
			panic(err)
		}
		for event, err := range session.Events(ctx) {
			if event.ActionID == id {
				fmt.Println(event.Name, err)
				break
			}
		}
	})
	// Output: pong <nil>
}

func Example_fromPythonQueueSessionActionQueue() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		for range 10 {
			if _, err := session.Send(&api.Action{Name: "ping"}); err != nil {
				panic(err)
			}
		}
		// What has been sent is answered before the session ends.
		fmt.Println(session.Drain(ctx), session.Stats().CallsPending)
	})
	// Output: <nil> 0
}

func Example_fromPythonSyncQueueCallAction() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		event, err := session.Call(ctx, &api.Action{Name: "ping"})
		fmt.Println(event.Name, err)
		for event, err := range session.Events(ctx) {
			fmt.Println(event.Name, err)
			break
		}
	})
	// Output:
	// pong <nil>
	// session_created <nil>
}

func Example_fromPythonAsyncQueueCallAction() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		replies := make(chan ninchat.Reply, 1)
		_, err := session.Start(ctx, &api.Action{Name: "ping"}, func(reply ninchat.Reply) { replies <- reply })
		reply := <-replies
		fmt.Println(reply.Event.Name, reply.Err, err)
		for event, err := range session.Events(ctx) {
			fmt.Println(event.Name, err)
			break
		}
	})
	// Output:
	// pong <nil> <nil>
	// session_created <nil>
}
