package spec_test

import (
	"encoding/json"
	"testing"

	"github.com/ninchat-community/ninchat/spec"
)

// FuzzValidate checks that values which encoding/json has decoded are validated
// like the JSON that they are encoded to, apart from large numbers.
func FuzzValidate(f *testing.F) {
	f.Add([]byte(`{"channel_id":"1","message_type":"a","message_ttl":1.5}`))
	f.Add([]byte(`{"channel_id":"\u2028\"\\\u0001ä","message_type":null,"message_fold":true}`))
	f.Add([]byte(`{"message_recipient_ids":["a",{"b":[[]]}],"x.y":{"":0.25e-7}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var params map[string]any
		if json.Unmarshal(text, &params) != nil || hasLarge(params) {
			return
		}
		encoded, err := json.Marshal(params)
		if err != nil {
			t.Fatal(err)
		}
		if params == nil {
			encoded = []byte("{}")
		}
		for _, mode := range []spec.Mode{spec.Tolerant, spec.Strict} {
			got, want := spec.ValidateAction("send_message", params, mode), spec.CheckAction("send_message", encoded, mode)
			if (got == nil) != (want == nil) {
				t.Errorf("%s: got %v, want %v", encoded, got, want)
			}
		}
	})
}

// hasLarge reports whether there are numbers of which not all digits are known.
func hasLarge(value any) bool {
	switch value := value.(type) {
	case float64:
		return value >= 1<<53 || value <= -1<<53
	case []any:
		for _, element := range value {
			if hasLarge(element) {
				return true
			}
		}
	case map[string]any:
		for _, member := range value {
			if hasLarge(member) {
				return true
			}
		}
	}
	return false
}
