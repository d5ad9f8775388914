package session_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/message"
	"github.com/ninchat-community/ninchat/ninchattest"
)

// sendable has a message of each type that clients may send.
func sendable() []message.Content {
	object := message.Object(`{"type":"offer","sdp":"v=0\r\n","n":12345678901234567890}`)
	return []message.Content{
		message.NewText("hello\x00\n\u202e"),
		message.NewNotice("notice"),
		&message.Link{Name: "a.pdf", Size: 1 << 60, Icon: "i", URL: "https://example.com/a.pdf"},
		&message.Metadata{Data: object, Time: new(1500000000.25)},
		&message.JSON{JSON: object},
		&message.RTCOffer{SDP: object},
		&message.RTCAnswer{SDP: object},
		&message.RTCICECandidate{Candidate: object},
		&message.RTCICECandidate{},
		&message.RTCCall{},
		&message.RTCPickUp{Busy: new(true)},
		&message.RTCHangUp{},
		&message.UICompose{Elements: []message.Element{
			{Element: message.ElementButton, Label: new("Yes")},
			{Element: message.ElementLink, Label: new("Help"), Href: new("https://example.com")},
			{Element: message.ElementSelect, Options: []message.Option{{Label: "Red", Value: "r"}}},
		}},
		&message.UIAction{Action: message.ActionClick, Target: message.Object(`{"element":"button","label":"Yes"}`)},
		&message.Raw{MessageType: "example.com/x", Payload: [][]byte{[]byte("\xff\x00"), {}, []byte("three parts")}},
	}
}

// received makes the content of a message event.
func received(t *testing.T, event *api.Event) message.Content {
	t.Helper()
	m, ok, err := api.As[*api.MessageReceived](event)
	if err != nil || !ok {
		t.Fatal(event.Name, err)
	}
	content, err := message.Parse(m.MessageType, m.Payload)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// Messages of each type that clients may send arrive as they were sent, in a
// channel and in a dialogue, and so do their answers. A payload that is an array
// is nothing special.
func TestMessageContents(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		r := newRoom(t, srv)
		var types []string
		for _, content := range sendable() {
			types = append(types, content.Type())
			payload, err := content.Encode()
			if err != nil {
				t.Fatal(err)
			}
			targets := []api.SendMessage{{ChannelID: &r.channel}, {UserID: &r.bobID}}
			if content.Type() == message.TypeNotice {
				targets = targets[:1]
			}
			for _, send := range targets {
				send.MessageType, send.Payload = content.Type(), payload
				sent, err := r.alice.SendMessage(t.Context(), send)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(payload, sent.Payload); diff != "" {
					t.Errorf("the answer to %s:\n%s", content.Type(), diff)
				}
				if got := nextFrom(t, r.bob, r.aliceID); !cmp.Equal(content, got) {
					t.Errorf("%s:\n%s", content.Type(), cmp.Diff(content, got))
				}
			}
		}
		for _, name := range message.Types() {
			// Files come by send_file.
			if !slices.Contains(types, name) && !message.ServerOnly(name) && name != message.TypeFile {
				t.Errorf("no message of type %s is sent", name)
			}
		}
	})
}

// nextFrom reads events until there is a message by a user.
func nextFrom(t *testing.T, s *ninchat.Session, userID string) message.Content {
	t.Helper()
	for {
		event := nextNamed(t, s, "message_received")
		m, _, err := api.As[*api.MessageReceived](event)
		if err != nil {
			t.Fatal(err)
		}
		if m.MessageUserID != nil && *m.MessageUserID == userID {
			return received(t, event)
		}
	}
}

// informed reads events until there is a message of the server, of the type of
// the wanted one, which it must be.
func informed(t *testing.T, s *ninchat.Session, want message.Content) {
	t.Helper()
	for {
		event := nextNamed(t, s, "message_received")
		content := received(t, event)
		if content.Type() != want.Type() {
			continue
		}
		if diff := cmp.Diff(want, content); diff != "" {
			t.Errorf("%s:\n%s", want.Type(), diff)
		}
		if m, _, _ := api.As[*api.MessageReceived](event); m.MessageUserID != nil {
			t.Errorf("%s has an author", want.Type())
		}
		return
	}
}

