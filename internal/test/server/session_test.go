package server_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

func TestCreateSession(t *testing.T) {
	srv := start(t)
	c := connect(t, srv)
	c.write(`{"action":"create_session","message_types":["*"],"user_attrs":{"name":"x"},"user_settings":{"a":1},"client":"test"}`)
	e := c.read()
	expect(t, e, `{"event":"session_created","event_id":1,"action_id":"<absent>","frames":"<absent>","session_host":"localhost",
		"user_attrs":{"name":"x","guest":true,"connected":true},"user_settings":{"a":1},"user_account":{},
		"user_identities":{},"user_dialogues":{},"user_channels":{},"user_realms":{}}`)
	for _, name := range []string{"session_id", "user_id", "user_auth"} {
		if e.text(name) == "" {
			t.Errorf("no %s", name)
		}
	}
	for _, test := range []struct{ params, want string }{
		{``, `{"error_type":"request_malformed"}`},
		{`,"message_types":"*"`, `{"error_type":"request_malformed"}`},
		{`,"message_types":["a*b"]`, `{"error_type":"request_malformed"}`},
		{`,"message_types":["` + strings.Repeat("x", 129) + `"]`, `{"error_type":"message_type_too_long"}`},
		{`,"message_types":[` + strings.Repeat(`"x",`, 256) + `"x"]`, `{"error_type":"message_types_too_long"}`},
		{`,"message_types":[],"user_id":"nobody","user_auth":"x"`, `{"error_type":"user_not_found","user_id":"nobody"}`},
		{`,"message_types":[],"user_id":` + quote(e.text("user_id")) + `,"user_auth":"wrong"`, `{"error_type":"access_denied"}`},
		{`,"message_types":[],"user_id":` + quote(e.text("user_id")), `{"error_type":"access_denied"}`},
		{`,"message_types":[],"user_existing":true`, `{"error_type":"user_not_found"}`},
		{`,"message_types":[],"user_existing":true,"user_id":"nobody"`, `{"error_type":"user_not_found"}`},
		{`,"message_types":[],"user_auth":"x"`, `{"error_type":"request_malformed"}`},
		{`,"message_types":[],"user_attrs":{"admin":true}`, `{"error_type":"permission_denied"}`},
		{`,"message_types":[],"access_key":"x"`, `{"error_type":"access_denied"}`},
		{`,"message_types":[],"user_id":"x","master_sign":"x"`, `{"error_type":"access_denied"}`},
	} {
		c := connect(t, srv)
		c.write(`{"action":"create_session"` + test.params + `}`)
		e := c.read()
		expect(t, e, `{"event":"error","event_id":"<absent>"}`)
		expect(t, e, test.want)
		// Another attempt is possible.
		c.createSession(`,"message_types":[]`)
	}
	// A session can't be changed for another one.
	c.write(`{"action":"create_session","message_types":[]}`)
	expect(t, c.read(), `{"error_type":"request_malformed"}`)
	c.write(`{"action":"resume_session","session_id":"other","event_id":1}`)
	expect(t, c.read(), `{"error_type":"request_malformed"}`)
}

// What an existing user says at login is changed, and others are told.
func TestAttributesAtLogin(t *testing.T) {
	w := newWorld(t)
	second := login(t, w.srv, w.fill(`,"message_types":[],"user_id":"$bert","user_auth":"$bert.auth","user_attrs":{"name":"robert","guest":false},"user_settings":{"a":1}`))
	expect(t, second.call(`{"action":"describe_user"}`), `{"user_attrs":{"name":"robert","guest":true},"user_settings":{"a":1}}`)
	expect(t, w.clients["anna"].wait("user_updated"), `{"user_attrs":{"name":"robert"}}`)
	expect(t, w.clients["bert"].wait("user_updated"), `{"user_settings":{"a":1}}`)
}

