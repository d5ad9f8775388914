package ninchattest_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// A session comes through minutes of random faults: each message that it was told of
// is there once, in order. Errors are answers too: what they were for isn't there.
func TestSessionThroughRandomFaults(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { throughRandomFaults(t, seed) })
		})
	}
}

func throughRandomFaults(t *testing.T, seed uint64) {
	srv := ninchattest.New(t, ninchattest.InMemory())
	user, err := srv.AddUser(server.User{Attrs: api.UserAttrs{Name: api.Set("Anna")}})
	if err != nil {
		t.Fatal(err)
	}
	channel, err := srv.AddChannel(server.Channel{OwnerID: user.ID, Members: map[string]api.ChannelMemberAttrs{user.ID: {}}})
	if err != nil {
		t.Fatal(err)
	}
	session, err := ninchat.Open(t.Context(), ninchat.Config{
		Address: "http://localhost", Dial: srv.DialContext, DiscardEvents: true,
		Login: ninchat.ExistingUser(user.ID, user.Auth),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	srv.Faults().Random(seed, 5*time.Minute)
	var confirmed []string
	refused := make(map[string]bool)
	for i := 0; len(srv.Faults().Active()) > 0 && i < 1000; i++ {
		text := fmt.Sprint(i)
		_, err := session.SendMessage(t.Context(), api.SendMessage{
			ChannelID: &channel.ID, MessageType: api.MessageTypeText, Payload: [][]byte{[]byte(`{"text":"` + text + `"}`)},
		})
		switch {
		case err == nil:
			confirmed = append(confirmed, text)
		case errors.Is(err, api.ErrInternal):
			refused[text] = true
		default:
			t.Fatalf("message %d: %v", i, err)
		}
		time.Sleep(500 * time.Millisecond)
	}
	srv.Faults().Clear()
	if len(confirmed) < 100 || srv.Stats().Resumed == 0 {
		t.Errorf("%d messages were confirmed, and sessions were resumed %d times: too little happened", len(confirmed), srv.Stats().Resumed)
	}
	var kept []string
	for reply, err := range session.LoadHistory(t.Context(), api.LoadHistory{ChannelID: &channel.ID, HistoryLength: new(int64(1000)), HistoryOrder: new(int64(1)), MessageTypes: []string{api.MessageTypeText}}) {
		if err != nil {
			t.Fatal(err)
		}
		if received := reply.MessageReceived; received != nil {
			var content struct {
				Text string `json:"text"`
			}
			if err := json.Unmarshal(received.Payload[0], &content); err != nil {
				t.Fatal(err)
			}
			if refused[content.Text] {
				t.Errorf("%s was refused, but is there", content.Text)
			}
			kept = append(kept, content.Text)
		}
	}
	if fmt.Sprint(kept) != fmt.Sprint(confirmed) {
		t.Errorf("seed %d: kept %v, confirmed %v", seed, kept, confirmed)
	}
}
