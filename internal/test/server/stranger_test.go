package server_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/server"
	"github.com/ninchat-community/ninchat/spec"
)

// attempt is something that eve, a stranger, does with what belongs to others.
type attempt struct {
	action, params string
	// want is the error type.
	want string
}

// attempts are those that must fail. There is at least one for each id that an
// action can have.
var attempts = []attempt{
	{"create_session", `"message_types":[],"user_id":"$anna","user_auth":"x"`, "access_denied"},
	{"create_session", `"message_types":[],"access_key":"$key"`, "access_denied"},
	{"update_session", `"channel_id":"$channel","message_id":"$message"`, "permission_denied"},
	{"update_session", `"user_id":"$anna","message_id":"$message"`, "user_not_found"},
	{"verify_identity", `"access_key":"$key","identity_accept":true`, "access_denied"},
	{"reset_identity_auth", `"access_key":"$key","identity_auth_new":"mine"`, "access_denied"},
	{"create_channel", `"realm_id":"$realm"`, "permission_denied"},
	{"describe_channel", `"channel_id":"$room"`, "channel_not_found"},
	{"update_channel", `"channel_id":"$channel","channel_attrs":{"name":"mine"}`, "permission_denied"},
	{"delete_channel", `"channel_id":"$channel"`, "permission_denied"},
	{"delete_channel", `"channel_id":"$room"`, "channel_not_found"},
	{"follow_channel", `"channel_id":"$channel"`, "permission_denied"},
	{"join_channel", `"channel_id":"$room"`, "permission_denied"},
	{"part_channel", `"channel_id":"$channel"`, "permission_denied"},
	{"update_channel", `"channel_id":"$room","channel_attrs":{"name":"mine"}`, "channel_not_found"},
	{"update_realm", `"realm_id":"$realm","realm_attrs":{"name":"mine"}`, "permission_denied"},
	{"delete_realm", `"realm_id":"$realm"`, "permission_denied"},
	{"create_queue", `"realm_id":"$realm","queue_attrs":{}`, "permission_denied"},
	{"update_queue", `"queue_id":"$queue","queue_attrs":{"closed":true}`, "permission_denied"},
	{"delete_queue", `"queue_id":"$queue"`, "permission_denied"},
	{"get_queue_stats", `"queue_id":"$queue","stats_length":2`, "permission_denied"},
	{"create_audience", `"queue_id":"$queue","user_id":"$bert"`, "permission_denied"},
	{"create_audience", `"queue_id":"$queue","user_id":"$eve"`, "permission_denied"},
	{"accept_audience", `"queue_id":"$queue"`, "permission_denied"},
	{"accept_audience", `"queue_id":"$queue","audience_id":"$waiting"`, "permission_denied"},
	{"transfer_audience", `"audience_id":"$served","queue_id":"$other"`, "audience_not_found"},
	{"transfer_audience", `"user_id":"$outi","queue_id":"$other"`, "audience_not_found"},
	{"register_audience", `"queue_id":"$queue"`, "permission_denied"},
	{"add_member", `"realm_id":"$realm","user_id":"$eve"`, "permission_denied"},
	{"add_member", `"queue_id":"$queue","user_id":"$eve"`, "permission_denied"},
	{"add_member", `"channel_id":"$channel","user_id":"$eve"`, "permission_denied"},
	{"update_member", `"channel_id":"$channel","user_id":"$bert","member_attrs":{"operator":true}`, "permission_denied"},
	{"update_member", `"channel_id":"$channel","user_id":"$eve","member_attrs":{"operator":true}`, "permission_denied"},
	{"update_member", `"realm_id":"$realm","user_id":"$bert","member_attrs":{"operator":true}`, "permission_denied"},
	{"remove_member", `"channel_id":"$channel","user_id":"$bert"`, "permission_denied"},
	{"remove_member", `"realm_id":"$realm","user_id":"$bert"`, "permission_denied"},
	{"remove_member", `"queue_id":"$queue","user_id":"$bert"`, "permission_denied"},
	{"send_message", `"channel_id":"$channel","message_type":"x"`, "permission_denied"},
	{"send_message", `"channel_id":"$channel","message_type":"x","message_recipient_ids":["$eve"]`, "permission_denied"},
	{"send_message", `"channel_id":"$room","message_type":"ninchat.com/metadata"`, "channel_not_found"},
	{"update_message", `"channel_id":"$channel","message_id":"$message","message_hidden":true`, "permission_denied"},
	{"update_user_messages", `"channel_id":"$channel","message_user_id":"$bert","message_hidden":true`, "permission_denied"},
	{"update_user_messages", `"channel_id":"$channel","message_user_id":"$bert","message_id":"$message","message_hidden":true`, "permission_denied"},
	{"load_history", `"channel_id":"$channel"`, "permission_denied"},
	{"load_history", `"channel_id":"$room","message_id":"$message"`, "channel_not_found"},
	{"discard_history", `"user_id":"$anna","message_id":"$message"`, "user_not_found"},
	{"create_access", `"access_type":"channel","channel_id":"$channel"`, "permission_denied"},
	{"create_access", `"access_type":"channel","channel_id":"$channel","user_id":"$eve"`, "permission_denied"},
	{"describe_master_keys", `"realm_id":"$realm"`, "permission_denied"},
	{"create_master_key", `"realm_id":"$realm"`, "permission_denied"},
	{"delete_master_key", `"realm_id":"$realm","master_key_type":"ninchat","master_key_id":"$master"`, "permission_denied"},
	{"delete_master_key", `"master_key_type":"ninchat","master_key_id":"$master","master_key_secret":"x"`, "permission_denied"},
	{"send_file", `"channel_id":"$channel","file_attrs":{"name":"x"}`, "permission_denied"},
	{"describe_file", `"file_id":"$file"`, "file_not_found"},
	{"get_transcript", `"channel_id":"$channel"`, "permission_denied"},
	{"get_transcript", `"audience_id":"$served"`, "audience_not_found"},
	{"get_transcript", `"dialogue_id":["$anna","$bert"]`, "permission_denied"},
	{"delete_transcript", `"channel_id":"$channel"`, "permission_denied"},
	{"delete_transcript", `"audience_id":"$served"`, "audience_not_found"},
	{"delete_transcript", `"dialogue_id":["$anna","$bert"]`, "permission_denied"},
	{"describe_queue_transcripts", `"queue_id":"$queue","interval_begin":0`, "permission_denied"},
	{"delete_queue_transcripts", `"queue_id":"$queue","interval_begin":0,"interval_end":1`, "permission_denied"},
	{"create_tag", `"realm_id":"$realm","tag_attrs":{"name":"mine"}`, "permission_denied"},
	{"describe_tag", `"tag_id":"$tag"`, "tag_not_found"},
	{"describe_tags", `"realm_id":"$realm"`, "permission_denied"},
	{"describe_tags", `"tag_id":"$tag"`, "tag_not_found"},
	{"update_tag", `"tag_id":"$tag","tag_attrs":{"name":"mine"}`, "tag_not_found"},
	{"delete_tag", `"tag_id":"$tag"`, "tag_not_found"},
	{"discover_jitsi", `"channel_id":"$channel"`, "permission_denied"},
	{"search", `"realm_id":"$realm","search_term":"a"`, "permission_denied"},
	{"search_users", `"realm_id":"$realm","search_term":"a"`, "permission_denied"},
	{"search_channels", `"realm_id":"$realm","search_term":"a"`, "permission_denied"},
}

