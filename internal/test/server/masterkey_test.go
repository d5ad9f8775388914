package server_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/master"
)

const jwtSecret = "0123456789abcdef0123456789ABCDEF"

// signers makes a key of each type for a user.
func signers(t *testing.T, c *client) (*master.Key, *master.JWTKey) {
	t.Helper()
	e := c.call(`{"action":"create_master_key"}`)
	expect(t, e, `{"event":"master_key_created","master_key_type":"ninchat","realm_id":"<absent>"}`)
	key, err := master.ParseKey(e.text("master_key_id"), e.text("master_key_secret"))
	if err != nil {
		t.Fatal(err)
	}
	id := "key." + c.userID
	e = c.call(`{"action":"create_master_key","master_key_type":"jwt","master_key_id":"`+id+`"}`, jwtSecret)
	expect(t, e, `{"event":"master_key_created","master_key_type":"jwt","master_key_id":"`+id+`","master_key_secret":"<absent>"}`)
	jwtKey, err := master.NewJWTKey(id, []byte(jwtSecret))
	if err != nil {
		t.Fatal(err)
	}
	return key, jwtKey
}

// signed returns a signature that needs no error.
func signed(t *testing.T) func(string, error) string {
	return func(text string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
}

func tenMinutes() time.Time { return time.Now().Add(10 * time.Minute) }

// attempt tries to create a session on a connection of its own.
func (w *world) attempt(params string) (*client, event) {
	w.t.Helper()
	c := connect(w.t, w.srv)
	c.write(w.fill(`{"action":"create_session","message_types":["*"]` + params + `}`))
	e := c.read()
	c.userID = e.text("user_id")
	return c, e
}

func TestMasterKeys(t *testing.T) {
	play(t, []scenario{
		{name: "create", steps: []step{
			{"anna", `{"action":"create_master_key"}`, nil, `{"event":"master_key_created","master_key_type":"ninchat"}`},
			{"anna", `{"action":"create_master_key","master_key_type":"ninchat"}`, nil, `{"event":"master_key_created"}`},
			{"anna", `{"action":"create_master_key","master_key_id":"x"}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_master_key"}`, []string{jwtSecret}, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_master_key","master_key_type":"rsa"}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_master_key","realm_id":"none"}`, nil, `{"error_type":"realm_not_found","realm_id":"none"}`},
		}},
		{name: "import", steps: []step{
			{"anna", `{"action":"create_master_key","master_key_type":"jwt"}`, []string{jwtSecret}, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_master_key","master_key_type":"jwt","master_key_id":"k"}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_master_key","master_key_type":"jwt","master_key_id":"k"}`, []string{""}, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_master_key","master_key_type":"jwt","master_key_id":"k"}`, []string{jwtSecret[1:]}, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_master_key","master_key_type":"jwt","master_key_id":"a b"}`, []string{jwtSecret}, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"create_master_key","master_key_type":"jwt","master_key_id":"k"}`, []string{jwtSecret}, `{"event":"master_key_created","master_key_id":"k"}`},
			{"bert", `{"action":"create_master_key","master_key_type":"jwt","master_key_id":"k"}`, []string{jwtSecret}, `{"error_type":"permission_denied"}`},
		}},
		{name: "describe", steps: []step{
			{"anna", `{"action":"describe_master_keys"}`, nil, `{"event":"master_keys_found","master_keys":{}}`},
			{"anna", `{"action":"create_master_key","master_key_type":"jwt","master_key_id":"k"}`, []string{jwtSecret}, `{"event":"master_key_created"}`},
			{"anna", `{"action":"describe_master_keys"}`, nil, `{"master_keys":{"jwt":{"k":{}},"ninchat":"<absent>"}}`},
			{"bert", `{"action":"describe_master_keys"}`, nil, `{"master_keys":{"jwt":"<absent>"}}`},
			{"anna", `{"action":"describe_master_keys","realm_id":"none"}`, nil, `{"error_type":"realm_not_found"}`},
		}},
		{name: "delete", steps: []step{
			{"anna", `{"action":"create_master_key","master_key_type":"jwt","master_key_id":"k"}`, []string{jwtSecret}, `{"event":"master_key_created"}`},
			{"anna", `{"action":"delete_master_key","master_key_type":"jwt","master_key_id":"k"}`, nil, `{"error_type":"access_denied"}`},
			{"anna", `{"action":"delete_master_key","master_key_type":"jwt","master_key_id":"k","master_key_secret":"x"}`, nil, `{"error_type":"access_denied"}`},
			{"anna", `{"action":"delete_master_key","master_key_type":"jwt","master_key_id":"k","user_auth":"$bert.auth"}`, nil, `{"error_type":"access_denied"}`},
			{"anna", `{"action":"delete_master_key","master_key_id":"k","user_auth":"$anna.auth"}`, nil, `{"error_type":"permission_denied"}`},
			{"anna", `{"action":"delete_master_key","master_key_id":"k","realm_id":"none"}`, nil, `{"error_type":"realm_not_found"}`},
			{"bert", `{"action":"delete_master_key","master_key_type":"jwt","master_key_id":"k","user_auth":"$bert.auth"}`, nil, `{"error_type":"permission_denied"}`},
			{"anna", `{"action":"delete_master_key","master_key_type":"jwt","master_key_id":"k","user_auth":"$anna.auth"}`, nil, `{"event":"master_key_deleted","master_key_type":"jwt","master_key_id":"k"}`},
			{"anna", `{"action":"create_master_key","master_key_type":"jwt","master_key_id":"k"}`, []string{jwtSecret}, `{"event":"master_key_created"}`},
			{"anna", `{"action":"delete_master_key","master_key_type":"jwt","master_key_id":"k","master_key_secret":"` + base64.StdEncoding.EncodeToString([]byte(jwtSecret)) + `"}`, nil, `{"event":"master_key_deleted"}`},
			{"anna", `{"action":"delete_master_key"}`, nil, `{"error_type":"request_malformed"}`},
		}},
	})
}

