package api

import (
	"math"
	"testing"

	"github.com/go-json-experiment/json"
)

func TestNewObject(t *testing.T) {
	object, err := NewObject(map[string]any{"b": "ä", "a": 1})
	if err != nil || object.String() != `{"a":1,"b":"ä"}` {
		t.Fatalf("got %s, %v", object, err)
	}
	var members struct{ A int }
	if err := object.Decode(&struct {
		A *int `json:"a"`
	}{&members.A}); err != nil || members.A != 1 {
		t.Errorf("got %+v, %v", members, err)
	}
	if err := object.Decode(&[]int{}); err == nil {
		t.Error("an object was decoded as an array")
	}
	for _, v := range []any{nil, 1, "a", []int{}, map[string]any{"a": math.NaN()}} {
		if object, err := NewObject(v); err == nil {
			t.Errorf("%v: got %s", v, object)
		}
	}
}

func TestObjectJSON(t *testing.T) {
	type holder struct {
		Object Object `json:"object,omitzero"`
	}
	for _, text := range []string{`{}`, `{"object":{}}`, `{"object":{"a":[1.0,null]}}`} {
		var decoded holder
		if err := json.Unmarshal([]byte(text), &decoded); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if encoded, err := json.Marshal(decoded); err != nil || string(encoded) != text {
			t.Errorf("got %s, %v, want %s", encoded, err, text)
		}
	}
	for _, text := range []string{`{"object":1}`, `{"object":[]}`, `{"object":"{}"}`, `{"object":{}`} {
		if err := json.Unmarshal([]byte(text), new(holder)); err == nil {
			t.Errorf("%s was accepted", text)
		}
	}
	for _, object := range []Object{Object(`1`), Object(`[]`), Object(``), Object(`{`)} {
		if encoded, err := json.Marshal(holder{object}); err == nil {
			t.Errorf("%q became %s", string(object), encoded)
		}
	}
	decoded := holder{Object(`{"a":1}`)}
	if err := json.Unmarshal([]byte(`{"object":null}`), &decoded); err != nil || decoded.Object != nil {
		t.Errorf("null: got %s, %v", decoded.Object, err)
	}
}

// TestObjectIsCopied checks that an object doesn't share memory with the text
// that it was decoded from.
func TestObjectIsCopied(t *testing.T) {
	text := []byte(`{"a":1}`)
	var object Object
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	text[2] = 'b'
	if object.String() != `{"a":1}` {
		t.Errorf("the object became %s", object)
	}
}
