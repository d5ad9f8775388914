package spec_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ninchat-community/ninchat/spec"
)

// deliberate has what the tables say otherwise than the collected facts about
// the published API, with the reason.
var deliberate = map[string]string{
	"action describe_conn: added":      "test suites of client software use it",
	"action register_audience: added":  "mobile client software uses it",
	"action discover_jitsi: added":     "mobile client software uses it",
	"event conn_found: added":          "answers describe_conn",
	"event audience_registered: added": "answers register_audience",
	"event jitsi_discovered: added":    "answers discover_jitsi",

	"action create_session: parameter user_existing: added":                                       "client libraries send it with every user_id",
	"action create_session: parameter client: added":                                              "client software in browsers cannot set headers",
	"action create_session: parameter site_secret: added":                                         "mobile client software sends it",
	"action resume_session: parameter client: added":                                              "client software in browsers cannot set headers",
	"action send_message: parameter message_privileged: added":                                    "a bot framework sends it",
	"event error: parameter user_auth_deleted: added":                                             "client libraries obey it",
	"attribute channel.requester_id: added":                                                       "a bot framework needs it",
	"action transfer_audience: parameter user_id: added":                                          "an old bot framework sends it instead of audience_id",
	"action transfer_audience: parameter audience_id: required: want true, got false":             "an old bot framework sends user_id instead",
	"action transfer_audience: rule: want one, got one_of":                                        "the audience may be a dialogue",
	"action transfer_audience: replies: want channel_parted, got channel_parted dialogue_updated": "the audience may be a dialogue",
	"action add_member: replies: want realm_member_joined queue_member_joined channel_member_joined, got realm_member_joined queue_member_joined channel_member_joined realm_joined queue_joined channel_joined":    "the member events are about somebody else, and users may add themselves",
	"action remove_member: replies: want channel_member_parted realm_member_parted queue_member_parted, got channel_member_parted realm_member_parted queue_member_parted channel_parted realm_parted queue_parted": "the member events are about somebody else, and users may remove themselves",
	"event channel_member_joined: action_id: want never, got optional": "it answers add_member",
	"event queue_joined: action_id: want never, got optional":          "it may answer add_member",
	"event queue_parted: action_id: want never, got optional":          "it may answer remove_member",

	"object schedule: member week: type: want array of (string|null) arrays or null, got array":     "the structure schedule_week says the rest",
	"object schedule: member annual: structure: want object, got schedule_days":                     "the values have a form",
	"object schedule: member exceptions: structure: want object, got schedule_days":                 "the values have a form",
	"object user_dialogue: member audience_metadata: structure: want object, got audience_metadata": "the structure is the same as everywhere",
	"object schedule_week: added":                                       "the form of schedule.week",
	"object schedule_days: added":                                       "the form of schedule.annual and schedule.exceptions",
	"object member_attrs: added":                                        "what the parameter of add_member and update_member may have",
	"object user_notifications: added":                                  "the form of the user setting notifications",
	"object user_account_subscription_objects: member available: added": "older declarations have it instead of suspended",
	"object user_account_subscription_objects: member suspended: required: want true, got false": "older declarations have available instead",
	"object queue_stats_hour: member accept_delay_avg: required: want true, got false":           "there is no average of nothing",
	"object queue_stats_hour: member drop_delay_avg: required: want true, got false":             "there is no average of nothing",
	"object queue_stats_audience: member finish_duration_avg: required: want true, got false":    "there is no average of nothing",
	"enumeration event_cause: value audience_transfer: added":                                    "bot frameworks obey it",
}

// TestTablesAgreeWithFacts compares the tables with the facts. It fails for
// each difference that isn't deliberate, and for each deliberate one that isn't
// there.
func TestTablesAgreeWithFacts(t *testing.T) {
	var found differences
	found.actions(t)
	found.events(t)
	found.attrs(t)
	found.settings(t)
	found.objects(t)
	found.enums(t)
	found.paramTypes(t)
	found.messages(t)
	for _, difference := range found {
		if _, ok := deliberate[difference]; !ok {
			t.Errorf("not deliberate: %s", difference)
		}
	}
	for difference, reason := range deliberate {
		if !slices.Contains(found, difference) {
			t.Errorf("no longer different: %s (%s)", difference, reason)
		}
	}
}