func TestMasterKeyQuota(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) { c.Limits.MasterKeys = 1 })
	expect(t, w.do("anna", `{"action":"create_master_key"}`), `{"event":"master_key_created"}`)
	expect(t, w.do("anna", `{"action":"create_master_key"}`), `{"error_type":"permission_denied"}`)
	expect(t, w.do("bert", `{"action":"create_master_key"}`), `{"event":"master_key_created"}`)
}

func TestLoginBySignature(t *testing.T) {
	w := newWorld(t)
	key, _ := signers(t, w.clients["anna"])
	evil, _ := signers(t, w.clients["outi"])
	sign := signed(t)
	forNew := sign(key.SignCreateSession(tenMinutes(), master.Map{"name": "Jörgen"}))
	puppet, e := w.attempt(`,"master_sign":"` + forNew + `","user_attrs":{"name":"J"},"puppet_attrs":{"name":"Jörgen"}`)
	expect(t, e, w.fill(`{"event":"session_created","user_attrs":{"name":"J"},"puppet_masters":{"$anna":{"puppet_attrs":{"name":"Jörgen"}}}}`))
	w.clients["pupp"] = puppet
	forUser := func() string { return sign(key.SignCreateSessionForUser(tenMinutes(), puppet.userID, master.Dash)) }
	stranger := sign(key.SignCreateSessionForUser(tenMinutes(), w.clients["bert"].userID))
	ofEvil := sign(evil.SignCreateSessionForUser(tenMinutes(), puppet.userID))
	used := forUser()
	for _, test := range []struct{ name, params, want string }{
		{"again", `,"master_sign":"` + forNew + `","puppet_attrs":{"name":"Jörgen"}`, `{"error_type":"access_already_spent"}`},
		{"existing", `,"user_id":"$pupp","master_sign":"` + used + `"`, `{"event":"session_created","user_id":"$pupp","user_auth":"<absent>"}`},
		{"existing again", `,"user_id":"$pupp","master_sign":"` + used + `"`, `{"error_type":"access_already_spent"}`},
		{"existing, said so", `,"user_id":"$pupp","user_existing":true,"master_sign":"` + forUser() + `"`, `{"event":"session_created","user_id":"$pupp"}`},
		{"other attributes", `,"master_sign":"` + sign(key.SignCreateSession(tenMinutes(), nil)) + `","puppet_attrs":{"name":"x"}`, `{"error_type":"access_denied"}`},
		{"no attributes", `,"master_sign":"` + sign(key.SignCreateSession(tenMinutes(), nil)) + `"`, `{"event":"session_created","puppet_masters":{"$anna":{"puppet_attrs":{}}}}`},
		{"forbidden attributes", `,"master_sign":"` + sign(key.SignCreateSession(tenMinutes(), master.Map{"name": nil})) + `","puppet_attrs":{"name":null}`, `{"event":"session_created"}`},
		{"nobody's puppet", `,"user_id":"$bert","master_sign":"` + stranger + `"`, `{"error_type":"access_denied","user_id":"<absent>"}`},
		{"another's puppet", `,"user_id":"$pupp","master_sign":"` + ofEvil + `"`, `{"error_type":"access_denied"}`},
		{"another user", `,"user_id":"$anna","master_sign":"` + forUser() + `"`, `{"error_type":"access_denied"}`},
		{"without the user", `,"master_sign":"` + forUser() + `"`, `{"error_type":"access_denied"}`},
		{"existing, but who", `,"user_existing":true,"master_sign":"` + sign(key.SignCreateSession(tenMinutes(), nil)) + `"`, `{"error_type":"user_not_found"}`},
		{"both", `,"user_id":"$pupp","puppet_attrs":{"name":"x"},"master_sign":"` + forUser() + `"`, `{"error_type":"request_malformed"}`},
		{"with auth", `,"user_id":"$anna","user_auth":"$anna.auth","master_sign":"` + forUser() + `"`, `{"error_type":"request_malformed"}`},
		{"garbage", `,"master_sign":"x"`, `{"error_type":"access_denied"}`},
		{"empty", `,"master_sign":""`, `{"error_type":"access_denied"}`},
		{"other type", `,"master_key_type":"jwt","master_sign":"` + sign(key.SignCreateSession(tenMinutes(), nil)) + `"`, `{"error_type":"access_denied"}`},
		{"no type", `,"master_key_type":"x","master_sign":"x"`, `{"error_type":"request_malformed"}`},
		{"expired", `,"master_sign":"` + sign(key.SignCreateSession(time.Now().Add(-time.Hour), nil, master.At(time.Now().Add(-2*time.Hour)))) + `"`, `{"error_type":"access_expired"}`},
		{"premature", `,"master_sign":"` + sign(key.SignCreateSession(time.Now().Add(8*24*time.Hour), nil, master.At(time.Now().Add(2*24*time.Hour)))) + `"`, `{"error_type":"access_denied"}`},
		{"for a channel", `,"master_sign":"` + sign(key.SignJoinChannel(tenMinutes(), w.channel, nil)) + `"`, `{"error_type":"access_denied"}`},
	} {
		_, e := w.attempt(test.params)
		t.Logf("%s: %v", test.name, e)
		expect(t, e, w.fill(test.want))
	}
	// Deleted keys are good for nothing, and neither are those of deleted users.
	last := forUser()
	expect(t, w.do("anna", `{"action":"delete_master_key","master_key_id":"`+key.ID()+`","user_auth":"$anna.auth"}`), `{"event":"master_key_deleted"}`)
	_, e = w.attempt(`,"user_id":"$pupp","master_sign":"` + last + `"`)
	expect(t, e, `{"error_type":"access_denied"}`)
	late := sign(evil.SignCreateSession(tenMinutes(), nil))
	expect(t, w.do("outi", `{"action":"delete_user"}`), `{"event":"user_deleted"}`)
	_, e = w.attempt(`,"master_sign":"` + late + `"`)
	expect(t, e, `{"error_type":"access_denied"}`)
}

