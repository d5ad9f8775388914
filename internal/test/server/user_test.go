package server_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

func TestUsers(t *testing.T) {
	play(t, []scenario{
		{name: "create", steps: []step{
			{"anna", `{"action":"create_user","user_attrs":{"name":"x"},"puppet_attrs":{"name":"y"}}`, nil,
				`{"event":"user_created","user_auth":"<absent>","user_attrs":{"name":"x","guest":true},"puppet_masters":{"$anna":{"puppet_attrs":{"name":"y"}}}}`},
			{"anna", `{"action":"create_user","user_attrs":{"guest":false}}`, nil, `{"event":"user_created","user_attrs":{"guest":"<absent>"},"user_settings":{}}`},
			{"anna", `{"action":"create_user","user_attrs":{"admin":true}}`, nil, `{"error_type":"permission_denied"}`},
			{"anna", `{"action":"create_user","user_attrs":"x"}`, nil, `{"error_type":"request_malformed"}`},
		}},
		{name: "describe", steps: []step{
			{"anna", `{"action":"describe_user"}`, nil, `{"event":"user_found","user_id":"$anna","user_settings":{},"user_account":{},"user_identities":{},"user_dialogues":{},"user_channels":{"$channel":{"channel_attrs":{}}},"user_realms":{}}`},
			{"anna", `{"action":"describe_user","user_id":"$anna"}`, nil, `{"event":"user_found","user_settings":{}}`},
			{"anna", `{"action":"describe_user","user_id":"$bert"}`, nil, `{"event":"user_found","user_id":"$bert","user_attrs":{"name":"bert"},"user_settings":"<absent>","user_channels":"<absent>","dialogue_members":"<absent>"}`},
			{"anna", `{"action":"describe_user","user_id":"nobody"}`, nil, `{"error_type":"user_not_found","user_id":"nobody"}`},
			{"anna", `{"action":"describe_user","user_id":1}`, nil, `{"error_type":"request_malformed"}`},
		}},
		{name: "update", steps: []step{
			{"bert", `{"action":"update_user","user_attrs":{"name":"b","realname":"Bert","info":{"company":"x","more":[1]}}}`, nil,
				`{"event":"user_updated","user_id":"$bert","user_attrs":{"name":"b","realname":"Bert","info":{"company":"x","more":[1]}},"user_settings":{},"user_account":{}}`},
			{"bert", `{"action":"update_user","user_attrs":{"realname":null}}`, nil, `{"user_attrs":{"name":"b","realname":"<absent>"}}`},
			{"bert", `{"action":"update_user","user_attrs":{"guest":null}}`, nil, `{"user_attrs":{"guest":"<absent>"}}`},
			{"bert", `{"action":"update_user","user_attrs":{"guest":true}}`, nil, `{"error_type":"permission_denied"}`},
			{"bert", `{"action":"update_user","user_attrs":{"connected":true}}`, nil, `{"error_type":"permission_denied"}`},
			{"bert", `{"action":"update_user","user_attrs":{"iconurl":"x"}}`, nil, `{"error_type":"permission_denied"}`},
			{"bert", `{"action":"update_user","user_attrs":{"iconurl":null}}`, nil, `{"event":"user_updated"}`},
			{"bert", `{"action":"update_user","user_attrs":{"name":false}}`, nil, `{"error_type":"request_malformed"}`},
			{"bert", `{"action":"update_user","user_settings":{"a":{"b":[1,null]},"highlight":["x"]}}`, nil, `{"user_settings":{"a":{"b":[1,null]},"highlight":["x"]}}`},
			{"bert", `{"action":"update_user","user_settings":{"a":null}}`, nil, `{"user_settings":{"a":"<absent>","highlight":["x"]}}`},
			{"bert", `{"action":"update_user","user_settings":{"long":"` + strings.Repeat("x", 70000) + `"}}`, nil, `{"error_type":"request_malformed"}`},
			{"bert", `{"action":"update_user","payload_attrs":["icon"]}`, []string{"x"}, `{"error_type":"file_not_supported"}`},
			{"bert", `{"action":"update_user","payload_attrs":["icon"]}`, nil, `{"error_type":"request_malformed"}`},
		}, told: []step{
			{"anna", "user_updated", nil, `{"user_id":"$bert","user_attrs":{"name":"b"},"user_settings":"<absent>","user_account":"<absent>","action_id":"<absent>"}`},
			{"anna", "message_received", nil, `{"message_type":"ninchat.com/info/user","channel_id":"$channel"}`},
		}},
		{name: "puppet", steps: []step{
			{"anna", `{"action":"describe_user","puppet_id":"$bert"}`, nil, `{"error_type":"permission_denied","user_id":"$bert"}`},
			{"anna", `{"action":"describe_user","puppet_id":"nobody"}`, nil, `{"error_type":"user_not_found","user_id":"nobody"}`},
		}},
	})
}

