package spec_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/ninchat-community/ninchat/spec"
)

func TestValidate(t *testing.T) {
	self := map[string]any{}
	self["self"] = self
	tests := []struct {
		value     any
		typ       spec.Type
		structure string
		want      string
	}{
		{value: true, typ: spec.TypeBool},
		{value: 1, typ: spec.TypeBool, want: "want bool, got number"},
		{value: false, typ: spec.TypeInt, want: "want int, got bool"},
		{value: int8(-5), typ: spec.TypeInt},
		{value: uint64(math.MaxInt64), typ: spec.TypeInt},
		{value: uint64(math.MaxUint64), typ: spec.TypeInt, want: "int is out of range"},
		{value: 5.0, typ: spec.TypeInt},
		{value: 5.5, typ: spec.TypeInt, want: "want int, got number with fraction or exponent"},
		{value: 1e300, typ: spec.TypeInt, want: "want int, got number with fraction or exponent"},
		{value: math.NaN(), typ: spec.TypeFloat, want: "NaN isn't a value"},
		{value: math.Inf(-1), typ: spec.TypeFloat, want: "infinity isn't a value"},
		{value: float32(0.5), typ: spec.TypeFloat},
		{value: math.MaxFloat64, typ: spec.TypeFloat},
		{value: "a\"\\\n\u2028ä", typ: spec.TypeString},
		{value: "\xff", typ: spec.TypeString, want: "the string isn't UTF-8"},
		{value: []byte("a"), typ: spec.TypeString},
		{value: nil, typ: spec.TypeString, want: "want string, got null"},
		{value: new("a"), typ: spec.TypeString},
		{value: (*string)(nil), typ: spec.TypeString, want: "want string, got null"},
		{value: []string{"a"}, typ: spec.TypeStringArray},
		{value: [1]any{"a"}, typ: spec.TypeStringArray},
		{value: []any{"a", 1}, typ: spec.TypeStringArray, want: "[1]: want string, got number"},
		{value: []string(nil), typ: spec.TypeStringArray, want: "want string array, got null"},
		{value: []map[string]int{{"a": 1}, {}}, typ: spec.TypeObjectArray},
		{value: 1500000000, typ: spec.TypeTime},
		{value: map[string]any{"name": "a", "info": map[string]any{"url": 5}}, typ: spec.TypeObject, structure: "user_attrs", want: "info.url: want string, got number"},
		{value: map[string]any{"info": map[string]any{"url": math.NaN()}}, typ: spec.TypeObject, structure: "user_attrs", want: "info.url: NaN isn't a value"},
		{value: map[string]any{"a": []any{math.NaN()}}, typ: spec.TypeObject, want: "a[0]: NaN isn't a value"},
		{value: map[string]any{"name": nil}, typ: spec.TypeObject, structure: "user_attrs"},
		{value: map[string]any(nil), typ: spec.TypeObject, want: "want object, got null"},
		{value: map[string]any{"\xff": 1}, typ: spec.TypeObject, want: "the string isn't UTF-8"},
		{value: map[int]string{1: "a"}, typ: spec.TypeObject, want: "a Go value of type map[int]string can't be validated"},
		{value: struct{}{}, typ: spec.TypeObject, want: "a Go value of type struct {} can't be validated"},
		{value: json.RawMessage(`{"name":1}`), typ: spec.TypeObject, structure: "user_attrs", want: "name: want string, got number"},
		{value: json.RawMessage(`{"name":`), typ: spec.TypeObject, want: "name: malformed JSON: it ends where there should be a value"},
		{value: json.Number("5"), typ: spec.TypeInt, want: "want int, got string"},
		{value: broken{}, typ: spec.TypeObject, want: "the value can't be encoded: broken"},
		{value: 1, typ: spec.TypeObject, structure: "nothing", want: "there is no structure nothing"},
	}
	for _, test := range tests {
		err := spec.Validate(test.value, test.typ, test.structure, spec.Strict)
		if got := errorText(err); got != test.want {
			t.Errorf("%#v: got %q, want %q", test.value, got, test.want)
		}
	}
	err := spec.Validate(self, spec.TypeObject, "", spec.Tolerant)
	if mistake, ok := errors.AsType[*spec.Error](err); !ok || mistake.Reason != spec.ReasonDepth {
		t.Errorf("a map within itself: got %v", err)
	}
}

