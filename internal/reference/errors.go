package reference

import (
	"maps"
	"slices"
	"strings"

	"github.com/ninchat-community/ninchat/spec"
)

// paramErrors has the types of errors that fit an action with a parameter.
var paramErrors = map[string]string{
	"access_key":    "access_already_spent access_blocked access_denied access_expired access_too_early",
	"audience_id":   "audience_not_found",
	"channel_id":    "channel_not_found",
	"file_id":       "file_not_found",
	"identity_auth": "access_denied",
	"identity_name": "identity_not_found",
	"master_sign":   "access_denied permission_already_spent permission_expired",
	"message_type":  "message_type_too_long",
	"message_types": "message_types_too_long",
	"queue_id":      "queue_not_found",
	"realm_id":      "realm_not_found",
	"tag_id":        "tag_not_found",
	"user_auth":     "access_denied",
	"user_id":       "user_not_found",
}

// actionErrors has the types of errors that fit an action as such.
var actionErrors = map[string]string{
	"accept_audience":   "queue_is_empty",
	"add_member":        "queue_member_quota_exceeded",
	"create_audience":   "channel_quota_exceeded",
	"create_channel":    "channel_quota_exceeded",
	"create_identity":   "identity_already_exists",
	"create_queue":      "queue_quota_exceeded",
	"create_realm":      "realm_already_exists realm_quota_exceeded channel_quota_exceeded",
	"register_audience": "queue_is_closed queue_is_full queue_is_suspended",
	"request_audience":  "queue_is_closed queue_is_full queue_is_suspended",
	"resume_session":    "connection_superseded session_buffer_overflow",
	"send_file":         "file_not_supported send_rate_limited upload_quota_exceeded",
	"send_message":      "message_dropped message_has_too_many_parts message_malformed message_not_supported message_part_too_long message_too_long send_rate_limited",
	"transfer_audience": "queue_is_closed queue_is_full queue_is_suspended",
	"update_realm":      "realm_already_exists",
}

// ErrorsOf returns the types of errors that fit an action, by name. The API
// reference doesn't say which errors an action has: this is a guess by the
// names, and any type may come.
func ErrorsOf(action *spec.Action) []string {
	found := make(map[string]bool)
	add := func(names string) {
		for name := range strings.FieldsSeq(names) {
			found[name] = true
		}
	}
	add("action_not_supported deprecated internal permission_denied request_malformed")
	if action.Session == spec.SessionRequired {
		add("session_not_found")
	}
	if action.Payload != spec.PayloadNone {
		add("payload_has_too_many_parts payload_part_too_long")
	}
	if action.Puppet {
		add("user_not_found")
	}
	add(actionErrors[action.Name])
	for _, param := range action.Params {
		add(paramErrors[param.Name])
	}
	return slices.Sorted(maps.Keys(found))
}
