package server_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/server"
)

// key makes an access key.
func (w *world) key(who, params string) string {
	w.t.Helper()
	e := w.do(who, `{"action":"create_access",`+params+`}`)
	expect(w.t, e, `{"event":"access_created"}`)
	return e.text("access_key")
}

func TestCreatingAccess(t *testing.T) {
	create := func(params string) string { return `{"action":"create_access"` + params + `}` }
	denied := `{"error_type":"permission_denied","channel_id":"$channel"}`
	playIn(t, newRealmWorld, []scenario{
		{name: "session", steps: []step{
			{"outi", create(`,"access_type":"session"`), nil, `{"event":"access_created","access_type":"session","access_time":"<absent>"}`},
			{"outi", create(`,"access_type":"session","channel_id":"$channel"`), nil, `{"error_type":"request_malformed"}`},
			{"outi", create(`,"access_type":"session","user_id":"$bert"`), nil, `{"error_type":"request_malformed"}`},
			{"outi", create(`,"access_type":"session","user_attrs":{"admin":true}`), nil, `{"error_type":"permission_denied"}`},
			{"outi", create(`,"access_type":"session","user_settings":{"x":"` + strings.Repeat("x", 70000) + `"}`), nil, `{"error_type":"request_malformed"}`},
			{"outi", create(`,"access_type":"identity_verify"`), nil, `{"error_type":"request_malformed"}`},
			{"outi", create(``), nil, `{"error_type":"request_malformed"}`},
		}},
		{name: "channel", steps: []step{
			{"anna", create(`,"access_type":"channel","channel_id":"$channel"`), nil, `{"event":"access_created","access_type":"channel"}`},
			{"mona", create(`,"access_type":"channel","channel_id":"$channel","channel_unsilence":true`), nil, `{"event":"access_created"}`},
			{"bert", create(`,"access_type":"channel","channel_id":"$channel"`), nil, denied},
			{"outi", create(`,"access_type":"channel","channel_id":"$channel"`), nil, denied},
			{"anna", create(`,"access_type":"channel","channel_id":"none"`), nil, `{"error_type":"channel_not_found"}`},
			{"anna", create(`,"access_type":"channel"`), nil, `{"error_type":"request_malformed"}`},
			{"anna", create(`,"access_type":"channel","channel_id":"$channel","user_attrs":{}`), nil, `{"error_type":"request_malformed"}`},
			{"anna", create(`,"access_type":"channel","channel_id":"$channel","user_id":"nobody"`), nil, `{"error_type":"user_not_found"}`},
			{"anna", create(`,"access_type":"channel","channel_id":"$channel","user_id":"$anna"`), nil, `{"error_type":"user_not_found"}`},
			{"anna", create(`,"access_type":"channel","channel_id":"$channel","realm_member":true`), nil, denied},
			{"anna", create(`,"access_type":"channel","channel_id":"$channel","member_metadata":{}`), nil, `{"error_type":"request_malformed"}`},
			{"anna", create(`,"access_type":"audience","channel_id":"$channel"`), nil, denied},
		}},
		{name: "closed channel", steps: []step{
			{"anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"private":true}}`, nil, `{"event":"channel_updated"}`},
			{"outi", create(`,"access_type":"channel","channel_id":"$channel"`), nil, `{"error_type":"channel_not_found"}`},
		}},
	})
}

// A moderator of a channel lets people into it, not into the realm.
func TestAccessToRealm(t *testing.T) {
	w := newRealmWorld(t)
	w.channel = w.do("mona", `{"action":"create_channel","realm_id":"$realm","channel_attrs":{"name":"desk","private":true,"autosilence":true}}`).text("channel_id")
	w.run([]step{
		{"mona", `{"action":"add_member","channel_id":"$channel","user_id":"$bert","member_attrs":{"operator":true}}`, nil, `{"event":"channel_member_joined"}`},
		{"bert", `{"action":"create_access","access_type":"channel","channel_id":"$channel","realm_member":true}`, nil, `{"error_type":"permission_denied"}`},
	})
	plain := w.key("bert", `"access_type":"channel","channel_id":"$channel"`)
	full := w.key("anna", `"access_type":"channel","channel_id":"$channel","realm_member":true,"channel_unsilence":true`)
	expect(t, connect(t, w.srv).call(`{"action":"describe_access","access_key":"`+full+`"}`), w.fill(
		`{"event":"access_found","access_type":"channel","user_id":"$anna","user_attrs":{"name":"anna"},"channel_id":"$channel","channel_attrs":{"name":"desk"},"channel_unsilence":true,
		  "realm_id":"$realm","realm_attrs":{"name":"office","owner_account":"<absent>"},"realm_member":true,"identity_type":"<absent>","queue_id":"<absent>"}`))
	expect(t, w.do("outi", `{"action":"describe_access","access_key":"`+plain+`"}`), w.fill(`{"event":"access_found","user_id":"$bert","channel_unsilence":"<absent>","realm_member":"<absent>"}`))
	w.settle()
	outi := w.clients["outi"]
	id := outi.send(`{"action":"join_channel","access_key":"` + full + `"}`)
	joined := outi.read()
	expect(t, joined, w.fill(`{"event":"channel_joined","channel_id":"$channel","channel_members":{"$outi":{"member_attrs":{"silenced":"<absent>"}}}}`))
	expect(t, outi.wait("realm_joined"), w.fill(`{"realm_id":"$realm","realm_members":{"$outi":{"member_attrs":{"operator":"<absent>"}}}}`))
	if joined.number("action_id") != float64(id) {
		t.Error("no reply")
	}
	bert := w.clients["bert"]
	expect(t, bert.wait("channel_member_joined"), w.fill(`{"channel_id":"$channel","user_id":"$outi","action_id":"<absent>"}`))
	expect(t, bert.wait("realm_member_joined"), w.fill(`{"realm_id":"$realm","user_id":"$outi"}`))
	other, e := w.attempt(`,"user_attrs":{"name":"other"}`)
	expect(t, e, `{"event":"session_created"}`)
	expect(t, other.call(`{"action":"join_channel","access_key":"`+full+`"}`), `{"error_type":"access_already_spent"}`)
	expect(t, other.call(`{"action":"describe_access","access_key":"`+full+`"}`), `{"error_type":"access_already_spent"}`)
	expect(t, other.call(`{"action":"join_channel","access_key":"`+plain+`"}`), w.fill(`{"event":"channel_joined","realm_id":"$realm"}`))
	expect(t, other.call(`{"action":"describe_user"}`), w.fill(`{"user_realms":{"$realm":"<absent>"}}`))
}

func TestJoiningByKey(t *testing.T) {
	w := newWorld(t)
	toChannel := w.key("anna", `"access_type":"channel","channel_id":"$channel"`)
	toSession := w.key("anna", `"access_type":"session"`)
	join := func(key, params string) string {
		return `{"action":"join_channel","access_key":"` + key + `"` + params + `}`
	}
	w.run([]step{
		{"anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"private":true,"autosilence":true}}`, nil, `{"event":"channel_updated"}`},
		{"outi", join("forged", ``), nil, `{"error_type":"access_denied"}`},
		{"outi", join(toSession, ``), nil, `{"error_type":"access_denied"}`},
		{"outi", join(toChannel, `,"channel_id":"other"`), nil, `{"error_type":"access_denied"}`},
		{"outi", join(toChannel, `,"member_attrs":{"operator":true}`), nil, `{"error_type":"request_malformed"}`},
		{"outi", `{"action":"join_channel","access_key":1}`, nil, `{"error_type":"request_malformed"}`},
		// Members don't use keys up.
		{"bert", join(toChannel, ``), nil, `{"event":"channel_joined"}`},
		{"anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"suspended":true}}`, nil, `{"event":"channel_updated"}`},
		{"outi", join(toChannel, ``), nil, `{"error_type":"permission_denied"}`},
		{"anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"suspended":null}}`, nil, `{"event":"channel_updated"}`},
		{"outi", join(toChannel, `,"channel_id":"$channel"`), nil, `{"event":"channel_joined","channel_members":{"$outi":{"member_attrs":{"silenced":true}}}}`},
		{"outi", `{"action":"part_channel","channel_id":"$channel"}`, nil, `{"event":"channel_parted"}`},
		{"outi", join(toChannel, ``), nil, `{"error_type":"access_already_spent"}`},
	})
	// A key to a channel that is gone is as good as none.
	toChannel = w.key("anna", `"access_type":"channel","channel_id":"$channel"`)
	w.run([]step{
		{"anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"suspended":true}}`, nil, `{"event":"channel_updated"}`},
		{"anna", `{"action":"delete_channel","channel_id":"$channel"}`, nil, `{"event":"channel_deleted"}`},
		{"outi", join(toChannel, ``), nil, `{"error_type":"access_denied"}`},
	})
}

// Invitations appear in the dialogue of the invitee, and nowhere else.
func TestInvitation(t *testing.T) {
	w := newWorld(t)
	key := w.key("anna", `"access_type":"channel","channel_id":"$channel","user_id":"$outi"`)
	outi := w.clients["outi"]
	e := outi.wait("message_received")
	expect(t, e, w.fill(`{"user_id":"$anna","message_type":"ninchat.com/info/access","message_user_id":"<absent>"}`))
	for _, want := range []string{`"access_key":"` + key + `"`, w.fill(`"user_id":"$anna"`), w.fill(`"channel_id":"$channel"`)} {
		if !strings.Contains(e.payload[0], want) {
			t.Errorf("%s isn't in %s", want, e.payload[0])
		}
	}
	expect(t, w.do("anna", `{"action":"load_history","user_id":"$outi"}`), `{"history_length":0}`)
	expect(t, w.do("outi", `{"action":"load_history","user_id":"$anna"}`), `{"history_length":1}`)
	w.clients["bert"].quiet()
	expect(t, w.do("bert", `{"action":"part_channel","channel_id":"$channel"}`), `{"event":"channel_parted"}`)
	expect(t, w.do("bert", `{"action":"join_channel","access_key":"`+key+`"}`), `{"error_type":"access_denied"}`)
	expect(t, w.do("outi", `{"action":"join_channel","access_key":"`+key+`"}`), `{"event":"channel_joined"}`)
}

func TestSendingAccess(t *testing.T) {
	w := newWorld(t)
	send := func(params string) string { return `{"action":"send_access"` + params + `}` }
	toChannel := `,"access_key":"` + w.key("anna", `"access_type":"channel","channel_id":"$channel"`) + `"`
	session := w.key("anna", `"access_type":"session"`)
	toSession := `,"access_key":"` + session + `"`
	w.do("bert", `{"action":"create_identity",`+bertsEmail+`}`)
	verification := `,"access_key":"` + w.mailed("identity_verify", "Bert@example.com") + `"`
	w.run([]step{
		{"anna", send(toChannel + `,"user_id":"$outi"`), nil, `{"event":"access_found","access_type":"channel","channel_id":"$channel","user_id":"$anna"}`},
		{"anna", send(toChannel + `,"user_id":"nobody"`), nil, `{"error_type":"user_not_found"}`},
		{"anna", send(toChannel + `,"user_id":"$anna"`), nil, `{"error_type":"permission_denied"}`},
		{"anna", send(toSession + `,"user_id":"$outi"`), nil, `{"error_type":"permission_denied"}`},
		{"anna", send(verification + `,"user_id":"$outi"`), nil, `{"error_type":"permission_denied"}`},
		{"anna", send(`,"access_key":"forged","user_id":"$outi"`), nil, `{"error_type":"access_denied"}`},
		{"anna", send(`,"user_id":"$outi"`), nil, `{"error_type":"request_malformed"}`},
		{"anna", send(toChannel), nil, `{"error_type":"request_malformed"}`},
		{"anna", send(toChannel + `,"identity_name":"x@example.com"`), nil, `{"error_type":"request_malformed"}`},
		{"anna", send(toChannel + `,"identity_type":"email","identity_name":"x"`), nil, `{"error_type":"request_malformed"}`},
		{"anna", send(toChannel + `,"identity_type":"gcm","identity_name":"x"`), nil, `{"error_type":"permission_denied"}`},
		{"anna", send(toSession + `,"identity_type":"email","identity_name":"x@example.com"`), nil, `{"event":"access_found","access_type":"session","user_id":"$anna"}`},
	})
	expect(t, w.clients["outi"].wait("message_received"), w.fill(`{"user_id":"$anna","message_type":"ninchat.com/info/access"}`))
	if got := w.mailed("session", "x@example.com"); got != session {
		t.Error("another key was mailed")
	}
	expect(t, w.do("anna", send(`,`+bertsEmail)), `{"error_type":"identity_not_found"}`)
	expect(t, w.do("bert", send(`,`+bertsEmail)), w.fill(`{"event":"access_found","access_type":"identity_verify","user_id":"$bert","identity_name":"Bert@example.com"}`))
	w.verify("Bert@example.com")
	expect(t, w.do("bert", send(`,`+bertsEmail)), `{"error_type":"permission_denied"}`)
}

func TestLoginByKey(t *testing.T) {
	w := newWorld(t)
	toChannel := w.key("anna", `"access_type":"channel","channel_id":"$channel"`)
	own := w.key("bert", `"access_type":"session"`)
	fresh := w.key("bert", `"access_type":"session","user_attrs":{"name":"new","realname":"New"},"user_settings":{"a":1,"b":2}`)
	expect(t, connect(t, w.srv).call(`{"action":"describe_access","access_key":"`+own+`"}`), w.fill(`{"event":"access_found","access_type":"session","user_id":"$bert"}`))
	expect(t, connect(t, w.srv).call(`{"action":"describe_access","access_key":"`+fresh+`"}`), `{"event":"access_found","user_id":"<absent>","user_attrs":"<absent>"}`)
	for _, test := range []struct{ params, want string }{
		{`,"access_key":"forged"`, `{"error_type":"access_denied"}`},
		{`,"access_key":"` + toChannel + `"`, `{"error_type":"access_denied"}`},
		{`,"access_key":"` + own + `","user_id":"$anna"`, `{"error_type":"access_denied"}`},
		{`,"access_key":"` + fresh + `","user_id":"$anna"`, `{"error_type":"access_denied"}`},
		{`,"access_key":"` + fresh + `","user_attrs":{"admin":true}`, `{"error_type":"permission_denied"}`},
		{`,"access_key":"` + own + `","user_attrs":{"admin":true}`, `{"error_type":"permission_denied"}`},
		{`,"access_key":""`, `{"error_type":"access_denied"}`},
		{`,"access_key":1`, `{"error_type":"request_malformed"}`},
		{`,"access_key":"` + own + `","user_id":"$bert","user_existing":true`, `{"event":"session_created","user_id":"$bert","user_auth":"<absent>"}`},
		{`,"access_key":"` + own + `"`, `{"error_type":"access_already_spent"}`},
		{`,"access_key":"` + fresh + `","user_attrs":{"realname":"Newer"},"user_settings":{"a":3}`, `{"event":"session_created","user_attrs":{"name":"new","realname":"Newer","guest":true},"user_settings":{"a":3,"b":2}}`},
		{`,"access_key":"` + fresh + `"`, `{"error_type":"access_already_spent"}`},
		// With credentials, the key is of no interest.
		{`,"access_key":"` + own + `","user_id":"$anna","user_auth":"$anna.auth"`, `{"event":"session_created","user_id":"$anna"}`},
	} {
		_, e := w.attempt(test.params)
		t.Logf("%s -> %s", test.params, e.name)
		expect(t, e, w.fill(test.want))
	}
	last := w.key("bert", `"access_type":"session"`)
	expect(t, w.do("bert", `{"action":"delete_user","user_auth":"$bert.auth"}`), `{"event":"user_deleted"}`)
	_, e := w.attempt(`,"access_key":"` + last + `"`)
	expect(t, e, `{"error_type":"access_denied"}`)
}

// A key isn't used up by a session that there is no room for.
func TestLoginByKeyWithoutRoom(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) { c.Limits.SessionsPerUser = 1 })
	key := w.key("bert", `"access_type":"session"`)
	_, e := w.attempt(`,"access_key":"` + key + `"`)
	expect(t, e, `{"error_type":"permission_denied"}`)
	w.clients["bert"].write(`{"action":"close_session"}`)
	_ = w.clients["bert"].ended()
	_, e = w.attempt(`,"access_key":"` + key + `"`)
	expect(t, e, w.fill(`{"event":"session_created","user_id":"$bert"}`))
}

// A master makes keys for a puppet.
func TestAccessOfPuppet(t *testing.T) {
	w := newWorld(t)
	puppet := w.do("anna", `{"action":"create_user"}`).text("user_id")
	key := w.key("anna", `"access_type":"session","puppet_id":"`+puppet+`"`)
	_, e := w.attempt(`,"access_key":"` + key + `"`)
	expect(t, e, `{"event":"session_created","user_id":"`+puppet+`"}`)
	expect(t, w.do("bert", `{"action":"create_access","access_type":"session","puppet_id":"`+puppet+`"}`), `{"error_type":"permission_denied"}`)
}

func TestAccessKeyLimit(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) { c.Limits.AccessKeys = 2 })
	spent := w.key("bert", `"access_type":"session"`)
	_, e := w.attempt(`,"access_key":"` + spent + `"`)
	expect(t, e, `{"event":"session_created"}`)
	good := w.key("bert", `"access_type":"session"`)
	w.key("bert", `"access_type":"session"`)
	describe := func(key string) string { return `{"action":"describe_access","access_key":"` + key + `"}` }
	expect(t, w.do("bert", describe(spent)), `{"error_type":"access_denied"}`)
	expect(t, w.do("bert", describe(good)), `{"event":"access_found"}`)
}

func TestAccessKeysExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t)
		u, err := srv.AddUser(server.User{})
		if err != nil {
			t.Fatal(err)
		}
		c := login(t, srv, `,"message_types":[],"user_id":"`+u.ID+`","user_auth":"`+u.Auth.Reveal()+`"`)
		key := c.call(`{"action":"create_access","access_type":"session"}`).text("access_key")
		_ = c.nc.Close()
		describe := `{"action":"describe_access","access_key":"` + key + `"}`
		time.Sleep(7*24*time.Hour - time.Minute)
		expect(t, connect(t, srv).call(describe), `{"event":"access_found","access_type":"session"}`)
		time.Sleep(time.Minute)
		expect(t, connect(t, srv).call(describe), `{"error_type":"access_expired"}`)
	})
}

// An invitation shows a dialogue again that was hidden; that is kept.
func TestInvitationShowsDialogue(t *testing.T) {
	w := newWorld(t)
	w.do("anna", `{"action":"send_message","user_id":"$outi","message_type":"ninchat.com/text"}`, `{"text":"hi"}`)
	expect(t, w.do("outi", `{"action":"update_dialogue","user_id":"$anna","dialogue_status":"hidden"}`), `{"dialogue_status":"hidden"}`)
	w.clients["outi"].settle()
	expect(t, w.do("anna", `{"action":"create_access","access_type":"channel","channel_id":"$channel","user_id":"$outi"}`), `{"event":"access_created"}`)
	w.clients["outi"].wait("message_received")
	expect(t, w.do("outi", `{"action":"describe_user","user_id":"$anna"}`), `{"dialogue_status":"<absent>"}`)
}
