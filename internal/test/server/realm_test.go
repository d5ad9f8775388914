package server_test

import (
	"strings"
	"testing"
)

func TestRealms(t *testing.T) {
	const (
		describe = `{"action":"describe_realm","realm_id":"$realm"}`
		remove   = `{"action":"delete_realm","realm_id":"$realm"}`
	)
	update := func(params string) string {
		return `{"action":"update_realm","realm_id":"$realm",` + params + `}`
	}
	denied := `{"event":"error","error_type":"permission_denied","realm_id":"$realm"}`
	playIn(t, newRealmWorld, []scenario{
		{name: "create", steps: []step{
			{"outi", `{"action":"create_realm","realm_attrs":{"name":"shop","theme":{"color":"#123456"}},"realm_settings":{"a":[1]}}`, nil,
				`{"event":"realm_joined","realm_attrs":{"name":"shop","theme":{"color":"#123456"},"owner_id":"$outi","owner_account":{"channels":{},"queues":{},"queue_members":{}}},
				  "realm_settings":{"a":[1]},"realm_members":{"$outi":{"user_attrs":{"name":"outi"},"member_attrs":{"operator":true}}}}`},
			{"outi", `{"action":"create_realm"}`, nil, `{"event":"realm_joined","realm_settings":{}}`},
			{"outi", `{"action":"create_realm","realm_attrs":{"name":" Office"}}`, nil, `{"error_type":"realm_already_exists"}`},
			{"outi", `{"action":"create_realm","realm_attrs":{"suspended":true}}`, nil, `{"error_type":"permission_denied"}`},
			{"outi", `{"action":"create_realm","realm_attrs":{"owner_id":"x"}}`, nil, `{"error_type":"permission_denied"}`},
			{"outi", `{"action":"create_realm","realm_attrs":{"name":1}}`, nil, `{"error_type":"request_malformed"}`},
			{"outi", `{"action":"create_realm","realm_settings":{"x":"` + strings.Repeat("x", 70000) + `"}}`, nil, `{"error_type":"request_malformed"}`},
			{"outi", `{"action":"create_realm","realm_attrs":{"name":"lost"},"channel_attrs":{"queue_id":"x"}}`, nil, `{"error_type":"permission_denied"}`},
			{"outi", `{"action":"create_realm","realm_attrs":{"name":"lost"}}`, nil, `{"event":"realm_joined"}`},
		}},
		{name: "describe", steps: []step{
			{"anna", describe, nil, `{"event":"realm_found","realm_id":"$realm","realm_attrs":{"name":"office","owner_account":{}},"realm_members":{"$anna":{},"$bert":{"member_attrs":{"operator":"<absent>"}},"$mona":{"member_attrs":{"operator":true}}}}`},
			{"mona", update(`"realm_settings":{"secret":true}`), nil, `{"event":"realm_updated"}`},
			{"mona", describe, nil, `{"realm_attrs":{"owner_account":{}},"realm_settings":{"secret":true}}`},
			{"bert", describe, nil, `{"realm_attrs":{"owner_account":"<absent>"},"realm_settings":{"secret":true},"realm_members":{"$mona":{}}}`},
			{"outi", describe, nil, `{"realm_attrs":{"name":"office","owner_id":"$anna","owner_account":"<absent>"},"realm_settings":{"secret":"<absent>"},"realm_members":"<absent>"}`},
			{"outi", `{"action":"describe_realm","realm_id":"none"}`, nil, `{"error_type":"realm_not_found","realm_id":"none"}`},
			{"outi", `{"action":"describe_realm"}`, nil, `{"error_type":"request_malformed"}`},
		}},
		{name: "update", steps: []step{
			{"mona", update(`"realm_attrs":{"theme":{"color":"#000000"}},"realm_settings":{"default_queue_settings":{"transcript_delete_delay":5}}`), nil,
				`{"event":"realm_updated","realm_id":"$realm","realm_attrs":{"name":"office","theme":{"color":"#000000"},"owner_account":{}},"realm_settings":{"default_queue_settings":{"transcript_delete_delay":5}}}`},
			{"anna", update(`"realm_attrs":{"theme":null},"realm_settings":{"default_queue_settings":null}`), nil,
				`{"realm_attrs":{"theme":"<absent>"},"realm_settings":{"default_queue_settings":"<absent>"}}`},
			{"anna", update(`"realm_attrs":{"name":"x"}`), nil, denied},
			{"anna", update(`"realm_attrs":{"suspended":true}`), nil, denied},
			{"anna", update(`"realm_settings":{"x":"` + strings.Repeat("x", 70000) + `"}`), nil, `{"error_type":"request_malformed"}`},
			{"anna", update(`"realm_attrs":1`), nil, `{"error_type":"request_malformed"}`},
			{"bert", update(`"realm_attrs":{"theme":{}}`), nil, denied},
			{"outi", update(`"realm_attrs":{"theme":{}}`), nil, denied},
			{"anna", `{"action":"update_realm","realm_id":"none"}`, nil, `{"error_type":"realm_not_found"}`},
		}, told: []step{
			{"bert", "realm_updated", nil, `{"realm_id":"$realm","realm_attrs":{"theme":{"color":"#000000"},"owner_account":"<absent>"},"realm_settings":{"default_queue_settings":{}},"action_id":"<absent>"}`},
			{"anna", "realm_updated", nil, `{"realm_attrs":{"owner_account":{}},"action_id":"<absent>"}`},
		}},
		{name: "delete", steps: []step{
			{"mona", `{"action":"create_channel","realm_id":"$realm"}`, nil, `{"event":"channel_joined","realm_id":"$realm"}`},
			{"mona", remove, nil, denied},
			{"bert", remove, nil, denied},
			{"outi", remove, nil, denied},
			{"anna", `{"action":"delete_realm","realm_id":"none"}`, nil, `{"error_type":"realm_not_found"}`},
			{"anna", `{"action":"delete_realm"}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", remove, nil, `{"event":"realm_deleted","realm_id":"$realm"}`},
			{"anna", describe, nil, `{"error_type":"realm_not_found"}`},
			{"anna", `{"action":"describe_user"}`, nil, `{"user_realms":{"$realm":"<absent>"},"user_realms_member":"<absent>","user_account":{"channels":{"quota":1000,"available":999}}}`},
			{"bert", `{"action":"create_realm","realm_attrs":{"name":"office"}}`, nil, `{"event":"realm_joined"}`},
		}, told: []step{
			{"mona", "channel_deleted", nil, `{"action_id":"<absent>"}`},
			{"mona", "realm_deleted", nil, `{"realm_id":"$realm","action_id":"<absent>"}`},
			{"bert", "realm_deleted", nil, `{"realm_id":"$realm"}`},
		}},
	})
}

func TestRealmsOfSession(t *testing.T) {
	w := newRealmWorld(t)
	_, e := w.attempt(`,"user_id":"$bert","user_auth":"$bert.auth"`)
	expect(t, e, w.fill(`{"event":"session_created","user_realms":{"$realm":{"name":"office"}},"user_realms_member":{"$realm":{"operator":"<absent>"}}}`))
	expect(t, w.do("mona", `{"action":"describe_user"}`), w.fill(`{"user_realms":{"$realm":{}},"user_realms_member":{"$realm":{"operator":true}}}`))
	expect(t, w.do("outi", `{"action":"describe_user"}`), w.fill(`{"user_realms":{"$realm":"<absent>"},"user_realms_member":"<absent>"}`))
	expect(t, w.do("anna", `{"action":"describe_user","user_id":"$bert"}`), `{"user_realms":"<absent>","user_realms_member":"<absent>"}`)
}

func TestRealmWithChannel(t *testing.T) {
	w := newWorld(t)
	c := w.clients["outi"]
	other := login(t, w.srv, w.fill(`,"message_types":[],"user_id":"$outi","user_auth":"$outi.auth"`))
	id := c.send(`{"action":"create_realm","channel_attrs":{"name":"lobby","public":true}}`)
	joined := c.read()
	expect(t, joined, `{"event":"realm_joined"}`)
	e := c.read()
	expect(t, e, w.fill(`{"event":"channel_joined","channel_attrs":{"name":"lobby","public":true,"owner_id":"$outi"}}`))
	if joined.number("action_id") != float64(id) || e.number("action_id") != float64(id) || e.text("realm_id") != joined.text("realm_id") {
		t.Fatalf("%v, %v", joined, e)
	}
	expect(t, other.read(), `{"event":"realm_joined","action_id":"<absent>"}`)
	expect(t, other.read(), `{"event":"channel_joined","action_id":"<absent>"}`)
}

func TestRealmQuota(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) { c.Limits.Realms, c.Limits.Channels = 2, 1 })
	expect(t, w.do("anna", `{"action":"create_realm","channel_attrs":{}}`), `{"error_type":"channel_quota_exceeded"}`)
	expect(t, w.do("anna", `{"action":"create_realm"}`), `{"event":"realm_joined","realm_attrs":{"owner_account":{"channels":{"quota":1,"available":0}}}}`)
	expect(t, w.do("anna", `{"action":"describe_user"}`), `{"user_account":{"realms":{"quota":2,"available":1}}}`)
	expect(t, w.do("anna", `{"action":"create_realm"}`), `{"event":"realm_joined"}`)
	expect(t, w.do("anna", `{"action":"create_realm"}`), `{"error_type":"realm_quota_exceeded"}`)
	expect(t, w.do("bert", `{"action":"create_realm"}`), `{"event":"realm_joined"}`)
}

// What an operator creates belongs to the realm's owner, and counts as such.
func TestRealmChannels(t *testing.T) {
	create := `{"action":"create_channel","realm_id":"$realm"}`
	w := newRealmWorld(t, func(c *serverConfig) { c.Limits.Channels = 2 })
	expect(t, w.do("bert", create), w.fill(`{"error_type":"permission_denied","realm_id":"$realm"}`))
	expect(t, w.do("outi", create), w.fill(`{"error_type":"permission_denied","realm_id":"$realm"}`))
	e := w.do("mona", create)
	expect(t, e, w.fill(`{"event":"channel_joined","realm_id":"$realm","channel_attrs":{"owner_id":"$anna"},"channel_members":{"$mona":{"member_attrs":{"operator":true}},"$anna":"<absent>"}}`))
	expect(t, w.do("mona", create), `{"error_type":"channel_quota_exceeded"}`)
	w.channel = e.text("channel_id")
	denied, missing := `{"error_type":"permission_denied","channel_id":"$channel"}`, `{"error_type":"channel_not_found"}`
	update := func(attrs string) string {
		return `{"action":"update_channel","channel_id":"$channel","channel_attrs":{` + attrs + `}}`
	}
	w.run([]step{
		// Those who aren't in the realm don't see it, unless it is public.
		{"outi", `{"action":"describe_channel","channel_id":"$channel"}`, nil, missing},
		{"outi", `{"action":"join_channel","channel_id":"$channel"}`, nil, denied},
		{"outi", `{"action":"follow_channel","channel_id":"$channel"}`, nil, missing},
		{"outi", update(`"name":"x"`), nil, missing},
		{"bert", `{"action":"describe_channel","channel_id":"$channel"}`, nil, `{"event":"channel_found","realm_id":"$realm","channel_member_count":"<absent>"}`},
		{"mona", `{"action":"add_member","channel_id":"$channel","user_id":"$outi"}`, nil, denied},
		{"mona", `{"action":"add_member","channel_id":"$channel","user_id":"$bert"}`, nil, `{"event":"channel_member_joined"}`},
		{"bert", update(`"name":"x"`), nil, denied},
		// Operators of the realm needn't be members of the channel.
		{"mona", `{"action":"part_channel","channel_id":"$channel"}`, nil, `{"event":"channel_parted"}`},
		{"mona", update(`"name":"x","public":true`), nil, `{"event":"channel_updated","channel_attrs":{"name":"x","public":true},"realm_id":"$realm"}`},
		{"mona", update(`"suspended":true`), nil, denied},
		{"mona", `{"action":"describe_channel","channel_id":"$channel"}`, nil, `{"event":"channel_found","channel_member_count":1}`},
		{"outi", `{"action":"describe_channel","channel_id":"$channel"}`, nil, `{"event":"channel_found","realm_id":"$realm"}`},
		{"outi", `{"action":"join_channel","channel_id":"$channel"}`, nil, `{"event":"channel_joined","realm_id":"$realm"}`},
		{"mona", update(`"private":true`), nil, `{"event":"channel_updated"}`},
		{"mona", `{"action":"join_channel","channel_id":"$channel"}`, nil, `{"event":"channel_joined"}`},
		{"mona", `{"action":"delete_channel","channel_id":"$channel"}`, nil, denied},
		{"anna", update(`"suspended":true`), nil, `{"event":"channel_updated"}`},
		{"anna", `{"action":"delete_channel","channel_id":"$channel"}`, nil, `{"event":"channel_deleted"}`},
		{"anna", `{"action":"describe_user"}`, nil, `{"user_account":{"channels":{"available":1}}}`},
	})
	expect(t, w.clients["bert"].wait("channel_updated"), w.fill(`{"channel_attrs":{"name":"x"},"realm_id":"$realm"}`))
}

// A follower who leaves the realm gets nothing more of its channels.
func TestFollowingWithinRealm(t *testing.T) {
	w := newRealmWorld(t)
	w.channel = w.do("mona", `{"action":"create_channel","realm_id":"$realm","channel_attrs":{"followable":true,"disclosed_since":1}}`).text("channel_id")
	expect(t, w.do("outi", `{"action":"follow_channel","channel_id":"$channel"}`), `{"error_type":"channel_not_found"}`)
	expect(t, w.do("bert", `{"action":"follow_channel","channel_id":"$channel"}`), `{"event":"channel_found"}`)
	w.settle()
	w.say("mona", "one")
	expect(t, w.clients["bert"].read(), `{"event":"message_received"}`)
	expect(t, w.do("anna", `{"action":"remove_member","realm_id":"$realm","user_id":"$bert"}`), `{"event":"realm_member_parted"}`)
	w.settle()
	w.say("mona", "two")
	w.clients["bert"].quiet()
}

func TestRealmMembers(t *testing.T) {
	add := func(user, attrs string) string {
		return `{"action":"add_member","realm_id":"$realm","user_id":"` + user + `","member_attrs":{` + attrs + `}}`
	}
	update := func(user, attrs string) string {
		return `{"action":"update_member","realm_id":"$realm","user_id":"` + user + `","member_attrs":{` + attrs + `}}`
	}
	remove := func(user string) string {
		return `{"action":"remove_member","realm_id":"$realm","user_id":"` + user + `"}`
	}
	denied := `{"event":"error","error_type":"permission_denied","realm_id":"$realm"}`
	playIn(t, newRealmWorld, []scenario{
		{name: "add", steps: []step{
			{"bert", add("$outi", ``), nil, denied},
			{"outi", add("$outi", ``), nil, denied},
			{"mona", add("$outi", `"silenced":true`), nil, denied},
			{"mona", add("$outi", `"operator":1`), nil, `{"error_type":"request_malformed"}`},
			{"mona", add("nobody", ``), nil, `{"error_type":"user_not_found","user_id":"nobody"}`},
			{"mona", `{"action":"add_member","realm_id":"none","user_id":"$outi"}`, nil, `{"error_type":"realm_not_found","realm_id":"none"}`},
			{"mona", add("$outi", `"operator":true`), nil, `{"event":"realm_member_joined","realm_id":"$realm","user_id":"$outi","user_attrs":{"name":"outi"},"member_attrs":{"operator":true}}`},
			{"mona", add("$outi", ``), nil, `{"event":"realm_member_joined","member_attrs":{"operator":true}}`},
			{"mona", add("$mona", ``), nil, `{"event":"realm_joined"}`},
		}, told: []step{
			{"outi", "realm_joined", nil, `{"realm_id":"$realm","realm_attrs":{"owner_account":{}},"realm_members":{"$bert":{}},"action_id":"<absent>"}`},
			{"bert", "realm_member_joined", nil, `{"realm_id":"$realm","user_id":"$outi","action_id":"<absent>"}`},
		}},
		{name: "update", steps: []step{
			{"bert", update("$bert", `"operator":true`), nil, denied},
			{"outi", update("$bert", `"operator":true`), nil, denied},
			{"mona", update("$bert", `"operator":true`), nil, `{"event":"realm_member_updated","realm_id":"$realm","user_id":"$bert","member_attrs":{"operator":true}}`},
			{"bert", update("$mona", `"operator":null`), nil, `{"event":"realm_member_updated","member_attrs":{"operator":"<absent>"}}`},
			{"mona", update("$bert", `"operator":null`), nil, denied},
			{"bert", update("$anna", `"operator":false`), nil, denied},
			{"bert", update("$mona", `"writing":true`), nil, denied},
			{"bert", update("$outi", `"operator":true`), nil, `{"error_type":"user_not_found","user_id":"$outi"}`},
			{"bert", `{"action":"update_member","realm_id":"$realm","user_id":"$mona","member_attrs":{"operator":true},"interval_end":9}`, nil, `{"error_type":"request_malformed"}`},
			{"bert", `{"action":"update_member","realm_id":"none","user_id":"$mona","member_attrs":{}}`, nil, `{"error_type":"realm_not_found"}`},
		}, told: []step{
			{"anna", "realm_member_updated", nil, `{"user_id":"$bert","member_attrs":{"operator":true},"action_id":"<absent>"}`},
			{"bert", "realm_member_updated", nil, `{"user_id":"$bert"}`},
		}},
		{name: "remove", steps: []step{
			{"bert", remove("$mona"), nil, denied},
			{"outi", remove("$bert"), nil, denied},
			{"outi", remove("nobody"), nil, denied},
			{"mona", remove("$anna"), nil, denied},
			{"anna", remove("$anna"), nil, denied},
			{"mona", remove("$outi"), nil, `{"error_type":"user_not_found"}`},
			{"mona", `{"action":"remove_member","realm_id":"none","user_id":"$bert"}`, nil, `{"error_type":"realm_not_found"}`},
			{"mona", remove("$bert"), nil, `{"event":"realm_member_parted","realm_id":"$realm","user_id":"$bert","event_cause":"member_remove"}`},
			{"mona", remove("$mona"), nil, `{"event":"realm_parted","realm_id":"$realm"}`},
			{"mona", remove("$mona"), nil, `{"error_type":"user_not_found"}`},
			{"bert", `{"action":"describe_user"}`, nil, `{"user_realms":{"$realm":"<absent>"}}`},
		}, told: []step{
			{"bert", "realm_parted", nil, `{"realm_id":"$realm","event_cause":"member_remove","action_id":"<absent>"}`},
			{"anna", "realm_member_parted", nil, `{"user_id":"$bert","action_id":"<absent>"}`},
			{"anna", "realm_member_parted", nil, `{"user_id":"$mona"}`},
		}},
	})
}

func TestRealmIsFull(t *testing.T) {
	w := newRealmWorld(t, func(c *serverConfig) { c.Limits.Members = 3 })
	expect(t, w.do("anna", `{"action":"add_member","realm_id":"$realm","user_id":"$outi"}`), `{"error_type":"permission_denied"}`)
}

// Members of a realm hear of each other, and of nobody else.
func TestRealmMembersKnowEachOther(t *testing.T) {
	w := newRealmWorld(t)
	expect(t, w.do("anna", `{"action":"add_member","realm_id":"$realm","user_id":"$outi"}`), `{"event":"realm_member_joined"}`)
	w.settle()
	w.do("outi", `{"action":"update_user","user_attrs":{"name":"new"}}`)
	expect(t, w.clients["bert"].read(), w.fill(`{"event":"user_updated","user_id":"$outi","user_attrs":{"name":"new"}}`))
	w.do("anna", `{"action":"remove_member","realm_id":"$realm","user_id":"$outi"}`)
	w.settle()
	w.do("outi", `{"action":"update_user","user_attrs":{"name":"newer"}}`)
	w.clients["bert"].quiet()
}

// A realm goes with its owner, a membership with its user.
func TestDeletingUsersOfRealms(t *testing.T) {
	w := newRealmWorld(t)
	expect(t, w.do("bert", `{"action":"delete_user"}`), `{"event":"user_deleted"}`)
	mona := w.clients["mona"]
	expect(t, mona.wait("realm_member_parted"), w.fill(`{"realm_id":"$realm","user_id":"$bert"}`))
	expect(t, w.do("mona", `{"action":"describe_realm","realm_id":"$realm"}`), w.fill(`{"realm_members":{"$bert":"<absent>"}}`))
	expect(t, w.do("anna", `{"action":"delete_user"}`), `{"event":"user_deleted"}`)
	expect(t, mona.wait("realm_deleted"), w.fill(`{"realm_id":"$realm"}`))
	expect(t, w.do("mona", `{"action":"describe_realm","realm_id":"$realm"}`), `{"error_type":"realm_not_found"}`)
	expect(t, w.do("mona", `{"action":"describe_user"}`), w.fill(`{"user_realms":{"$realm":"<absent>"}}`))
}
