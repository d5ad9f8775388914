package spec_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/spec"
)

var actionCases = []struct {
	name   string
	action string
	header string
	mode   spec.Mode
	want   string // the error, "" for none
}{
	{name: "complete", action: "send_message", header: sendMessage, mode: spec.Strict},
	{name: "without envelope", action: "ping", header: `{}`, mode: spec.Strict},
	{name: "white space", action: "ping", header: " {\n\t\"action_id\" : 5\r\n} ", mode: spec.Strict},
	{name: "escaped name", action: "ping", header: `{"action_i\u0064":"5"}`, want: "action_id: want int, got string"},
	{name: "escaped action", action: "ping", header: `{"action":"pin\u0067"}`},

	{name: "unknown action", action: "pong", header: `{}`, want: "action: there is no action pong"},
	{name: "other action", action: "ping", header: `{"action":"search"}`, want: "action: want ping"},
	{name: "action of wrong type", action: "ping", header: `{"action":1}`, want: "action: want string, got number"},

	{name: "missing parameter", action: "send_message", header: `{"channel_id":"1"}`, want: "message_type: required parameter is missing"},
	{name: "required bool is false", action: "update_message", header: `{"channel_id":"1","message_id":"2","message_hidden":false}`, mode: spec.Strict},
	{name: "string", action: "send_message", header: `{"channel_id":5,"message_type":"x"}`, want: "channel_id: want string, got number"},
	{name: "null parameter", action: "send_message", header: `{"channel_id":null,"message_type":"x"}`, want: "channel_id: want string, got null"},
	{name: "bool", action: "send_message", header: `{"channel_id":"1","message_type":"x","message_fold":1}`, want: "message_fold: want bool, got number"},
	{name: "bool isn't a number", action: "load_history", header: `{"channel_id":"1","history_length":true}`, want: "history_length: want int, got bool"},
	{name: "bool isn't a float", action: "send_message", header: `{"channel_id":"1","message_type":"x","message_ttl":false}`, want: "message_ttl: want float, got bool"},
	{name: "integer as float", action: "send_message", header: `{"channel_id":"1","message_type":"x","message_ttl":10}`, mode: spec.Strict},
	{name: "float", action: "send_message", header: `{"channel_id":"1","message_type":"x","message_ttl":1.5e3}`, mode: spec.Strict},
	{name: "negative time", action: "update_channel", header: `{"channel_id":"1","channel_attrs":{"disclosed_since":-1}}`, want: "channel_attrs.disclosed_since: time is negative"},
	{name: "time zero", action: "update_channel", header: `{"channel_id":"1","channel_attrs":{"disclosed_since":-0}}`, mode: spec.Strict},
	{name: "negative count", action: "load_history", header: `{"channel_id":"1","history_length":-1}`, want: "history_length: int is negative"},
	{name: "negative choice", action: "load_history", header: `{"channel_id":"1","history_order":-1}`, mode: spec.Strict},
	{name: "negative duration", action: "send_message", header: `{"channel_id":"1","message_type":"x","message_ttl":-0.5e3}`, want: "message_ttl: float is negative"},
	{name: "negative float that is zero", action: "send_message", header: `{"channel_id":"1","message_type":"x","message_ttl":-0.0e5}`, mode: spec.Strict},
	{name: "negative time that isn't limited", action: "get_transcript", header: `{"channel_id":"1","interval_begin":-1.5e3}`, mode: spec.Strict},
	{name: "negative id", action: "ping", header: `{"action_id":-1}`, want: "action_id: int is negative"},
	{name: "float out of range", action: "send_message", header: `{"channel_id":"1","message_type":"x","message_ttl":1e999}`, want: "message_ttl: float is out of range"},
	{name: "long float out of range", action: "send_message", header: `{"channel_id":"1","message_type":"x","message_ttl":` + strings.Repeat("9", 400) + `}`, want: "message_ttl: float is out of range"},
	{name: "NaN", action: "send_message", header: `{"channel_id":"1","message_type":"x","message_ttl":NaN}`, want: "message_ttl: malformed JSON at byte 51: want a value"},
	{name: "largest int", action: "ping", header: fmt.Sprintf(`{"action_id":%d}`, int64(math.MaxInt64))},
	{name: "smallest int", action: "load_history", header: fmt.Sprintf(`{"channel_id":"1","history_order":%d}`, int64(math.MinInt64))},
	{name: "negative zero", action: "ping", header: `{"action_id":-0}`},
	{name: "int too large", action: "ping", header: `{"action_id":9223372036854775808}`, want: "action_id: int is out of range"},
	{name: "int too small", action: "ping", header: `{"action_id":-9223372036854775809}`, want: "action_id: int is out of range"},
	{name: "long int", action: "ping", header: `{"action_id":` + strings.Repeat("1", 100) + `}`, want: "action_id: int is out of range"},
	{name: "fraction", action: "ping", header: `{"action_id":1.5}`, want: "action_id: want int, got number with fraction or exponent"},
	{name: "exponent", action: "ping", header: `{"action_id":1e3}`, want: "action_id: want int, got number with fraction or exponent"},
	{name: "string array", action: "create_session", header: `{"message_types":["ninchat.com/*"]}`, mode: spec.Strict},
	{name: "empty array", action: "create_session", header: `{"message_types":[]}`, mode: spec.Strict},
	{name: "item of array", action: "create_session", header: `{"message_types":["a",1]}`, want: "message_types[1]: want string, got number"},
	{name: "array of other type", action: "create_session", header: `{"message_types":"*"}`, want: "message_types: want string array, got string"},
	{name: "free object", action: "create_session", header: `{"message_types":[],"user_metadata":{"a":[null,{"b":1e9999}]}}`, mode: spec.Strict},
	{name: "free object of other type", action: "create_session", header: `{"message_types":[],"user_metadata":[]}`, want: "user_metadata: want object, got array"},

	{name: "none of a choice", action: "send_message", header: `{"message_type":"x"}`, want: "exactly one of channel_id, user_id, identity_name is needed"},
	{name: "two of a choice", action: "send_message", header: `{"message_type":"x","channel_id":"1","user_id":"2"}`, want: "exactly one of channel_id, user_id, identity_name is needed"},
	{name: "half of a pair", action: "load_history", header: `{"channel_id":"1","filter_property":"text"}`, want: "either all of filter_property, filter_substring are needed, or none"},
	{name: "pair", action: "load_history", header: `{"channel_id":"1","filter_property":"text","filter_substring":"a"}`, mode: spec.Strict},
	{name: "at least one", action: "join_channel", header: `{}`, want: "at least one of channel_id, access_key, master_sign is needed"},
	{name: "more than one", action: "join_channel", header: `{"channel_id":"1","access_key":"2"}`, mode: spec.Strict},
	{name: "at most one", action: "update_user_messages", header: `{"channel_id":"1","message_user_id":"2","message_hidden":true,"message_id":"3","interval_end":4}`, want: "at most one of message_id, interval_end is allowed"},

	{name: "attribute", action: "update_user", header: `{"user_attrs":{"info":{"url":5}}}`, want: "user_attrs.info.url: want string, got number"},
	{name: "unset attribute", action: "update_user", header: `{"user_attrs":{"name":null,"iconurl":null}}`, mode: spec.Strict},
	{name: "unset setting", action: "update_user", header: `{"user_settings":{"highlight":null,"other":null}}`, mode: spec.Strict},
	{name: "attribute that can't be unset", action: "update_user", header: `{"user_attrs":{"connected":null}}`, want: "user_attrs.connected: it can't be unset"},
	{name: "null attributes", action: "update_user", header: `{"user_attrs":null}`, want: "user_attrs: want object, got null"},
	{name: "null in attribute", action: "update_user", header: `{"user_attrs":{"info":{"url":null}}}`, want: "user_attrs.info.url: want string, got null"},
	{name: "required member", action: "update_channel", header: `{"channel_id":"1","channel_attrs":{"schedule":{"timezone":"Europe/Helsinki"}}}`, want: "channel_attrs.schedule.week: required member is missing"},
	{name: "schedule", action: "update_channel", header: `{"channel_id":"1","channel_attrs":{"schedule":{"timezone":"Europe/Helsinki","week":[["9:00","17:00"],null,[null,"2:00"]],"annual":{"12/24":null}}}}`, mode: spec.Strict},
	{name: "time in schedule", action: "update_channel", header: `{"channel_id":"1","channel_attrs":{"schedule":{"timezone":"Europe/Helsinki","week":[["9:00",17]]}}}`, want: "channel_attrs.schedule.week[0][1]: want string, got number"},
	{name: "day in schedule", action: "update_channel", header: `{"channel_id":"1","channel_attrs":{"schedule":{"timezone":"Europe/Helsinki","week":[],"annual":{"12/24":5}}}}`, want: "channel_attrs.schedule.annual.12/24: want string or null array, got number"},
	{name: "member of a union", action: "update_member", header: `{"channel_id":"1","user_id":"2","member_attrs":{"operator":true,"writing":null}}`, mode: spec.Strict},
	{name: "member of no part of a union", action: "update_member", header: `{"channel_id":"1","user_id":"2","member_attrs":{"rating":1}}`, mode: spec.Strict, want: "member_attrs.rating: unknown attribute"},
	{name: "open object", action: "request_audience", header: `{"queue_id":"1","audience_metadata":{"secure":"abc","vars":{"a":"b"},"other":[]}}`, mode: spec.Strict},
	{name: "string or object", action: "request_audience", header: `{"queue_id":"1","audience_metadata":{"secure":5}}`, want: "audience_metadata.secure: want string or object, got number"},
	{name: "value of a map", action: "request_audience", header: `{"queue_id":"1","audience_metadata":{"vars":{"a b":1}}}`, want: `audience_metadata.vars."a b": want string, got number`},

	{name: "unknown parameter", action: "ping", header: `{"extra":null}`},
	{name: "strict: unknown parameter", action: "ping", header: `{"extra":1}`, mode: spec.Strict, want: "extra: unknown parameter"},
	{name: "strict: unknown attribute", action: "update_user", header: `{"user_attrs":{"extra":1}}`, mode: spec.Strict, want: "user_attrs.extra: unknown attribute"},
	{name: "strict: unknown member", action: "update_user", header: `{"user_settings":{"notifications":{"extra":1}}}`, mode: spec.Strict},
	{name: "undocumented parameter", action: "create_session", header: `{"message_types":[],"user_existing":true,"client":"x"}`, mode: spec.Strict},
	{name: "undocumented parameter of wrong type", action: "create_session", header: `{"message_types":[],"user_existing":1}`, want: "user_existing: want bool, got number"},
	{name: "caller", action: "ping", header: `{"caller_type":"email","caller_name":"a@example.com","caller_auth":5}`, want: "caller_auth: want string, got number"},
	{name: "session", action: "resume_session", header: `{"session_id":"1","event_id":2}`, mode: spec.Strict},

	{name: "duplicate", action: "ping", header: `{"action_id":1,"action_id":1}`, want: "action_id: the name occurs twice"},
	{name: "escaped duplicate", action: "ping", header: `{"action_id":1,"\u0061ction_id":1}`, want: "action_id: the name occurs twice"},
	{name: "unknown duplicate", action: "ping", header: `{"x":1,"x":1}`, want: "x: the name occurs twice"},
	{name: "deep duplicate", action: "ping", header: `{"x":[{"y":{"z":1,"\u007a":1}}]}`, want: "x[0].y.z: the name occurs twice"},
	{name: "duplicate of many", action: "ping", header: `{"x":{` + manyMembers(40) + `,"m7":1}}`, want: "x.m7: the name occurs twice"},
	{name: "many", action: "ping", header: `{` + manyMembers(40) + `}`},

	{name: "empty", action: "ping", header: ``, want: "malformed JSON: it ends where there should be a value"},
	{name: "array", action: "ping", header: `[]`, want: "want object, got array"},
	{name: "string instead of header", action: "ping", header: `"{}"`, want: "want object, got string"},
	{name: "more than one", action: "ping", header: `{}{}`, want: "malformed JSON at byte 2: want nothing after the value"},
	{name: "unfinished", action: "ping", header: `{"action_id":1`, want: "malformed JSON: it ends where there should be a comma or the end of the object"},
	{name: "unfinished string", action: "ping", header: `{"action_id`, want: "malformed JSON: it ends where there should be the end of a string"},
	{name: "unfinished array", action: "ping", header: `{"x":[1,2`, want: "x: malformed JSON: it ends where there should be a comma or the end of the array"},
	{name: "comma too many", action: "ping", header: `{"action_id":1,}`, want: "malformed JSON at byte 15: want the name of a member"},
	{name: "no colon", action: "ping", header: `{"action_id" 1}`, want: "malformed JSON at byte 13: want a colon"},
	{name: "no value", action: "ping", header: `{"x":}`, want: "x: malformed JSON at byte 5: want a value"},
	{name: "leading zero", action: "ping", header: `{"action_id":01}`, want: "malformed JSON at byte 14: want a comma or the end of the object"},
	{name: "plus", action: "ping", header: `{"action_id":+1}`, want: "action_id: malformed JSON at byte 13: want a value"},
	{name: "no digit", action: "ping", header: `{"action_id":-}`, want: "action_id: malformed JSON at byte 14: want a digit"},
	{name: "no fraction", action: "ping", header: `{"x":1.}`, want: "x: malformed JSON at byte 7: want a digit"},
	{name: "no exponent", action: "ping", header: `{"x":1e+}`, want: "x: malformed JSON at byte 8: want a digit"},
	{name: "word", action: "ping", header: `{"x":nul}`, want: "x: malformed JSON at byte 5: want null"},
	{name: "control character", action: "ping", header: "{\"x\":\"a\nb\"}", want: "x: malformed JSON at byte 7: want no control character in a string"},
	{name: "not UTF-8", action: "ping", header: "{\"x\":\"\xff\"}", want: "x: malformed JSON at byte 6: want valid UTF-8 in a string"},
	{name: "escape", action: "ping", header: `{"x":"\x"}`, want: "x: malformed JSON at byte 6: want a valid escape sequence"},
	{name: "surrogate pair", action: "ping", header: `{"\ud83d\ude00":"\ud83d\ude00"}`},
	{name: "half a surrogate pair", action: "ping", header: `{"x":"\ud83d\u0020"}`, want: "x: malformed JSON at byte 6: want a valid escape sequence"},

	{name: "deep", action: "ping", header: `{"x":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `}`},
	{name: "too deep", action: "ping", header: `{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, want: "x" + strings.Repeat("[0]", 99) + ": objects and arrays are nested too deep"},
	{name: "long name", action: "ping", header: `{"` + strings.Repeat("a", 1000) + `":nul}`, want: strings.Repeat("a", 64) + "…: malformed JSON at byte 1004: want null"},
	{name: "name with line break", action: "ping", header: `{"a\nb":nul}`, want: `"a\nb": malformed JSON at byte 8: want null`},
}