func TestActionsNeedSession(t *testing.T) {
	srv := start(t)
	for _, action := range []string{
		`{"action":"ping"}`, `{"action":"describe_user"}`, `{"action":"update_session"}`,
		`{"action":"send_message","channel_id":"x","message_type":"x"}`,
	} {
		c := connect(t, srv)
		expect(t, c.call(action), `{"event":"error","error_type":"session_not_found","event_id":"<absent>"}`)
	}
	c := connect(t, srv)
	expect(t, c.call(`{"action":"describe_conn"}`), `{"event":"conn_found","event_id":"<absent>"}`)
	c.createSession(`,"message_types":[]`)
	expect(t, c.call(`{"action":"describe_conn"}`), `{"event":"conn_found","event_id":2}`)
	c.write(`{"action":"ping"}`)
	expect(t, c.read(), `{"event":"pong","event_id":3,"action_id":"<absent>"}`)
}

func TestUnknownActions(t *testing.T) {
	srv := start(t)
	c := guest(t, srv)
	expect(t, c.call(`{"action":"make_coffee"}`), `{"error_type":"action_not_supported"}`)
	expect(t, c.call(`{"event":"pong"}`), `{"error_type":"request_malformed"}`)
	expect(t, c.call(`{"action":"ping","unheard":{"of":[1]}}`), `{"event":"pong"}`)

	strict := start(t, func(c *serverConfig) { c.Strict = true })
	c = guest(t, strict)
	expect(t, c.call(`{"action":"ping","unheard":1}`), `{"error_type":"request_malformed"}`)
	expect(t, c.call(`{"action":"create_channel","channel_attrs":{"topik":"x"}}`), `{"error_type":"request_malformed"}`)
}

// Errors say which parameter is wrong, but not what was in it.
func TestMalformedParameters(t *testing.T) {
	c := guest(t, start(t))
	e := c.call(`{"action":"delete_user","user_auth":{"hush":"secret"}}`)
	expect(t, e, `{"error_type":"request_malformed"}`)
	if reason := e.text("error_reason"); !strings.Contains(reason, "user_auth") || strings.Contains(reason, "secret") {
		t.Errorf("the reason is %q", reason)
	}
	deep := strings.Repeat("[", 60) + strings.Repeat("]", 60)
	expect(t, c.call(`{"action":"update_user","user_settings":{"deep":`+deep+`}}`), `{"event":"user_updated"}`)
	c.write(`{"action":"ping"}`)
	expect(t, c.read(), `{"event":"pong","action_id":"<absent>"}`)
}

// chatter has anna send n messages to the channel.
func (w *world) chatter(n int) {
	w.t.Helper()
	for i := range n {
		w.say("anna", fmt.Sprint(i))
	}
}

func TestResume(t *testing.T) {
	w := newWorld(t)
	bert := w.clients["bert"]
	w.chatter(3)
	first := bert.read()
	_ = bert.nc.Close()
	w.chatter(2)

	again := bert.again(w.srv)
	for i := range 4 {
		e := again.read()
		expect(t, e, fmt.Sprintf(`{"event":"message_received","event_id":%d}`, int(first.number("event_id"))+1+i))
	}
	again.quiet()

	// Without having acknowledged more, everything comes once again.
	_ = again.nc.Close()
	again.eventID = int64(first.number("event_id"))
	third := again.again(w.srv)
	for i := range 5 { // the pong too
		expect(t, third.read(), fmt.Sprintf(`{"event_id":%d}`, int(first.number("event_id"))+1+i))
	}
	third.quiet()
}

func TestResumeUnknown(t *testing.T) {
	srv := start(t)
	c := connect(t, srv)
	c.write(`{"action":"resume_session","session_id":"none","event_id":5}`)
	expect(t, c.read(), `{"event":"error","error_type":"session_not_found","session_id":"none","event_id":"<absent>"}`)
	c.write(`{"action":"resume_session"}`)
	expect(t, c.read(), `{"error_type":"session_not_found"}`)
	c.createSession(`,"message_types":[]`)

	// Events that never were can't be what the client has got last.
	c.eventID = 99
	again := c.again(srv)
	expect(t, again.read(), `{"error_type":"session_not_found"}`)
}

