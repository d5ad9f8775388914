// Package ninchat is a client for Ninchat, a platform for customer service and
// team chat.
//
// A [Session] is a user's presence in the service. It sends actions and receives
// events, over a connection that it keeps up by itself: when the connection
// breaks, it makes another one and resumes, so that every action is done once
// and every event is received once, in order. Open makes a session:
//
//	session, err := ninchat.Open(ctx, ninchat.Config{
//		Address: "http://127.0.0.1:8228",
//		Login:   ninchat.NewUser("Alice"),
//	})
//
// A Session has a method for each action of the API (see [api.Client]):
//
//	joined, err := session.CreateChannel(ctx, api.CreateChannel{
//		ChannelAttrs: &api.ChannelAttrs{Name: api.Set("support")},
//	})
//
// What nobody waits for comes as a stream of events:
//
//	for event, err := range session.Events(ctx) {
//		if err != nil {
//			return err
//		}
//		if message, ok, err := api.As[*api.MessageReceived](event); ok && err == nil {
//			fmt.Printf("%s: %s\n", *message.MessageUserName, message.Payload)
//		}
//	}
//
// Programs that only do something now and then, and don't have to hear of
// anything, need no session: a [Caller] has the same methods, and makes an HTTP
// request of each call.
//
// A server refuses messages that are sent too often for a channel. [NewPaced] makes of
// a session or a caller what waits, and sends them again in their order.
//
// # Four ways to use a session
//
// The methods of [api.Client] and [Session.Call] wait for the answer.
// [Session.Start] has a callback called for each answer instead, and
// [Session.Send] has answers come with the events. Events are read by a loop over
// [Session.Events], or given to a handler by [Session.Handle]. All may be mixed;
// only loops and handlers exclude each other.
//
// Callbacks and handlers are called by a goroutine of the session, one at a time
// and in order, or by Config.Executor: a [Loop] calls those of many sessions in
// one goroutine, such as the main one, and a [Pool] calls those with different
// keys at the same time. They may call any method, also those that wait.
// [Session.Close] doesn't wait for them, but [Session.Join] does.
//
// # What is promised
//
// An event is acknowledged to the server after the loop's body has finished with
// it, its handler has returned, or, with Config.ManualAck, it was given to
// [Session.Acknowledge]. Until then the server keeps it, so that the connection may
// break without loss. Events that come in another order are put into theirs; where one
// never comes, the stream says so with [EventsMissing]. A consumer that is slow costs a
// bounded amount of memory; the server is asked for the rest when there is room.
//
// An action that has been answered was done once, even if it had to be sent
// several times. When the server loses the session, a new one is made by itself,
// and the stream says so with [EventSessionLost]; actions that hadn't been
// answered are sent again in it, unless they are marked as transient.
//
// While the network is away, attempts are made less and less often, up to once a
// minute. An application that knows when it is back calls [Session.Reconnect].
//
// Any method may be called from several goroutines, and from inside the loop
// over events, callbacks, handlers and the reply function of Invoke. No lock is held while code of the
// caller runs.
//
// This package isn't affiliated with Somia Reality Oy, which runs Ninchat.
package ninchat
