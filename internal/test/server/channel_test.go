package server_test

import "testing"

func TestChannels(t *testing.T) {
	const (
		describe = `{"action":"describe_channel","channel_id":"$channel"}`
		join     = `{"action":"join_channel","channel_id":"$channel"}`
		part     = `{"action":"part_channel","channel_id":"$channel"}`
		suspend  = `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"suspended":true}}`
		remove   = `{"action":"delete_channel","channel_id":"$channel"}`
	)
	update := func(attrs string) string {
		return `{"action":"update_channel","channel_id":"$channel","channel_attrs":{` + attrs + `}}`
	}
	denied := `{"event":"error","error_type":"permission_denied","channel_id":"$channel"}`
	play(t, []scenario{
		{name: "create", steps: []step{
			{"outi", `{"action":"create_channel","channel_attrs":{"name":"x","topic":"y","closed":true}}`, nil,
				`{"event":"channel_joined","channel_attrs":{"name":"x","topic":"y","closed":true,"owner_id":"$outi"},"channel_members":{"$outi":{"user_attrs":{"name":"outi"},"member_attrs":{"operator":true}}}}`},
			{"outi", `{"action":"create_channel","channel_attrs":{"closed":false}}`, nil, `{"channel_attrs":{"closed":"<absent>"}}`},
			{"outi", `{"action":"create_channel","channel_attrs":{"owner_id":"me"}}`, nil, `{"error_type":"permission_denied"}`},
			{"outi", `{"action":"create_channel","channel_attrs":{"public":true}}`, nil, `{"error_type":"permission_denied"}`},
			{"outi", `{"action":"create_channel","channel_attrs":{"ratelimit":"often"}}`, nil, `{"error_type":"request_malformed"}`},
			{"outi", `{"action":"create_channel","channel_attrs":{"name":1}}`, nil, `{"error_type":"request_malformed"}`},
			{"outi", `{"action":"create_channel","realm_id":"none"}`, nil, `{"error_type":"realm_not_found","realm_id":"none"}`},
		}, told: []step{{"outi", "message_received", nil, `{"message_type":"ninchat.com/info/join","message_user_id":"<absent>"}`}}},
		{name: "describe", steps: []step{
			{"anna", describe, nil, `{"event":"channel_found","channel_id":"$channel","channel_member_count":3,"channel_members":{"$bert":{}}}`},
			{"bert", describe, nil, `{"event":"channel_found","channel_member_count":"<absent>","channel_members":{"$mona":{"member_attrs":{"moderator":true}}}}`},
			{"outi", describe, nil, `{"event":"channel_found","channel_member_count":"<absent>","channel_members":"<absent>"}`},
			{"outi", `{"action":"describe_channel","channel_id":"none"}`, nil, `{"error_type":"channel_not_found","channel_id":"none"}`},
			{"outi", `{"action":"describe_channel"}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", update(`"private":true`), nil, `{"event":"channel_updated","channel_attrs":{"private":true}}`},
			{"outi", describe, nil, `{"error_type":"channel_not_found"}`},
			{"bert", describe, nil, `{"event":"channel_found"}`},
		}},
		{name: "join", steps: []step{
			{"outi", join, nil, `{"event":"channel_joined","channel_id":"$channel","channel_attrs":{"owner_id":"$anna"},"channel_members":{"$outi":{}}}`},
			{"outi", join, nil, `{"event":"channel_joined"}`},
			{"outi", `{"action":"join_channel"}`, nil, `{"error_type":"request_malformed"}`},
			{"outi", `{"action":"join_channel","channel_id":"none"}`, nil, `{"error_type":"channel_not_found"}`},
		}, told: []step{
			{"bert", "channel_member_joined", nil, `{"channel_id":"$channel","user_id":"$outi","user_attrs":{"name":"outi","connected":true}}`},
			{"bert", "message_received", nil, `{"message_type":"ninchat.com/info/join"}`},
		}},
		{name: "join private", steps: []step{
			{"anna", update(`"private":true`), nil, `{"event":"channel_updated"}`},
			{"outi", join, nil, denied},
		}},
		{name: "join suspended", steps: []step{
			{"anna", suspend, nil, `{"event":"channel_updated"}`},
			{"outi", join, nil, denied},
		}},
		{name: "join verified", steps: []step{
			{"anna", update(`"verified_join":true`), nil, `{"event":"channel_updated"}`},
			{"outi", join, nil, denied},
		}},
		{name: "join with attributes", steps: []step{
			{"outi", `{"action":"join_channel","channel_id":"$channel","member_attrs":{"operator":true}}`, nil, denied},
		}},
		{name: "join autosilence", steps: []step{
			{"anna", update(`"autosilence":true`), nil, `{"event":"channel_updated"}`},
			{"outi", join, nil, `{"channel_members":{"$outi":{"member_attrs":{"silenced":true}}}}`},
			{"outi", `{"action":"send_message","channel_id":"$channel","message_type":"x"}`, []string{""}, denied},
		}},
		{name: "update", steps: []step{
			{"anna", update(`"name":"x","topic":"y"`), nil, `{"event":"channel_updated","channel_id":"$channel","channel_attrs":{"name":"x","topic":"y"}}`},
			{"anna", update(`"name":null`), nil, `{"channel_attrs":{"name":"<absent>","topic":"y"}}`},
			{"anna", update(`"topic":""`), nil, `{"channel_attrs":{"topic":""}}`},
			{"anna", update(`"audience_id":"x"`), nil, denied},
			{"anna", update(`"public":true`), nil, denied},
			{"anna", update(`"ratelimit":"5"`), nil, `{"error_type":"request_malformed"}`},
			{"anna", update(`"blacklisted_message_types":["a*b"]`), nil, `{"error_type":"request_malformed"}`},
			{"anna", update(`"closed":"yes"`), nil, `{"error_type":"request_malformed"}`},
			{"bert", update(`"name":"z"`), nil, denied},
			{"mona", update(`"name":"z"`), nil, denied},
			{"outi", update(`"name":"z"`), nil, denied},
			{"anna", `{"action":"update_channel","channel_id":"none","channel_attrs":{}}`, nil, `{"error_type":"channel_not_found"}`},
			{"anna", `{"action":"update_channel","channel_id":"$channel"}`, nil, `{"error_type":"request_malformed"}`},
		}, told: []step{
			{"bert", "channel_updated", nil, `{"channel_attrs":{"name":"x","topic":"y"}}`},
			{"bert", "message_received", nil, `{"message_type":"ninchat.com/info/channel"}`},
		}},
		{name: "suspend takes the owner", steps: []step{
			{"anna", `{"action":"update_member","channel_id":"$channel","user_id":"$bert","member_attrs":{"operator":true}}`, nil, `{"event":"channel_member_updated"}`},
			{"bert", update(`"name":"z"`), nil, `{"event":"channel_updated"}`},
			{"bert", suspend, nil, denied},
			{"anna", suspend, nil, `{"event":"channel_updated"}`},
		}},
		{name: "disclosed_since", steps: []step{
			{"anna", update(`"disclosed_since":1`), nil, `{"event":"channel_updated"}`},
			{"anna", update(`"disclosed_since":2`), nil, denied},
			{"anna", update(`"disclosed_since":9000000000`), nil, `{"channel_attrs":{"disclosed_since":9000000000}}`},
			{"anna", update(`"disclosed_since":null`), nil, `{"channel_attrs":{"disclosed_since":"<absent>"}}`},
		}},
		{name: "delete", steps: []step{
			{"anna", remove, nil, denied},
			{"anna", suspend, nil, `{"event":"channel_updated"}`},
			{"bert", remove, nil, denied},
			{"anna", remove, nil, `{"event":"channel_deleted","channel_id":"$channel"}`},
			{"anna", remove, nil, `{"error_type":"channel_not_found"}`},
		}, told: []step{{"bert", "channel_deleted", nil, `{"channel_id":"$channel"}`}}},
		{name: "part", steps: []step{
			{"outi", part, nil, denied},
			{"bert", part, nil, `{"event":"channel_parted","channel_id":"$channel"}`},
			{"bert", part, nil, denied},
			{"mona", part, nil, `{"event":"channel_parted"}`},
			{"anna", part, nil, `{"event":"channel_parted"}`},
			{"anna", describe, nil, `{"error_type":"channel_not_found"}`},
		}, told: []step{
			{"anna", "channel_member_parted", nil, `{"channel_id":"$channel","user_id":"$bert","event_cause":"<absent>"}`},
			{"anna", "message_received", nil, `{"message_type":"ninchat.com/info/part"}`},
		}},
	})
}

func TestChannelQuota(t *testing.T) {
	srv := start(t, func(c *serverConfig) { c.Limits.Channels = 2 })
	c := guest(t, srv)
	expect(t, c.call(`{"action":"create_channel"}`), `{"event":"channel_joined"}`)
	expect(t, c.call(`{"action":"describe_user"}`), `{"user_account":{"channels":{"quota":2,"available":1}}}`)
	expect(t, c.call(`{"action":"create_channel"}`), `{"event":"channel_joined"}`)
	expect(t, c.call(`{"action":"create_channel"}`), `{"error_type":"channel_quota_exceeded"}`)
}

func TestChannelIsFull(t *testing.T) {
	w := newWorld(t, func(c *serverConfig) { c.Limits.Members = 3 })
	expect(t, w.do("outi", `{"action":"join_channel","channel_id":"$channel"}`), `{"error_type":"permission_denied"}`)
	expect(t, w.do("anna", `{"action":"add_member","channel_id":"$channel","user_id":"$outi"}`), `{"error_type":"permission_denied"}`)
}

// The events of joining come in an order: one's own membership, then messages.
func TestJoinOrder(t *testing.T) {
	w := newWorld(t)
	outi := w.clients["outi"]
	outi.send(w.fill(`{"action":"join_channel","channel_id":"$channel"}`))
	expect(t, outi.read(), `{"event":"channel_joined"}`)
	expect(t, outi.read(), `{"event":"message_received","message_type":"ninchat.com/info/join"}`)
	bert := w.clients["bert"]
	expect(t, bert.read(), w.fill(`{"event":"channel_member_joined","user_id":"$outi"}`))
	if e := bert.read(); e.payload[0] != w.fill(`{"user_id":"$outi","user_name":"outi"}`) {
		t.Fatalf("got %v", e)
	}
}
