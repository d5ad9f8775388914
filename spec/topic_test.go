package spec_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/ninchat-community/ninchat/spec"
)

// names returns the kinds and names of topics.
func names(topics []*spec.Topic) (all []string) {
	for _, topic := range topics {
		all = append(all, topic.Kind.String()+" "+topic.Name)
	}
	return all
}

func TestLookUpTopics(t *testing.T) {
	tests := map[string][]string{
		"join_channel":        {"action join_channel"},
		"Join Channel":        {"action join_channel"},
		"message_received":    {"event message_received"},
		"channel.topic":       {"attribute channel.topic"},
		"topic":               {"attribute channel.topic"},
		"channel":             {"entity channel", "value access_type.channel"},
		"channelmember":       {"entity channel_member"},
		"channel_attrs":       {"entity channel", "parameter channel_attrs"},
		"highlight_name":      {"setting user.highlight_name"},
		"realm_queues":        {"object realm_queues", "parameter realm_queues"},
		"ninchat.com/text":    {"message type ninchat.com/text"},
		"rtc/hang-up":         {"message type ninchat.com/rtc/hang-up"},
		"channel_not_found":   {"error channel_not_found"},
		"action_id":           {"parameter action_id"},
		"dialogue_status":     {"parameter dialogue_status", "enumeration dialogue_status"},
		"audience_drop":       {"value event_cause.audience_drop"},
		"register_audience":   {"action register_audience"},
		"channel.requesterid": nil,
		"":                    nil,
	}
	for name, want := range tests {
		if got := names(spec.LookUp(name)); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestTopics checks that each topic is complete and can be looked up.
func TestTopics(t *testing.T) {
	seen := make(map[string]bool)
	for topic := range spec.Topics() {
		what := topic.Kind.String() + " " + topic.Name
		if seen[what] {
			t.Errorf("%s is there twice", what)
		}
		seen[what] = true
		checkDoc(t, what, topic.Doc, topic.Note)
		if !slices.Contains(spec.LookUp(topic.Name), topic) {
			t.Errorf("%s isn't found", what)
		}
		pointers := map[spec.TopicKind]bool{
			spec.TopicAction: topic.Action != nil, spec.TopicEvent: topic.Event != nil, spec.TopicEntity: topic.Entity != nil,
			spec.TopicAttr: topic.Attr != nil && topic.Entity != nil, spec.TopicSetting: topic.Attr != nil && topic.Entity != nil,
			spec.TopicObject: topic.Object != nil, spec.TopicMessageType: topic.MessageType != nil, spec.TopicErrorType: topic.ErrorType != nil,
			spec.TopicParam: topic.Param != nil, spec.TopicEnum: topic.Enum != nil, spec.TopicValue: topic.Enum != nil,
		}
		if !pointers[topic.Kind] {
			t.Errorf("%s: what it is isn't there", what)
		}
		if topic.Domain == nil && topic.Kind != spec.TopicErrorType && topic.Kind != spec.TopicParam {
			t.Errorf("%s has no domain", what)
		}
	}
	for action := range spec.Actions() {
		for _, param := range action.Params {
			if typ, ok := spec.LookUpParamType(param.Name); !ok || typ != param.Type {
				t.Errorf("%s: the type is %s, want %s as in %s", param.Name, typ, param.Type, action.Name)
			}
		}
	}
	if typ, ok := spec.LookUpParamType("nothing"); ok {
		t.Errorf("nothing: got %s", typ)
	}
	for range spec.ParamTypes() {
		break
	}
}

// TestSearch names what must come first.
func TestSearch(t *testing.T) {
	tests := map[string]string{
		"join channel":               "action join_channel",
		"join_channel":               "action join_channel",
		"joining a channel":          "action join_channel",
		"send message":               "action send_message",
		"SEND FILE":                  "action send_file",
		"load the history":           "action load_history",
		"delete user":                "action delete_user",
		"ninchat.com/text":           "message type ninchat.com/text",
		"upload quota":               "error upload_quota_exceeded",
		"end the membership channel": "action part_channel",
		"topic":                      "attribute channel.topic",
		"when is something open":     "object schedule",
		// What things are made of, and what notes say.
		"sdp":                 "message type ninchat.com/rtc/answer",
		"timezone":            "object schedule",
		"candidate":           "message type ninchat.com/rtc/ice-candidate",
		"options":             "message type ninchat.com/ui/compose",
		"access key":          "parameter access_key",
		"Neither good":        "value rating.0",
		"geoip":               "value ninchat_metadata.geoip",
		"longer than a month": "action delete_queue_transcripts",
		// What is done to things.
		"end audience":   "attribute dialogue_member.audience_ended",
		"close audience": "attribute dialogue_member.audience_ended",
		"kick member":    "action remove_member",
		"leave channel":  "action part_channel",
		"typing":         "attribute channel_member.writing",
		// Misspellings.
		"chanel":         "action create_channel",
		"mesage ttl":     "parameter message_ttl",
		"hsitory":        "action discard_history",
		"acept audiense": "action accept_audience",
		"timzone":        "object schedule",
	}
	for words, want := range tests {
		results := spec.Search(words)
		if len(results) == 0 || names([]*spec.Topic{results[0].Topic})[0] != want {
			var got []string
			for _, result := range results[:min(len(results), 5)] {
				got = append(got, names([]*spec.Topic{result.Topic})[0])
			}
			t.Errorf("%s: got %q, want %q first", words, got, want)
		}
	}
	for _, words := range []string{"", " \n", "zzzzzz", "\xff"} {
		if results := spec.Search(words); len(results) > 0 {
			t.Errorf("%q: got %d results", words, len(results))
		}
	}
}

// TestSearchInside checks that a topic is found by its name and longer words of what is
// said about what it is made of.
func TestSearchInside(t *testing.T) {
	searched := 0
	for topic := range spec.Topics() {
		var texts []string
		switch topic.Kind {
		case spec.TopicEnum:
			for _, value := range topic.Enum.Values {
				texts = append(texts, value.Value, value.Doc)
			}
		case spec.TopicObject:
			texts = append(texts, topic.Object.Key, topic.Object.Note)
		case spec.TopicMessageType:
			texts = append(texts, topic.MessageType.Sender)
			for _, param := range topic.MessageType.Params {
				texts = append(texts, param.Name, param.Doc, param.Note)
			}
		case spec.TopicParam:
			for _, occurrence := range topic.Occurrences {
				texts = append(texts, occurrence.Param.Doc, occurrence.Param.Note, occurrence.Param.Condition)
			}
		}
		longer := make(map[string]bool)
		for _, text := range texts {
			for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
				if len(word) >= 8 {
					longer[strings.ToLower(word)] = true
				}
			}
		}
		words := slices.Sorted(maps.Keys(longer))
		for _, word := range words[:min(len(words), 2)] {
			searched++
			if !slices.ContainsFunc(spec.Search(topic.Name+" "+word), func(r spec.Result) bool { return r.Topic == topic }) {
				t.Errorf("%s isn't found by %q", names([]*spec.Topic{topic})[0], word)
			}
		}
	}
	if searched < 50 {
		t.Errorf("only %d words were searched for", searched)
	}
}

// TestSearchOrder checks that results are sorted, and that each has all words if
// one has.
func TestSearchOrder(t *testing.T) {
	results := spec.Search("queue closed")
	if len(results) < 3 {
		t.Fatalf("got %d results", len(results))
	}
	for i, result := range results {
		if i > 0 && result.Score > results[i-1].Score {
			t.Errorf("%s has a score of %d, the one before it %d", result.Name, result.Score, results[i-1].Score)
		}
		text := strings.ToLower(result.Name + " " + result.Doc + " " + result.Note)
		if result.Kind == spec.TopicEnum {
			for _, value := range result.Enum.Values {
				text += strings.ToLower(value.Doc)
			}
		}
		if !strings.Contains(text, "queue") || !strings.Contains(text, "clos") {
			t.Errorf("%s doesn't match: %s", result.Name, text)
		}
	}
}

func TestNearest(t *testing.T) {
	var candidates []string
	for action := range spec.Actions() {
		candidates = append(candidates, action.Name)
	}
	tests := map[string]string{
		"joinchannel":            "join_channel",
		"send_mesage":            "send_message",
		"pong":                   "ping",
		"ice":                    "",
		"history":                "load_history discard_history",
		"":                       "",
		"\xff":                   "",
		strings.Repeat("x", 999): "",
	}
	for name, want := range tests {
		if got := strings.Join(spec.Nearest(name, slices.Values(candidates)), " "); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func FuzzSearch(f *testing.F) {
	f.Add("join a channel")
	f.Add("ÄÖ \xff _")
	f.Fuzz(func(t *testing.T, words string) {
		for _, result := range spec.Search(words) {
			if result.Score <= 0 {
				t.Errorf("%q: %s has the score %d", words, result.Name, result.Score)
			}
		}
		_ = spec.LookUp(words)
	})
}