func TestStrangersHearNothing(t *testing.T) {
	w := newWorld(t)
	w.do("bert", `{"action":"update_user","user_attrs":{"name":"b"}}`)
	w.clients["outi"].quiet()
}

func TestActingAsPuppet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		puppet := w.do("outi", `{"action":"create_user","user_attrs":{"name":"puppet"}}`).text("user_id")
		as := `,"puppet_id":"` + puppet + `"}`
		expect(t, w.do("outi", `{"action":"join_channel","channel_id":"$channel"`+as), `{"event":"channel_joined","channel_members":{"`+puppet+`":{}}}`)
		expect(t, w.do("outi", `{"action":"send_message","channel_id":"$channel","message_type":"x"`+as, "hi"), `{"event":"message_received","message_user_id":"`+puppet+`"}`)
		w.names = map[string]string{"file": w.sendFile("outi", `{"action":"send_file","user_id":"$mona","file_attrs":{"name":"a.txt"}`+as, "content")}
		expect(t, w.do("outi", describe), `{"error_type":"file_not_found"}`)
		if status, _, body := w.get(w.do("outi", describe[:len(describe)-1]+as), "file_url"); status != 200 || body != "content" {
			t.Errorf("got %d %q", status, body)
		}
		e := w.do("outi", `{"action":"update_user","payload_attrs":["icon"]`+as, picture(t, 1, 1))
		expect(t, e, `{"event":"user_updated","user_id":"`+puppet+`"}`)
		if iconOf(e) == "" {
			t.Errorf("got %v", e)
		}
		expect(t, w.do("outi", `{"action":"describe_conn"`+as), `{"event":"conn_found"}`)
		expect(t, w.do("outi", `{"action":"delete_user"`+as), `{"event":"user_deleted","user_id":"`+puppet+`"}`)
		expect(t, w.do("outi", `{"action":"ping"}`), `{"event":"pong"}`)
	})
}

func TestCreateUserWithoutSession(t *testing.T) {
	srv := start(t)
	c := connect(t, srv)
	e := c.call(`{"action":"create_user","user_attrs":{"name":"x","guest":false}}`)
	expect(t, e, `{"event":"user_created","event_id":"<absent>","puppet_masters":"<absent>","user_attrs":{"guest":"<absent>"}}`)
	c.createSession(`,"message_types":[],"user_id":` + quote(e.text("user_id")) + `,"user_auth":` + quote(e.text("user_auth")))
	expect(t, c.call(`{"action":"describe_user"}`), `{"user_attrs":{"name":"x"}}`)
}

