package frompython_test

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
	"github.com/ninchat-community/ninchat/spec"
)

// The examples are those of docs/from-python.md about sessions.

// fromPythonSession runs an example with a session at a local server.
func fromPythonSession(executor ninchat.Executor, example func(ctx context.Context, session *ninchat.Session)) {
	srv, err := server.New(server.Config{})
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	session, err := ninchat.Open(context.Background(), ninchat.Config{
		Address: "http://localhost", Dial: srv.DialContext,
		Login:    ninchat.NewUser("Alice"),
		Executor: executor,
	})
	if err != nil {
		panic(err)
	}
	defer session.Close()
	example(context.Background(), session)
}

// printClosed is a handler that closes its session after the first event.
func printClosed(session *ninchat.Session) func(*api.Event, error) {
	return func(event *api.Event, err error) {
		if event == nil {
			fmt.Println("closed:", err)
			return
		}
		fmt.Println(event.Name)
		_ = session.Close()
	}
}

func Example_fromPythonSession() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		fmt.Println(session.State())
	})
	// Output: online
}

func Example_fromPythonSessionSetParams() {
	config := ninchat.Config{Login: ninchat.NewUser("Alice")}
	fmt.Println(config.Login.UserAttrs.Name.Or("nobody"))
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		// For the next session, if this one is lost:
		known := session.Credentials()
		fmt.Println(session.SetCredentials(ninchat.ExistingUser(known.UserID, known.UserAuth)))
	})
	// Output:
	// Alice
	// <nil>
}

func Example_fromPythonSessionOpen() {
	srv, err := server.New(server.Config{})
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	session, err := ninchat.Open(context.Background(), ninchat.Config{Address: "http://localhost", Dial: srv.DialContext})
	fmt.Println(session.UserID() != "", err)
	fmt.Println(session.Close())
	// Output:
	// true <nil>
	// <nil>
}

func Example_fromPythonSessionClose() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		fmt.Println(session.Close(), session.Join(ctx))
	})
	// Output: <nil> <nil>
}

func Example_fromPythonSessionSend() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		done := make(chan struct{})
		id, err := session.Start(ctx, &api.Action{Name: "ping"}, func(reply ninchat.Reply) {
			fmt.Println(reply.Event.Name, reply.Last, reply.Err)
			close(done)
		})
		<-done
		fmt.Println(id, err)
	})
	// Output:
	// pong true <nil>
	// 1 <nil>
}

func Example_fromPythonSessionOnSessionEvent() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		for event := range session.Events(ctx) {
			created, ok, err := api.As[*api.SessionCreated](event)
			fmt.Println(ok, err, created.UserID == session.UserID())
			break
		}
	})
	// Output: true <nil> true
}

func Example_fromPythonSessionOnEvent() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		if err := session.Handle(ctx, printClosed(session)); err != nil {
			panic(err)
		}
		_ = session.Join(ctx)
	})
	// Output:
	// session_created
	// closed: ninchat: session is closed
}

func Example_fromPythonSessionOnClose() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		_ = session.Close()
		<-session.Done()
		fmt.Println(session.Err())
	})
	// Output: <nil>
}

func Example_fromPythonSessionOnConnState() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		for change := range session.States(ctx) {
			fmt.Println(change.State)
			break
		}
	})
	// Output: online
}

func Example_fromPythonSessionOnConnActive() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		before := session.Stats().EventsReceived
		_, err := session.Ping(ctx, api.Ping{})
		fmt.Println(session.Stats().EventsReceived-before, err)
	})
	// Output: 1 <nil>
}

func Example_fromPythonError() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		_, err := session.Send(&api.Action{Name: "ping", Params: jsontext.Value(`[]`)})
		_, ok := errors.AsType[*ninchat.ActionError](err)
		fmt.Println(ok)
	})
	// Output: true
}

func Example_fromPythonGeventSession() {
	var loop ninchat.Loop
	fromPythonSession(&loop, func(ctx context.Context, session *ninchat.Session) {
		ctx, cancel := context.WithCancel(ctx)
		_, err := session.Start(ctx, &api.Action{Name: "ping"}, func(reply ninchat.Reply) {
			fmt.Println(reply.Event.Name)
			cancel()
		})
		fmt.Println(err, loop.Run(ctx))
	})
	// Output:
	// pong
	// <nil> context canceled
}

func Example_fromPythonAsyncioSession() {
	var loop ninchat.Loop
	fromPythonSession(&loop, func(ctx context.Context, session *ninchat.Session) {
		ctx, cancel := context.WithCancel(ctx)
		// Other functions have their turn between callbacks.
		loop.Execute(func() {
			fmt.Println("in the loop")
			cancel()
		})
		fmt.Println(loop.Run(ctx))
	})
	// Output:
	// in the loop
	// context canceled
}

