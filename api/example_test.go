package api_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/api"
)

// answer is an invoker for examples, which answers everything with the same
// events. A session would be used in its place.
func answer(events ...*api.Event) api.Invoker {
	return api.InvokerFunc(func(_ context.Context, action *api.Action, reply func(*api.Event) bool) error {
		fmt.Println("action:", action.Name, action.Params)
		for _, event := range events {
			if event.Name == "error" {
				return api.NewError(action.Name, event)
			}
			if !reply(event) {
				break
			}
		}
		return nil
	})
}

func event(name, header string) *api.Event {
	return &api.Event{Name: name, Header: jsontext.Value(header)}
}

// Send a message through a client.
func Example() {
	invoker := answer(event("message_received", `{"event":"message_received","message_id":"0e9m4nqb","message_type":"ninchat.com/text"}`))
	client := api.NewClient(invoker)
	message, err := client.SendMessage(context.Background(), api.SendMessage{
		ChannelID:   new("6v5a6m4g"),
		MessageType: api.MessageTypeText,
		Payload:     [][]byte{[]byte(`{"text":"Hello!"}`)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("sent:", message.MessageID)
	// Output:
	// action: send_message {"channel_id":"6v5a6m4g","message_type":"ninchat.com/text"}
	// sent: 0e9m4nqb
}

// Attributes that aren't mentioned stay as they are.
func ExampleAttr() {
	client := api.NewClient(answer(event("channel_updated", `{"channel_attrs":{"closed":false}}`)))
	updated, err := client.UpdateChannel(context.Background(), api.UpdateChannel{
		ChannelID: "6v5a6m4g",
		ChannelAttrs: api.ChannelAttrs{
			Closed: api.Set(false),
			Topic:  api.Unset[string](),
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	closed, known := updated.ChannelAttrs.Closed.Get()
	fmt.Println(closed, known, updated.ChannelAttrs.Name.Or("(no name)"))
	// Output:
	// action: update_channel {"channel_id":"6v5a6m4g","channel_attrs":{"closed":false,"topic":null}}
	// false true (no name)
}

// Tell errors apart by their type.
func ExampleErrorType() {
	client := api.NewClient(answer(event("error", `{"event":"error","error_type":"channel_not_found"}`)))
	_, err := client.PartChannel(context.Background(), api.PartChannel{ChannelID: "6v5a6m4g"})
	if errors.Is(err, api.ErrChannelNotFound) {
		fmt.Println(err)
	}
	// Output:
	// action: part_channel {"channel_id":"6v5a6m4g"}
	// ninchat: part_channel: channel_not_found
}

// Go through earlier messages, and stop when there have been enough.
func ExampleClient_LoadHistory() {
	client := api.NewClient(answer(
		event("history_results", `{"event":"history_results","history_length":2}`),
		event("message_received", `{"event":"message_received","message_id":"2","history_length":1}`),
		event("message_received", `{"event":"message_received","message_id":"1","history_length":0}`),
	))
	for reply, err := range client.LoadHistory(context.Background(), api.LoadHistory{UserID: new("5u3m6tsa")}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if message := reply.MessageReceived; message != nil {
			fmt.Println("message:", message.MessageID)
		}
	}
	// Output:
	// action: load_history {"user_id":"5u3m6tsa"}
	// message: 2
	// message: 1
}

// Decode an event if it is of a certain kind.
func ExampleAs() {
	received := event("message_updated", `{"event":"message_updated","message_id":"1","message_hidden":false}`)
	if updated, ok, err := api.As[*api.MessageUpdated](received); ok && err == nil {
		fmt.Println(updated.MessageID, *updated.MessageHidden)
	}
	// Output:
	// 1 false
}

// Metadata can be any object.
func ExampleNewObject() {
	metadata, err := api.NewObject(map[string]any{"page": "/prices", "visits": 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	action, err := api.Track{RealmID: "4k2u1c3s", TrackStage: "visit", TrackMetadata: metadata}.Action()
	fmt.Println(action.Params, err)
	// Output:
	// {"realm_id":"4k2u1c3s","track_stage":"visit","track_metadata":{"page":"/prices","visits":3}} <nil>
}