// differences are sentences about what the tables say otherwise.
type differences []string

func (d *differences) add(format string, args ...any) { *d = append(*d, fmt.Sprintf(format, args...)) }

// compare adds a difference unless want and got are the same.
func (d *differences) compare(what string, want, got any) {
	if fmt.Sprint(want) != fmt.Sprint(got) {
		d.add("%s: want %v, got %v", what, want, got)
	}
}

// names adds a difference for each name that is only in one of two sets.
func (d *differences) names(what string, want, got []string) {
	for _, name := range want {
		if !slices.Contains(got, name) {
			d.add("%s%s: missing", what, name)
		}
	}
	for _, name := range got {
		if !slices.Contains(want, name) {
			d.add("%s%s: added", what, name)
		}
	}
}

type factParam struct {
	Type      string
	Optional  bool
	Condition *string
}

func (d *differences) params(what string, want map[string]factParam, got []spec.Param) {
	var names []string
	for _, param := range got {
		names = append(names, param.Name)
		fact, ok := want[param.Name]
		if !ok {
			continue
		}
		where := what + "parameter " + param.Name + ": "
		d.compare(where+"type", fact.Type, param.Type)
		d.compare(where+"required", !fact.Optional, param.Required)
		if fact.Condition != nil {
			d.compare(where+"has condition", true, param.Condition != "")
		}
	}
	wanted := slices.DeleteFunc(slices.Sorted(maps.Keys(want)), isEnvelope)
	d.names(what+"parameter ", wanted, names)
}

func isEnvelope(name string) bool { return name == "action_id" || name == "puppet_id" }

func (d *differences) actions(t *testing.T) {
	var facts map[string]struct {
		Params     map[string]factParam
		PuppetID   bool   `json:"puppet_id"`
		ActionID   string `json:"action_id"`
		Session    string
		Replies    []string
		ReplyRule  string `json:"reply_rule"`
		Payload    string
		Deprecated bool
	}
	readFacts(t, "actions.json", &facts)
	var names []string
	for action := range spec.Actions() {
		names = append(names, action.Name)
		fact, ok := facts[action.Name]
		if ok == action.Undocumented {
			t.Errorf("action %s: undocumented is %v", action.Name, action.Undocumented)
		}
		if !ok {
			continue
		}
		what := "action " + action.Name + ": "
		d.params(what, fact.Params, action.Params)
		d.compare(what+"puppet", fact.PuppetID, action.Puppet)
		d.compare(what+"action_id", actionIDUse(fact.ActionID), action.ActionID)
		d.compare(what+"session", fact.Session, action.Session)
		d.compare(what+"replies", strings.Join(fact.Replies, " "), strings.Join(action.Replies, " "))
		d.compare(what+"rule", fact.ReplyRule, action.Rule)
		d.compare(what+"payload", payloadUse(fact.Payload), action.Payload)
		d.compare(what+"deprecated", fact.Deprecated, action.Deprecated)
	}
	d.names("action ", slices.Collect(maps.Keys(facts)), names)
}

func actionIDUse(fact string) spec.Use {
	switch fact {
	case "required":
		return spec.Always
	case "optional":
		return spec.Optional
	default:
		return spec.Never
	}
}

func payloadUse(fact string) spec.Payload {
	switch {
	case fact == "":
		return spec.PayloadNone
	case strings.HasPrefix(fact, "required"):
		return spec.PayloadRequired
	default:
		return spec.PayloadOptional
	}
}

func (d *differences) events(t *testing.T) {
	var facts map[string]struct {
		Params     map[string]factParam
		EventID    string `json:"event_id"`
		Payload    string
		Deprecated bool
	}
	readFacts(t, "events.json", &facts)
	var names []string
	for event := range spec.Events() {
		names = append(names, event.Name)
		fact, ok := facts[event.Name]
		if ok == event.Undocumented {
			t.Errorf("event %s: undocumented is %v", event.Name, event.Undocumented)
		}
		if !ok {
			continue
		}
		what := "event " + event.Name + ": "
		d.params(what, fact.Params, event.Params)
		want := spec.Never
		if param, ok := fact.Params["action_id"]; ok {
			want = spec.Always
			if param.Optional {
				want = spec.Optional
			}
		}
		d.compare(what+"action_id", want, event.ActionID)
		d.compare(what+"connection", strings.Contains(fact.EventID, "may be absent"), event.Connection)
		d.compare(what+"payload", payloadUse(fact.Payload), event.Payload)
		d.compare(what+"deprecated", fact.Deprecated, event.Deprecated)
	}
	d.names("event ", slices.Collect(maps.Keys(facts)), names)
}

