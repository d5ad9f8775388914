package ninchat_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/master"
	"github.com/ninchat-community/ninchat/message"
	"github.com/ninchat-community/ninchat/server"
)

// office is what the local server of these examples begins with.
const office = `{
	"users": [
		{"id": "anna", "user_auth": "token-of-anna", "user_attrs": {"name": "Anna"}},
		{"id": "bot", "user_auth": "token-of-the-bot", "user_attrs": {"name": "Bot"}}
	],
	"realms": [{
		"id": "office", "owner": "anna", "realm_attrs": {"name": "Office"}, "members": [{"user": "bot"}],
		"queues": [{"id": "support", "queue_attrs": {"name": "Support"}, "members": ["anna", "bot"]}]
	}]
}`

func officeServer() *server.Server {
	seed, err := server.ParseSeed([]byte(office))
	if err != nil {
		log.Fatal(err)
	}
	srv, err := server.New(server.Config{})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := srv.Seed(seed); err != nil {
		log.Fatal(err)
	}
	return srv
}

// A bot serves the customers of a queue, several at a time: what is said in one
// conversation is handled in order, by one goroutine at a time.
func ExamplePool() {
	ctx := context.Background()
	srv := officeServer()
	defer srv.Close()
	bot, err := ninchat.Open(ctx, ninchat.Config{
		Address: "http://localhost", Dial: srv.DialContext, // for the service, leave both out
		Login:    ninchat.ExistingUser("bot", "token-of-the-bot"),
		Executor: ninchat.NewPool(8),
		Key: func(event *api.Event) string {
			if message, ok, err := api.As[*api.MessageReceived](event); ok && err == nil && message.ChannelID != nil {
				return *message.ChannelID
			}
			return "" // everything else, in order
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer bot.Close()

	say := func(channelID, text string) error {
		content := message.NewText(text)
		payload, err := content.Encode()
		if err != nil {
			return err
		}
		_, err = bot.SendMessage(ctx, api.SendMessage{ChannelID: &channelID, MessageType: content.Type(), Payload: payload})
		return err
	}
	serve := func(event *api.Event) error {
		typed, err := event.Typed()
		if err != nil {
			return err
		}
		switch e := typed.(type) {
		case *api.QueueUpdated:
			if e.QueueAttrs.Length.Or(0) == 0 {
				return nil
			}
			// The answer is for who asks: the handler isn't told of this channel.
			accepted, err := bot.AcceptAudience(ctx, api.AcceptAudience{QueueID: e.QueueID})
			if errors.Is(err, api.ErrQueueIsEmpty) {
				return nil // another agent was quicker
			}
			if err != nil {
				return err
			}
			return say(accepted.ChannelJoined.ChannelID, "How may I help?")
		case *api.MessageReceived:
			if e.ChannelID == nil || e.MessageUserID == nil || *e.MessageUserID == bot.UserID() {
				return nil
			}
			content, err := message.Parse(e.MessageType, e.Payload)
			if err != nil {
				return err
			}
			if text, ok := content.(*message.Text); ok {
				return say(*e.ChannelID, "You said: "+text.Body)
			}
		}
		return nil
	}
	err = bot.Handle(ctx, func(event *api.Event, err error) {
		if err == nil {
			err = serve(event)
		}
		if err != nil && !errors.Is(err, ninchat.ErrClosed) {
			log.Print(err)
		}
	})
	if err != nil {
		log.Fatal(err)
	}

	customer, err := ninchat.Open(ctx, ninchat.Config{
		Address: "http://localhost", Dial: srv.DialContext,
		Login: ninchat.NewUser("Carla"),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer customer.Close()
	if _, err := customer.RequestAudience(ctx, api.RequestAudience{QueueID: "support"}); err != nil {
		log.Fatal(err)
	}
	for event, err := range customer.Events(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		received, ok, err := api.As[*api.MessageReceived](event)
		if err != nil {
			log.Fatal(err)
		}
		if !ok || received.MessageType != api.MessageTypeText {
			continue
		}
		fmt.Printf("%s: %s\n", *received.MessageUserName, received.Payload[0])
		if string(received.Payload[0]) != `{"text":"How may I help?"}` {
			break
		}
		_, err = customer.SendMessage(ctx, api.SendMessage{
			ChannelID:   received.ChannelID,
			MessageType: api.MessageTypeText,
			Payload:     [][]byte{[]byte(`{"text":"Hello!"}`)},
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// Bot: {"text":"How may I help?"}
	// Bot: {"text":"You said: Hello!"}
}

// A backend needs no session: it makes a master key once, and signs and encrypts with it
// what the customer's browser brings along.
func ExampleCaller() {
	ctx := context.Background()
	srv := officeServer()
	defer srv.Close()
	backend, err := ninchat.NewCaller(ninchat.CallerConfig{
		Address: "http://localhost", Dial: srv.DialContext, // for the service, leave both out
		Auth: ninchat.UserAuth("anna", "token-of-anna"),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Close()
	created, err := backend.CreateMasterKey(ctx, api.CreateMasterKey{RealmID: new("office")})
	if err != nil {
		log.Fatal(err)
	}
	key, err := master.ParseKey(created.MasterKeyID, created.MasterKeySecret.Reveal())
	if err != nil {
		log.Fatal(err)
	}
	soon := time.Now().Add(5 * time.Minute)
	signature, err := key.SignCreateSession(soon, master.Map{"name": "Carla"})
	if err != nil {
		log.Fatal(err)
	}
	sealed, err := key.Encrypt(soon, master.Map{"customer": 42})
	if err != nil {
		log.Fatal(err)
	}

	// The browser logs in with the signature, and passes on what it can't read.
	customer, err := ninchat.Open(ctx, ninchat.Config{
		Address: "http://localhost", Dial: srv.DialContext,
		Login: api.CreateSession{
			MasterSign:  new(api.Secret(signature)),
			PuppetAttrs: &api.PuppetAttrs{Name: api.Set("Carla")},
		},
		DiscardEvents: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer customer.Close()
	_, err = customer.RequestAudience(ctx, api.RequestAudience{
		QueueID:          "support",
		AudienceMetadata: &api.AudienceMetadata{Secure: []byte(`"` + sealed + `"`)}, // a JSON string
	})
	if err != nil {
		log.Fatal(err)
	}

	accepted, err := backend.AcceptAudience(ctx, api.AcceptAudience{QueueID: "support"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", accepted.ChannelJoined.AudienceMetadata.Secure)
	_, err = backend.AcceptAudience(ctx, api.AcceptAudience{QueueID: "support"})
	fmt.Println(errors.Is(err, api.ErrQueueIsEmpty))
	// Output:
	// {"customer":42}
	// true
}

// A program with a main goroutine, as one with a window has it: all that comes to its
// sessions is handled there, so that nothing needs a lock.
func ExampleLoop() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	srv := officeServer()
	defer srv.Close()
	var loop ninchat.Loop
	var seen []string // of the main goroutine only
	var sessions []*ninchat.Session
	for _, login := range []api.CreateSession{
		ninchat.ExistingUser("anna", "token-of-anna"),
		ninchat.ExistingUser("bot", "token-of-the-bot"),
	} {
		session, err := ninchat.Open(ctx, ninchat.Config{
			Address: "http://localhost", Dial: srv.DialContext, // for the service, leave both out
			Login:    login,
			Executor: &loop,
		})
		if err != nil {
			log.Fatal(err)
		}
		sessions = append(sessions, session)
		err = session.Handle(ctx, func(event *api.Event, err error) {
			if event != nil && event.Name == "session_created" {
				seen = append(seen, session.UserID())
				_ = session.Close() // for this example, that is all
			}
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	// The loop ends when everything of the sessions has been handled. Join waits for
	// that, in another goroutine than that of the loop.
	go func() {
		for _, session := range sessions {
			_ = session.Join(ctx)
		}
		cancel()
	}()
	_ = loop.Run(ctx)
	fmt.Println(len(seen))
	// Output: 2
}