func TestAcknowledge(t *testing.T) {
	w := newWorld(t)
	bert := w.clients["bert"]
	w.chatter(3)
	for range 3 {
		bert.read()
	}
	last := bert.eventID
	// By any action, be it refused, and by resume_session without session_id.
	bert.write(fmt.Sprintf(`{"action":"make_coffee","event_id":%d}`, last-1))
	bert.read()
	bert.write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, last))
	bert.quiet()
	bert.write(`{"action":"resume_session","event_id":1000}`) // cut back to what was sent
	bert.quiet()
	_ = bert.nc.Close()
	bert.eventID = last
	again := bert.again(w.srv)
	again.actionID = 100
	again.skipped = nil
	for e := again.read(); e.name != "pong"; e = again.read() {
		t.Logf("again: %v", e)
		if int64(e.number("event_id")) <= last {
			t.Errorf("%v came again after having been acknowledged", e)
		}
	}
}

func TestSupersede(t *testing.T) {
	w := newWorld(t)
	bert := w.clients["bert"]
	again := bert.again(w.srv)
	again.quiet()
	expect(t, bert.read(), `{"event":"error","error_type":"connection_superseded","event_id":"<absent>"}`)
	if err, ok := bert.ended().(closedError); !ok {
		t.Errorf("got %v, want a close frame", err)
	}
	w.say("anna", "hello")
	expect(t, again.wait("message_received"), `{"message_type":"ninchat.com/text"}`)
}

func TestSeveralSessions(t *testing.T) {
	w := newWorld(t)
	second := login(t, w.srv, w.fill(`,"message_types":["*"],"user_id":"$anna","user_auth":"$anna.auth"`))
	if second.auth != "" {
		t.Error("a user_auth for a user who exists")
	}
	w.say("anna", "hello")
	expect(t, second.read(), w.fill(`{"event":"message_received","message_user_id":"$anna","action_id":"<absent>"}`))
	w.do("anna", `{"action":"part_channel","channel_id":"$channel"}`)
	expect(t, second.read(), w.fill(`{"event":"channel_parted","channel_id":"$channel","action_id":"<absent>"}`))
	w.do("anna", `{"action":"update_user","user_attrs":{"name":"a"}}`)
	expect(t, second.read(), `{"event":"user_updated","user_attrs":{"name":"a"},"user_settings":{}}`)
	w.do("anna", `{"action":"join_channel","channel_id":"$channel"}`)
	expect(t, second.read(), w.fill(`{"event":"channel_joined","channel_members":{"$anna":{}}}`))
}

func TestCloseSession(t *testing.T) {
	srv := start(t)
	c := guest(t, srv)
	c.write(`{"action":"close_session"}`)
	if err, ok := c.ended().(closedError); !ok || err.code != ws.StatusNormalClosure || len(c.skipped) != 0 {
		t.Errorf("got %v, %v", err, c.skipped)
	}
	again := c.again(srv)
	expect(t, again.read(), `{"error_type":"session_not_found"}`)

	// As the first action it needs the session_id.
	c = guest(t, srv)
	other := connect(t, srv)
	other.write(`{"action":"close_session","session_id":"` + c.sessionID + `"}`)
	_ = other.ended()
	_ = c.ended()
	if sessions := srv.Stats().Sessions; sessions != 0 {
		t.Errorf("%d sessions are left", sessions)
	}
	other = connect(t, srv)
	other.write(`{"action":"close_session","session_id":"none"}`)
	expect(t, other.read(), `{"error_type":"session_not_found"}`)
	other.write(`{"action":"create_session","message_types":[]}`)
	expect(t, other.read(), `{"error_type":"request_malformed"}`)
}

func TestOverflow(t *testing.T) {
	srv := start(t)
	c := login(t, srv, `,"message_types":[],"user_attrs":{"guest":false}`)
	for id := 2; id <= 8192; id++ {
		c.write(`{"action":"ping"}`)
		expect(t, c.read(), fmt.Sprintf(`{"event":"pong","event_id":%d}`, id))
	}
	c.write(`{"action":"ping"}`)
	expect(t, c.read(), `{"event":"error","error_type":"session_buffer_overflow","event_id":"<absent>"}`)
	_ = c.ended()
	expect(t, c.again(srv).read(), `{"error_type":"session_not_found"}`)
}