func TestLoginByToken(t *testing.T) {
	w := newWorld(t)
	key, jwtKey := signers(t, w.clients["anna"])
	_, evil := signers(t, w.clients["outi"])
	sign := signed(t)
	token := func(key *master.JWTKey, claims master.Claims) string {
		return `,"master_key_type":"jwt","master_sign":"` + sign(key.Sign(tenMinutes(), claims)) + `"`
	}
	alice := token(jwtKey, master.Claims{Subject: "alice", PreferredUsername: "Älice"})
	puppet, e := w.attempt(alice)
	expect(t, e, w.fill(`{"event":"session_created","puppet_masters":{"$anna":{"puppet_attrs":{"name":"Älice"}}}}`))
	w.clients["pupp"] = puppet
	old := sign(jwtKey.Sign(time.Now().Add(-time.Hour), master.Claims{Subject: "alice"}, master.At(time.Now().Add(-2*time.Hour))))
	for _, test := range []struct{ name, params, want string }{
		{"again", alice, `{"event":"session_created","user_id":"$pupp","user_auth":"<absent>"}`},
		{"with the puppet's id", alice + `,"user_id":"$pupp","user_existing":true`, `{"event":"session_created","user_id":"$pupp"}`},
		{"with another's id", alice + `,"user_id":"$bert"`, `{"error_type":"access_denied"}`},
		{"with attributes", alice + `,"puppet_attrs":{"name":"x"}`, `{"error_type":"request_malformed"}`},
		{"another master's alice", token(evil, master.Claims{Subject: "alice"}), `{"event":"session_created","puppet_masters":{"$outi":{},"$anna":"<absent>"}}`},
		{"only a channel", token(jwtKey, master.Claims{Channels: []string{w.channel}}), `{"error_type":"access_denied"}`},
		{"expired", `,"master_key_type":"jwt","master_sign":"` + old + `"`, `{"error_type":"access_expired"}`},
		{"wrong type", `,"master_key_type":"ninchat","master_sign":"` + sign(jwtKey.Sign(tenMinutes(), master.Claims{Subject: "alice"})) + `"`, `{"error_type":"access_denied"}`},
		{"signature", `,"master_key_type":"jwt","master_sign":"` + sign(key.SignCreateSession(tenMinutes(), nil)) + `"`, `{"error_type":"access_denied"}`},
		{"garbage", `,"master_key_type":"jwt","master_sign":"a.b.c"`, `{"error_type":"access_denied"}`},
	} {
		_, e := w.attempt(test.params)
		t.Logf("%s: %v", test.name, e)
		expect(t, e, w.fill(test.want))
	}
	// The subject of a deleted puppet is somebody new.
	expect(t, puppet.call(`{"action":"delete_user"}`), `{"event":"user_deleted"}`)
	_, e = w.attempt(alice)
	expect(t, e, `{"event":"session_created"}`)
	if e.text("user_id") == puppet.userID {
		t.Error("the deleted puppet is back")
	}
}