// All messages that the server makes arrive with their contents.
func TestInfoMessages(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		r := newRoom(t, srv)
		ctx := t.Context()
		check := func(_ any, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		informed(t, r.bob, &message.InfoJoin{UserID: r.bobID, UserName: new("Bob")})

		carol := open(t, discarding(config(srv, "Carol")))
		id := carol.UserID()
		check(carol.JoinChannel(ctx, api.JoinChannel{ChannelID: &r.channel}))
		informed(t, r.bob, &message.InfoJoin{UserID: id, UserName: new("Carol")})

		check(r.alice.UpdateMember(ctx, api.UpdateMember{ChannelID: &r.channel, UserID: id, MemberAttrs: api.MemberAttrs{Silenced: api.Set(true)}}))
		informed(t, r.bob, &message.InfoMember{UserID: id, UserName: new("Carol"), MemberSilenced: new(true)})
		check(r.alice.UpdateMember(ctx, api.UpdateMember{ChannelID: &r.channel, UserID: id, MemberAttrs: api.MemberAttrs{Silenced: api.Set(false)}}))
		informed(t, r.bob, &message.InfoMember{UserID: id, UserName: new("Carol")})

		check(r.alice.UpdateChannel(ctx, api.UpdateChannel{ChannelID: r.channel, ChannelAttrs: api.ChannelAttrs{Name: api.Set("hall"), Topic: api.Set("x")}}))
		informed(t, r.bob, &message.InfoChannel{ChannelAttrsOld: message.Object(`{"name":"room"}`), ChannelAttrsNew: message.Object(`{"name":"hall","topic":"x"}`)})
		check(r.alice.UpdateChannel(ctx, api.UpdateChannel{ChannelID: r.channel, ChannelAttrs: api.ChannelAttrs{Topic: api.Unset[string]()}}))
		informed(t, r.bob, &message.InfoChannel{ChannelAttrsOld: message.Object(`{"topic":"x"}`), ChannelAttrsNew: message.Object(`{}`)})

		check(carol.UpdateUser(ctx, api.UpdateUser{UserAttrs: &api.UserAttrs{Name: api.Set("Caro")}}))
		informed(t, r.bob, &message.InfoUser{UserID: id, UserName: new("Caro"), UserNameOld: new("Carol")})

		check(r.alice.RemoveMember(ctx, api.RemoveMember{ChannelID: &r.channel, UserID: id}))
		informed(t, r.bob, &message.InfoPart{UserID: id, UserName: new("Caro"), Cause: new(message.CauseMemberRemove)})
		check(carol.JoinChannel(ctx, api.JoinChannel{ChannelID: &r.channel}))
		check(carol.PartChannel(ctx, api.PartChannel{ChannelID: r.channel}))
		informed(t, r.bob, &message.InfoPart{UserID: id, UserName: new("Caro")})

		dave, err := ninchat.Open(ctx, discarding(config(srv, "Dave")))
		check(dave, err)
		defer dave.Close()
		check(dave.JoinChannel(ctx, api.JoinChannel{ChannelID: &r.channel}))
		auth := dave.Credentials().UserAuth
		_, _ = dave.DeleteUser(ctx, api.DeleteUser{UserAuth: &auth})
		informed(t, r.bob, &message.InfoUser{UserID: dave.UserID(), UserName: new("Dave"), UserDeleted: new(true)})
	})
}

// Nobody can pose as the server.
func TestRefusedMessages(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		r := newRoom(t, srv)
		for _, name := range append(message.Types(), "ninchat.com/info/future", "ninchat.com/rtc/future") {
			want := api.ErrMessageMalformed
			if message.ServerOnly(name) || !message.Known(name) {
				want = api.ErrMessageNotSupported
			}
			_, err := r.alice.SendMessage(t.Context(), api.SendMessage{ChannelID: &r.channel, MessageType: name, Payload: [][]byte{[]byte(`"x"`)}})
			if refusal, ok := errors.AsType[*api.Error](err); !ok || refusal.Type != want {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
		}
		payload, err := message.NewNotice("x").Encode()
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.bob.SendMessage(t.Context(), api.SendMessage{ChannelID: &r.channel, MessageType: message.TypeNotice, Payload: payload})
		if !errors.Is(err, api.ErrPermissionDenied) {
			t.Errorf("a notice by a member: %v", err)
		}
	})
}