// forEverybody are ids that strangers may use, and why.
var forEverybody = map[string]string{
	"describe_user user_id":           "users are public, by what others may see",
	"update_dialogue user_id":         "anybody may begin a dialogue",
	"send_message user_id":            "anybody may begin a dialogue",
	"send_file user_id":               "anybody may begin a dialogue",
	"load_history user_id":            "one's own side of a dialogue, which is empty",
	"describe_realm realm_id":         "visitors of a site look at its realm",
	"describe_realm_queues realm_id":  "visitors of a site look at its queues",
	"describe_realm_queues queue_ids": "those of the realm only",
	"describe_queue queue_id":         "visitors of a site look at its queues",
	"request_audience queue_id":       "everybody can become a customer",
	"join_channel access_key":         "whoever has the key may use it",
	"describe_access access_key":      "whoever has the key may look at it",
	"send_access access_key":          "whoever has the key may pass it on",
	"send_access user_id":             "anybody may begin a dialogue",
	"create_master_key master_key_id": "names a new one",
	"get_transcript message_id":       "only where to begin",
	"track realm_id":                  "pages tell of their visitors",
	"track queue_ids":                 "pages tell of their visitors",
}

// Each id of each action is in one of the two lists.
func TestAttemptsAreComplete(t *testing.T) {
	tried := make(map[string]bool)
	for _, a := range attempts {
		action, ok := spec.LookUpAction(a.action)
		if !ok {
			t.Fatalf("there is no action %s", a.action)
		}
		for _, p := range action.Params {
			if strings.Contains(a.params, `"`+p.Name+`":`) {
				tried[a.action+" "+p.Name] = true
			}
		}
	}
	for action := range spec.Actions() {
		for _, p := range action.Params {
			name := action.Name + " " + p.Name
			if !strings.HasSuffix(p.Name, "_id") && !strings.HasSuffix(p.Name, "_ids") && p.Name != "access_key" {
				continue
			}
			if !tried[name] && forEverybody[name] == "" {
				t.Errorf("nobody tries %s", name)
			}
		}
	}
	for name := range forEverybody {
		action, param, _ := strings.Cut(name, " ")
		if a, ok := spec.LookUpAction(action); !ok || !slices.ContainsFunc(a.Params, func(p spec.Param) bool { return p.Name == param }) {
			t.Errorf("there is no %s", name)
		}
	}
}