// A client that doesn't read costs nobody else anything, and no more memory than
// its buffer has.
func TestStalledReader(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) { c.Limits.Events = 50 })
	stalled := w.clients["bert"]
	for i := range 200 {
		w.say("anna", fmt.Sprint(i))
		w.clients["anna"].write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, w.clients["anna"].eventID))
		w.clients["mona"].wait("message_received")
		w.clients["mona"].write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, w.clients["mona"].eventID))
	}
	if lost := w.srv.Stats().SessionsLost; lost != 1 {
		t.Errorf("%d sessions were lost", lost)
	}
	_ = stalled.ended()
	expect(t, stalled.again(w.srv).read(), `{"error_type":"session_not_found"}`)
}

func TestByteOverflow(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) { c.Limits.EventBytes = 100_000 })
	long := `{"text":"` + strings.Repeat("x", 30_000) + `"}`
	for range 5 {
		w.do("anna", `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/text","event_id":`+fmt.Sprint(w.clients["anna"].eventID)+`}`, long)
	}
	_ = w.clients["bert"].ended()
	expect(t, w.clients["bert"].again(w.srv).read(), `{"error_type":"session_not_found"}`)
}

func TestSessionTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t, func(c *serverConfig) { c.Resume = time.Minute })
		c := guest(t, srv)
		_ = c.nc.Close()
		time.Sleep(59 * time.Second)
		c = c.again(srv)
		c.quiet()
		_ = c.nc.Close()
		time.Sleep(59 * time.Second)
		c = c.again(srv)
		c.quiet()
		_ = c.nc.Close()
		time.Sleep(61 * time.Second)
		expect(t, c.again(srv).read(), `{"error_type":"session_not_found"}`)
	})
}

func TestTooManySessions(t *testing.T) {
	srv := start(t, func(c *serverConfig) { c.Limits.SessionsPerUser = 2 })
	first := guest(t, srv)
	credentials := `,"message_types":[],"user_id":` + quote(first.userID) + `,"user_auth":` + quote(first.auth)
	second := login(t, srv, credentials)
	third := connect(t, srv)
	third.write(`{"action":"create_session"` + credentials + `}`)
	expect(t, third.read(), `{"error_type":"permission_denied"}`)
	srv.Faults().Cut(server.Match{SessionID: api.Secret(second.sessionID)})
	_ = second.ended()
	eventually(t, func() bool { return srv.Stats().Connections == 2 })
	third.createSession(credentials)
	expect(t, second.again(srv).read(), `{"error_type":"session_not_found"}`)

	srv = start(t, func(c *serverConfig) { c.Limits.Sessions = 1 })
	guest(t, srv)
	c := connect(t, srv)
	c.write(`{"action":"create_session","message_types":[]}`)
	expect(t, c.read(), `{"error_type":"internal"}`)
}

// eventually waits until something is so that the server does by itself.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never came so")
		}
	}
}

// Repeating what has been done answers it, without doing it again.
func TestRepeatedInSession(t *testing.T) {
	w := newWorld(t)
	anna := w.clients["anna"]
	send := func(id int64) {
		anna.write(w.fill(fmt.Sprintf(`{"action":"send_message","channel_id":"$channel","message_type":"x","action_id":%d}`, id)), "once")
	}
	id := anna.actionID + 1
	anna.actionID = id
	send(id)
	first := anna.reply(id)

	// Not acknowledged: the reply is in the buffer, and comes with resuming only.
	send(id)
	anna.quiet()
	// Acknowledged: the reply is sent again, as a new event.
	anna.write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, anna.eventID))
	send(id)
	second := anna.reply(id)
	if second.text("message_id") != first.text("message_id") || second.number("event_id") <= first.number("event_id") {
		t.Errorf("got %v, and again %v", first, second)
	}
	if got := w.history("bert", `,"channel_id":"$channel","message_types":["x"]`); got != "x" {
		t.Errorf("the messages are %q", got)
	}
	// Errors are answers too.
	refused := anna.call(`{"action":"make_coffee"}`)
	expect(t, refused, `{"error_type":"action_not_supported"}`)
	anna.write(fmt.Sprintf(`{"action":"make_coffee","action_id":%d}`, anna.actionID))
	anna.quiet()
}

