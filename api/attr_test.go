package api

import (
	"testing"

	"github.com/go-json-experiment/json"
)

// TestDefect3AttrStates checks that the three states of an attribute are told apart,
// and written and read.
func TestDefect3AttrStates(t *testing.T) {
	tests := []struct {
		attrs     ChannelAttrs
		want      string
		isZero    bool
		isUnset   bool
		hasValue  bool
		valueOrNo bool
	}{
		{attrs: ChannelAttrs{}, want: `{}`, isZero: true, valueOrNo: true},
		{attrs: ChannelAttrs{Closed: Set(false)}, want: `{"closed":false}`, hasValue: true},
		{attrs: ChannelAttrs{Closed: Set(true)}, want: `{"closed":true}`, hasValue: true, valueOrNo: true},
		{attrs: ChannelAttrs{Closed: Unset[bool]()}, want: `{"closed":null}`, isUnset: true, valueOrNo: true},
	}
	for _, test := range tests {
		encoded, err := json.Marshal(test.attrs)
		if err != nil || string(encoded) != test.want {
			t.Errorf("got %s, %v, want %s", encoded, err, test.want)
		}
		var decoded ChannelAttrs
		if err := json.Unmarshal(encoded, &decoded); err != nil || decoded.Closed != test.attrs.Closed {
			t.Errorf("%s: got %+v, %v", test.want, decoded, err)
		}
		closed := decoded.Closed
		if _, ok := closed.Get(); closed.IsZero() != test.isZero || closed.IsUnset() != test.isUnset || ok != test.hasValue {
			t.Errorf("%s: got %+v", test.want, closed)
		}
		if got := closed.Or(true); got != test.valueOrNo {
			t.Errorf("%s: or true is %v", test.want, got)
		}
	}
}

// TestAttrZeroValues checks that attributes can be set to what is zero in Go.
func TestAttrZeroValues(t *testing.T) {
	attrs := QueueAttrs{Capacity: Set[int64](0), Name: Set(""), NinchatMetadata: Set([]string{}), Schedule: Set(Schedule{})}
	encoded, err := json.Marshal(attrs)
	want := `{"capacity":0,"name":"","ninchat_metadata":[],"schedule":{"timezone":"","week":[]}}`
	if err != nil || string(encoded) != want {
		t.Errorf("got %s, %v, want %s", encoded, err, want)
	}
}

// TestAttrIsReplaced checks that decoding leaves nothing of an earlier value.
func TestAttrIsReplaced(t *testing.T) {
	info := Set(UserInfo{Company: new("a"), URL: new("b")})
	if err := json.Unmarshal([]byte(`{"url":"c"}`), &info); err != nil {
		t.Fatal(err)
	}
	if got, ok := info.Get(); !ok || got.Company != nil || *got.URL != "c" {
		t.Errorf("got %+v, %v", got, ok)
	}
	if err := json.Unmarshal([]byte(`null`), &info); err != nil {
		t.Fatal(err)
	}
	if got, ok := info.Get(); ok || got.URL != nil {
		t.Errorf("unset: got %+v, %v", got, ok)
	}
}

func TestAttrWrongType(t *testing.T) {
	for _, text := range []string{`{"closed":1}`, `{"closed":"true"}`, `{"topic":false}`, `{"disclosed_since":1.5}`, `{"schedule":[]}`, `{"blacklisted_message_types":"*"}`} {
		var attrs ChannelAttrs
		if err := json.Unmarshal([]byte(text), &attrs); err == nil {
			t.Errorf("%s: got %+v", text, attrs)
		}
	}
}