// newAttackedWorld is a world with everything that eve would like to have. Store
// tells what changes.
func newAttackedWorld(t *testing.T) (*world, *memoryStore) {
	store := new(memoryStore)
	w := newQueueWorld(t, func(c *server.Config) { c.Store = store })
	w.open()
	served, room := w.serve("served", "outi", "bert")
	w.names["room"] = room
	w.names["served"] = served
	w.names["waiting"] = w.do("cleo", ask).text("audience_id")
	w.names["message"] = w.say("bert", "secret")
	w.names["file"] = w.sendFile("bert", upload(toChannel), "content")
	w.do("anna", `{"action":"send_message","user_id":"$bert","message_type":"ninchat.com/text"}`, `{"text":"secret"}`)
	w.names["tag"] = w.do("mona", `{"action":"create_tag","realm_id":"$realm","tag_attrs":{"name":"red"}}`).text("tag_id")
	w.names["master"] = w.do("anna", `{"action":"create_master_key","realm_id":"$realm"}`).text("master_key_id")
	w.names["key"] = w.do("anna", `{"action":"create_access","access_type":"channel","channel_id":"$channel"}`).text("access_key")
	w.clients["eve"] = guest(t, w.srv)
	for name, id := range w.names {
		if id == "" {
			t.Fatalf("there is no %s", name)
		}
	}
	w.settle()
	return w, store
}

// state is what a store keeps, without what belongs to sessions and their traffic.
func (s *memoryStore) state() map[string]string {
	state := make(map[string]string)
	for r := range s.Load() {
		switch r.Kind {
		case "secrets", "counter", "parcel", "session", "acknowledged", "delivery", "action", "lost":
			continue
		}
		state[r.Kind+" "+r.Key] = string(r.Value)
	}
	return state
}

// What belongs to others is refused, changes nothing, and nobody else hears of it.
// The same goes for ids that don't exist, and for acting as somebody who isn't one's
// puppet.
func TestStrangers(t *testing.T) {
	w, store := newAttackedWorld(t)
	eve := w.clients["eve"]
	before := store.state()
	if len(before) < 20 {
		t.Fatalf("the store has only %d records", len(before))
	}
	check := func(a attempt, action, want string) {
		t.Helper()
		actor := eve
		if a.action == "create_session" {
			actor = connect(t, w.srv)
		}
		payload := []string{`{"data":{"rating":1}}`}
		if a.action != "send_message" && a.action != "send_file" {
			payload = nil
		}
		events := w.srv.Stats().Events
		e := actor.call(action, payload...)
		if got := e.text("error_type"); e.name != "error" || got == "internal" || want != "" && got != want {
			t.Errorf("%s: got %v, want %s", action, e, want)
		}
		if n := w.srv.Stats().Events - events; n > 1 {
			t.Errorf("%s: %d others heard of it", action, n-1)
		}
		if after := store.state(); !maps.Equal(before, after) {
			t.Errorf("%s changes something", action)
			before = after
		}
		if actor != eve {
			_ = actor.nc.Close()
		}
	}
	forged := strings.NewReplacer("$eve", "$eve", "$", "forged-")
	for _, a := range attempts {
		action := `{"action":"` + a.action + `",` + a.params + `}`
		check(a, w.fill(action), a.want)
		check(a, w.fill(forged.Replace(action)), "")
		if a.action != "create_session" && a.action != "update_session" && a.action != "follow_channel" {
			check(a, w.fill(action[:len(action)-1]+`,"puppet_id":"$anna"}`), "permission_denied")
			check(a, w.fill(action[:len(action)-1]+`,"puppet_id":"forged"}`), "user_not_found")
		}
	}
	for name, c := range w.clients {
		if name != "eve" {
			c.quiet()
		}
	}
}