// However late it comes, it isn't done again.
func TestRepeatedLate(t *testing.T) {
	w := newWorld(t)
	anna := w.clients["anna"]
	send := func(id int64, text string) {
		anna.write(w.fill(fmt.Sprintf(`{"action":"send_message","channel_id":"$channel","message_type":"x","action_id":%d,"event_id":%d}`, id, anna.eventID)), text)
	}
	const count = 2000
	first := anna.actionID + 1
	for id := first; id < first+count; id++ {
		send(id, fmt.Sprint(id))
		anna.actionID = id
		anna.reply(id)
	}
	for _, id := range []int64{first, first + count/2, first + count - 300, first + count - 258} {
		send(id, fmt.Sprint(id))
		anna.quiet()
	}
	// A client that counts from the beginning again means something else.
	send(first, "another")
	anna.reply(first)
	send(first+count-2, "another")
	anna.reply(first + count - 2)
	send(first+count-2, "another")
	anna.reply(first + count - 2)
	if n := w.srv.Stats().Repeats; n != 5 {
		t.Errorf("%d actions counted as repeated", n)
	}
}

// After resuming, an action that was done but whose reply got lost is answered
// by what is sent again.
func TestRepeatedAfterResume(t *testing.T) {
	w := newWorld(t)
	anna := w.clients["anna"]
	w.srv.Faults().CutAt(server.Match{UserID: anna.userID}, "send_message")
	action := w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`)
	id := anna.send(action, "once")
	if err := anna.ended(); err == nil || len(anna.skipped) > 0 {
		t.Fatalf("got %v, %v", err, anna.skipped)
	}
	again := anna.again(w.srv)
	again.actionID = id - 1
	again.send(action, "once")
	expect(t, again.reply(id), `{"event":"message_received"}`)
	again.quiet()
	w.clients["bert"].wait("message_received")
	w.clients["bert"].quiet()
}

func TestReadOnlyActionsAreDoneAgain(t *testing.T) {
	w := newWorld(t)
	anna := w.clients["anna"]
	e := w.do("anna", `{"action":"describe_channel","channel_id":"$channel"}`)
	expect(t, e, `{"event":"channel_found"}`)
	anna.write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, anna.eventID))
	anna.actionID--
	expect(t, w.do("anna", `{"action":"describe_channel","channel_id":"$channel"}`), `{"event":"channel_found"}`)
}

// What was done in a session that is lost isn't done again in the next one.
func TestRepeatedAfterLoss(t *testing.T) {
	for name, lose := range map[string]func(*world, *client){
		"fault":    func(w *world, c *client) { w.srv.Faults().LoseAt(server.Match{UserID: c.userID}, "send_message") },
		"overflow": func(w *world, c *client) {},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *serverConfig) {
				if name == "overflow" {
					c.Limits.Events = 40
				}
			})
			anna := w.clients["anna"]
			lose(w, anna)
			action := w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x","message_fold":true}`)
			id := anna.send(action, "once")
			if name == "overflow" {
				for range 40 {
					anna.write(`{"action":"ping"}`)
					if anna.read().name == "error" {
						break
					}
				}
			}
			_ = anna.ended()
			credentials := w.fill(`,"message_types":["*"],"user_id":"$anna","user_auth":"$anna.auth"`)
			next := login(t, w.srv, credentials)
			next.actionID = id - 1
			// Encoded in another way, it is still the same.
			next.send(w.fill(`{"message_fold": true, "message_type":"\u0078","action":"send_message","channel_id":"$channel"}`), "once")
			first := next.reply(id)
			expect(t, first, `{"event":"message_received","message_type":"x","event_id":2}`)

			// If that session is lost as well, it goes on.
			w.srv.Faults().Lose(server.Match{SessionID: api.Secret(next.sessionID)})
			_ = next.ended()
			third := login(t, w.srv, credentials)
			third.actionID = id - 1
			third.send(action, "once")
			if e := third.reply(id); e.text("message_id") != first.text("message_id") {
				t.Errorf("got %v, want the message %v", e, first)
			}
			// Even what has been acknowledged may have been missed by the client.
			third.write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, third.eventID))
			third.settle()
			w.srv.Faults().Lose(server.Match{SessionID: api.Secret(third.sessionID)})
			fourth := login(t, w.srv, credentials)
			fourth.actionID = id - 1
			fourth.send(action, "once")
			if e := fourth.reply(id); e.text("message_id") != first.text("message_id") {
				t.Errorf("got %v, want the message %v", e, first)
			}
		})
	}
}

