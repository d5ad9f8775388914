package server_test

import "testing"

// newPuppetWorld is a realm world in which anna has the puppet $puppet.
func newPuppetWorld(t *testing.T) *world {
	w := newRealmWorld(t)
	w.names = map[string]string{
		"puppet": w.do("anna", `{"action":"create_user","user_attrs":{"name":"puppet"},"puppet_attrs":{"name":"7"}}`).text("user_id"),
	}
	w.settle()
	return w
}

// Parameters that events have under conditions only are there when these are met.
func TestConditionalPuppetParams(t *testing.T) {
	w := newPuppetWorld(t)
	w.run([]step{
		{"anna", `{"action":"join_channel","channel_id":"$channel","puppet_id":"$puppet"}`, nil,
			`{"event":"channel_joined","channel_members":{"$puppet":{"puppet_attrs":{"name":"7"}},"$bert":{"puppet_attrs":"<absent>"}}}`},
		{"anna", `{"action":"add_member","realm_id":"$realm","user_id":"$puppet"}`, nil,
			`{"event":"realm_member_joined","user_id":"$puppet","puppet_attrs":{"name":"7"}}`},
		{"anna", `{"action":"update_user","user_attrs":{"name":"pinocchio"},"puppet_id":"$puppet"}`, nil,
			`{"event":"user_updated","user_attrs":{"name":"pinocchio"},"puppet_masters":{"$anna":{"puppet_attrs":{"name":"7"}}}}`},
		{"bert", `{"action":"describe_realm","realm_id":"$realm"}`, nil,
			`{"realm_members":{"$puppet":{"user_attrs":{"name":"pinocchio"},"puppet_attrs":{"name":"7"}},"$bert":{"puppet_attrs":"<absent>"}}}`},
	})
	bert := w.clients["bert"]
	expect(t, bert.wait("channel_member_joined"), w.fill(`{"user_id":"$puppet","puppet_attrs":{"name":"7"}}`))
	expect(t, bert.wait("realm_member_joined"), w.fill(`{"user_id":"$puppet","puppet_attrs":{"name":"7"}}`))
	expect(t, bert.wait("user_updated"), w.fill(`{"user_id":"$puppet","puppet_masters":{"$anna":{"puppet_attrs":{"name":"7"}}}}`))
}

// Puppets of the owner of a realm can be members of its queues.
func TestConditionalQueueMemberParams(t *testing.T) {
	w := newQueueWorld(t)
	w.names["puppet"] = w.do("anna", `{"action":"create_user","puppet_attrs":{"name":"7"}}`).text("user_id")
	w.run([]step{
		{"anna", `{"action":"add_member","realm_id":"$realm","user_id":"$puppet"}`, nil, `{"event":"realm_member_joined"}`},
		{"anna", `{"action":"add_member","queue_id":"$queue","user_id":"$puppet"}`, nil, `{"event":"queue_member_joined"}`},
		{"bert", `{"action":"describe_queue","queue_id":"$queue"}`, nil,
			`{"queue_members":{"$puppet":{"puppet_attrs":{"name":"7"}},"$bert":{"puppet_attrs":"<absent>"}}}`},
	})
}

// The agent of a dialogue sees the metadata about the customer who is described;
// the customer, and others, don't.
func TestConditionalAudienceMetadata(t *testing.T) {
	w := newQueueWorld(t)
	expect(t, w.set("queue", `"audience_dialogue":true`), `{"event":"queue_updated"}`)
	w.run([]step{
		{"outi", `{"action":"request_audience","queue_id":"$queue","audience_metadata":{"vars":{"page":"faq"}}}`, nil, `{"event":"audience_enqueued"}`},
		{"bert", `{"action":"accept_audience","queue_id":"$queue"}`, nil, `{"event":"dialogue_updated","audience_metadata":{"vars":{"page":"faq"}}}`},
		{"bert", `{"action":"describe_user","user_id":"$outi"}`, nil, `{"event":"user_found","dialogue_members":{"$outi":{"queue_id":"$queue"}},"audience_metadata":{"vars":{"page":"faq"}}}`},
		{"outi", `{"action":"describe_user","user_id":"$bert"}`, nil, `{"event":"user_found","dialogue_members":{"$bert":{}},"audience_metadata":"<absent>"}`},
		{"dana", `{"action":"describe_user","user_id":"$outi"}`, nil, `{"event":"user_found","dialogue_members":"<absent>","audience_metadata":"<absent>"}`},
	})
}

// Who joins a channel, or describes it, sees what metadata messages have said.
func TestConditionalMessageMetadata(t *testing.T) {
	w := newWorld(t)
	w.run([]step{
		{"bert", `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/metadata"}`, []string{`{"data":{"mood":"fine"}}`}, `{"event":"message_received"}`},
		{"outi", `{"action":"join_channel","channel_id":"$channel"}`, nil, `{"event":"channel_joined","member_message_metadata":{"$bert":{"mood":"fine"}}}`},
	})
}

// The other sessions of a user learn how far a dialogue has been read.
func TestConditionalReadPosition(t *testing.T) {
	w := newWorld(t)
	e := w.do("anna", `{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/text"}`, `{"text":"hello"}`)
	expect(t, e, `{"event":"message_received"}`)
	other := login(t, w.srv, w.fill(`,"user_id":"$bert","user_auth":"$bert.auth","message_types":["*"]`))
	w.clients["bert"].write(w.fill(`{"action":"update_session","user_id":"$anna","message_id":` + quote(e.text("message_id")) + `}`))
	expect(t, other.wait("session_status_updated"), w.fill(`{"user_id":"$anna","channel_id":"<absent>","message_id":`+quote(e.text("message_id"))+`}`))
}

// A folded message is folded in the transcript.
func TestConditionalTranscriptFold(t *testing.T) {
	w := newWorld(t)
	w.run([]step{
		{"anna", `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/text","message_fold":true}`, []string{`{"text":"one"}`}, `{"event":"message_received","message_fold":true}`},
		{"anna", `{"action":"get_transcript","channel_id":"$channel"}`, nil, `{"event":"transcript_contents"}`},
	})
	messages, _ := w.do("anna", `{"action":"get_transcript","channel_id":"$channel"}`).members["transcript_messages"].([]any)
	last, _ := messages[len(messages)-1].(map[string]any)
	if last["message_fold"] != true {
		t.Errorf("got %v", last)
	}
}