func Example_fromPythonAsyncioSessionOpened() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		// Open has returned: the session exists.
		fmt.Println(session.SessionID() != "")
	})
	// Output: true
}

func Example_fromPythonAsyncioSessionClosed() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		_ = session.Close()
		select {
		case <-session.Done():
			fmt.Println("closed")
		case <-ctx.Done():
		}
	})
	// Output: closed
}

func Example_fromPythonAsyncioSessionCall() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		event, err := session.Call(ctx, &api.Action{Name: "ping"})
		fmt.Println(event.Name, err)
	})
	// Output: pong <nil>
}

func Example_fromPythonCallbackSession() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		fmt.Println(session.Handle(ctx, printClosed(session)))
		_ = session.Join(ctx)
	})
	// Output:
	// <nil>
	// session_created
	// closed: ninchat: session is closed
}

func Example_fromPythonCallbackSessionCreate() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		fmt.Println(session.State())
	})
	// Output: online
}

func Example_fromPythonCallbackSessionClose() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		fmt.Println(session.Close())
	})
	// Output: <nil>
}

func Example_fromPythonCallbackSessionReceived() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		received := make(chan string, 10)
		if err := session.Handle(ctx, func(event *api.Event, err error) {
			if event != nil {
				received <- event.Name
			}
		}); err != nil {
			panic(err)
		}
		fmt.Println(<-received)
	})
	// Output: session_created
}

func Example_fromPythonCallbackSessionClosed() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		_ = session.Close()
		_ = session.Handle(ctx, func(event *api.Event, err error) {
			if event == nil {
				fmt.Println(errors.Is(err, ninchat.ErrClosed))
			}
		})
		_ = session.Join(ctx)
	})
	// Output: true
}

func Example_fromPythonNewAction() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		action, err := api.NewAction("describe_user", map[string]any{"user_id": session.UserID()})
		if err != nil {
			panic(err)
		}
		action.Transient = true
		prepared, err := session.Prepare(action)
		fmt.Println(prepared.ActionID(), err)
		event, err := prepared.Call(ctx)
		fmt.Println(event.Name, event.ActionID, err)
	})
	// Output:
	// 1 <nil>
	// user_found 1 <nil>
}

func Example_fromPythonNewActionID() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		prepared, err := session.PrepareWithID(&api.Action{Name: "ping"}, 7)
		fmt.Println(prepared.ActionID(), err)
	})
	// Output: 7 <nil>
}

func Example_fromPythonSendAction() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		id, err := session.Send(&api.Action{Name: "ping"})
		fmt.Println(id, err)
		// Without action_id:
		id, err = session.Send(&api.Action{Name: "ping", Rule: api.RuleNone})
		fmt.Println(id, err)
	})
	// Output:
	// 1 <nil>
	// 0 <nil>
}

func Example_fromPythonActionQueue() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		prepared, err := session.Prepare(&api.Action{Name: "ping"})
		if err != nil {
			panic(err)
		}
		fmt.Println(prepared.Send())
		fmt.Println(prepared.Send())
	})
	// Output:
	// <nil>
	// ninchat: prepared action was sent before
}

func Example_fromPythonQueueSession() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		for event, err := range session.Events(ctx) {
			fmt.Println(event.Name, err)
			break
		}
	})
	// Output: session_created <nil>
}

func Example_fromPythonQueueSessionCreate() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		fmt.Println(session.Err())
	})
	// Output: <nil>
}

func Example_fromPythonQueueSessionClose() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		fmt.Println(session.Close())
		for event := range session.Events(ctx) {
			fmt.Println(event.Name) // was received before
		}
	})
	// Output:
	// <nil>
	// session_created
}

func Example_fromPythonQueueSessionReceiveEvent() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		receive := func() *api.Event {
			for event := range session.Events(ctx) {
				return event
			}
			return nil
		}
		fmt.Println(receive().Name)
		_ = session.Close()
		fmt.Println(receive() == nil)
	})
	// Output:
	// session_created
	// true
}

func Example_fromPythonQueueSessionIter() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		for event := range session.Events(ctx) {
			fmt.Println(event.Name)
			_ = session.Close()
		}
	})
	// Output: session_created
}

func Example_fromPythonEventQueue() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		queue := make(chan *api.Event)
		_ = session.Handle(ctx, func(event *api.Event, err error) { queue <- event })
		fmt.Println((<-queue).Name)
		_ = session.Close()
		fmt.Println(<-queue)
	})
	// Output:
	// session_created
	// <nil>
}

func Example_fromPythonGeventCallbackSession() {
	var loop ninchat.Loop
	fromPythonSession(&loop, func(ctx context.Context, session *ninchat.Session) {
		ctx, cancel := context.WithCancel(ctx)
		_ = session.Handle(context.Background(), func(event *api.Event, err error) {
			if event != nil {
				fmt.Println(event.Name)
				_ = session.Close()
				return
			}
			cancel()
		})
		_ = loop.Run(ctx)
	})
	// Output: session_created
}