// What is absent is what it is in the Python library: fine unless it is required.
func TestParamValidate(t *testing.T) {
	history, _ := spec.LookUpAction("load_history")
	optional, _ := history.Param("history_length")
	update, _ := spec.LookUpAction("update_channel")
	creation, _ := spec.LookUpAction("create_channel")
	object, _ := creation.Param("channel_attrs")
	required, _ := update.Param("channel_id")
	for _, test := range []struct {
		param *spec.Param
		value any
		want  string
	}{
		{optional, nil, ""},
		{optional, (*int)(nil), ""},
		{optional, json.RawMessage(" null "), ""},
		{optional, 5, ""},
		{optional, -5, "int is negative"},
		{optional, true, "want int, got bool"},
		{optional, "5", "want int, got string"},
		{object, map[string]any(nil), ""},
		{object, map[string]any{"name": nil}, ""},
		{object, map[string]any{"name": 5}, "name: want string, got number"},
		{object, map[string]any{"extra": 5}, "extra: unknown attribute"},
		{required, nil, "required parameter is missing"},
		{required, json.RawMessage("null"), "required parameter is missing"},
		{required, "", ""},
		{required, math.NaN(), "NaN isn't a value"},
		{&spec.Param{Type: spec.TypeObject, Structure: "nothing"}, 1, "there is no structure nothing"},
	} {
		if got := errorText(test.param.Validate(test.value, spec.Strict)); got != test.want {
			t.Errorf("%s %#v: got %q, want %q", test.param.Name, test.value, got, test.want)
		}
	}
}

// An attribute is never absent: what isn't to be set is left out.
func TestAttrValidate(t *testing.T) {
	attrs, _ := spec.LookUpAttrs("channel_attrs")
	find := func(name string) *spec.Attr {
		for i := range attrs {
			if attrs[i].Name == name {
				return &attrs[i]
			}
		}
		t.Fatal("no attribute " + name)
		return nil
	}
	for _, test := range []struct {
		attr  *spec.Attr
		value any
		want  string
	}{
		{find("name"), "a", ""},
		{find("name"), nil, "want string, got null"},
		{find("name"), 5, "want string, got number"},
		{find("disclosed_since"), 0, ""},
		{find("disclosed_since"), -1, "time is negative"},
		{find("schedule"), map[string]any{"timezone": 5}, "timezone: want string, got number"},
	} {
		if got := errorText(test.attr.Validate(test.value, spec.Strict)); got != test.want {
			t.Errorf("%s %#v: got %q, want %q", test.attr.Name, test.value, got, test.want)
		}
	}
	if queue, _ := spec.LookUpAttrs("queue_attrs"); errorText(queue[0].Validate(struct{}{}, spec.Strict)) == "" {
		t.Error("a struct is accepted")
	}
}

type broken struct{}

func (broken) MarshalJSON() ([]byte, error) { return nil, errors.New("broken") }

func TestValidateHeaders(t *testing.T) {
	if err := spec.ValidateAction("send_message", map[string]any{"channel_id": "1", "message_type": "a"}, spec.Strict); err != nil {
		t.Error(err)
	}
	if err := spec.ValidateAction("ping", nil, spec.Strict); err != nil {
		t.Error(err)
	}
	err := spec.ValidateAction("send_message", map[string]any{"channel_id": "1", "user_id": "2", "message_type": "a"}, spec.Strict)
	if got, want := errorText(err), "exactly one of channel_id, user_id, identity_name is needed"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	err = spec.ValidateAction("send_message", map[string]any{"message_ttl": math.Inf(1)}, spec.Strict)
	if got, want := errorText(err), "message_ttl: infinity isn't a value"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := spec.ValidateEvent("pong", map[string]any{"event_id": 5}, spec.Strict); err != nil {
		t.Error(err)
	}
	err = spec.ValidateEvent("channel_deleted", map[string]any{"channel_id": math.NaN()}, spec.Strict)
	if got, want := errorText(err), "channel_id: NaN isn't a value"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
