package ninchat_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

func Example() {
	ctx := context.Background()
	srv, err := server.New(server.Config{}) // a local server, in this process
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	session, err := ninchat.Open(ctx, ninchat.Config{
		Address: "http://localhost", Dial: srv.DialContext, // for the service, leave both out
		Login: ninchat.NewUser("Alice"),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	joined, err := session.CreateChannel(ctx, api.CreateChannel{})
	if err != nil {
		log.Fatal(err)
	}
	sent, err := session.SendMessage(ctx, api.SendMessage{
		ChannelID:   &joined.ChannelID,
		MessageType: api.MessageTypeText,
		Payload:     [][]byte{[]byte(`{"text":"Hello!"}`)},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*sent.MessageUserName, "says", string(sent.Payload[0]))
	// Output: Alice says {"text":"Hello!"}
}

func ExampleSession_Events() {
	ctx := context.Background()
	srv, err := server.New(server.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	session, err := ninchat.Open(ctx, ninchat.Config{
		Address: "http://localhost",
		Dial:    srv.DialContext,
		Login:   ninchat.NewUser("Alice"),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	for event, err := range session.Events(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		created, ok, err := api.As[*api.SessionCreated](event)
		if err != nil {
			log.Fatal(err)
		}
		if ok {
			fmt.Println("logged in as", created.UserAttrs.Name.Or("nobody"))
			break
		}
	}
	// Output: logged in as Alice
}

func ExampleSession_Reconnect() {
	ctx := context.Background()
	srv, err := server.New(server.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	session, err := ninchat.Open(ctx, ninchat.Config{
		Address: "http://localhost",
		Dial:    srv.DialContext,
		Login:   ninchat.NewUser("Alice"),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()

	// The operating system says that the computer has woken up, or that it has
	// joined another network.
	networkChanged := make(chan struct{}, 1)
	networkChanged <- struct{}{}
	close(networkChanged)
	for range networkChanged {
		session.Reconnect()
	}

	_, err = session.Ping(ctx, api.Ping{})
	fmt.Println(err)
	// Output: <nil>
}