func manyMembers(count int) string {
	var members []string
	for i := range count {
		members = append(members, fmt.Sprintf(`"m%d":%d`, i, i))
	}
	return strings.Join(members, ",")
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestCheckAction(t *testing.T) {
	for _, test := range actionCases {
		t.Run(test.name, func(t *testing.T) {
			err := spec.CheckAction(test.action, []byte(test.header), test.mode)
			if got := errorText(err); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestCheckEvent(t *testing.T) {
	tests := []struct {
		name   string
		event  string
		header string
		mode   spec.Mode
		want   string
	}{
		{name: "complete", event: "message_received", mode: spec.Strict, header: `{"event":"message_received","event_id":5,"action_id":6,"frames":1,"channel_id":"1","message_id":"2","message_time":1500000000.123,"message_type":"ninchat.com/text","message_user_id":"3","message_user_name":"Someone"}`},
		{name: "unknown event", event: "ping", header: `{}`, want: "event: there is no event ping"},
		{name: "event of wrong type", event: "pong", header: `{"event":1}`, want: "event: want string, got number"},
		{name: "other event", event: "pong", header: `{"event":"ack"}`, want: "event: want pong"},
		{name: "error without type", event: "error", header: `{"event":"error"}`, want: "error_type: required parameter is missing"},
		{name: "reason of wrong type", event: "error", header: `{"event":"error","error_type":"internal","error_reason":{}}`, want: "error_reason: want string, got object"},
		{name: "null attribute", event: "channel_updated", header: `{"channel_id":"1","channel_attrs":{"name":null}}`, want: "channel_attrs.name: want string, got null"},
		{name: "map of objects", event: "search_results", mode: spec.Strict, header: `{"users":{"1":{"user_attrs":{"name":"a"},"weight":1}}}`},
		{name: "in map of objects", event: "search_results", header: `{"users":{"1":{"user_attrs":{"name":5},"weight":1}}}`, want: "users.1.user_attrs.name: want string, got number"},
		{name: "in list of objects", event: "ice_begun", header: `{"stun_servers":[{"urls":["stun:a"]}],"turn_servers":[{"urls":[],"username":"a"}]}`, want: "turn_servers[0].credential: required member is missing"},
		{name: "not a list", event: "ice_begun", header: `{"stun_servers":{}}`, want: "stun_servers: want object array, got object"},
		{name: "tree", event: "tags_found", mode: spec.Strict, header: `{"tag_children":{"1":{"tag_attrs":{},"tag_children":{"2":{"tag_attrs":{}}}}}}`},
		{name: "in tree", event: "tags_found", header: `{"tag_children":{"1":{"tag_attrs":{},"tag_children":{"2":{}}}}}`, want: "tag_children.1.tag_children.2.tag_attrs: required member is missing"},
		{name: "map of maps", event: "session_created", header: `{"user_identities":{"email":{"a@example.com":{"auth":1}}}}`, want: `user_identities.email."a@example.com".auth: want bool, got number`},
		{name: "any value", event: "transcript_contents", mode: spec.Strict, header: `{"transcript_messages":[{"message_id":"1","message_time":1,"message_type":"a","payload":[1,"b"]}]}`},
		{name: "null as any value", event: "transcript_contents", mode: spec.Strict, header: `{"transcript_messages":[{"message_id":"1","message_time":1,"message_type":"a","payload":null}]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := spec.CheckEvent(test.event, []byte(test.header), test.mode)
			if got := errorText(err); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestCheckValue(t *testing.T) {
	tests := []struct {
		value     string
		typ       spec.Type
		structure string
		want      string
	}{
		{value: `"a"`, typ: spec.TypeString},
		{value: `5`, typ: spec.TypeTime},
		{value: `5.5`, typ: spec.TypeTime, want: "want int, got number with fraction or exponent"},
		{value: `"5"`, typ: spec.TypeTime, want: "want time, got string"},
		{value: `true`, typ: spec.TypeBool},
		{value: `tru`, typ: spec.TypeBool, want: "malformed JSON at byte 0: want true"},
		{value: `[{}]`, typ: spec.TypeObjectArray},
		{value: `[[]]`, typ: spec.TypeObjectArray, want: "[0]: want object, got array"},
		{value: `{"name":null}`, typ: spec.TypeObject, structure: "channel_attrs"},
		{value: `{"owner_id":null}`, typ: spec.TypeObject, structure: "channel_attrs", want: "owner_id: it can't be unset"},
		{value: `{"transcript_delete_delay":null}`, typ: spec.TypeObject, structure: "queue_settings"},
		{value: `[{"urls":5}]`, typ: spec.TypeObjectArray, structure: "stun_servers", want: "[0].urls: want string array, got number"},
		{value: `{}`, typ: spec.TypeObject, structure: "nothing", want: "there is no structure nothing"},
		{value: `null`, typ: spec.TypeAny},
		{value: `1 2`, typ: spec.TypeInt, want: "malformed JSON at byte 2: want nothing after the value"},
	}
	for _, test := range tests {
		err := spec.CheckValue([]byte(test.value), test.typ, test.structure, spec.Strict)
		if got := errorText(err); got != test.want {
			t.Errorf("%s: got %q, want %q", test.value, got, test.want)
		}
	}
}

// TestCheckReason checks that the kinds of mistakes can be told apart.
func TestCheckReason(t *testing.T) {
	tests := []struct {
		header string
		want   spec.Reason
		path   string
	}{
		{`{`, spec.ReasonSyntax, ""},
		{`{"user_attrs":{"name":5}}`, spec.ReasonType, "user_attrs.name"},
		{`{"action_id":1000000000000000000000}`, spec.ReasonRange, "action_id"},
		{`{}`, spec.ReasonMissing, "user_id"},
		{`{"user_id":"1","extra":2}`, spec.ReasonUnknown, "extra"},
		{`{"user_id":"1","user_id":"1"}`, spec.ReasonDuplicate, "user_id"},
		{`{"user_id":"1"}`, spec.ReasonChoice, ""},
		{`{"member_attrs":{"since":null}}`, spec.ReasonUnset, "member_attrs.since"},
		{`{"action":"ping"}`, spec.ReasonName, "action"},
	}
	for _, test := range tests {
		err := spec.CheckAction("add_member", []byte(test.header), spec.Strict)
		if strings.Contains(test.header, "user_attrs") {
			err = spec.CheckAction("update_user", []byte(test.header), spec.Strict)
		}
		mistake, ok := errors.AsType[*spec.Error](err)
		if !ok || mistake.Reason != test.want || mistake.Path != test.path {
			t.Errorf("%s: got %#v, want %s at %q", test.header, mistake, test.want, test.path)
		}
	}
}

// TestCheckAllocations checks that what is valid is checked without allocating
// memory.
func TestCheckAllocations(t *testing.T) {
	header := []byte(sendMessage)
	allocations := testing.AllocsPerRun(100, func() {
		if err := spec.CheckAction("send_message", header, spec.Strict); err != nil {
			t.Error(err)
		}
	})
	if allocations != 0 {
		t.Errorf("checking allocates %v times", allocations)
	}
}
