// The program of the page: it does what its test tells it to, and reports how it
// went.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"syscall/js"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/message"
)

// orders are the query of the page's address.
type orders struct {
	// server is the address of the server, dead that of none.
	server, dead string
	// channel is where the test's own user is, who sends back what is said.
	channel string
}

// report tells the test how a step went.
type report struct {
	Step  string
	Error string
}

// patience is for what takes some seconds unless the machine stands still.
const patience = 5 * time.Minute

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	location := js.Global().Get("location")
	query, err := url.ParseQuery(location.Get("search").String()[1:])
	if err != nil {
		panic(err)
	}
	o := orders{query.Get("server"), query.Get("dead"), query.Get("channel")}
	var reports []report
	for _, step := range []struct {
		name string
		run  func(context.Context, orders) error
	}{
		{"exchange", exchangeBy(ninchat.WebSocketOnly)},
		{"exchange by long polling", exchangeBy(ninchat.LongPollOnly)},
		{"handlers", handlers},
		{"token", token},
		{"calls without a session", calls},
		{"refused login", refusedLogin},
		{"no server", noServer},
	} {
		r := report{Step: step.name}
		if err := step.run(ctx, o); err != nil {
			r.Error = err.Error()
		}
		reports = append(reports, r)
	}
	text, err := json.Marshal(reports)
	if err != nil {
		panic(err)
	}
	response, err := http.Post(location.Get("origin").String()+"/report", "application/json", bytes.NewReader(text))
	if err != nil {
		panic(err)
	}
	response.Body.Close()
}

// conversation is what is said, and what comes back.
type conversation struct {
	messageType string
	count       int
	say, hear   func(i int) [][]byte
}

// texts come back with bytes that aren't text.
var texts = conversation{api.MessageTypeText, 200,
	func(i int) [][]byte {
		payload, err := message.NewText(said(i)).Encode()
		if err != nil {
			panic(err)
		}
		return payload
	},
	func(i int) [][]byte { return [][]byte{[]byte(said(i)), {0, 0xff, 0xfe, byte(i)}} },
}

// questions are JSON in one part, which is what long polling can carry.
var questions = conversation{"example.com/question", 20, question, question}

func question(i int) [][]byte { return [][]byte{fmt.Appendf(nil, `["%s",9007199254740993]`, said(i))} }

// exchangeBy joins the test's channel, says something, and waits for it to come
// back, by a transport.
func exchangeBy(by ninchat.Transport) func(context.Context, orders) error {
	return func(ctx context.Context, o orders) error {
		session, err := ninchat.Open(ctx, ninchat.Config{Address: o.server, Transport: by, Login: ninchat.NewUser("Browser"), OpenTimeout: patience})
		if err != nil {
			return err
		}
		defer session.Close()
		if polls := session.Stats().LongPolling; polls != (by == ninchat.LongPollOnly) {
			return fmt.Errorf("long polling: %v", polls)
		}
		if _, err := session.JoinChannel(ctx, api.JoinChannel{ChannelID: &o.channel}); err != nil {
			return fmt.Errorf("join: %w", err)
		}
		talk := texts
		if by == ninchat.LongPollOnly {
			talk = questions
		}
		sent := make(chan error, 1)
		go func() { sent <- speak(ctx, session, o.channel, talk) }()
		if err := listen(ctx, session, talk); err != nil {
			return err
		}
		if err := <-sent; err != nil {
			return fmt.Errorf("send: %w", err)
		}
		return session.Drain(ctx)
	}
}

func said(i int) string { return fmt.Sprintf("number %d, päivää 👋🏽 \u2028", i) }