func TestDeleteUser(t *testing.T) {
	srv := start(t)
	keeper := guest(t, srv)
	channel := keeper.call(`{"action":"create_channel"}`).text("channel_id")
	c := login(t, srv, `,"message_types":["*"],"user_attrs":{"guest":false,"name":"x"}`)
	c.call(`{"action":"join_channel","channel_id":"` + channel + `"}`)
	other := login(t, srv, `,"message_types":[],"user_id":`+quote(c.userID)+`,"user_auth":`+quote(c.auth))
	keeper.settle()

	expect(t, c.call(`{"action":"delete_user"}`), `{"error_type":"access_denied"}`)
	expect(t, c.call(`{"action":"delete_user","user_auth":"wrong"}`), `{"error_type":"access_denied"}`)
	expect(t, c.call(`{"action":"delete_user","user_auth":`+quote(c.auth)+`}`), `{"event":"user_deleted","user_id":`+quote(c.userID)+`}`)
	if err, ok := c.ended().(closedError); !ok || err.code != 1000 {
		t.Errorf("got %v, want close code 1000", err)
	}
	expect(t, other.wait("user_deleted"), `{"user_id":`+quote(c.userID)+`,"action_id":"<absent>"}`)
	_ = other.ended()
	expect(t, keeper.wait("channel_member_parted"), `{"user_id":`+quote(c.userID)+`}`)
	if e := keeper.wait("message_received"); !strings.Contains(e.payload[0], `"user_deleted":true`) {
		t.Errorf("got %v", e)
	}
	expect(t, keeper.call(`{"action":"describe_user","user_id":`+quote(c.userID)+`}`), `{"error_type":"user_not_found"}`)

	back := connect(t, srv)
	back.write(`{"action":"create_session","message_types":[],"user_id":` + quote(c.userID) + `,"user_auth":` + quote(c.auth) + `}`)
	expect(t, back.read(), `{"error_type":"user_not_found","event_id":"<absent>"}`)
}

// Those who have talked with a deleted user still see who that was.
func TestDeletedUserIsRemembered(t *testing.T) {
	srv := start(t)
	a, b := guest(t, srv), login(t, srv, `,"message_types":["*"],"user_attrs":{"name":"b"}`)
	a.call(`{"action":"send_message","user_id":`+quote(b.userID)+`,"message_type":"x"}`, "hi")
	b.call(`{"action":"delete_user"}`)
	expect(t, a.wait("message_received"), `{"user_id":`+quote(b.userID)+`,"message_type":"ninchat.com/info/user"}`)
	expect(t, a.call(`{"action":"describe_user","user_id":`+quote(b.userID)+`}`), `{"user_attrs":{"deleted":true,"name":"b","connected":"<absent>"}}`)
	expect(t, a.call(`{"action":"send_message","user_id":`+quote(b.userID)+`,"message_type":"x"}`, "hi"), `{"error_type":"user_not_found"}`)
	expect(t, a.call(`{"action":"load_history","user_id":`+quote(b.userID)+`,"message_types":["x"]}`), `{"event":"history_results","history_length":1}`)
	a.call(`{"action":"delete_user"}`)
	_ = a.ended()
	if users := srv.Stats().Users; users != 0 {
		t.Errorf("%d users are left", users)
	}
}

// Guests are removed when they have been away for some time, others aren't.
func TestGuestsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t, func(c *serverConfig) { c.Guests = 10 * time.Second })
		visitor := guest(t, srv)
		resident := login(t, srv, `,"message_types":[],"user_attrs":{"guest":false}`)
		asVisitor := `,"message_types":[],"user_existing":true,"user_id":` + quote(visitor.userID) + `,"user_auth":` + quote(visitor.auth)
		asResident := `,"message_types":[],"user_id":` + quote(resident.userID) + `,"user_auth":` + quote(resident.auth)
		leave := func(c *client) {
			c.write(`{"action":"close_session"}`)
			_ = c.ended()
		}
		leave(visitor)
		leave(resident)
		time.Sleep(9 * time.Second)
		visitor = login(t, srv, asVisitor)
		time.Sleep(20 * time.Second)
		leave(login(t, srv, asVisitor))
		time.Sleep(20 * time.Second)
		if users := srv.Stats().Users; users != 2 {
			t.Fatalf("%d users, want 2", users)
		}
		visitor = visitor.again(srv)
		leave(visitor)
		time.Sleep(11 * time.Second)
		login(t, srv, asResident)
		late := connect(t, srv)
		late.write(`{"action":"create_session"` + asVisitor + `}`)
		expect(t, late.read(), `{"error_type":"user_not_found"}`)
	})
}

