package server_test

import (
	"testing"

	"github.com/ninchat-community/ninchat/master"
)

func TestKeysOfRealms(t *testing.T) {
	const (
		create   = `{"action":"create_master_key","realm_id":"$realm"}`
		describe = `{"action":"describe_master_keys","realm_id":"$realm"}`
		jwt      = `{"action":"create_master_key","realm_id":"$realm","master_key_type":"jwt","master_key_id":"k"}`
		remove   = `{"action":"delete_master_key","realm_id":"$realm","master_key_type":"jwt","master_key_id":"k"}`
	)
	denied := `{"error_type":"permission_denied","realm_id":"$realm"}`
	playIn(t, newRealmWorld, []scenario{{name: "all", steps: []step{
		{"mona", create, nil, `{"event":"master_key_created","realm_id":"$realm","master_key_type":"ninchat"}`},
		{"mona", jwt, []string{jwtSecret}, `{"event":"master_key_created","realm_id":"$realm","master_key_id":"k"}`},
		{"bert", create, nil, denied},
		{"outi", create, nil, denied},
		{"bert", describe, nil, denied},
		{"bert", remove, nil, denied},
		{"anna", describe, nil, `{"event":"master_keys_found","master_keys":{"jwt":{"k":{"realm_id":"$realm"}},"ninchat":{}}}`},
		{"anna", `{"action":"describe_master_keys"}`, nil, `{"master_keys":{"jwt":"<absent>","ninchat":"<absent>"}}`},
		{"anna", `{"action":"delete_master_key","master_key_type":"jwt","master_key_id":"k","user_auth":"$anna.auth"}`, nil, `{"error_type":"permission_denied"}`},
		{"mona", remove, nil, `{"event":"master_key_deleted","realm_id":"$realm","master_key_id":"k"}`},
		{"mona", remove, nil, `{"error_type":"permission_denied"}`},
		{"mona", jwt, []string{jwtSecret}, `{"event":"master_key_created"}`},
		{"anna", `{"action":"delete_realm","realm_id":"$realm"}`, nil, `{"event":"realm_deleted"}`},
		{"anna", describe, nil, `{"error_type":"realm_not_found"}`},
		// The id is free again.
		{"outi", `{"action":"create_master_key","master_key_type":"jwt","master_key_id":"k"}`, []string{jwtSecret}, `{"event":"master_key_created"}`},
	}}})
}

// The keys of a realm have no power over what else its owner has.
func TestKeysOfRealmsStayThere(t *testing.T) {
	w := newRealmWorld(t)
	sign := signed(t)
	e := w.do("mona", `{"action":"create_master_key","realm_id":"$realm"}`)
	key, err := master.ParseKey(e.text("master_key_id"), e.text("master_key_secret"))
	if err != nil {
		t.Fatal(err)
	}
	own, ownJWT := signers(t, w.clients["anna"])
	inside := w.do("mona", `{"action":"create_channel","realm_id":"$realm","channel_attrs":{"private":true}}`).text("channel_id")
	w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"private":true}}`)
	join := func(key *master.Key, channel string) string {
		return `{"action":"join_channel","channel_id":"` + channel + `","master_sign":"` + sign(key.SignJoinChannel(tenMinutes(), channel, nil)) + `"}`
	}
	expect(t, w.do("outi", join(key, w.channel)), `{"error_type":"permission_denied"}`)
	expect(t, w.do("outi", join(key, inside)), `{"event":"channel_joined"}`)
	expect(t, w.do("outi", join(own, w.channel)), `{"event":"channel_joined"}`)
	expect(t, w.do("outi", `{"action":"part_channel","channel_id":"`+inside+`"}`), `{"event":"channel_parted"}`)
	expect(t, w.do("outi", join(own, inside)), `{"event":"channel_joined"}`)

	// Puppets of the owner are not those of the realm, nor the other way round.
	ofOwner := w.do("anna", `{"action":"create_user"}`).text("user_id")
	forUser := func(key *master.Key, id string) string {
		return `,"user_id":"` + id + `","master_sign":"` + sign(key.SignCreateSessionForUser(tenMinutes(), id)) + `"`
	}
	_, e = w.attempt(forUser(key, ofOwner))
	expect(t, e, `{"error_type":"access_denied"}`)
	_, e = w.attempt(forUser(own, ofOwner))
	expect(t, e, `{"event":"session_created"}`)
	puppet, e := w.attempt(`,"master_sign":"` + sign(key.SignCreateSession(tenMinutes(), nil)) + `"`)
	expect(t, e, w.fill(`{"event":"session_created","puppet_masters":{"$anna":{}}}`))
	_, e = w.attempt(forUser(key, puppet.userID))
	expect(t, e, `{"event":"session_created"}`)
	_, e = w.attempt(forUser(own, puppet.userID))
	expect(t, e, `{"error_type":"access_denied"}`)

	// The same subject is another puppet.
	expect(t, w.do("mona", `{"action":"create_master_key","realm_id":"$realm","master_key_type":"jwt","master_key_id":"k"}`, jwtSecret), `{"event":"master_key_created"}`)
	jwtKey, err := master.NewJWTKey("k", []byte(jwtSecret))
	if err != nil {
		t.Fatal(err)
	}
	token := func(key *master.JWTKey) string {
		return `,"master_key_type":"jwt","master_sign":"` + sign(key.Sign(tenMinutes(), master.Claims{Subject: "alice"})) + `"`
	}
	one, e := w.attempt(token(ownJWT))
	expect(t, e, `{"event":"session_created"}`)
	two, e := w.attempt(token(jwtKey))
	expect(t, e, `{"event":"session_created"}`)
	if one.userID == two.userID {
		t.Error("both are the same puppet")
	}
	expect(t, w.do("anna", `{"action":"delete_realm","realm_id":"$realm"}`), `{"event":"realm_deleted"}`)
	_, e = w.attempt(token(jwtKey))
	expect(t, e, `{"error_type":"access_denied"}`)
}

func TestDescribeMaster(t *testing.T) {
	w := newRealmWorld(t)
	id := w.do("anna", `{"action":"create_master_key"}`).text("master_key_id")
	inside := w.do("anna", `{"action":"create_master_key","realm_id":"$realm"}`).text("master_key_id")
	expect(t, w.do("anna", `{"action":"describe_master"}`), `{"event":"master_found","master_keys":{"`+id+`":{},"`+inside+`":"<absent>"}}`)
	expect(t, w.do("bert", `{"action":"describe_master"}`), `{"event":"master_found","master_keys":{"`+id+`":"<absent>"}}`)
	expect(t, connect(t, w.srv).call(`{"action":"describe_master"}`), `{"error_type":"session_not_found"}`)
	expect(t, w.do("anna", `{"action":"describe_master","puppet_id":1}`), `{"error_type":"request_malformed"}`)
}
