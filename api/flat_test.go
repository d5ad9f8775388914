package api

import (
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

var flatHeaders = []string{
	received,
	`{"message_id":"","message_id":"1"}`,
	`{"message_id":"1","message_id":"1"}`,
	`{"message_time":0,"message_time":0}`,
	`{"event_id":0,"event_id":0}`,
	`{"user_id":"1","user_id":"1"}`,
	`{"message_hidden":true,"message_fold":false,"message_ttl":0,"history_length":0}`,
	`{"message_time":1.50,"message_ttl":10,"event_id":9223372036854775807}`,
	`{"event_id":9223372036854775808}`,
	`{"message_time":01}`, `{"message_time":1.}`, `{"message_time":-1e3}`, `{"message_time":1e999}`, `{"message_time":.5}`,
	`{"message_user_name":"ä"}`, `{"message_user_name":"\u00e4"}`, "{\"message_user_name\":\"\xff\"}", "{\"message_user_name\":\"\n\"}",
	`{"message_recipient_ids":["1"],"other":null}`,
	` { "message_id" : "1" } `, `{"message_id":"1"}x`, `{"message_id":"1"`, `{"message_id":"1",}`, `{}`, ``, `[]`,
	`{"message_id":null,"frames":0}`, `{"frames":4294967296}`, `{"frames":-1}`, `{"message_hidden":tru}`,
}

// TestDecodeFlat compares the decoder for messages with the general one.
func TestDecodeFlat(t *testing.T) {
	for _, header := range flatHeaders {
		checkFlat(t, []byte(header))
	}
	if !decodeFlat([]byte(received), new(MessageReceived)) {
		t.Error("a usual message was left to the general decoder")
	}
}

func FuzzDecodeFlat(f *testing.F) {
	for _, header := range flatHeaders {
		f.Add([]byte(header))
	}
	f.Fuzz(checkFlat)
}

func checkFlat(t *testing.T, header []byte) {
	t.Helper()
	want := new(MessageReceived)
	wantErr := json.Unmarshal(header, want)

	flat := new(MessageReceived)
	if !decodeFlat(header, flat) {
		want, wantErr = new(MessageReceived), nil
	}
	if diff := cmp.Diff(want, flat, compareAll); diff != "" || wantErr != nil {
		t.Errorf("%q: %v\n(-general +flat):\n%s", header, wantErr, diff)
	}
}

// TestMessagesAreDecoded checks that events are decoded in full, by whatever decoder.
func TestMessagesAreDecoded(t *testing.T) {
	for _, header := range flatHeaders {
		event := &Event{Name: "message_received", Header: jsontext.Value(header), Payload: [][]byte{{1}}}
		want := new(MessageReceived)
		wantErr := json.Unmarshal(event.Header, want)
		got, ok, err := As[*MessageReceived](event)
		if !ok || (err == nil) != (wantErr == nil) {
			t.Errorf("%s: got %v, want %v", header, err, wantErr)
			continue
		}
		want.Payload = event.Payload
		if diff := cmp.Diff(want, got, compareAll); err == nil && diff != "" {
			t.Errorf("%s (-want +got):\n%s", header, diff)
		}
	}
}

// TestFlatFields checks that no parameter with a plain value was forgotten.
func TestFlatFields(t *testing.T) {
	message := new(MessageReceived)
	for _, field := range reflect.VisibleFields(reflect.TypeFor[MessageReceived]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		plain := field.Type
		if plain.Kind() == reflect.Pointer {
			plain = plain.Elem()
		}
		if name == "" || name == "-" || plain.Kind() == reflect.Slice {
			continue
		}
		pointer := message.field(name)
		if pointer == nil || reflect.TypeOf(pointer) != reflect.PointerTo(field.Type) {
			t.Errorf("%s: got %T, want a pointer to %s", name, pointer, field.Type)
		}
	}
}

// TestMessageAllocations keeps the decoding of messages cheap.
func TestMessageAllocations(t *testing.T) {
	const most = 5
	event := &Event{Name: "message_received", Header: jsontext.Value(received)}
	allocations := testing.AllocsPerRun(100, func() {
		if _, _, err := As[*MessageReceived](event); err != nil {
			t.Error(err)
		}
	})
	if allocations > most {
		t.Errorf("decoding allocates %v times, want at most %d", allocations, most)
	}
}