func TestJoinBySignature(t *testing.T) {
	w := newWorld(t)
	anna := w.clients["anna"]
	key, jwtKey := signers(t, anna)
	evil, evilJWT := signers(t, w.clients["bert"])
	expect(t, w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"private":true,"autosilence":true}}`), `{"event":"channel_updated"}`)
	sign := signed(t)
	outi := w.clients["outi"]
	join := func(sign, more string) string {
		return `{"action":"join_channel","channel_id":"$channel","master_sign":"` + sign + `"` + more + `}`
	}
	part := `{"action":"part_channel","channel_id":"$channel"}`
	one := sign(key.SignJoinChannel(tenMinutes(), w.channel, nil))
	loud := sign(key.SignJoinChannelForUser(tenMinutes(), w.channel, outi.userID, master.Map{"silenced": false}))
	forBert := sign(key.SignJoinChannelForUser(tenMinutes(), w.channel, w.clients["bert"].userID, nil))
	token := sign(jwtKey.Sign(tenMinutes(), master.Claims{Channels: []string{w.channel}}))
	const jwt = `,"master_key_type":"jwt"`
	denied := `{"error_type":"permission_denied","channel_id":"$channel"}`
	w.run([]step{
		{"outi", join(sign(evil.SignJoinChannel(tenMinutes(), w.channel, nil)), ""), nil, denied},
		{"outi", join(forBert, ""), nil, denied},
		{"outi", join("x", ""), nil, denied},
		{"outi", join(one, `,"member_attrs":{"silenced":false}`), nil, denied},
		{"outi", join(one, `,"member_attrs":{"operator":true}`), nil, denied},
		{"outi", join(sign(key.SignJoinChannel(tenMinutes(), w.channel, master.Map{"operator": true})), `,"member_attrs":{"operator":true}`), nil, denied},
		{"outi", join(sign(key.SignFollowChannel(tenMinutes(), w.channel)), ""), nil, denied},
		{"outi", join(one, `,"master_key_type":"x"`), nil, `{"error_type":"request_malformed"}`},
		{"outi", `{"action":"join_channel","master_sign":"x"}`, nil, `{"error_type":"request_malformed"}`},
		{"outi", join(one, ""), nil, `{"event":"channel_joined","channel_members":{"$outi":{"member_attrs":{"silenced":true}}}}`},
		{"outi", part, nil, `{"event":"channel_parted"}`},
		{"outi", join(one, ""), nil, `{"error_type":"permission_already_spent","channel_id":"$channel"}`},
		{"outi", join(sign(key.SignJoinChannel(time.Now().Add(-time.Hour), w.channel, nil, master.At(time.Now().Add(-2*time.Hour)))), ""), nil, `{"error_type":"permission_expired","channel_id":"$channel"}`},
		{"outi", join(loud, `,"member_attrs":{"silenced":false}`), nil, `{"event":"channel_joined","channel_members":{"$outi":{"member_attrs":{"silenced":"<absent>"}}}}`},
		{"outi", part, nil, `{"event":"channel_parted"}`},
		{"outi", join(token, jwt+`,"member_attrs":{"silenced":false}`), nil, denied},
		{"outi", join(sign(evilJWT.Sign(tenMinutes(), master.Claims{Channels: []string{w.channel}})), jwt), nil, denied},
		{"outi", join(sign(jwtKey.Sign(tenMinutes(), master.Claims{Channels: []string{"other"}})), jwt), nil, denied},
		{"outi", join(token, ""), nil, denied},
		{"outi", join(token, jwt), nil, `{"event":"channel_joined"}`},
		{"outi", part, nil, `{"event":"channel_parted"}`},
		{"outi", join(token, jwt), nil, `{"event":"channel_joined"}`},
		{"outi", part, nil, `{"event":"channel_parted"}`},
		{"anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"suspended":true}}`, nil, `{"event":"channel_updated"}`},
		{"outi", join(sign(key.SignJoinChannel(tenMinutes(), w.channel, nil)), ""), nil, denied},
	})
}

