package server_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// wireItem is something that published clients were seen to do, or to need, on
// the wire, and that the API reference doesn't say. Their numbers are those under
// which they were noted down; there are wireItems of them.
type wireItem struct {
	number int
	name   string
	test   func(*testing.T)
}

const wireItems = 57

// allWireItems are in wirehttp_test.go, wiresocket_test.go and so on. Items that
// only concern clients show what they get from the server in that case.
func allWireItems() (all []wireItem) {
	for _, part := range [][]wireItem{wireHTTP, wireSocket, wireSession, wireResume, wirePoll, wireAudience, wireMobile, wireSelf, wireEnds} {
		all = append(all, part...)
	}
	return all
}

// TestWire has a raw client, made of net/http and bare WebSocket frames, look at
// the server from outside.
func TestWire(t *testing.T) {
	for _, item := range allWireItems() {
		t.Run(fmt.Sprintf("%02d %s", item.number, item.name), func(t *testing.T) {
			t.Parallel()
			item.test(t)
		})
	}
}

// No item is missing, and none is there twice.
func TestWireIsComplete(t *testing.T) {
	for i, item := range allWireItems() {
		if item.number != i+1 || item.name == "" || item.test == nil {
			t.Fatalf("item %d is %+v", i+1, item)
		}
	}
	if n := len(allWireItems()); n != wireItems {
		t.Errorf("there are %d items, want %d", n, wireItems)
	}
}

// peer is a client with a session, by either transport.
type peer interface {
	// send has an action done, reply waits for what answers it, and call does both.
	send(action string, payload ...string) (actionID int64)
	reply(actionID int64) event
	call(action string, payload ...string) event
	// wait waits for an event with a name.
	wait(name string) event
	// identity is what session_created said.
	identity() (userID, auth, sessionID string)
}

// transport makes sessions.
type transport struct {
	name string
	// join creates a session, with more parameters that begin with a comma. It
	// returns what answered: session_created, or an error.
	join func(t *testing.T, srv *ninchattest.Server, params string) (peer, event)
}

var transports = []transport{{"WebSocket", joinBySocket}, {"polling", joinByPoll}}

// overBoth runs a test with either transport, each in a bubble of its own, where
// waiting takes no time.
func overBoth(test func(*testing.T, transport)) func(*testing.T) {
	return func(t *testing.T) {
		for _, transport := range transports {
			t.Run(transport.name, bubble(func(t *testing.T) { test(t, transport) }))
		}
	}
}

// bubble runs a test in a bubble.
func bubble(test func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) { synctest.Test(t, test) }
}

// guest makes a session that gets all messages.
func (tr transport) guest(t *testing.T, srv *ninchattest.Server) peer {
	t.Helper()
	return tr.login(t, srv, "")
}

// login makes a session with more parameters.
func (tr transport) login(t *testing.T, srv *ninchattest.Server, params string) peer {
	t.Helper()
	p, e := tr.join(t, srv, params)
	if e.name != "session_created" {
		t.Fatalf("got %v, want session_created", e)
	}
	return p
}

// as makes another session of somebody in the world.
func (tr transport) as(w *world, name string) peer {
	w.t.Helper()
	return tr.login(w.t, w.srv, w.credentials(name))
}

// credentials are parameters of create_session.
func (w *world) credentials(name string) string {
	return w.fill(`,"user_id":"$` + name + `","user_auth":"$` + name + `.auth"`)
}

// joinBySocket creates a session on a WebSocket.
func joinBySocket(t *testing.T, srv *ninchattest.Server, params string) (peer, event) {
	c := connect(t, srv)
	c.write(`{"action":"create_session","message_types":["*"]` + params + `}`)
	e := c.read()
	c.userID, c.auth, c.sessionID = e.text("user_id"), e.text("user_auth"), e.text("session_id")
	return c, e
}

func (c *client) identity() (userID, auth, sessionID string) { return c.userID, c.auth, c.sessionID }

// poller is a client that polls, and remembers what wasn't asked for yet.
type poller struct {
	*pollClient
	skipped []event
}

// joinByPoll creates a session by long polling.
func joinByPoll(t *testing.T, srv *ninchattest.Server, params string) (peer, event) {
	c := newPollClient(t, srv)
	e := only(t, c.post(`{"action":"create_session","message_types":["*"]`+params+`}`))
	c.userID, c.auth, c.sessionID = e.text("user_id"), e.text("user_auth"), e.text("session_id")
	return &poller{pollClient: c}, e
}

func (p *poller) identity() (userID, auth, sessionID string) { return p.userID, p.auth, p.sessionID }

func (p *poller) send(action string, payload ...string) int64 {
	p.t.Helper()
	for _, part := range payload {
		action = action[:len(action)-1] + `,"payload":` + part + `}`
	}
	return p.pollClient.send(action)
}

func (p *poller) call(action string, payload ...string) event {
	p.t.Helper()
	return p.reply(p.send(action, payload...))
}

func (p *poller) reply(actionID int64) event {
	p.t.Helper()
	return p.find(func(e event) bool { return int64(e.number("action_id")) == actionID })
}

func (p *poller) wait(name string) event {
	p.t.Helper()
	return p.find(func(e event) bool { return e.name == name })
}

// find looks among the skipped events, and then polls. Three polls without the
// event are too many.
func (p *poller) find(ok func(event) bool) event {
	p.t.Helper()
	for range 4 {
		for i, e := range p.skipped {
			if ok(e) {
				p.skipped = append(p.skipped[:i:i], p.skipped[i+1:]...)
				return e
			}
		}
		p.skipped = append(p.skipped, p.poll()...)
	}
	p.t.Fatalf("it didn't come; skipped: %v", p.skipped)
	return event{}
}

// content is the payload of an event, whichever way it came.
func (e event) content() string {
	if len(e.payload) > 0 {
		return strings.Join(e.payload, "|")
	}
	if payload, ok := e.members["payload"]; ok {
		return encode(payload)
	}
	return ""
}

// discreet leaves the log out, for tests with very many events.
func discreet(c *server.Config) { c.Logger = nil }
