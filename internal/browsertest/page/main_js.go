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

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
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
		{"exchange", exchange},
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

// messages is how many messages are exchanged.
const messages = 200

// exchange joins the test's channel, says something, and waits for it to come
// back.
func exchange(ctx context.Context, o orders) error {
	session, err := ninchat.Open(ctx, ninchat.Config{Address: o.server, Login: ninchat.NewUser("Browser")})
	if err != nil {
		return err
	}
	defer session.Close()
	if _, err := session.JoinChannel(ctx, api.JoinChannel{ChannelID: &o.channel}); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	sent := make(chan error, 1)
	go func() { sent <- speak(ctx, session, o.channel) }()
	if err := listen(ctx, session); err != nil {
		return err
	}
	if err := <-sent; err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return session.Drain(ctx)
}

func said(i int) string { return fmt.Sprintf("number %d, päivää 👋🏽 \u2028", i) }

func speak(ctx context.Context, session *ninchat.Session, channel string) error {
	for i := range messages {
		payload, err := message.NewText(said(i)).Encode()
		if err != nil {
			return err
		}
		_, err = session.SendMessage(ctx, api.SendMessage{
			ChannelID: &channel, MessageType: api.MessageTypeText, Payload: payload,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// listen checks that everything comes back in order, with the payload parts that
// the test adds.
func listen(ctx context.Context, session *ninchat.Session) error {
	next := 0
	for event, err := range session.Events(ctx) {
		if err != nil {
			return err
		}
		if event.Name != "message_received" || len(event.Payload) != 2 {
			continue
		}
		if got := string(event.Payload[0]); got != said(next) {
			return fmt.Errorf("received %q instead of %q", got, said(next))
		}
		if !bytes.Equal(event.Payload[1], []byte{0, 0xff, 0xfe, byte(next)}) {
			return fmt.Errorf("received bytes %x with message %d", event.Payload[1], next)
		}
		if next++; next == messages {
			return nil
		}
	}
	return errors.New("the events ended")
}

// refusedLogin expects to be told why.
func refusedLogin(ctx context.Context, o orders) error {
	session, err := ninchat.Open(ctx, ninchat.Config{Address: o.server, Login: ninchat.ExistingUser("nobody", "nothing")})
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