func Example_fromPythonGeventQueueSession() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		// Waiting blocks a goroutine, and nothing else.
		for event := range session.Events(ctx) {
			fmt.Println(event.Name)
			break
		}
	})
	// Output: session_created
}

func Example_fromPythonSyncCallbackAdapter() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		_ = session.Handle(ctx, func(event *api.Event, err error) {})
		_, err := session.Ping(ctx, api.Ping{})
		fmt.Println(err)
	})
	// Output: <nil>
}

func Example_fromPythonSyncQueueAdapter() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		for event := range session.Events(ctx) {
			_, err := session.Ping(ctx, api.Ping{})
			fmt.Println(event.Name, err)
			break
		}
	})
	// Output: session_created <nil>
}

func Example_fromPythonSyncCallAction() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		event, err := session.Call(ctx, &api.Action{Name: "ping"})
		fmt.Println(event.Name, err)
	})
	// Output: pong <nil>
}

func Example_fromPythonAsyncCallbackAdapter() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		done := make(chan struct{})
		_ = session.Handle(ctx, func(event *api.Event, err error) {})
		_, err := session.Start(ctx, &api.Action{Name: "ping"}, func(ninchat.Reply) { close(done) })
		<-done
		fmt.Println(err)
	})
	// Output: <nil>
}

func Example_fromPythonAsyncQueueAdapter() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		done := make(chan struct{})
		// Nobody has to read events for the callback to be called.
		_, err := session.Start(ctx, &api.Action{Name: "ping"}, func(ninchat.Reply) { close(done) })
		<-done
		fmt.Println(err)
	})
	// Output: <nil>
}

func Example_fromPythonAsyncCallAction() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		action, err := api.DescribeUser{UserID: new(session.UserID())}.Action()
		if err != nil {
			panic(err)
		}
		done := make(chan struct{})
		_, err = session.Start(ctx, action, func(reply ninchat.Reply) {
			defer close(done)
			found, err := ninchat.ReplyAs[*api.UserFound](reply)
			if err != nil {
				panic(err)
			}
			fmt.Println(found.UserAttrs.Name.Or("nobody"))
		})
		<-done
		fmt.Println(err)
	})
	// Output:
	// Alice
	// <nil>
}

func Example_fromPythonAction() {
	action, err := api.SendMessage{MessageType: api.MessageTypeText}.Action()
	fmt.Println(action.Name, string(action.Params), err)
	// Output: send_message {"message_type":"ninchat.com/text"} <nil>
}

func Example_fromPythonActionName() {
	action := &api.Action{Name: "ping"}
	fmt.Println(action.Name)
	// Output: ping
}

func Example_fromPythonActionActionID() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		prepared, err := session.Prepare(&api.Action{Name: "ping"})
		fmt.Println(prepared.ActionID(), err)
	})
	// Output: 1 <nil>
}

func Example_fromPythonActionPayload() {
	action, err := api.NewAction("send_message", nil, []byte(`{"text":"Hello!"}`))
	fmt.Println(len(action.Payload), err)
	// Output: 1 <nil>
}

func Example_fromPythonActionMultipleEvents() {
	action, err := api.NewAction("load_history", nil)
	fmt.Println(action.Rule == api.RuleHistory, err)
	// Output: true <nil>
}

func Example_fromPythonEvent() {
	fromPythonSession(nil, func(ctx context.Context, session *ninchat.Session) {
		for event := range session.Events(ctx) {
			created, _, err := api.As[*api.SessionCreated](event)
			fmt.Println(created.UserID == session.UserID(), err)
			break
		}
	})
	// Output: true <nil>
}

func Example_fromPythonEventName() {
	event := &api.Event{Name: "pong"}
	fmt.Println(event.Name)
	// Output: pong
}

func Example_fromPythonEventPayload() {
	event := &api.Event{Name: "message_received", Payload: [][]byte{[]byte("{}")}}
	fmt.Println(string(event.Payload[0]))
	// Output: {}
}

func Example_fromPythonParameterError() {
	srv, err := server.New(server.Config{})
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	session, err := ninchat.Open(context.Background(), ninchat.Config{
		Address: "http://localhost", Dial: srv.DialContext,
		DiscardEvents: true, Check: ninchat.CheckAction,
	})
	if err != nil {
		panic(err)
	}
	defer session.Close()
	_, err = session.Send(&api.Action{Name: "describe_channel"}) // nothing is sent
	fault, ok := errors.AsType[*spec.Error](err)
	fmt.Println(ok, fault.Path, fault.Reason, fault.Detail)
	_, err = api.NewAction("send_message", map[string]any{"message_ttl": math.NaN()})
	fmt.Println(err != nil)
	// Output:
	// true channel_id missing required parameter is missing
	// true
}