type factAttr struct {
	Type         string
	WritableBy   string `json:"writable_by"`
	InitableBy   string `json:"initable_by"`
	UnsettableBy string `json:"unsettable_by"`
	VisibleTo    string `json:"visible_to"`
	Initable     bool
	Settable     bool
	Unsettable   bool
}

func (d *differences) attrs(t *testing.T) {
	var facts map[string]map[string]factAttr
	readFacts(t, "attrs.json", &facts)
	var names []string
	for entity := range spec.Entities() {
		name := strings.ReplaceAll(entity.Name, "_", "")
		names = append(names, name)
		var attrs []string
		for _, attr := range entity.Attrs {
			attrs = append(attrs, attr.Name)
			fact, ok := facts[name][attr.Name]
			if ok == attr.Undocumented {
				t.Errorf("attribute %s.%s: undocumented is %v", name, attr.Name, attr.Undocumented)
			}
			if ok {
				d.attr("attribute "+name+"."+attr.Name+": ", fact, attr)
			}
		}
		d.names("attribute "+name+".", slices.Collect(maps.Keys(facts[name])), attrs)
	}
	d.names("entity ", slices.Collect(maps.Keys(facts)), names)
}

func (d *differences) attr(what string, fact factAttr, attr spec.Attr) {
	d.compare(what+"type", fact.Type, attr.Type)
	d.compare(what+"initable", fact.Initable, attr.Initable)
	d.compare(what+"settable", fact.Settable, attr.Settable)
	d.compare(what+"unsettable", fact.Unsettable, attr.Unsettable)
	d.compare(what+"writable by", fact.WritableBy, attr.WritableBy)
	d.compare(what+"initable by somebody else", fact.InitableBy != "", attr.InitableBy != "")
	d.compare(what+"unsettable by", fact.UnsettableBy, attr.UnsettableBy)
	d.compare(what+"visible to", fact.VisibleTo, attr.VisibleTo)
}

func (d *differences) settings(t *testing.T) {
	var facts map[string]struct {
		WritableBy string `json:"writable_by"`
		Known      map[string]struct{ Type string }
	}
	readFacts(t, "settings.json", &facts)
	var names []string
	for entity := range spec.Entities() {
		if !entity.HasSettings() {
			continue
		}
		names = append(names, entity.Name)
		d.compare(entity.Name+" settings: writable by", facts[entity.Name].WritableBy, entity.SettingsWritableBy)
		var settings []string
		for _, setting := range entity.Settings {
			settings = append(settings, setting.Name)
			d.compare("setting "+setting.Name+": type", facts[entity.Name].Known[setting.Name].Type, setting.Type)
		}
		d.names("setting ", slices.Collect(maps.Keys(facts[entity.Name].Known)), settings)
	}
	d.names("settings of ", slices.Collect(maps.Keys(facts)), names)
}

func (d *differences) objects(t *testing.T) {
	var facts map[string]struct {
		Params map[string]factParam
		Key    string
		Value  string
		Item   string
		Open   bool
	}
	readFacts(t, "objecttypes.json", &facts)
	facts["string_map"] = facts["string map"]
	delete(facts, "string map")
	var names []string
	for object := range spec.Objects() {
		names = append(names, object.Name)
		fact, ok := facts[object.Name]
		if !ok {
			continue
		}
		what := "object " + object.Name + ": "
		switch {
		case fact.Value != "":
			d.compare(what+"kind", spec.KindMap, object.Kind)
			d.compare(what+"has key", fact.Key != "", object.Key != "")
			d.form(what+"value", fact.Value, &object.Item)
		case fact.Item != "":
			d.compare(what+"kind", spec.KindList, object.Kind)
			d.form(what+"item", fact.Item, &object.Item)
		default:
			d.compare(what+"kind", spec.KindStruct, object.Kind)
			d.compare(what+"open", fact.Open, object.Open)
			d.members(what, fact.Params, object.Params)
		}
	}
	d.names("object ", slices.Collect(maps.Keys(facts)), names)
}