func TestPresence(t *testing.T) {
	srv := start(t)
	a := guest(t, srv)
	channel := a.call(`{"action":"create_channel"}`).text("channel_id")
	b := login(t, srv, `,"message_types":[],"user_attrs":{"guest":false}`)
	b.call(`{"action":"join_channel","channel_id":"` + channel + `"}`)
	a.settle()

	second := login(t, srv, `,"message_types":[],"user_id":`+quote(b.userID)+`,"user_auth":`+quote(b.auth))
	b.write(`{"action":"update_session","session_idle":true}`)
	b.settle()
	a.quiet() // the second session is in use
	second.write(`{"action":"close_session"}`)
	e := a.wait("user_updated")
	expect(t, e, `{"user_id":`+quote(b.userID)+`,"user_attrs":{"connected":true}}`)
	if idle := e.members["user_attrs"].(map[string]any)["idle"]; idle == nil {
		t.Errorf("not idle: %v", e)
	}
	b.write(`{"action":"update_session","session_idle":false}`)
	expect(t, a.wait("user_updated"), `{"user_attrs":{"connected":true,"idle":"<absent>"}}`)
	b.write(`{"action":"close_session"}`)
	expect(t, a.wait("user_updated"), `{"user_attrs":{"connected":"<absent>"}}`)
	third := login(t, srv, `,"message_types":[],"user_id":`+quote(b.userID)+`,"user_auth":`+quote(b.auth))
	expect(t, a.wait("user_updated"), `{"user_attrs":{"connected":true,"idle":"<absent>"}}`)
	third.quiet()
}

func TestAddUser(t *testing.T) {
	srv := start(t)
	seeded, err := srv.AddUser(server.User{
		Attrs:      api.UserAttrs{Name: api.Set("Sami")},
		Identities: []server.Identity{{Type: "email", Name: "sami@example.com", Auth: "secret", Attrs: api.IdentityAttrs{Public: api.Set(true)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := srv.AddUser(server.User{ID: seeded.ID}); err == nil {
		t.Error("the same user twice")
	}
	if _, err := srv.AddUser(server.User{Identities: seeded.Identities}); err != api.ErrIdentityAlreadyExists {
		t.Errorf("got %v", err)
	}
	c := login(t, srv, `,"message_types":[],"user_id":`+quote(seeded.ID)+`,"user_auth":`+quote(seeded.Auth.Reveal()))
	expect(t, c.call(`{"action":"describe_user"}`), `{"user_attrs":{"name":"Sami","guest":"<absent>"},"user_identities":{"email":{"sami@example.com":{"auth":true,"public":true}}}}`)
	expect(t, guest(t, srv).call(`{"action":"describe_user","user_id":`+quote(seeded.ID)+`}`), `{"user_identities":{"email":{"sami@example.com":{"auth":"<absent>"}}}}`)

	identity := `,"identity_type":"email","identity_name":"sami@example.com"`
	by := login(t, srv, `,"message_types":[],"identity_auth":"secret"`+identity)
	if by.userID != seeded.ID || by.auth != "" {
		t.Errorf("got user %s", by.userID)
	}
	for _, test := range []struct{ params, want string }{
		{identity, `{"error_type":"access_denied"}`},
		{identity + `,"identity_auth":"wrong"`, `{"error_type":"access_denied"}`},
		{`,"identity_type":"email","identity_name":"nobody","identity_auth":"x"`, `{"error_type":"identity_not_found","identity_name":"nobody"}`},
		{`,"identity_type":"email"`, `{"error_type":"request_malformed"}`},
	} {
		c := connect(t, srv)
		c.write(`{"action":"create_session","message_types":[]` + test.params + `}`)
		expect(t, c.read(), test.want)
	}
}

func TestNewIdentity(t *testing.T) {
	srv := start(t)
	params := `,"message_types":[],"identity_type_new":"email","identity_name_new":"a@example.com","identity_auth_new":"secret"`
	c := login(t, srv, params)
	expect(t, c.call(`{"action":"describe_user"}`), `{"user_identities":{"email":{"a@example.com":{"pending":true,"auth":true}}}}`)
	other := connect(t, srv)
	other.write(`{"action":"create_session"` + params + `}`)
	expect(t, other.read(), `{"error_type":"identity_already_exists"}`)
	if users := srv.Stats().Users; users != 1 {
		t.Errorf("%d users", users)
	}
}