func speak(ctx context.Context, session *ninchat.Session, channel string, talk conversation) error {
	for i := range talk.count {
		_, err := session.SendMessage(ctx, api.SendMessage{
			ChannelID: &channel, MessageType: talk.messageType, Payload: talk.say(i),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// listen checks that everything comes back in order.
func listen(ctx context.Context, session *ninchat.Session, talk conversation) error {
	next := 0
	for event, err := range session.Events(ctx) {
		if err != nil {
			return err
		}
		received, ok, err := api.As[*api.MessageReceived](event)
		if err != nil || !ok || received.MessageType != "example.com/echo" {
			continue
		}
		if want := talk.hear(next); !slices.EqualFunc(event.Payload, want, bytes.Equal) {
			return fmt.Errorf("received %q instead of %q", event.Payload, want)
		}
		if next++; next == talk.count {
			return nil
		}
	}
	return errors.New("the events ended")
}

// handlers has a handler and a callback called by a Loop, which calls back in.
func handlers(ctx context.Context, o orders) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var loop ninchat.Loop
	session, err := ninchat.Open(ctx, ninchat.Config{Address: o.server, Executor: &loop, Login: ninchat.NewUser("Browser"), OpenTimeout: patience})
	if err != nil {
		return err
	}
	defer session.Close()
	result := errors.New("nothing was called")
	if err := session.Handle(ctx, func(event *api.Event, err error) {
		if event == nil || event.Name != "session_created" {
			return
		}
		if _, err := session.Ping(ctx, api.Ping{}); err != nil {
			result = err
			stop()
			return
		}
		_, err = session.Start(ctx, &api.Action{Name: "describe_conn"}, func(r ninchat.Reply) {
			_, result = ninchat.ReplyAs[*api.ConnFound](r)
			stop()
		})
		if err != nil {
			result = err
			stop()
		}
	}); err != nil {
		return err
	}
	_ = loop.Run(ctx)
	return result
}

// token leaves a session, and goes on with it.
func token(ctx context.Context, o orders) error {
	config := ninchat.Config{Address: o.server, DiscardEvents: true, Login: ninchat.NewUser("Browser"), OpenTimeout: patience}
	first, err := ninchat.Open(ctx, config)
	if err != nil {
		return err
	}
	kept, err := first.Suspend()
	if err != nil {
		return err
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	config.Login = api.CreateSession{}
	if err := json.Unmarshal(text, &config.Token); err != nil {
		return err
	}
	again, err := ninchat.Open(ctx, config)
	if err != nil {
		return err
	}
	defer again.Close()
	if again.SessionID() != first.SessionID() {
		return errors.New("it is another session")
	}
	_, err = again.Ping(ctx, api.Ping{})
	return err
}

// calls makes calls without a session, one with a binary payload.
func calls(ctx context.Context, o orders) error {
	nobody, err := ninchat.NewCaller(ninchat.CallerConfig{Address: o.server, Timeout: patience})
	if err != nil {
		return err
	}
	defer nobody.Close()
	user, err := nobody.CreateUser(ctx, api.CreateUser{})
	if err != nil {
		return err
	}
	caller, err := ninchat.NewCaller(ninchat.CallerConfig{Address: o.server, Timeout: patience, Auth: ninchat.UserAuth(user.UserID, *user.UserAuth)})
	if err != nil {
		return err
	}
	defer caller.Close()
	created, err := caller.CreateChannel(ctx, api.CreateChannel{})
	if err != nil {
		return err
	}
	payload := [][]byte{[]byte(said(0)), {0, 0xff, 0xfe}}
	if _, err := caller.SendMessage(ctx, api.SendMessage{ChannelID: &created.ChannelID, MessageType: "example.com/x", Payload: payload}); err != nil {
		return err
	}
	for reply, err := range caller.LoadHistory(ctx, api.LoadHistory{ChannelID: &created.ChannelID, MessageTypes: []string{"example.com/x"}}) {
		if err != nil {
			return err
		}
		if m := reply.MessageReceived; m != nil {
			if len(m.Payload) != 2 || !bytes.Equal(m.Payload[0], payload[0]) || !bytes.Equal(m.Payload[1], payload[1]) {
				return fmt.Errorf("received %q", m.Payload)
			}
			return nil
		}
	}
	return errors.New("the message isn't in the history")
}

// refusedLogin expects to be told why.
func refusedLogin(ctx context.Context, o orders) error {
	session, err := ninchat.Open(ctx, ninchat.Config{Address: o.server, Login: ninchat.ExistingUser("nobody", "nothing"), OpenTimeout: patience})
	if err == nil {
		_ = session.Close()
		return errors.New("no error")
	}
	if !errors.Is(err, api.ErrUserNotFound) && !errors.Is(err, api.ErrAccessDenied) {
		return err
	}
	return nil
}

// noServer expects an error after OpenTimeout.
func noServer(ctx context.Context, o orders) error {
	session, err := ninchat.Open(ctx, ninchat.Config{Address: o.dead, OpenTimeout: time.Second})
	if err == nil {
		_ = session.Close()
		return errors.New("no error")
	}
	if _, ok := errors.AsType[*ninchat.OpenError](err); !ok {
		return err
	}
	return nil
}
