package server_test

import (
	"testing"

	"github.com/ninchat-community/ninchat/master"
)

// Identities, access keys, tags, keys of realms and what keys say about members
// outlive the server.
func TestKeysOutliveTheServer(t *testing.T) {
	store := new(memoryStore)
	config := func(c *serverConfig) { c.Store = store }
	w := newQueueWorld(t, config)
	sign := signed(t)
	w.do("bert", `{"action":"create_identity",`+bertsEmail+`,"identity_auth_new":"pass"}`)
	verify := w.mailed("identity_verify", "Bert@example.com")
	spent, good := w.key("bert", `"access_type":"session"`), w.key("bert", `"access_type":"session","user_attrs":{"name":"new"},"user_settings":{"a":1}`)
	_, e := w.attempt(`,"access_key":"` + spent + `"`)
	expect(t, e, `{"event":"session_created"}`)
	top := w.tag(`"name":"top"`)
	below := w.tag(`"parent_id":"` + top + `"`)
	audience := w.audienceKey(``, `,"member_metadata":{"role":"x"}`)
	expect(t, w.do("outi", `{"action":"join_channel","access_key":"`+audience+`"}`), `{"event":"channel_joined"}`)
	e = w.do("mona", `{"action":"create_master_key","realm_id":"$realm"}`)
	key, err := master.ParseKey(e.text("master_key_id"), e.text("master_key_secret"))
	if err != nil {
		t.Fatal(err)
	}
	puppet, e := w.attempt(`,"master_sign":"` + sign(key.SignCreateSession(tenMinutes(), nil)) + `"`)
	expect(t, e, `{"event":"session_created"}`)
	if err := w.srv.Close(); err != nil {
		t.Fatal(err)
	}
	w.srv = start(t, config)
	for name, c := range w.clients {
		w.clients[name] = login(t, w.srv, `,"message_types":["*"],"user_id":"`+c.userID+`","user_auth":"`+c.auth+`"`)
		w.clients[name].auth = c.auth
	}
	w.run([]step{
		{"bert", `{"action":"describe_identity",` + bertsEmail + `}`, nil, `{"identity_name":"Bert@example.com","identity_attrs":{"pending":true,"auth":true}}`},
		{"bert", `{"action":"verify_identity","identity_accept":true,"access_key":"` + verify + `"}`, nil, `{"event":"identity_updated"}`},
		{"bert", `{"action":"describe_access","access_key":"` + spent + `"}`, nil, `{"error_type":"access_already_spent"}`},
		{"bert", `{"action":"describe_tags","tag_id":"` + top + `"}`, nil, `{"realm_id":"$realm","tag_attrs":{"name":"top"},"tag_children":{"` + below + `":{}}}`},
		{"cleo", `{"action":"join_channel","access_key":"` + audience + `"}`, nil, `{"channel_members_metadata":{"$outi":{"role":"x"},"$cleo":{"role":"x"}}}`},
		{"mona", `{"action":"describe_master_keys","realm_id":"$realm"}`, nil, `{"master_keys":{"ninchat":{"` + key.ID() + `":{"realm_id":"$realm"}}}}`},
	})
	_, e = w.attempt(`,"access_key":"` + good + `"`)
	expect(t, e, `{"event":"session_created","user_attrs":{"name":"new"},"user_settings":{"a":1}}`)
	_, e = w.attempt(`,` + bertsEmail + `,"identity_auth":"pass"`)
	expect(t, e, w.fill(`{"event":"session_created","user_id":"$bert"}`))
	_, e = w.attempt(`,"user_id":"` + puppet.userID + `","master_sign":"` + sign(key.SignCreateSessionForUser(tenMinutes(), puppet.userID)) + `"`)
	expect(t, e, `{"event":"session_created","user_id":"`+puppet.userID+`"}`)
}