// What was acknowledged is remembered across a lost session, and across restarts before
// and after that. It says which action it was: not only its number.
func TestAcknowledgedActionsAreRemembered(t *testing.T) {
	store := new(memoryStore)
	w := newWorld(t, stored(store))
	action := w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`)
	anna := w.clients["anna"]
	id := anna.send(action, "one")
	first := anna.reply(id).text("message_id")
	second := anna.call(action, "two").text("message_id")
	anna.write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, anna.eventID))
	anna.settle()
	w.restart(store)
	anna = w.clients["anna"]
	w.srv.Faults().Lose(server.Match{SessionID: api.Secret(anna.sessionID)})
	_ = anna.ended()
	delete(w.clients, "anna")
	w.restart(store)
	next := login(t, w.srv, fmt.Sprintf(`,"message_types":["*"],"user_id":%q,"user_auth":%q`, anna.userID, anna.auth))
	for i, want := range []string{first, second} {
		next.actionID = id + int64(i) - 1
		next.send(action, []string{"one", "two"}[i])
		if got := next.reply(id + int64(i)).text("message_id"); got != want {
			t.Errorf("action %d: got %q, want %q", i, got, want)
		}
	}
	next.write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, next.eventID))
	next.settle()
	next.actionID = id - 1
	if got := next.call(action, "other").text("message_id"); got == first || got == "" {
		t.Errorf("got %q", got)
	}
}

// A session that was there before isn't the successor of one that was lost, and one that
// has done something new isn't any more: what it says for the first time is done. That is
// so after a restart, too.
func TestOtherSessionsRepeatNothing(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		store := new(memoryStore)
		w := newWorld(t, stored(store))
		anna := w.clients["anna"]
		credentials := fmt.Sprintf(`,"message_types":["*"],"user_id":%q,"user_auth":%q`, anna.userID, anna.auth)
		action := w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`)
		say := func(who string, id int64, text string) string {
			t.Helper()
			w.clients[who].actionID = id - 1
			return w.clients[who].call(action, text).text("message_id")
		}
		w.clients["bystander"] = login(t, w.srv, credentials)
		one, two := say("anna", 50, "one"), say("anna", 51, "two")
		anna.write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, anna.eventID))
		w.settle()
		w.srv.Faults().Lose(server.Match{SessionID: api.Secret(anna.sessionID)})
		_ = anna.ended()
		delete(w.clients, "anna")
		w.clients["heir"], w.clients["other"] = login(t, w.srv, credentials), login(t, w.srv, credentials)
		if got := say("other", 1, "new"); got == "" {
			t.Error("there is no reply")
		}
		w.settle()
		if restarts {
			w.restart(store)
		}
		if got := say("bystander", 50, "one"); got == one || got == "" {
			t.Errorf("restarts %t: the bystander got %q", restarts, got)
		}
		if got := say("other", 51, "two"); got == two || got == "" {
			t.Errorf("restarts %t: who had done something new got %q", restarts, got)
		}
		if got := say("heir", 51, "two"); got != two {
			t.Errorf("restarts %t: the successor got %q, want %q", restarts, got, two)
		}
	}
}

