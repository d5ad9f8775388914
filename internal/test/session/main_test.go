package session_test

import (
	"context"
	"crypto/fips140"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"go.uber.org/goleak"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// inBubble runs a test in which hours pass at once, with a server in memory.
func inBubble(t *testing.T, test func(t *testing.T, srv *ninchattest.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, ninchattest.New(t, ninchattest.InMemory()))
	})
}

func noProxy(*http.Request) (*url.URL, error) { return nil, nil }

// patience is how long something may take that is done in real time: a machine may
// stand still for some while.
const patience = 10 * time.Minute

// place is where the sessions of a test go.
type place interface {
	URL() string
	TLSClientConfig() *tls.Config
	Host() string
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// routed is a server that the sessions of a test reach by one transport.
type routed struct {
	*ninchattest.Server
	by ninchat.Transport
}

// inBubbles is inBubble by each transport.
func inBubbles(t *testing.T, test func(t *testing.T, srv *routed)) {
	t.Helper()
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) {
		inBubble(t, func(t *testing.T, srv *ninchattest.Server) { test(t, &routed{srv, by}) })
	})
}

// byNetwork runs a test by each transport, with a server on a network, in which
// goroutines really run at the same time.
func byNetwork(t *testing.T, test func(t *testing.T, srv *routed)) {
	t.Helper()
	byEachTransport(t, func(t *testing.T, by ninchat.Transport) { test(t, &routed{ninchattest.New(t), by}) })
}

// config is a configuration for a server of a test.
func config(srv place, name string) ninchat.Config {
	login := ninchat.NewUser(name)
	login.UserAttrs.Guest = api.Set(false)
	c := ninchat.Config{Address: srv.URL(), TLS: srv.TLSClientConfig(), Proxy: noProxy, Login: login}
	if srv, ok := srv.(*routed); ok {
		c.Transport = srv.by
	}
	if strings.HasPrefix(srv.Host(), "127.0.0.1:") {
		c.OpenTimeout, c.ConnectTimeout, c.CloseTimeout = patience, patience, patience
	} else {
		// The server is in memory.
		c.Dial = srv.DialContext
	}
	return c
}

// open opens a session, which is closed when the test ends.
func open(t *testing.T, config ninchat.Config) *ninchat.Session {
	t.Helper()
	s, err := ninchat.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// byEachTransport runs a test over WebSockets and by long polling.
func byEachTransport(t *testing.T, test func(t *testing.T, by ninchat.Transport)) {
	t.Helper()
	for _, by := range []ninchat.Transport{ninchat.WebSocketOnly, ninchat.LongPollOnly} {
		t.Run(by.String(), func(t *testing.T) { test(t, by) })
	}
}

// travelling changes the transport of a configuration.
func travelling(by ninchat.Transport, config ninchat.Config) ninchat.Config {
	config.Transport = by
	return config
}

// discarding changes a configuration so that events are thrown away.
func discarding(config ninchat.Config) ninchat.Config {
	config.DiscardEvents = true
	return config
}

// room is a channel with two members.
type room struct {
	channel        string
	alice, bob     *ninchat.Session
	aliceID, bobID string
}

// newRoom makes a channel with Alice, who only makes calls, and Bob.
func newRoom(t *testing.T, srv place) room {
	t.Helper()
	by := ninchat.AutoTransport
	if srv, ok := srv.(*routed); ok {
		by = srv.by
	}
	return newRoomBy(t, srv, by)
}

// newRoomBy makes the room by way of a transport.
func newRoomBy(t *testing.T, srv place, by ninchat.Transport) room {
	t.Helper()
	r := room{
		alice: open(t, travelling(by, discarding(config(srv, "Alice")))),
		bob:   open(t, travelling(by, config(srv, "Bob"))),
	}
	r.aliceID, r.bobID = r.alice.UserID(), r.bob.UserID()
	created, err := r.alice.CreateChannel(t.Context(), api.CreateChannel{ChannelAttrs: &api.ChannelAttrs{Name: api.Set("room")}})
	if err != nil {
		t.Fatal(err)
	}
	r.channel = created.ChannelID
	if _, err := r.bob.JoinChannel(t.Context(), api.JoinChannel{ChannelID: &r.channel}); err != nil {
		t.Fatal(err)
	}
	return r
}

// text makes a message to the room.
func (r room) text(content string) api.SendMessage {
	return api.SendMessage{
		ChannelID:   &r.channel,
		MessageType: "example.com/plain",
		Payload:     [][]byte{[]byte(content)},
	}
}

func (r room) say(t *testing.T, content string) {
	t.Helper()
	if _, err := r.alice.SendMessage(t.Context(), r.text(content)); err != nil {
		t.Fatal(err)
	}
}

// hear reads the events of a session until it has got as many messages of the
// test's own.
func hear(t *testing.T, s *ninchat.Session, count int) []string {
	t.Helper()
	var heard []string
	if count == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for event, err := range s.Events(ctx) {
		if err != nil {
			t.Fatalf("after %d messages: %v", len(heard), err)
		}
		if content, ok := content(t, event); ok {
			if heard = append(heard, content); len(heard) == count {
				break
			}
		}
	}
	return heard
}

// content is what a message of the test's own says.
func content(t *testing.T, event *api.Event) (string, bool) {
	t.Helper()
	message, ok, err := api.As[*api.MessageReceived](event)
	if err != nil {
		t.Fatal(err)
	}
	if !ok || message.MessageType != "example.com/plain" {
		return "", false
	}
	return string(message.Payload[0]), true
}

// nextNamed reads events until there is one with a name.
func nextNamed(t *testing.T, s *ninchat.Session, name string) *api.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for event, err := range s.Events(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if event.Name == name {
			return event
		}
	}
	t.Fatalf("no %s came", name)
	return nil
}

// waitFor waits until the session is in a state.
func waitFor(t *testing.T, s *ninchat.Session, state ninchat.State) ninchat.StateChange {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for change := range s.States(ctx) {
		if change.State == state {
			return change
		}
	}
	t.Fatalf("the session never was %v", state)
	return ninchat.StateChange{}
}

// upgrade does the part of a server in the handshake of a WebSocket. Its digest is
// allowed where only what FIPS 140-3 has is, as it keeps nothing secure.
func upgrade(conn io.ReadWriter) (handshake ws.Handshake, err error) {
	return upgradeBy(ws.Upgrader{}, conn)
}

// upgradeBy is like upgrade, in a way of its own.
func upgradeBy(upgrader ws.Upgrader, conn io.ReadWriter) (handshake ws.Handshake, err error) {
	fips140.WithoutEnforcement(func() { handshake, err = upgrader.Upgrade(conn) })
	return handshake, err
}