func TestFollow(t *testing.T) {
	const follow = `{"action":"follow_channel","channel_id":"$channel"}`
	update := func(attrs string) string {
		return `{"action":"update_channel","channel_id":"$channel","channel_attrs":{` + attrs + `}}`
	}
	denied := `{"error_type":"permission_denied","channel_id":"$channel"}`
	play(t, []scenario{
		{name: "not everything can be followed", steps: []step{
			{"outi", follow, nil, denied},
			{"anna", update(`"followable":true`), nil, `{"event":"channel_updated"}`},
			{"outi", follow, nil, denied},
			{"anna", update(`"disclosed_since":1`), nil, `{"event":"channel_updated"}`},
			{"outi", follow, nil, `{"event":"channel_found","channel_id":"$channel","channel_members":"<absent>"}`},
			{"outi", follow, nil, `{"event":"channel_found"}`},
			{"anna", update(`"private":true`), nil, `{"event":"channel_updated"}`},
			{"outi", follow, nil, `{"error_type":"channel_not_found","channel_id":"$channel"}`},
			{"outi", `{"action":"follow_channel","channel_id":"none"}`, nil, `{"error_type":"channel_not_found"}`},
			{"outi", `{"action":"follow_channel"}`, nil, `{"error_type":"request_malformed"}`},
		}},
		{name: "messages", steps: []step{
			{"anna", update(`"followable":true,"disclosed_since":1`), nil, `{"event":"channel_updated"}`},
			{"outi", follow, nil, `{"event":"channel_found"}`},
			{"anna", `{"action":"send_message","channel_id":"$channel","message_type":"x","message_recipient_ids":["$bert"]}`, []string{"secret"}, `{"event":"message_received"}`},
			{"outi", `{"action":"send_message","channel_id":"$channel","message_type":"x"}`, []string{"me too"}, denied},
			{"anna", update(`"followable":false`), nil, `{"event":"channel_updated"}`},
			{"anna", `{"action":"send_message","channel_id":"$channel","message_type":"y"}`, []string{"later"}, `{"event":"message_received"}`},
			{"anna", update(`"followable":true`), nil, `{"event":"channel_updated"}`},
			{"anna", `{"action":"send_message","channel_id":"$channel","message_type":"z"}`, []string{"public"}, `{"event":"message_received"}`},
		}},
	})
}