// Nobody can have more remembered than a session's buffer may have: the oldest of it
// goes.
func TestRememberedActionsAreBounded(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) { c.Limits.EventBytes = 64 << 10 })
	action := w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`)
	text := func(n int) string { return strings.Repeat(fmt.Sprint(n), 20<<10) }
	credentials := w.fill(`,"message_types":["*"],"user_id":"$anna","user_auth":"$anna.auth"`)
	var ids []string
	for i := range 4 {
		c := login(t, w.srv, credentials)
		c.actionID = 100 + int64(i) - 1
		ids = append(ids, c.call(action, text(i)).text("message_id"))
		c.write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, c.eventID))
		c.settle()
		w.clients["anna"].call(`{"action":"ping"}`)
		for _, other := range []string{"anna", "bert", "mona"} {
			o := w.clients[other]
			o.settle()
			o.write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, o.eventID))
		}
		w.srv.Faults().Lose(server.Match{SessionID: api.Secret(c.sessionID)})
		_ = c.ended()
	}
	next := login(t, w.srv, credentials)
	for i := 3; i >= 0; i-- {
		next.actionID = 100 + int64(i) - 1
		next.send(action, text(i))
		if got := next.reply(100 + int64(i)).text("message_id"); (got == ids[i]) != (i >= 1) {
			t.Errorf("action %d: got %q, want %q unless it is the oldest", i, got, ids[i])
		}
		next.write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, next.eventID))
	}
}

// Another action with the same action_id is another action.
func TestLostActionsAreTold(t *testing.T) {
	w := newWorld(t)
	anna := w.clients["anna"]
	id := anna.send(w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`), "one")
	anna.reply(id)
	w.srv.Faults().Lose(server.Match{SessionID: api.Secret(anna.sessionID)})
	next := login(t, w.srv, w.fill(`,"message_types":["*"],"user_id":"$anna","user_auth":"$anna.auth"`))
	next.actionID = id - 1
	next.send(w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`), "two")
	next.reply(id)
	if got := w.history("bert", `,"channel_id":"$channel","message_types":["x"]`); got != "x x" {
		t.Errorf("the messages are %q", got)
	}
}

func TestLostActionsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *serverConfig) { c.Repeats = time.Second })
		anna := w.clients["anna"]
		action := w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x"}`)
		id := anna.send(action, "hi")
		first := anna.reply(id)
		w.srv.Faults().Lose(server.Match{SessionID: api.Secret(anna.sessionID)})
		time.Sleep(2 * time.Second)
		next := login(t, w.srv, w.fill(`,"message_types":["*"],"user_id":"$anna","user_auth":"$anna.auth"`))
		next.actionID = id - 1
		next.send(action, "hi")
		if e := next.reply(id); e.text("message_id") == first.text("message_id") {
			t.Errorf("got %v again", e)
		}
	})
}

// The server says something at least every 25 seconds, in text frames, and not
// between a header and its payload.
func TestKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		c := guest(t, srv)
		c.patient()
		for range 3 {
			before := time.Now()
			payload, binary, err := c.rawFrame()
			if err != nil || payload != "" || binary {
				t.Fatalf("got %q, binary %v, %v", payload, binary, err)
			}
			if d := time.Since(before); d != 25*time.Second {
				t.Fatalf("after %v", d)
			}
			c.frame(ws.OpBinary, "") // the client's own
		}
		// Traffic puts it off.
		time.Sleep(20 * time.Second)
		c.settle()
		c.patient()
		before := time.Now()
		if payload, _, err := c.rawFrame(); payload != "" || err != nil || time.Since(before) != 25*time.Second {
			t.Fatalf("got %q, %v after %v", payload, err, time.Since(before))
		}
	})
}

// patient makes reading wait for long.
func (c *client) patient() { _ = c.nc.SetReadDeadline(time.Now().Add(24 * time.Hour)) }

// drain reads everything that comes, and returns the error that ended it, and
// when it did.
func (c *client) drain() <-chan error {
	ended := make(chan error, 1)
	c.patient()
	go func() {
		for {
			if _, _, err := c.rawFrame(); err != nil {
				ended <- err
				return
			}
		}
	}()
	return ended
}

func TestSilentClientsAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		began := time.Now()
		silent := guest(t, srv)
		speaking := guest(t, srv)
		pinging := guest(t, srv)
		ends, goesOn := silent.drain(), speaking.drain()
		_ = pinging.nc.SetReadDeadline(time.Time{})
		pingEnd := make(chan error, 1)
		go func() {
			var err error
			for err == nil {
				_, err = readFrame(pinging.nc)
			}
			pingEnd <- err
		}()
		for range 5 {
			time.Sleep(50 * time.Second)
			speaking.frame(ws.OpBinary, "")
			pinging.frame(ws.OpPing, "x")
		}
		if err, ok := (<-ends).(closedError); !ok || err.code != ws.StatusPolicyViolation {
			t.Errorf("got %v", err)
		}
		select {
		case err := <-goesOn:
			t.Errorf("the speaking client got %v after %v", err, time.Since(began))
		case err := <-pingEnd:
			t.Errorf("the pinging client got %v after %v", err, time.Since(began))
		default:
		}
		silent.again(srv).quiet() // the session is still there
	})
}

func TestFirstFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		c := connect(t, srv)
		began := time.Now()
		ended := c.drain()
		for range 3 {
			time.Sleep(15 * time.Second)
			c.frame(ws.OpBinary, "") // that's not enough
		}
		if err, ok := (<-ended).(closedError); !ok || err.code != ws.StatusPolicyViolation || time.Since(began) != time.Minute {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
}

// A client that doesn't take what it is sent is given up after some time.
func TestStalledWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, impatient)
		w.say("anna", "hello") // which bert doesn't read
		w.clients["mona"].wait("message_received")
		connections := w.srv.Stats().Connections
		time.Sleep(29 * time.Second)
		if got := w.srv.Stats().Connections; got != connections {
			t.Errorf("%d connections after 29 seconds, want %d", got, connections)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := w.srv.Stats().Connections; got != connections-1 {
			t.Errorf("%d connections after 30 seconds, want %d", got, connections-1)
		}
		again := w.clients["bert"].again(w.srv)
		expect(t, again.wait("message_received"), w.fill(`{"channel_id":"$channel"}`))
	})
}

func TestPingFrames(t *testing.T) {
	// In the bubble no keep-alive comes in between.
	synctest.Test(t, func(t *testing.T) {
		c := guest(t, start(t))
		c.frame(ws.OpPing, "hello")
		frame, err := readFrame(c.nc)
		if err != nil || frame.Header.OpCode != ws.OpPong || string(frame.Payload) != "hello" {
			t.Errorf("got %v, %v", frame, err)
		}
		c.frame(ws.OpPong, "unasked")
		c.quiet()
	})
}

// A connection that is closed just when a keep-alive is due ends as others do.
func TestCloseWhenKeepAliveIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		for i := range 100 {
			c := guest(t, srv)
			time.Sleep(25 * time.Second)
			srv.Faults().Close(server.Match{UserID: c.userID}, 1001, "elsewhere")
			if err, ok := c.ended().(closedError); !ok || err.code != 1001 {
				t.Fatalf("%d: got %v", i, err)
			}
		}
	})
}

func TestCloseFrame(t *testing.T) {
	srv := start(t)
	c := guest(t, srv)
	c.frame(ws.OpClose, string(ws.NewCloseFrameBody(ws.StatusGoingAway, "bye")))
	if err, ok := c.ended().(closedError); !ok || err.code != ws.StatusGoingAway {
		t.Errorf("got %v", err)
	}
	c.again(srv).quiet()
}

// A client that asks faster than it reads has to wait.
func TestGreedyClient(t *testing.T) {
	srv := ninchattest.New(t)
	c := dialTCP(t, srv)
	c.createSession(`,"message_types":[]`)
	const n = 6000
	go func() {
		for i := range n {
			_ = ws.WriteFrame(c.nc, ws.MaskFrame(ws.NewTextFrame(fmt.Appendf(nil, `{"action":"ping","action_id":%d}`, i+1))))
		}
	}()
	for i := range n {
		expect(t, c.read(), fmt.Sprintf(`{"event":"pong","action_id":%d}`, i+1))
	}
}
