package spec

import (
	"slices"
	"strings"
)

// ActionError is an error that may answer an action.
type ActionError struct {
	// Name is the name of the [ErrorType].
	Name string
	// Source is how it is known.
	Source ErrorSource
}

// ErrorSource says how it is known that an error may answer an action. The API
// reference hardly says anything about that, and another error may always come.
type ErrorSource uint8

const (
	// ErrorDocumented errors are named in what is said about the action.
	ErrorDocumented ErrorSource = iota
	// ErrorLocal errors are answered by the local server of this module; the
	// sources are silent.
	ErrorLocal
	// ErrorGuess errors fit by their names, and nothing else is known.
	ErrorGuess
)

var errorSourceNames = [...]string{ErrorDocumented: "documented", ErrorLocal: "local", ErrorGuess: "guess"}

// String returns "documented", "local" or "guess".
func (s ErrorSource) String() string { return nameOf(errorSourceNames[:], s) }

// Errors returns the errors that may answer the action, by name, each once with
// the best of its sources.
func (a *Action) Errors() []ActionError {
	var all []ActionError
	add := func(source ErrorSource, names string) {
		for name := range strings.FieldsSeq(names) {
			if !slices.ContainsFunc(all, func(e ActionError) bool { return e.Name == name }) {
				all = append(all, ActionError{name, source})
			}
		}
	}
	for _, name := range a.namedErrors() {
		add(ErrorDocumented, name)
	}
	add(ErrorLocal, "internal message_too_long request_malformed")
	add(ErrorLocal, localErrors[a.Name])
	if a.Session == SessionRequired {
		add(ErrorLocal, "session_not_found")
	}
	if a.Puppet {
		add(ErrorLocal, "permission_denied user_not_found")
	}
	if a.Payload != PayloadNone && a.Name != "send_message" {
		add(ErrorLocal, "payload_has_too_many_parts payload_part_too_long")
	}
	add(ErrorGuess, "action_not_supported deprecated permission_denied")
	add(ErrorGuess, guessedErrors[a.Name])
	for i := range a.Params {
		add(ErrorGuess, guessedParamErrors[a.Params[i].Name])
	}
	slices.SortFunc(all, func(a, b ActionError) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// namedErrors returns the errors that the sentences about the action name.
func (a *Action) namedErrors() (names []string) {
	text := a.Doc + " " + a.Note + " " + a.PayloadDoc
	for i := range a.Params {
		text += " " + a.Params[i].Doc + " " + a.Params[i].Note
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') })
	for errorType := range ErrorTypes() {
		// A name of one word may be just that word.
		if strings.Contains(errorType.Name, "_") && slices.Contains(words, errorType.Name) {
			names = append(names, errorType.Name)
		}
	}
	return names
}

// localErrors has what the local server answers, beside what it answers to all
// actions of a kind. A test of the server checks that nothing else comes, and that
// all of these do.
var localErrors = map[string]string{
	"accept_audience":                        "audience_not_found queue_is_empty queue_is_suspended queue_not_found",
	"add_member":                             "channel_not_found queue_member_quota_exceeded queue_not_found realm_not_found",
	"create_access":                          "channel_not_found",
	"create_audience":                        "queue_not_found",
	"create_channel":                         "channel_quota_exceeded realm_not_found",
	"create_identity":                        "identity_already_exists",
	"create_identity_with_auth_reset_access": "identity_already_exists",
	"create_master_key":                      "realm_not_found",
	"create_queue":                           "queue_quota_exceeded realm_not_found",
	"create_realm":                           "channel_quota_exceeded realm_already_exists realm_quota_exceeded",
	"create_session":                         "access_already_spent access_denied access_expired identity_already_exists identity_not_found message_type_too_long message_types_too_long permission_denied user_not_found",
	"create_tag":                             "realm_not_found tag_not_found",
	"delete_channel":                         "channel_not_found",
	"delete_identity":                        "access_denied identity_not_found",
	"delete_master_key":                      "access_denied realm_not_found",
	"delete_queue":                           "queue_not_found",
	"delete_queue_transcripts":               "queue_not_found",
	"delete_realm":                           "realm_not_found",
	"delete_tag":                             "tag_not_found",
	"delete_transcript":                      "audience_not_found channel_not_found",
	"delete_user":                            "access_denied",
	"describe_access":                        "access_already_spent access_denied access_expired",
	"describe_channel":                       "channel_not_found",
	"describe_file":                          "file_not_found",
	"describe_identity":                      "identity_not_found",
	"describe_master_keys":                   "realm_not_found",
	"describe_queue":                         "queue_not_found",
	"describe_queue_transcripts":             "queue_not_found",
	"describe_realm":                         "realm_not_found",
	"describe_realm_queues":                  "realm_not_found",
	"describe_tag":                           "tag_not_found",
	"describe_tags":                          "realm_not_found tag_not_found",
	"discover_jitsi":                         "channel_not_found",
	"follow_channel":                         "channel_not_found permission_already_spent permission_expired",
	"get_queue_stats":                        "queue_not_found",
	"get_transcript":                         "audience_not_found channel_not_found",
	"join_channel":                           "access_already_spent access_denied access_too_early channel_not_found permission_already_spent permission_expired",
	"load_history":                           "channel_not_found",
	"part_channel":                           "channel_not_found",
	"register_audience":                      "queue_is_suspended queue_not_found",
	"remove_member":                          "channel_not_found queue_not_found realm_not_found",
	"request_audience":                       "permission_expired queue_is_closed queue_is_full queue_is_suspended queue_not_found",
	"request_identity_auth_reset_access":     "access_blocked identity_not_found",
	"request_identity_verify_access":         "access_blocked identity_not_found",
	"reset_identity_auth":                    "access_already_spent access_denied access_expired",
	"resume_session":                         "session_not_found",
	"search":                                 "realm_not_found",
	"search_channels":                        "realm_not_found",
	"search_users":                           "realm_not_found",
	"send_access":                            "access_blocked access_denied identity_not_found",
	"send_file":                              "channel_not_found message_not_supported send_rate_limited upload_quota_exceeded",
	"send_message":                           "channel_not_found file_not_found identity_not_found message_has_too_many_parts message_malformed message_not_supported message_part_too_long message_type_too_long send_rate_limited tag_not_found",
	"track":                                  "realm_not_found",
	"transfer_audience":                      "audience_not_found queue_is_closed queue_is_full queue_is_suspended queue_not_found",
	"update_channel":                         "channel_not_found",
	"update_identity":                        "identity_not_found",
	"update_identity_auth":                   "access_denied identity_not_found",
	"update_member":                          "channel_not_found realm_not_found",
	"update_message":                         "channel_not_found",
	"update_queue":                           "queue_not_found",
	"update_realm":                           "realm_not_found",
	"update_session":                         "channel_not_found permission_denied user_not_found",
	"update_tag":                             "tag_not_found",
	"update_user":                            "file_not_supported",
	"update_user_messages":                   "channel_not_found",
	"verify_identity":                        "access_already_spent access_denied access_expired",
}

// guessedErrors has errors that fit an action by their names.
var guessedErrors = map[string]string{
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

// guessedParamErrors has errors that fit an action with a parameter by their names.
var guessedParamErrors = map[string]string{
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
