package server_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestMembers(t *testing.T) {
	add := func(user, attrs string) string {
		return `{"action":"add_member","channel_id":"$channel","user_id":"` + user + `","member_attrs":{` + attrs + `}}`
	}
	update := func(user, attrs string) string {
		return `{"action":"update_member","channel_id":"$channel","user_id":"` + user + `","member_attrs":{` + attrs + `}}`
	}
	remove := func(user string) string {
		return `{"action":"remove_member","channel_id":"$channel","user_id":"` + user + `"}`
	}
	denied := `{"event":"error","error_type":"permission_denied","channel_id":"$channel"}`
	play(t, []scenario{
		{name: "add", steps: []step{
			{"bert", add("$outi", ``), nil, denied},
			{"outi", add("$outi", ``), nil, denied},
			{"mona", add("$outi", `"operator":true`), nil, denied},
			{"mona", add("$outi", `"invitee":true,"silenced":true`), nil,
				`{"event":"channel_member_joined","channel_id":"$channel","user_id":"$outi","user_attrs":{"name":"outi"},"member_attrs":{"invitee":true,"silenced":true}}`},
			{"mona", add("$outi", ``), nil, `{"event":"channel_member_joined"}`},
			{"mona", add("nobody", ``), nil, `{"error_type":"user_not_found","user_id":"nobody"}`},
			{"mona", `{"action":"add_member","channel_id":"$channel"}`, nil, `{"error_type":"request_malformed"}`},
			{"mona", `{"action":"add_member","user_id":"$outi"}`, nil, `{"error_type":"request_malformed"}`},
			{"mona", `{"action":"add_member","user_id":"$outi","channel_id":"$channel","realm_id":"x"}`, nil, `{"error_type":"request_malformed"}`},
			{"mona", `{"action":"add_member","user_id":"$outi","realm_id":"x"}`, nil, `{"error_type":"realm_not_found"}`},
			{"mona", `{"action":"add_member","user_id":"$outi","queue_id":"x"}`, nil, `{"error_type":"queue_not_found"}`},
		}, told: []step{
			{"outi", "channel_joined", nil, `{"channel_id":"$channel","channel_members":{"$outi":{"member_attrs":{"invitee":true}}}}`},
			{"bert", "channel_member_joined", nil, `{"user_id":"$outi","action_id":"<absent>"}`},
			{"bert", "message_received", nil, `{"message_type":"ninchat.com/info/join"}`},
		}},
		{name: "update", steps: []step{
			{"mona", update("$bert", `"silenced":true`), nil, `{"event":"channel_member_updated","channel_id":"$channel","user_id":"$bert","member_attrs":{"silenced":true}}`},
			{"mona", update("$bert", `"silenced":false`), nil, `{"member_attrs":{"silenced":"<absent>"}}`},
			{"mona", update("$bert", `"silenced":null`), nil, `{"member_attrs":{"silenced":"<absent>"}}`},
			{"mona", update("$bert", `"moderator":true`), nil, denied},
			{"mona", update("$bert", `"writing":true`), nil, denied},
			{"mona", update("$bert", `"since":1`), nil, denied},
			{"bert", update("$bert", `"writing":true`), nil, `{"member_attrs":{"writing":true}}`},
			{"bert", update("$bert", `"silenced":true`), nil, denied},
			{"anna", update("$bert", `"operator":true,"moderator":true`), nil, `{"member_attrs":{"operator":true,"moderator":true}}`},
			{"anna", update("$outi", `"operator":true`), nil, `{"error_type":"user_not_found","user_id":"$outi"}`},
			{"outi", update("$bert", `"operator":true`), nil, denied},
			{"anna", update("$bert", `"operator":1`), nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"update_member","channel_id":"$channel","user_id":"$bert"}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"update_member","realm_id":"x","user_id":"$bert","member_attrs":{}}`, nil, `{"error_type":"realm_not_found"}`},
		}, told: []step{
			{"anna", "channel_member_updated", nil, `{"user_id":"$bert","member_attrs":{"silenced":true}}`},
			{"anna", "message_received", nil, `{"message_type":"ninchat.com/info/member"}`},
		}},
		{name: "interval", steps: []step{
			{"anna", `{"action":"update_member","channel_id":"$channel","user_id":"$bert","interval_end":1,"member_attrs":{"silenced":true}}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"update_member","channel_id":"$channel","user_id":"$bert","interval_end":9e15,"member_attrs":{"silenced":true}}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"update_member","channel_id":"$channel","user_id":"$bert","interval_end":1,"member_attrs":{"silenced":true,"autohide":true}}`, nil, `{"error_type":"request_malformed"}`},
			{"anna", `{"action":"update_member","channel_id":"$channel","user_id":"$bert","interval_end":1,"member_attrs":{"silenced":null}}`, nil, `{"error_type":"request_malformed"}`},
		}},
		{name: "remove", steps: []step{
			{"bert", remove("$mona"), nil, denied},
			{"mona", remove("$anna"), nil, denied},
			{"mona", remove("$bert"), nil, `{"event":"channel_member_parted","channel_id":"$channel","user_id":"$bert","event_cause":"member_remove"}`},
			{"mona", remove("$bert"), nil, `{"error_type":"user_not_found"}`},
			{"outi", remove("$bert"), nil, denied},
			{"mona", remove("$mona"), nil, `{"event":"channel_parted","channel_id":"$channel"}`},
		}, told: []step{
			{"bert", "channel_parted", nil, `{"channel_id":"$channel","event_cause":"member_remove"}`},
			{"anna", "channel_member_parted", nil, `{"user_id":"$bert","event_cause":"member_remove"}`},
			{"anna", "message_received", nil, `{"message_type":"ninchat.com/info/part"}`},
		}},
	})
}

// An attribute that is set until some time goes away by itself then, unless it
// has been changed meanwhile.
func TestIntervalEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		bert := w.clients["bert"]
		end := func(d time.Duration) string { return fmt.Sprint(time.Now().Add(d).Unix()) }
		silence := `{"action":"update_member","channel_id":"$channel","user_id":"$bert","member_attrs":{"silenced":true},"interval_end":`
		w.do("anna", silence+end(10*time.Second)+`}`)
		expect(t, bert.wait("channel_member_updated"), `{"member_attrs":{"silenced":true}}`)
		expect(t, bert.wait("channel_member_updated"), `{"member_attrs":{"silenced":"<absent>"}}`)
		w.settle()

		w.do("anna", silence+end(10*time.Second)+`}`)
		w.do("anna", `{"action":"update_member","channel_id":"$channel","user_id":"$bert","member_attrs":{"silenced":null}}`)
		w.do("anna", `{"action":"update_member","channel_id":"$channel","user_id":"$bert","member_attrs":{"silenced":true}}`)
		time.Sleep(20 * time.Second)
		e := w.do("bert", `{"action":"describe_channel","channel_id":"$channel"}`)
		expect(t, e, w.fill(`{"channel_members":{"$bert":{"member_attrs":{"silenced":true}}}}`))
	})
}
