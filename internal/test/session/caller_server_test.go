package session_test

import (
	"bytes"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// callerOf makes calls to a server of a test.
func callerOf(t *testing.T, srv *ninchattest.Server, auth ninchat.CallerAuth) *ninchat.Caller {
	t.Helper()
	return newCaller(t, ninchat.CallerConfig{Address: srv.URL(), TLS: srv.TLSClientConfig(), Auth: auth})
}

// A user who has no session, and the local server.
func TestCallerServer(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithTLS())
	alice, err := srv.AddUser(server.User{
		Attrs:      api.UserAttrs{Name: api.Set("Alice")},
		Identities: []server.Identity{{Type: "email", Name: "alice@example.com", Auth: "pass word"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	c := callerOf(t, srv, ninchat.UserAuth(alice.ID, alice.Auth))
	created, err := c.CreateChannel(ctx, api.CreateChannel{ChannelAttrs: &api.ChannelAttrs{Name: api.Set("room"), Topic: api.Set(strings.Repeat("long ", 300))}})
	if err != nil {
		t.Fatal(err)
	}
	payloads := [][][]byte{
		{[]byte(`{"text":"Hello ☺"}`)},
		{[]byte("\x00\xff\xfe"), []byte(""), []byte("last")},
		{bytes.Repeat([]byte("compressible "), 10000)},
		{[]byte(`[1,2,{"n":9007199254740993}]`)},
		{[]byte("null")},
	}
	for i, payload := range payloads {
		sent, err := c.SendMessage(ctx, api.SendMessage{ChannelID: &created.ChannelID, MessageType: "example.com/" + strconv.Itoa(i), Payload: payload})
		if err != nil || sent.MessageID == "" {
			t.Errorf("message %d: %+v, %v", i, sent, err)
		}
	}
	// The other way of saying who calls, and many events in one answer.
	byName := callerOf(t, srv, ninchat.IdentityAuth("email", "alice@example.com", "pass word"))
	n := 0
	for reply, err := range byName.LoadHistory(ctx, api.LoadHistory{ChannelID: &created.ChannelID, HistoryOrder: new(int64(1)), MessageTypes: []string{"example.com/*"}}) {
		if err != nil {
			t.Fatal(err)
		}
		if m := reply.MessageReceived; m != nil {
			if !same(m.Payload, payloads[n]) || m.MessageType != "example.com/"+strconv.Itoa(n) {
				t.Errorf("message %d: %q", n, m.Payload)
			}
			n++
		}
	}
	if n != len(payloads) {
		t.Errorf("%d messages", n)
	}
	for name, auth := range map[string]ninchat.CallerAuth{
		"token":    ninchat.UserAuth(alice.ID, "0ther"),
		"user":     ninchat.UserAuth("nobody", alice.Auth),
		"password": ninchat.IdentityAuth("email", "alice@example.com", "0ther"),
		"identity": ninchat.IdentityAuth("email", "bob@example.com", "pass word"),
	} {
		_, err := callerOf(t, srv, auth).DescribeChannel(ctx, api.DescribeChannel{ChannelID: created.ChannelID})
		if _, ok := errors.AsType[*api.Error](err); !ok || strings.Contains(err.Error(), "0ther") {
			t.Errorf("wrong %s: %v", name, err)
		}
	}
	_, err = c.DescribeChannel(ctx, api.DescribeChannel{ChannelID: "nowhere"})
	if !errors.Is(err, api.ErrChannelNotFound) {
		t.Errorf("got %v", err)
	}
	// Nobody can become somebody.
	nobody, err := ninchat.NewCaller(ninchat.CallerConfig{Address: srv.URL(), TLS: srv.TLSClientConfig(), Proxy: noProxy})
	if err != nil {
		t.Fatal(err)
	}
	defer nobody.Close()
	made, err := nobody.CreateUser(ctx, api.CreateUser{UserAttrs: &api.UserAttrs{Name: api.Set("Bob")}})
	if err != nil || made.UserAuth == nil {
		t.Fatalf("%+v, %v", made, err)
	}
	// What is public needs nobody in particular.
	if found, err := nobody.DescribeChannel(ctx, api.DescribeChannel{ChannelID: created.ChannelID}); err != nil || found.ChannelMembers != nil {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := nobody.DescribeUser(ctx, api.DescribeUser{}); !errors.Is(err, api.ErrAccessDenied) {
		t.Errorf("got %v", err)
	}
	if _, err := callerOf(t, srv, ninchat.UserAuth(made.UserID, *made.UserAuth)).JoinChannel(ctx, api.JoinChannel{ChannelID: &created.ChannelID}); err != nil {
		t.Error(err)
	}
}

func same(got, want [][]byte) bool {
	return bytes.Equal(bytes.Join(got, []byte("|")), bytes.Join(want, []byte("|"))) && len(got) == len(want)
}

// Integers and booleans are what they were, and can be set to nothing.
func TestDefect3CallerValues(t *testing.T) {
	srv := newCallServer(t, says("application/json", `{"event":"channel_found","channel_id":"c","channel_attrs":{"closed":false,"suspended":true},"channel_members":{"u":{"member_attrs":{"since":9007199254740993}}}}`))
	c := newCaller(t, ninchat.CallerConfig{Address: srv.URL})
	found, err := c.DescribeChannel(t.Context(), api.DescribeChannel{ChannelID: "c"})
	if err != nil {
		t.Fatal(err)
	}
	attrs := found.ChannelAttrs
	if attrs.Closed.Or(true) || !attrs.Suspended.Or(false) {
		t.Errorf("closed %v, suspended %v", attrs.Closed, attrs.Suspended)
	}
	if _, err := c.UpdateMessage(t.Context(), api.UpdateMessage{ChannelID: "c", MessageID: "m", MessageHidden: false}); err == nil {
		t.Error("the wrong event was taken")
	}
	_, _ = c.UpdateChannel(t.Context(), api.UpdateChannel{ChannelID: "c", ChannelAttrs: api.ChannelAttrs{Closed: api.Set(false), Name: api.Unset[string](), Topic: api.Set("")}})
	_ = c.Invoke(t.Context(), action(t, "x", map[string]any{"n": int64(math.MaxInt64)}), nil)
	seen := srv.seen()
	for i, text := range []string{`"message_hidden":false`, `"closed":false`, `"n":9223372036854775807`} {
		if body := seen[i+1].body; !strings.Contains(body, text) {
			t.Errorf("%s is without %s", body, text)
		}
	}
	if body := seen[2].body; !strings.Contains(body, `"name":null`) || !strings.Contains(body, `"topic":""`) {
		t.Errorf("sent %s", body)
	}
}

// Payloads that are arrays, several parts and large integers survive without a
// session, too, both ways.
func TestDefect8CallerPayloads(t *testing.T) {
	srv := ninchattest.New(t)
	user, err := srv.AddUser(server.User{})
	if err != nil {
		t.Fatal(err)
	}
	c := callerOf(t, srv, ninchat.UserAuth(user.ID, user.Auth))
	created, err := c.CreateChannel(t.Context(), api.CreateChannel{})
	if err != nil {
		t.Fatal(err)
	}
	wants := [][][]byte{
		{[]byte(`[{"element":"button","label":"Yes","id":"1"}]`)},
		{[]byte(`[{"element":"button","label":"No","id":"2","n":9007199254740993}]`)},
		{[]byte("1"), []byte("9007199254740993"), []byte("[3]")},
	}
	for i, kind := range []string{api.MessageTypeUICompose, api.MessageTypeUICompose, "example.com/x"} {
		if _, err := c.SendMessage(t.Context(), api.SendMessage{ChannelID: &created.ChannelID, MessageType: kind, Payload: wants[i]}); err != nil {
			t.Error(err)
		}
	}
	n := 0
	for reply, err := range c.LoadHistory(t.Context(), api.LoadHistory{ChannelID: &created.ChannelID, HistoryOrder: new(int64(1)), MessageTypes: []string{api.MessageTypeUICompose, "example.com/*"}}) {
		if err != nil {
			t.Fatal(err)
		}
		if m := reply.MessageReceived; m != nil {
			if !same(m.Payload, wants[n]) {
				t.Errorf("got %q, want %q", m.Payload, wants[n])
			}
			n++
		}
	}
	if n != len(wants) {
		t.Errorf("%d messages", n)
	}
}

// A status that isn't success is none, however good the JSON looks; bodies have
// limits; payloads are sent; and answers of all types are read.
func TestDefect11Caller(t *testing.T) {
	for _, code := range []int{201, 206, 400, 403, 404, 500, 502, 503} {
		srv := newCallServer(t, status(code, "application/json", `{"event":"channel_parted","channel_id":"c"}`))
		event, err := newCaller(t, ninchat.CallerConfig{Address: srv.URL}).PartChannel(t.Context(), api.PartChannel{ChannelID: "c"})
		if answer, ok := errors.AsType[*ninchat.HTTPError](err); !ok || answer.Code != code || event != nil {
			t.Errorf("%d: %v, %v", code, event, err)
		}
	}
	endless := newCallServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for chunk := []byte(strings.Repeat(" ", 1<<10)); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	_, err := newCaller(t, ninchat.CallerConfig{Address: endless.URL, Limits: ninchat.Limits{Answer: 100 << 10}}).PartChannel(t.Context(), api.PartChannel{ChannelID: "c"})
	if !errors.Is(err, ninchat.ErrAnswerTooLong) {
		t.Errorf("an endless body: %v", err)
	}
	var srv *callServer
	srv = newCallServer(t, func(w http.ResponseWriter, r *http.Request) {
		seen := srv.seen()
		part := seen[len(seen)-1].body
		says("application/x-protobuf", events([]string{`{"event":"message_received","message_id":"m","message_type":"t","message_time":1}`, part}))(w, r)
	})
	sent, err := newCaller(t, ninchat.CallerConfig{Address: srv.URL}).SendMessage(t.Context(), api.SendMessage{ChannelID: new("c"), MessageType: "t", Payload: [][]byte{[]byte(`{"text":"x"}`)}})
	if err != nil || !jsontext.Value(sent.Payload[0]).IsValid() || !strings.Contains(string(sent.Payload[0]), `"payload":{"text":"x"}`) {
		t.Errorf("%v, %v", sent, err)
	}
}
