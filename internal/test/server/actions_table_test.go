package server_test

import (
	"testing"

	"github.com/ninchat-community/ninchat/spec"
)

// actionCases has all actions of the API.
func actionCases() map[string]*actionCase {
	const (
		bertsIdentity = `"identity_type":"email","identity_name":"Bert@example.com"`
		noSession     = `{"error_type":"session_not_found"}`
		denied        = `{"error_type":"permission_denied"}`
	)
	identity := func(w *world) {
		expect(w.t, w.do("bert", `{"action":"create_identity",`+bertsIdentity+`,"identity_auth_new":"pass"}`), `{"event":"identity_created"}`)
	}
	reset := func(w *world) {
		identity(w)
		w.verify("Bert@example.com")
		w.do("bert", `{"action":"request_identity_auth_reset_access",`+bertsIdentity+`}`)
		w.names["key"] = w.mailed("identity_auth_reset", "Bert@example.com")
	}
	suspend := func(w *world) {
		w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"suspended":true}}`)
	}
	dialogue := func(w *world) {
		w.names["said"] = w.do("anna", `{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/text"}`, `{"text":"x"}`).text("message_id")
	}
	ended := func(w *world) {
		w.do("cleo", `{"action":"part_channel","channel_id":"$ch-a"}`)
		w.do("bert", `{"action":"part_channel","channel_id":"$ch-a"}`)
	}
	key := func(w *world) { w.names["key"] = w.key("anna", `"access_type":"channel","channel_id":"$channel"`) }
	masterKey := func(w *world) {
		w.names["key"] = w.do("anna", `{"action":"create_master_key"}`).text("master_key_id")
	}
	// without is an action that takes a session, without one.
	without := func(action string) step { return step{"", action, nil, noSession} }
	return map[string]*actionCase{
		"create_session": {action: `{"action":"create_session","message_types":["*"],"user_attrs":{"name":"x"}}`, want: `{"event":"session_created","user_attrs":{"name":"x"}}`,
			refused: step{"", `{"action":"create_session","message_types":["*"],"user_id":"$anna","user_auth":"wrong"}`, nil, `{"error_type":"access_denied"}`}},
		"resume_session": {setup: func(w *world) { w.names["session"] = w.clients["anna"].sessionID }, action: `{"action":"resume_session","session_id":"$session","event_id":1}`,
			effect: func(w *world) {
				expect(w.t, w.clients["anna"].wait("error"), `{"error_type":"connection_superseded"}`)
			},
			malformed: `{"action":"resume_session","session_id":1}`,
			refused:   step{"", `{"action":"resume_session","session_id":"none","event_id":1}`, nil, noSession}},
		"update_session": {who: "bert", action: `{"action":"update_session","channel_id":"$channel","message_id":"$message"}`,
			effect: func(w *world) {
				expect(w.t, w.clients["twin"].wait("session_status_updated"), w.fill(`{"channel_id":"$channel","message_id":"$message"}`))
			},
			refused: step{"bert", `{"action":"update_session","channel_id":"none","message_id":"$message"}`, nil, `{"error_type":"channel_not_found"}`}},
		"close_session": {who: "bert", action: `{"action":"close_session"}`, malformed: `{"action":"close_session","session_id":"other"}`,
			effect: func(w *world) {
				eventually(w.t, func() bool { return w.srv.Stats().Sessions == len(w.clients)-1 })
			},
			refused: step{"", `{"action":"close_session","session_id":"none"}`, nil, noSession}},
		"ping": {who: "bert", action: `{"action":"ping"}`, want: `{"event":"pong"}`, refused: without(`{"action":"ping"}`)},
		"describe_conn": {action: `{"action":"describe_conn"}`, want: `{"event":"conn_found"}`, malformed: `{"action":"describe_conn","event_id":"x"}`,
			refused: step{want: "everybody may"}},

		"create_user": {who: "bert", action: `{"action":"create_user","user_attrs":{"name":"x"}}`, want: `{"event":"user_created","puppet_masters":{"$bert":{}}}`,
			refused: step{"bert", `{"action":"create_user","user_attrs":{"admin":true}}`, nil, denied}},
		"describe_user": {who: "bert", action: `{"action":"describe_user","user_id":"$anna"}`, want: `{"event":"user_found","user_id":"$anna"}`, refused: without(`{"action":"describe_user"}`)},
		"update_user": {who: "bert", action: `{"action":"update_user","user_attrs":{"name":"x"}}`, want: `{"event":"user_updated","user_attrs":{"name":"x"}}`,
			refused: step{"bert", `{"action":"update_user","user_attrs":{"admin":true}}`, nil, denied}},
		"delete_user": {who: "bert", action: `{"action":"delete_user","user_auth":"$bert.auth"}`, want: `{"event":"user_deleted","user_id":"$bert"}`,
			setup:   func(w *world) { w.do("bert", `{"action":"update_user","user_attrs":{"guest":null}}`) },
			refused: step{"bert", `{"action":"delete_user","user_auth":"wrong"}`, nil, `{"error_type":"access_denied"}`}},

		"create_identity": {who: "bert", action: `{"action":"create_identity",` + bertsIdentity + `}`, want: `{"event":"identity_created"}`,
			refused: step{"bert", `{"action":"create_identity",` + bertsIdentity + `,"identity_attrs":{"blocked":true}}`, nil, denied}},
		"create_identity_with_auth_reset_access": {who: "bert", action: `{"action":"create_identity_with_auth_reset_access",` + bertsIdentity + `}`, want: `{"event":"identity_created"}`,
			refused: step{"bert", `{"action":"create_identity_with_auth_reset_access",` + bertsIdentity + `,"identity_attrs":{"blocked":true}}`, nil, denied}},
		"request_identity_verify_access": {setup: identity, who: "anna", action: `{"action":"request_identity_verify_access",` + bertsIdentity + `}`, want: `{"event":"access_created","access_key":"<absent>"}`,
			refused: step{"anna", `{"action":"request_identity_verify_access","identity_type":"email","identity_name":"x@example.com"}`, nil, `{"error_type":"identity_not_found"}`}},
		"verify_identity": {setup: func(w *world) {
			identity(w)
			w.names["key"] = w.mailed("identity_verify", "Bert@example.com")
		}, who: "anna", action: `{"action":"verify_identity","access_key":"$key","identity_accept":true}`, want: `{"event":"identity_updated"}`,
			refused: step{"anna", `{"action":"verify_identity","access_key":"none","identity_accept":true}`, nil, `{"error_type":"access_denied"}`}},
		"describe_identity": {setup: identity, who: "bert", action: `{"action":"describe_identity",` + bertsIdentity + `}`, want: `{"event":"identity_found"}`,
			refused: step{"anna", `{"action":"describe_identity",` + bertsIdentity + `}`, nil, `{"error_type":"identity_not_found"}`}},
		"update_identity": {setup: identity, who: "bert", action: `{"action":"update_identity",` + bertsIdentity + `,"identity_attrs":{"public":true}}`, want: `{"event":"identity_updated"}`,
			refused: step{"bert", `{"action":"update_identity",` + bertsIdentity + `,"identity_attrs":{"blocked":true}}`, nil, denied}},
		"update_identity_auth": {setup: identity, who: "bert", action: `{"action":"update_identity_auth",` + bertsIdentity + `,"identity_auth":"pass","identity_auth_new":"new"}`, want: `{"event":"identity_updated"}`,
			refused: step{"bert", `{"action":"update_identity_auth",` + bertsIdentity + `,"identity_auth":"wrong"}`, nil, `{"error_type":"access_denied"}`}},
		"request_identity_auth_reset_access": {setup: func(w *world) {
			identity(w)
			w.verify("Bert@example.com")
		}, who: "bert", action: `{"action":"request_identity_auth_reset_access",` + bertsIdentity + `}`, want: `{"event":"access_created"}`,
			refused: step{"bert", `{"action":"request_identity_auth_reset_access","identity_type":"email","identity_name":"x@example.com"}`, nil, `{"error_type":"identity_not_found"}`}},
		"reset_identity_auth": {setup: reset, who: "bert", action: `{"action":"reset_identity_auth","access_key":"$key","identity_auth_new":"new"}`, want: `{"event":"identity_updated"}`,
			refused: step{"bert", `{"action":"reset_identity_auth","access_key":"none","identity_auth_new":"new"}`, nil, `{"error_type":"access_denied"}`}},
		"delete_identity": {setup: identity, who: "bert", action: `{"action":"delete_identity",` + bertsIdentity + `,"identity_auth":"pass"}`, want: `{"event":"identity_deleted"}`,
			refused: step{"bert", `{"action":"delete_identity",` + bertsIdentity + `}`, nil, `{"error_type":"access_denied"}`}},

		"update_dialogue": {who: "anna", action: `{"action":"update_dialogue","user_id":"$bert","dialogue_status":"hidden"}`, want: `{"event":"dialogue_updated","dialogue_status":"hidden"}`,
			refused: step{"anna", `{"action":"update_dialogue","user_id":"$bert","member_attrs":{"queue_id":"x"}}`, nil, denied}},
		"create_channel": {who: "mona", action: `{"action":"create_channel","realm_id":"$realm","channel_attrs":{"name":"x"}}`, want: `{"event":"channel_joined","realm_id":"$realm"}`,
			refused: step{"bert", `{"action":"create_channel","realm_id":"$realm"}`, nil, denied}},
		"describe_channel": {who: "outi", action: `{"action":"describe_channel","channel_id":"$channel"}`, want: `{"event":"channel_found"}`,
			refused: step{"outi", `{"action":"describe_channel","channel_id":"$ch-a"}`, nil, `{"error_type":"channel_not_found"}`}},
		"update_channel": {who: "anna", action: `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"name":"x"}}`, want: `{"event":"channel_updated"}`,
			refused: step{"bert", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"name":"x"}}`, nil, denied}},
		"delete_channel": {setup: suspend, who: "anna", action: `{"action":"delete_channel","channel_id":"$channel"}`, want: `{"event":"channel_deleted"}`,
			refused: step{"mona", `{"action":"delete_channel","channel_id":"$channel"}`, nil, denied}},
		"follow_channel": {setup: func(w *world) {
			w.do("anna", `{"action":"update_channel","channel_id":"$channel","channel_attrs":{"followable":true,"disclosed_since":1}}`)
		}, who: "outi", action: `{"action":"follow_channel","channel_id":"$channel"}`, want: `{"event":"channel_found"}`,
			refused: step{"outi", `{"action":"follow_channel","channel_id":"$ch-a"}`, nil, `{"error_type":"channel_not_found"}`}},
		"join_channel": {who: "outi", action: `{"action":"join_channel","channel_id":"$channel"}`, want: `{"event":"channel_joined"}`,
			refused: step{"outi", `{"action":"join_channel","channel_id":"$ch-a"}`, nil, denied}},
		"part_channel": {who: "bert", action: `{"action":"part_channel","channel_id":"$channel"}`, want: `{"event":"channel_parted"}`,
			refused: step{"outi", `{"action":"part_channel","channel_id":"$channel"}`, nil, denied}},

		"create_realm": {who: "outi", action: `{"action":"create_realm","realm_attrs":{"name":"x"}}`, want: `{"event":"realm_joined"}`,
			refused: step{"outi", `{"action":"create_realm","realm_attrs":{"name":"office"}}`, nil, `{"error_type":"realm_already_exists"}`}},
		"describe_realm": {who: "outi", action: `{"action":"describe_realm","realm_id":"$realm"}`, want: `{"event":"realm_found"}`,
			refused: step{"outi", `{"action":"describe_realm","realm_id":"none"}`, nil, `{"error_type":"realm_not_found"}`}},
		"describe_realm_queues": {who: "outi", action: `{"action":"describe_realm_queues","realm_id":"$realm"}`, want: `{"event":"realm_queues_found"}`,
			refused: step{"outi", `{"action":"describe_realm_queues","realm_id":"none"}`, nil, `{"error_type":"realm_not_found"}`}},
		"update_realm": {who: "mona", action: `{"action":"update_realm","realm_id":"$realm","realm_settings":{"x":1}}`, want: `{"event":"realm_updated"}`,
			refused: step{"bert", `{"action":"update_realm","realm_id":"$realm","realm_settings":{"x":1}}`, nil, denied}},
		"delete_realm": {who: "anna", action: `{"action":"delete_realm","realm_id":"$realm"}`, want: `{"event":"realm_deleted"}`,
			refused: step{"mona", `{"action":"delete_realm","realm_id":"$realm"}`, nil, denied}},

		"create_queue": {who: "mona", action: `{"action":"create_queue","realm_id":"$realm","queue_attrs":{}}`, want: `{"event":"queue_created"}`,
			refused: step{"bert", `{"action":"create_queue","realm_id":"$realm","queue_attrs":{}}`, nil, denied}},
		"update_queue": {who: "bert", action: `{"action":"update_queue","queue_id":"$queue","queue_attrs":{"closed":true}}`, want: `{"event":"queue_updated"}`,
			refused: step{"outi", `{"action":"update_queue","queue_id":"$queue","queue_attrs":{"closed":true}}`, nil, denied}},
		"delete_queue": {who: "mona", action: `{"action":"delete_queue","queue_id":"$queue"}`, want: `{"event":"queue_deleted"}`,
			refused: step{"bert", `{"action":"delete_queue","queue_id":"$queue"}`, nil, denied}},
		"describe_queue": {who: "outi", action: `{"action":"describe_queue","queue_id":"$queue"}`, want: `{"event":"queue_found"}`,
			refused: step{"outi", `{"action":"describe_queue","queue_id":"none"}`, nil, `{"error_type":"queue_not_found"}`}},
		"get_queue_stats": {who: "bert", action: `{"action":"get_queue_stats","queue_id":"$queue","stats_length":1}`, want: `{"event":"queue_stats_contents"}`,
			refused: step{"outi", `{"action":"get_queue_stats","queue_id":"$queue","stats_length":1}`, nil, denied}},

		"create_audience": {setup: func(w *world) { w.do("anna", `{"action":"add_member","realm_id":"$realm","user_id":"$outi"}`) },
			who: "bert", action: `{"action":"create_audience","queue_id":"$queue","user_id":"$outi"}`, want: `{"event":"channel_created"}`,
			refused: step{"mona", `{"action":"create_audience","queue_id":"$queue","user_id":"$outi"}`, nil, denied}},
		"request_audience": {who: "outi", action: ask, want: `{"event":"audience_enqueued"}`,
			refused: step{"outi", `{"action":"request_audience","queue_id":"none"}`, nil, `{"error_type":"queue_not_found"}`}},
		"accept_audience": {setup: func(w *world) { w.do("outi", ask) }, who: "bert", action: acceptNext, want: `{"event":"channel_joined"}`,
			refused: step{"mona", acceptNext, nil, denied}},
		"transfer_audience": {who: "bert", action: `{"action":"transfer_audience","queue_id":"$other","audience_id":"$a"}`, want: `{"event":"channel_parted"}`,
			refused: step{"cleo", `{"action":"transfer_audience","queue_id":"$other","audience_id":"$a"}`, nil, `{}`}},
		"register_audience": {setup: func(w *world) { w.set("queue", `"audience_registration":true`) },
			who: "outi", action: `{"action":"register_audience","queue_id":"$queue"}`, want: `{"event":"audience_registered"}`,
			refused: step{"outi", `{"action":"register_audience","queue_id":"$other"}`, nil, denied}},

		"add_member": {who: "anna", action: `{"action":"add_member","channel_id":"$channel","user_id":"$outi"}`, want: `{"event":"channel_member_joined"}`,
			setup: func(w *world) {
				w.do("anna", `{"action":"add_member","realm_id":"$realm","user_id":"$cleo"}`)
				w.do("anna", `{"action":"add_member","queue_id":"$queue","user_id":"$cleo"}`)
			},
			refused: step{"bert", `{"action":"add_member","channel_id":"$channel","user_id":"$outi"}`, nil, denied}},
		"update_member": {who: "anna", action: `{"action":"update_member","channel_id":"$channel","user_id":"$bert","member_attrs":{"silenced":true}}`, want: `{"event":"channel_member_updated"}`,
			setup: func(w *world) {
				w.do("anna", `{"action":"update_member","realm_id":"$realm","user_id":"$bert","member_attrs":{"operator":true}}`)
			},
			refused: step{"bert", `{"action":"update_member","channel_id":"$channel","user_id":"$mona","member_attrs":{"silenced":true}}`, nil, denied}},
		"remove_member": {who: "anna", action: `{"action":"remove_member","channel_id":"$channel","user_id":"$bert"}`, want: `{"event":"channel_member_parted"}`,
			setup: func(w *world) {
				w.do("anna", `{"action":"remove_member","queue_id":"$queue","user_id":"$dana"}`)
				w.do("anna", `{"action":"remove_member","realm_id":"$realm","user_id":"$dana"}`)
			},
			refused: step{"bert", `{"action":"remove_member","channel_id":"$channel","user_id":"$mona"}`, nil, denied}},

		"send_message": {who: "bert", action: `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/text"}`, payload: []string{`{"text":"x"}`}, want: `{"event":"message_received"}`,
			refused: step{"outi", `{"action":"send_message","channel_id":"$channel","message_type":"ninchat.com/text"}`, []string{`{"text":"x"}`}, denied}},
		"update_message": {who: "mona", action: `{"action":"update_message","channel_id":"$channel","message_id":"$message","message_hidden":true}`, want: `{"event":"message_updated"}`,
			refused: step{"bert", `{"action":"update_message","channel_id":"$channel","message_id":"$message","message_hidden":true}`, nil, denied}},
		"update_user_messages": {who: "mona", action: `{"action":"update_user_messages","channel_id":"$channel","message_user_id":"$anna","message_hidden":true}`, want: `{"event":"message_updated"}`,
			refused: step{"bert", `{"action":"update_user_messages","channel_id":"$channel","message_user_id":"$anna","message_hidden":true}`, nil, denied}},
		"load_history": {who: "bert", action: `{"action":"load_history","channel_id":"$channel"}`, want: `{"event":"history_results"}`,
			refused: step{"outi", `{"action":"load_history","channel_id":"$channel"}`, nil, denied}},
		"discard_history": {setup: dialogue, who: "bert", action: `{"action":"discard_history","user_id":"$anna","message_id":"$said"}`, want: `{"event":"history_discarded"}`,
			refused: step{"outi", `{"action":"discard_history","user_id":"$anna","message_id":"$said"}`, nil, `{"error_type":"user_not_found"}`}},

		"create_access": {who: "anna", action: `{"action":"create_access","access_type":"channel","channel_id":"$channel"}`, want: `{"event":"access_created"}`,
			refused: step{"bert", `{"action":"create_access","access_type":"channel","channel_id":"$channel"}`, nil, denied}},
		"send_access": {setup: key, who: "anna", action: `{"action":"send_access","access_key":"$key","identity_type":"email","identity_name":"x@example.com"}`, want: `{"event":"access_found"}`,
			refused: step{"anna", `{"action":"send_access","access_key":"none","identity_type":"email","identity_name":"x@example.com"}`, nil, `{"error_type":"access_denied"}`}},
		"describe_access": {setup: key, who: "outi", action: `{"action":"describe_access","access_key":"$key"}`, want: `{"event":"access_found"}`,
			refused: step{"outi", `{"action":"describe_access","access_key":"none"}`, nil, `{"error_type":"access_denied"}`}},

		"create_master_key": {who: "mona", action: `{"action":"create_master_key","realm_id":"$realm"}`, want: `{"event":"master_key_created"}`,
			refused: step{"bert", `{"action":"create_master_key","realm_id":"$realm"}`, nil, denied}},
		"delete_master_key": {setup: masterKey, who: "anna", action: `{"action":"delete_master_key","master_key_id":"$key","user_auth":"$anna.auth"}`, want: `{"event":"master_key_deleted"}`,
			refused: step{"bert", `{"action":"delete_master_key","master_key_id":"$key","user_auth":"$bert.auth"}`, nil, denied}},
		"describe_master_keys": {who: "mona", action: `{"action":"describe_master_keys","realm_id":"$realm"}`, want: `{"event":"master_keys_found"}`,
			refused: step{"bert", `{"action":"describe_master_keys","realm_id":"$realm"}`, nil, denied}},
		"describe_master": {who: "mona", action: `{"action":"describe_master"}`, want: `{"event":"master_found"}`, refused: without(`{"action":"describe_master"}`)},

		"send_file": {who: "bert", action: upload(toChannel), payload: []string{"x"}, want: `{"event":"message_received"}`,
			refused: step{"outi", upload(toChannel), []string{"x"}, denied}},
		"describe_file": {who: "anna", action: describe, want: `{"event":"file_found"}`, refused: step{"outi", describe, nil, `{"error_type":"file_not_found"}`}},

		"get_transcript": {who: "bert", action: `{"action":"get_transcript","audience_id":"$a"}`, want: `{"event":"transcript_contents"}`,
			refused: step{"outi", `{"action":"get_transcript","audience_id":"$a"}`, nil, `{"error_type":"audience_not_found"}`}},
		"delete_transcript": {setup: ended, who: "mona", action: `{"action":"delete_transcript","audience_id":"$a"}`, want: `{"event":"transcript_deleted"}`,
			refused: step{"bert", `{"action":"delete_transcript","audience_id":"$a"}`, nil, denied}},
		"describe_queue_transcripts": {setup: ended, who: "bert", action: `{"action":"describe_queue_transcripts","queue_id":"$queue","interval_begin":0}`, want: `{"event":"queue_transcripts_found"}`,
			refused: step{"outi", `{"action":"describe_queue_transcripts","queue_id":"$queue","interval_begin":0}`, nil, denied}},
		"delete_queue_transcripts": {setup: ended, who: "mona", action: `{"action":"delete_queue_transcripts","queue_id":"$queue","interval_begin":0,"interval_end":99}`, want: `{"event":"queue_transcripts_deleted"}`,
			refused: step{"bert", `{"action":"delete_queue_transcripts","queue_id":"$queue","interval_begin":0,"interval_end":99}`, nil, denied}},

		"create_tag": {who: "mona", action: `{"action":"create_tag","realm_id":"$realm","tag_attrs":{}}`, want: `{"event":"tag_created"}`,
			refused: step{"bert", `{"action":"create_tag","realm_id":"$realm","tag_attrs":{}}`, nil, denied}},
		"describe_tag": {who: "bert", action: `{"action":"describe_tag","tag_id":"$tag"}`, want: `{"event":"tag_found"}`,
			refused: step{"outi", `{"action":"describe_tag","tag_id":"$tag"}`, nil, `{"error_type":"tag_not_found"}`}},
		"describe_tags": {who: "bert", action: `{"action":"describe_tags","realm_id":"$realm"}`, want: `{"event":"tags_found"}`,
			refused: step{"outi", `{"action":"describe_tags","realm_id":"$realm"}`, nil, denied}},
		"update_tag": {who: "mona", action: `{"action":"update_tag","tag_id":"$tag","tag_attrs":{"name":"x"}}`, want: `{"event":"tag_updated"}`,
			refused: step{"bert", `{"action":"update_tag","tag_id":"$tag","tag_attrs":{"name":"x"}}`, nil, denied}},
		"delete_tag": {who: "mona", action: `{"action":"delete_tag","tag_id":"$tag"}`, want: `{"event":"tag_deleted"}`,
			refused: step{"bert", `{"action":"delete_tag","tag_id":"$tag"}`, nil, denied}},

		"begin_ice": {who: "bert", action: `{"action":"begin_ice"}`, want: `{"event":"ice_begun"}`, refused: without(`{"action":"begin_ice"}`)},
		"discover_jitsi": {who: "bert", action: `{"action":"discover_jitsi","channel_id":"$channel"}`, want: `{"event":"jitsi_discovered"}`,
			refused: step{"outi", `{"action":"discover_jitsi","channel_id":"$channel"}`, nil, denied}},
		"search": {who: "bert", action: `{"action":"search","realm_id":"$realm","search_term":"an"}`, want: `{"event":"search_results"}`,
			refused: step{"outi", `{"action":"search","realm_id":"$realm","search_term":"an"}`, nil, denied}},
		"search_users": {who: "bert", action: `{"action":"search_users","search_term":"an"}`, want: `{"event":"search_results"}`,
			refused: step{"outi", `{"action":"search_users","realm_id":"$realm","search_term":"an"}`, nil, denied}},
		"search_channels": {who: "bert", action: `{"action":"search_channels","search_term":"an"}`, want: `{"event":"search_results"}`,
			refused: step{"outi", `{"action":"search_channels","realm_id":"$realm","search_term":"an"}`, nil, denied}},
		"track": {who: "outi", action: `{"action":"track","realm_id":"$realm","track_stage":"x","track_metadata":{}}`, want: `{"event":"ack"}`,
			refused: step{"outi", `{"action":"track","realm_id":"none","track_stage":"x","track_metadata":{}}`, nil, `{"error_type":"realm_not_found"}`}},
	}
}

// Every action is done, refused and malformed at least once, and every event is
// seen.
func TestEveryAction(t *testing.T) {
	cases := actionCases()
	for action := range spec.Actions() {
		if cases[action.Name] == nil {
			t.Errorf("there is no case for %s", action.Name)
		}
	}
	log := &eventLog{names: make(map[string]bool)}
	// The group ends when all cases have.
	t.Run("actions", func(t *testing.T) {
		for name, a := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if _, ok := spec.LookUpAction(name); !ok {
					t.Fatal("there is no such action")
				}
				a.check(t, name, log.note)
			})
		}
	})
	if t.Failed() {
		return
	}
	for event := range spec.Events() {
		if !log.names[event.Name] {
			t.Errorf("%s is never seen", event.Name)
		}
	}
}
