package server_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// serverConfig is for short.
type serverConfig = server.Config

// world has some users and a channel.
type world struct {
	t       *testing.T
	srv     *ninchattest.Server
	clients map[string]*client
	channel string
	// realm is "" unless newRealmWorld made the world.
	realm string
	// names are other ids that fill knows.
	names map[string]string
}

// newWorld makes a channel of anna, the owner and an operator, with mona, a
// moderator, and bert, a member. Outi is elsewhere.
func newWorld(t *testing.T, change ...func(*server.Config)) *world {
	w := &world{t: t, srv: start(t, change...), clients: make(map[string]*client)}
	for _, name := range []string{"anna", "bert", "mona", "outi"} {
		w.clients[name] = login(t, w.srv, `,"message_types":["*"],"user_attrs":{"name":"`+name+`"}`)
	}
	anna := w.clients["anna"]
	w.channel = anna.call(`{"action":"create_channel"}`).text("channel_id")
	for _, name := range []string{"bert", "mona"} {
		expect(t, w.do(name, `{"action":"join_channel","channel_id":"$channel"}`), `{"event":"channel_joined"}`)
	}
	w.do("anna", `{"action":"update_member","channel_id":"$channel","user_id":"$mona","member_attrs":{"moderator":true}}`)
	w.settle()
	return w
}

// newRealmWorld makes a realm of anna, with mona, an operator, and bert, a member.
// There is a channel of theirs, outside of the realm. Outi is elsewhere.
func newRealmWorld(t *testing.T, change ...func(*server.Config)) *world {
	w := newWorld(t, change...)
	w.realm = w.do("anna", `{"action":"create_realm","realm_attrs":{"name":"office"}}`).text("realm_id")
	w.do("anna", `{"action":"add_member","realm_id":"$realm","user_id":"$mona","member_attrs":{"operator":true}}`)
	w.do("anna", `{"action":"add_member","realm_id":"$realm","user_id":"$bert"}`)
	w.settle()
	return w
}

// settle forgets all events that have come.
func (w *world) settle() {
	w.t.Helper()
	for _, c := range w.clients {
		c.settle()
	}
}

// fill replaces $channel and $realm, and $NAME by other ids and those of users.
func (w *world) fill(text string) string {
	ids := map[string]string{"realm": w.realm, "channel": w.channel}
	maps.Copy(ids, w.names)
	for name, c := range w.clients {
		ids[name], ids[name+".auth"] = c.userID, c.auth
	}
	// Longer names first: one may be the beginning of another.
	names := slices.SortedFunc(maps.Keys(ids), func(a, b string) int { return len(b) - len(a) })
	for _, name := range names {
		text = strings.ReplaceAll(text, "$"+name, ids[name])
	}
	return text
}

// do has a user do an action, and returns the first reply.
func (w *world) do(who, action string, payload ...string) event {
	w.t.Helper()
	return w.clients[who].call(w.fill(action), payload...)
}

// say sends a text to the channel, and returns the message's id.
func (w *world) say(who, text string) string {
	w.t.Helper()
	e := w.do(who, `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/text"}`, `{"text":`+quote(text)+`}`)
	expect(w.t, e, `{"event":"message_received"}`)
	return e.text("message_id")
}

// step is an action in a table.
type step struct {
	who     string
	action  string
	payload []string
	// want has members of the reply.
	want string
}

// run does the steps of a table one after the other.
func (w *world) run(steps []step) {
	w.t.Helper()
	for _, s := range steps {
		e := w.do(s.who, s.action, s.payload...)
		w.t.Logf("%s: %s -> %v", s.who, s.action, e)
		expect(w.t, e, w.fill(s.want))
	}
}

// scenario is a named series of actions.
type scenario struct {
	name  string
	steps []step
	// told are events that users get beside replies.
	told []step
}

// play runs scenarios, each in a world of its own.
func play(t *testing.T, scenarios []scenario) { playIn(t, newWorld, scenarios) }

// playIn runs scenarios, each in a world that is made for it.
func playIn(t *testing.T, make func(*testing.T, ...func(*server.Config)) *world, scenarios []scenario) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := make(t)
			w.run(s.steps)
			for _, told := range s.told {
				expect(t, w.clients[told.who].wait(told.action), w.fill(told.want))
			}
		})
	}
}
