package server_test

import "testing"

func TestDialogues(t *testing.T) {
	update := func(rest string) string { return `{"action":"update_dialogue","user_id":"$bert"` + rest + `}` }
	play(t, []scenario{
		{name: "update", steps: []step{
			{"anna", update(``), nil, `{"event":"dialogue_updated","user_id":"$bert","dialogue_members":{"$anna":{},"$bert":{}},"dialogue_status":"visible","message_time":"<absent>"}`},
			{"anna", update(`,"member_attrs":{"writing":true,"rating":1}`), nil, `{"dialogue_members":{"$anna":{"writing":true,"rating":1}}}`},
			{"anna", update(`,"dialogue_status":"hidden"`), nil, `{"dialogue_status":"hidden","dialogue_members":{"$anna":{"writing":true}}}`},
			{"anna", `{"action":"describe_user","user_id":"$bert"}`, nil, `{"dialogue_status":"hidden","dialogue_members":{"$anna":{}}}`},
			{"anna", `{"action":"describe_user"}`, nil, `{"user_dialogues":{"$bert":{"dialogue_status":"hidden"}}}`},
			{"anna", update(`,"dialogue_status":"visible","member_attrs":{"writing":false}`), nil, `{"dialogue_status":"visible","dialogue_members":{"$anna":{"writing":"<absent>"}}}`},
			{"anna", update(`,"dialogue_status":"unread"`), nil, `{"error_type":"request_malformed"}`},
			{"anna", update(`,"member_attrs":{"rating":2}`), nil, `{"error_type":"request_malformed"}`},
			{"anna", update(`,"member_attrs":{"queue_id":"x"}`), nil, `{"error_type":"permission_denied"}`},
			{"anna", `{"action":"update_dialogue","user_id":"nobody"}`, nil, `{"error_type":"user_not_found","user_id":"nobody"}`},
			{"anna", `{"action":"update_dialogue","user_id":"$anna"}`, nil, `{"event":"dialogue_updated","user_id":"$anna","dialogue_members":{"$anna":{}},"dialogue_status":"visible"}`},
			{"anna", `{"action":"update_dialogue"}`, nil, `{"error_type":"request_malformed"}`},
		}, told: []step{
			{"bert", "dialogue_updated", nil, `{"user_id":"$anna","dialogue_members":{"$anna":{"writing":true,"rating":1}}}`},
			{"bert", "dialogue_updated", nil, `{"user_id":"$anna","dialogue_members":{"$anna":{"writing":"<absent>"}}}`},
		}},
	})
}

func TestDialogueStatus(t *testing.T) {
	w := newWorld(t)
	toBert := `{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/text"}`
	describe := `{"action":"describe_user","user_id":"$anna"}`
	bert := w.clients["bert"]

	w.do("anna", toBert, `{"text":"hello"}`)
	message := bert.read()
	expect(t, message, w.fill(`{"event":"message_received","user_id":"$anna","message_user_id":"$anna","message_user_name":"anna","channel_id":"<absent>"}`))
	expect(t, w.do("bert", describe), `{"dialogue_status":"unread"}`)

	bert.write(w.fill(`{"action":"update_session","user_id":"$anna","message_id":`) + quote(message.text("message_id")) + `}`)
	expect(t, w.do("bert", describe), `{"dialogue_status":"<absent>"}`)

	w.do("bert", `{"action":"update_user","user_settings":{"highlight":["ban*"],"highlight_name":true}}`)
	w.do("anna", toBert, `{"text":"urban legends"}`)
	expect(t, w.do("bert", describe), `{"dialogue_status":"unread"}`)
	w.do("anna", toBert, `{"text":"yes, Bananas!"}`)
	expect(t, w.do("bert", describe), `{"dialogue_status":"highlight"}`)
	w.do("bert", `{"action":"send_message","user_id":"$anna","message_type":"ninchat.com/text"}`, `{"text":"x"}`)
	expect(t, w.do("bert", describe), `{"dialogue_status":"<absent>"}`)
	w.do("anna", toBert, `{"text":"well, bert"}`)
	expect(t, w.do("bert", describe), `{"dialogue_status":"highlight"}`)

	bert.skipped = nil
	w.do("bert", `{"action":"update_dialogue","user_id":"$anna","dialogue_status":"hidden"}`)
	w.do("anna", toBert, `{"text":"there?"}`)
	bert.wait("message_received")
	expect(t, w.do("bert", describe), `{"dialogue_status":"unread"}`)
}

func TestChannelStatus(t *testing.T) {
	w := newWorld(t)
	describe := `{"action":"describe_channel","channel_id":"$channel"}`
	id := w.say("anna", "hello")
	expect(t, w.do("anna", describe), `{"channel_status":"<absent>"}`)
	expect(t, w.do("bert", describe), `{"channel_status":"unread"}`)
	expect(t, w.do("bert", `{"action":"describe_user"}`), w.fill(`{"user_channels":{"$channel":{"channel_status":"unread"}}}`))

	second := login(t, w.srv, w.fill(`,"message_types":["*"],"user_id":"$bert","user_auth":"$bert.auth"`))
	bert := w.clients["bert"]
	bert.write(w.fill(`{"action":"update_session","channel_id":"$channel","message_id":`) + quote(id) + `}`)
	expect(t, second.wait("session_status_updated"), w.fill(`{"channel_id":"$channel","message_id":`+quote(id)+`,"user_id":"<absent>"}`))
	expect(t, w.do("bert", describe), `{"channel_status":"<absent>"}`)
	for _, e := range bert.skipped {
		if e.name == "session_status_updated" {
			t.Errorf("the session itself was told %v", e)
		}
	}
}
