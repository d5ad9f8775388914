package ninchat_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/message"
	"github.com/ninchat-community/ninchat/server"
)

func Example_messages() {
	ctx := context.Background()
	srv, err := server.New(server.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	session, err := ninchat.Open(ctx, ninchat.Config{
		Address: "http://localhost", Dial: srv.DialContext,
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
	channelID := joined.ChannelID

	payload, err := message.NewText("Hello!").Encode()
	if err != nil {
		log.Fatal(err)
	}
	sent, err := session.SendMessage(ctx, api.SendMessage{
		ChannelID:   &channelID,
		MessageType: message.TypeText,
		Payload:     payload,
	})
	if err != nil {
		log.Fatal(err)
	}
	content, err := message.Parse(sent.MessageType, sent.Payload)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*sent.MessageUserName, "says", message.Visible(content.Text()))
	// Output: Alice says Hello!
}

// The code in docs/messages.md is that of Example_messages.
func TestMessagesPageShowsExample(t *testing.T) {
	page, err := os.ReadFile("docs/messages.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(page), "```go\n")
	block, _, closed := strings.Cut(block, "```\n")
	source, err := os.ReadFile("example_message_test.go")
	if err != nil {
		t.Fatal(err)
	}
	indented := strings.ReplaceAll("\n"+strings.TrimSuffix(block, "\n"), "\n", "\n\t")
	if !closed || !strings.Contains(string(source), indented+"\n\t// Output:") {
		t.Errorf("docs/messages.md shows:\n%s", block)
	}
}
