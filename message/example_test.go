package message_test

import (
	"errors"
	"fmt"

	"github.com/ninchat-community/ninchat/message"
)

// Buttons are sent, and used.
func Example() {
	question := &message.UICompose{Elements: []message.Element{
		{Element: message.ElementButton, ID: new("yes"), Label: new("Yes, please")},
		{Element: message.ElementLink, Href: new("https://example.com/terms"), Label: new("Terms")},
	}}
	payload, err := question.Encode()
	fmt.Println(question.Type(), err)
	fmt.Printf("%s\n", payload[0])

	// The payload of send_message is that of message_received.
	content, err := message.Parse(question.Type(), payload)
	fmt.Println(content.Text(), err)

	content, err = message.Parse(message.TypeUIAction, [][]byte{[]byte(`{"action":"click","target":{"element":"button","id":"yes"}}`)})
	if action, ok := content.(*message.UIAction); ok && err == nil {
		element, err := action.Element()
		fmt.Println(*element.ID, err)
	}
	// Output:
	// ninchat.com/ui/compose <nil>
	// [{"element":"button","id":"yes","label":"Yes, please"},{"element":"a","href":"https://example.com/terms","label":"Terms"}]
	// [Yes, please] Terms <https://example.com/terms> <nil>
	// yes <nil>
}

func ExampleParse() {
	for _, received := range []struct {
		messageType string
		payload     [][]byte
	}{
		{"ninchat.com/text", [][]byte{[]byte(`{"text":"hello"}`)}},
		{"ninchat.com/text", [][]byte{[]byte(`{"txet":"hello"}`)}},
		{"ninchat.com/text", nil},
		{"example.com/photo", [][]byte{[]byte("\x89PNG"), []byte("…")}},
	} {
		content, err := message.Parse(received.messageType, received.payload)
		switch content := content.(type) {
		case *message.Text:
			fmt.Println("a text:", content.Body)
		case *message.Absent:
			fmt.Println("the session doesn't accept", content.MessageType)
		case *message.Raw:
			fmt.Println(len(content.Payload), "parts of", content.MessageType+":", err)
		}
	}
	// Output:
	// a text: hello
	// 1 parts of ninchat.com/text: ninchat.com/text: text: it is missing
	// the session doesn't accept ninchat.com/text
	// 2 parts of example.com/photo: <nil>
}

func ExampleError() {
	_, err := (&message.UICompose{Elements: []message.Element{
		{Element: message.ElementLink, Href: new("https://192.0.2.1/")},
	}}).Encode()
	if mistake, ok := errors.AsType[*message.Error](err); ok {
		fmt.Println(mistake.Path)
		fmt.Println(errors.Is(err, message.ErrLink))
		fmt.Println(err)
	}
	// Output:
	// [0].href
	// true
	// ninchat.com/ui/compose: [0].href: numeric addresses aren't allowed
}

// Order is what an application says in messages of its own.
type Order struct{ message.Raw }

// Text is what people see.
func (o *Order) Text() string { return "Order: " + string(o.Payload[0]) }

func ExampleRegistry() {
	types := message.Registry{
		"example.com/order": func(messageType string, payload [][]byte) (message.Content, error) {
			return &Order{message.Raw{MessageType: messageType, Payload: payload}}, nil
		},
	}
	content, err := types.Parse("example.com/order", [][]byte{[]byte("two pizzas")})
	fmt.Println(content.Text(), err)
	content, err = types.Parse("ninchat.com/text", [][]byte{[]byte(`{"text":"thanks"}`)})
	fmt.Println(content.Text(), err)
	// Output:
	// Order: two pizzas <nil>
	// thanks <nil>
}

func ExampleVisible() {
	fmt.Println(message.Visible("hello\n<boss> you are fired\x1b[2J\u202e"))
	// Output:
	// hello⏎<boss> you are fired\u001b[2J\u202e
}

func ExamplePatterns() {
	types := message.Patterns{"ninchat.com/text", "ninchat.com/info/*"}
	fmt.Println(types.Match("ninchat.com/text"), types.Match("ninchat.com/info/join"), types.Match("ninchat.com/rtc/call"))
	// Output:
	// true true false
}