func (d *differences) members(what string, want map[string]factParam, got []spec.Param) {
	var names []string
	for i := range got {
		param := &got[i]
		names = append(names, param.Name)
		fact, ok := want[param.Name]
		if !ok {
			continue
		}
		where := what + "member " + param.Name + ": "
		d.compare(where+"required", !fact.Optional, param.Required)
		d.form(where, fact.Type, param)
	}
	d.names(what+"member ", slices.Collect(maps.Keys(want)), names)
}

// form compares the type and structure of a value with what the facts call it:
// a type, or the name of a structure.
func (d *differences) form(what, want string, got *spec.Param) {
	switch {
	case want == "string|object":
		want = spec.TypeStringOrObject.String()
	case want == "string map":
		want = "string_map"
	}
	if strings.HasPrefix(want, "array of") || isType(want) {
		if got.Structure != "" && got.Type == spec.TypeObject {
			d.compare(what+"structure", want, got.Structure)
			return
		}
		d.compare(what+"type", want, got.Type)
		return
	}
	d.compare(what+"structure", want, got.Structure)
}

func (d *differences) enums(t *testing.T) {
	var facts map[string]any
	readFacts(t, "enums.json", &facts)
	keys := map[string][]string{
		"event_cause":         {"event_causes"},
		"message_type":        {"message_types", "message_types_not_in_md"},
		"access_type":         {"access_types"},
		"identity_type":       {"identity_types"},
		"dialogue_status":     {"dialogue_status"},
		"channel_status":      {"channel_status"},
		"master_key_type":     {"master_key_types"},
		"channel_upload":      {"channel_upload"},
		"channel_video":       {"channel_video"},
		"queue_upload":        {"queue_upload", "queue_upload_deprecated"},
		"queue_video":         {"queue_video"},
		"queue_screensharing": {"queue_screensharing"},
		"ninchat_metadata":    {"queue_ninchat_metadata"},
		"history_order":       {"history_order"},
		"rating":              {"rating"},
		"payload_attrs":       {"payload_attrs"},
	}
	for enum := range spec.Enums() {
		var want, got []string
		for _, key := range keys[enum.Name] {
			want = append(want, factValues(facts[key])...)
		}
		for _, value := range enum.Values {
			got = append(got, value.Value)
		}
		d.names("enumeration "+enum.Name+": value ", want, got)
		delete(keys, enum.Name)
	}
	d.compare("enumerations without table", 0, len(keys))

	var got []string
	for errorType := range spec.ErrorTypes() {
		got = append(got, errorType.Name)
	}
	if diff := cmp.Diff(factValues(facts["error_types"]), got); diff != "" {
		t.Errorf("error types (-facts +tables):\n%s", diff)
	}
	notifications, _ := spec.LookUpObject("user_notifications")
	var flags []string
	for _, param := range notifications.Params {
		flags = append(flags, param.Name)
	}
	d.names("notification ", factValues(facts["notification_keys"]), flags)
}

// factValues returns the values of an enumeration in the facts, which is an
// array or an object.
func factValues(fact any) []string {
	var values []string
	switch fact := fact.(type) {
	case []any:
		for _, value := range fact {
			values = append(values, fmt.Sprint(value))
		}
	case map[string]any:
		values = slices.Collect(maps.Keys(fact))
	}
	return values
}

// paramTypes checks that each parameter has the same type everywhere.
func (d *differences) paramTypes(t *testing.T) {
	var facts map[string]string
	readFacts(t, "paramtypes.json", &facts)
	check := func(params []spec.Param) {
		for _, param := range params {
			if want, ok := facts[param.Name]; ok && want != param.Type.String() {
				d.add("parameter %s: type %s, want %s", param.Name, param.Type, want)
			}
		}
	}
	for action := range spec.Actions() {
		check(action.Params)
	}
	for event := range spec.Events() {
		check(event.Params)
	}
	check(slices.Collect(values(spec.ActionEnvelope())))
	check(slices.Collect(values(spec.EventEnvelope())))
}