// A follower gets what everybody may see, once, and nothing afterwards.
func TestFollowerGetsMessages(t *testing.T) {
	w := newWorld(t)
	key, jwtKey := signers(t, w.clients["anna"])
	sign := signed(t)
	outi := w.clients["outi"]
	expect(t, w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"private":true}}`), `{"event":"channel_updated"}`)
	follow := func(text, more string) string {
		return `{"action":"follow_channel","channel_id":"$channel","master_sign":"` + text + `"` + more + `}`
	}
	one := sign(key.SignFollowChannelForUser(tenMinutes(), w.channel, outi.userID))
	w.run([]step{
		{"bert", follow(one, ""), nil, `{"error_type":"permission_denied"}`},
		{"outi", follow(one, ""), nil, `{"event":"channel_found","channel_id":"$channel"}`},
		{"outi", follow(one, ""), nil, `{"error_type":"permission_already_spent"}`},
		{"outi", follow(sign(key.SignJoinChannel(tenMinutes(), w.channel, nil)), ""), nil, `{"event":"channel_found"}`},
		{"outi", follow(sign(jwtKey.Sign(tenMinutes(), master.Claims{Channels: []string{w.channel}})), `,"master_key_type":"jwt"`), nil, `{"event":"channel_found"}`},
		{"outi", follow(sign(key.SignFollowChannel(time.Now().Add(-time.Hour), w.channel, master.At(time.Now().Add(-2*time.Hour)))), ""), nil, `{"error_type":"permission_expired"}`},
	})
	outi.settle()
	expect(t, w.do("anna", `{"action":"send_message","channel_id":"$channel","message_type":"x","message_recipient_ids":["$bert"]}`, "for bert"), `{"event":"message_received"}`)
	w.say("anna", "for all")
	if e := outi.wait("message_received"); e.text("message_type") != api.MessageTypeText || e.text("channel_id") != w.channel {
		t.Errorf("got %v", e)
	}
	outi.quiet()
	if slices.ContainsFunc(outi.skipped, func(e event) bool { return true }) {
		t.Errorf("there is more: %v", outi.skipped)
	}
	// A channel that is gone leaves nothing behind.
	for _, name := range []string{"anna", "bert", "mona"} {
		expect(t, w.do(name, `{"action":"part_channel","channel_id":"$channel"}`), `{"event":"channel_parted"}`)
	}
	expect(t, w.do("outi", follow(one, "")), `{"error_type":"channel_not_found"}`)
}

// Of many sessions that present a signature, one is let in.
func TestSignatureIsUsedOnce(t *testing.T) {
	w := newWorld(t)
	key, _ := signers(t, w.clients["anna"])
	text := signed(t)(key.SignCreateSession(tenMinutes(), nil))
	var clients []*client
	for range 20 {
		c := connect(t, w.srv)
		c.write(`{"action":"create_session","message_types":[],"master_sign":"` + text + `"}`)
		clients = append(clients, c)
	}
	created := 0
	for _, c := range clients {
		e := c.read()
		if e.name == "session_created" {
			created++
		} else {
			expect(t, e, `{"error_type":"access_already_spent"}`)
		}
	}
	if created != 1 {
		t.Errorf("%d sessions were created", created)
	}
}

// Time passes: a signature is good until it expires, with some tolerance, and is
// then known to have expired, not to have been used.
func TestSignatureExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		key, _ := signers(t, w.clients["anna"])
		first := signed(t)(key.SignCreateSession(tenMinutes(), nil))
		second := signed(t)(key.SignCreateSession(tenMinutes(), nil))
		_, e := w.attempt(`,"master_sign":"` + first + `"`)
		expect(t, e, `{"event":"session_created"}`)
		time.Sleep(10*time.Minute + 29*time.Second)
		_, e = w.attempt(`,"master_sign":"` + first + `"`)
		expect(t, e, `{"error_type":"access_already_spent"}`)
		time.Sleep(2 * time.Second)
		for _, text := range []string{first, second} {
			_, e = w.attempt(`,"master_sign":"` + text + `"`)
			expect(t, e, `{"error_type":"access_expired"}`)
		}
	})
}

// Without tolerance, a signature is good until the moment in which it expires, and
// from exactly a week before.
func TestSignatureExpiresToTheMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *serverConfig) { c.Skew = -1 })
		key, jwtKey := signers(t, w.clients["anna"])
		expire := time.Now().Add(10 * time.Minute)
		sign := func() string { return signed(t)(key.SignCreateSession(expire, nil)) }
		token := signed(t)(jwtKey.Sign(expire, master.Claims{Subject: "a"}))
		first, second := sign(), sign()
		early := signed(t)(key.SignCreateSession(expire.Add(master.MaxLifetime), nil, master.At(expire)))
		time.Sleep(10*time.Minute - 1)
		for text, want := range map[string]string{
			`,"master_sign":"` + first + `"`:                         `{"event":"session_created"}`,
			`,"master_key_type":"jwt","master_sign":"` + token + `"`: `{"event":"session_created"}`,
			`,"master_sign":"` + early + `"`:                         `{"error_type":"access_denied"}`,
		} {
			_, e := w.attempt(text)
			expect(t, e, want)
		}
		time.Sleep(time.Nanosecond)
		for text, want := range map[string]string{
			`,"master_sign":"` + second + `"`:                        `{"error_type":"access_expired"}`,
			`,"master_key_type":"jwt","master_sign":"` + token + `"`: `{"error_type":"access_expired"}`,
			`,"master_sign":"` + early + `"`:                         `{"event":"session_created"}`,
		} {
			_, e := w.attempt(text)
			expect(t, e, want)
		}
	})
}

// Nothing that is refused says why to those who can't sign, and nothing that the
// server says has a secret in it.
func TestRefusalsSayNothing(t *testing.T) {
	w := newWorld(t)
	key, _ := signers(t, w.clients["anna"])
	text := signed(t)(key.SignCreateSession(tenMinutes(), nil))
	var reasons []string
	// The digest must not happen to end like that already.
	end := "AA."
	if strings.HasSuffix(text, end) {
		end = "BA."
	}
	for _, attempt := range []string{"x" + text, text[:len(text)-3] + end, strings.Replace(text, ".", "..", 1), fmt.Sprint("x", strings.Repeat("y", 2000))} {
		_, e := w.attempt(`,"master_sign":"` + attempt + `"`)
		expect(t, e, `{"error_type":"access_denied"}`)
		reasons = append(reasons, e.text("error_reason"))
		if strings.Contains(e.header, key.ID()) {
			t.Errorf("got %v", e)
		}
	}
	if slices.Sort(reasons); len(slices.Compact(reasons)) != 1 {
		t.Errorf("the reasons differ: %q", reasons)
	}
}

// Whatever happens to keys, signatures and tokens, the log has none of them.
func TestMasterSecretsAreNotLogged(t *testing.T) {
	var mu sync.Mutex
	var logged bytes.Buffer
	w := newWorld(t, func(c *serverConfig) {
		c.Logger = slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return logged.Write(p)
		}), &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	anna := w.clients["anna"]
	e := anna.call(`{"action":"create_master_key"}`)
	id, secret := e.text("master_key_id"), e.text("master_key_secret")
	key, err := master.ParseKey(id, secret)
	if err != nil {
		t.Fatal(err)
	}
	_, jwtKey := signers(t, anna)
	sign := signed(t)
	login := sign(key.SignCreateSession(tenMinutes(), nil))
	join := sign(key.SignJoinChannel(tenMinutes(), w.channel, nil))
	token := sign(jwtKey.Sign(tenMinutes(), master.Claims{Subject: "a", Channels: []string{w.channel}}))
	for range 2 { // the second time they are refused
		w.attempt(`,"master_sign":"` + login + `"`)
		w.attempt(`,"master_key_type":"jwt","master_sign":"` + token + `"`)
		w.attempt(`,"master_key_type":"jwt","master_sign":"` + token[1:] + `"`)
		w.do("outi", `{"action":"join_channel","channel_id":"$channel","master_sign":"`+join+`"}`)
		w.do("outi", `{"action":"part_channel","channel_id":"$channel"}`)
		w.do("anna", `{"action":"delete_master_key","master_key_id":"none","master_key_secret":"`+secret+`"}`)
	}
	w.do("anna", `{"action":"create_master_key","master_key_type":"jwt","master_key_id":"key.`+anna.userID+`"}`, jwtSecret)
	w.do("anna", `{"action":"delete_master_key","master_key_id":"`+id+`","master_key_secret":"`+secret+`"}`)
	_ = w.srv.Close()
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(logged.String(), "action refused") {
		t.Error("the refusals aren't in the log")
	}
	for _, text := range []string{secret, strings.TrimRight(secret, "="), jwtSecret, base64.StdEncoding.EncodeToString([]byte(jwtSecret)), login, join, token, token[1:]} {
		if strings.Contains(logged.String(), text) {
			t.Errorf("the log has %q", text)
		}
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