func (d *differences) messages(t *testing.T) {
	var facts map[string]struct {
		Payload    string
		Parts      int
		Properties map[string]struct {
			Type     string
			Optional bool
			Items    map[string]factParam
		}
		SentBy     string `json:"sent_by"`
		Deprecated bool
		InMD       bool `json:"in_md"`
	}
	readFacts(t, "messages.json", &facts)
	var names []string
	for messageType := range spec.MessageTypes() {
		names = append(names, messageType.Name)
		fact, ok := facts[messageType.Name]
		if !ok {
			continue
		}
		what := "message type " + messageType.Name + ": "
		d.compare(what+"array", fact.Payload == "array", messageType.Array)
		d.compare(what+"parts", fact.Parts, 1)
		d.compare(what+"deprecated", fact.Deprecated, messageType.Deprecated)
		d.compare(what+"undocumented", !fact.InMD, messageType.Undocumented)
		d.compare(what+"only the server sends it", fact.SentBy == "server only", messageType.Sender == "the server only")
		d.compare(what+"operators send it", fact.SentBy == "channel operators", messageType.Sender == "operators of the channel")
		params := make(map[string]factParam)
		for name, property := range fact.Properties {
			params[name] = factParam{Type: property.Type, Optional: property.Optional}
			if property.Items != nil {
				d.messageItems(what, property.Items, messageType)
			}
		}
		d.params(what, params, messageType.Params)
	}
	d.names("message type ", slices.Collect(maps.Keys(facts)), names)
}

// TestDisagreementsAreNoted checks that entries say it where the sources of the
// facts disagree: whether something exists, and what type it has.
func TestDisagreementsAreNoted(t *testing.T) {
	type source struct {
		InMD         bool   `json:"in_md"`
		InJSON       bool   `json:"in_json"`
		OptionalMD   *bool  `json:"optional_md"`
		OptionalJSON *bool  `json:"optional_json"`
		JSONType     string `json:"json_type"`
	}
	check := func(what string, fact source, note string) {
		disagree := fact.InMD && !fact.InJSON || fact.OptionalMD != nil || fact.OptionalJSON != nil || fact.JSONType != ""
		if disagree && !strings.Contains(note, "lder declarations") && !strings.Contains(note, "he reference lists") {
			t.Errorf("%s: the note doesn't say that the sources disagree: %q", what, note)
		}
	}
	type entry struct {
		source
		Params map[string]source
	}
	checkParams := func(what string, fact entry, note string, params []spec.Param) {
		check(what, fact.source, note)
		for _, param := range params {
			if source, ok := fact.Params[param.Name]; ok && fact.InJSON {
				check(what+"."+param.Name, source, param.Note)
			}
		}
	}
	var actions, events map[string]entry
	var attrs map[string]map[string]source
	readFacts(t, "actions.json", &actions)
	readFacts(t, "events.json", &events)
	readFacts(t, "attrs.json", &attrs)
	for action := range spec.Actions() {
		checkParams(action.Name, actions[action.Name], action.Note, action.Params)
	}
	for event := range spec.Events() {
		checkParams(event.Name, events[event.Name], event.Note, event.Params)
	}
	for entity := range spec.Entities() {
		for _, attr := range entity.Attrs {
			check(entity.Name+"."+attr.Name, attrs[strings.ReplaceAll(entity.Name, "_", "")][attr.Name], attr.Note)
		}
	}
}

// messageItems compares the objects in an array: the only structure of its own
// that a message type has is such an object.
func (d *differences) messageItems(what string, want map[string]factParam, got *spec.MessageType) {
	for i := range got.Objects {
		if object := &got.Objects[i]; object.Kind == spec.KindStruct {
			d.params(what+object.Name+": ", want, object.Params)
			return
		}
	}
	d.add("%sno object for items", what)
}

func readFacts(t *testing.T, name string, facts any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "facts", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, facts); err != nil {
		t.Fatal(err)
	}
}

func isType(name string) bool {
	for typ := spec.TypeAny; typ.String() != "invalid"; typ++ {
		if typ.String() == name {
			return true
		}
	}
	return false
}
