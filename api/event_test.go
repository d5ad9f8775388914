package api

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// TestMalformedEvents checks that nothing that a server sends is more than an
// error.
func TestMalformedEvents(t *testing.T) {
	headers := []string{
		``, `null`, `1`, `[]`, `{`, `{"event":1}`, `{"event_id":"1"}`, `{"event_id":1.5}`, `{"event_id":9223372036854775808}`,
		`{"action_id":[]}`, `{"frames":-1.5}`, `{"event":"a","event":"b"}`, "{\"event\":\"\xff\"}",
	}
	for _, name := range eventNames {
		for _, header := range headers {
			if header == `null` {
				continue // is like an empty object
			}
			event := &Event{Name: name, Header: jsontext.Value(header)}
			if typed, err := event.Typed(); err == nil {
				t.Errorf("%s %s: got %+v", name, header, typed)
			}
		}
	}
}

// TestWrongTypes checks that parameters with the wrong type are errors, and
// that booleans are what they say.
func TestWrongTypes(t *testing.T) {
	for _, header := range []string{
		`{"message_id":1}`, `{"message_time":"1"}`, `{"message_hidden":1}`, `{"message_hidden":"true"}`,
		`{"message_recipient_ids":"1"}`, `{"message_recipient_ids":[1]}`, `{"history_length":"1"}`, `{"history_length":1e3}`,
	} {
		event := &Event{Name: "message_received", Header: jsontext.Value(header)}
		if _, ok, err := As[*MessageReceived](event); !ok || err == nil {
			t.Errorf("%s: got %v, %v", header, ok, err)
		}
	}
	event := &Event{Name: "message_received", Header: jsontext.Value(`{"message_hidden":false,"history_length":9007199254740993}`)}
	message, _, err := As[*MessageReceived](event)
	if err != nil || *message.MessageHidden || *message.HistoryLength != 9007199254740993 {
		t.Errorf("got %+v, %v", message, err)
	}
	for _, header := range []string{`{"audience_metadata":1}`, `{"dialogue_metadata":[]}`, `{"dialogue_members":{"1":{"writing":0}}}`} {
		event := &Event{Name: "dialogue_updated", Header: jsontext.Value(header)}
		if typed, err := event.Typed(); err == nil {
			t.Errorf("%s: got %+v", header, typed)
		}
	}
}

func TestTyped(t *testing.T) {
	unknown := &Event{Name: "something", Header: jsontext.Value(`{`)}
	if typed, err := unknown.Typed(); err != nil || typed != any(unknown) {
		t.Errorf("unknown event: got %v, %v", typed, err)
	}
	if message, ok, err := As[*MessageReceived](unknown); ok || err != nil || message != nil {
		t.Errorf("other event: got %v, %v, %v", message, ok, err)
	}
}

func TestNewEvent(t *testing.T) {
	payload := [][]byte{[]byte("a"), nil}
	tests := []struct {
		typed TypedEvent
		want  Event
	}{
		{&Pong{}, Event{Name: "pong", Header: jsontext.Value(`{"event":"pong"}`)}},
		{&Pong{Envelope: Envelope{Event: "pong", EventID: 5}}, Event{Name: "pong", ID: 5, Header: jsontext.Value(`{"event":"pong","event_id":5}`)}},
		{&MessageUpdated{Envelope: Envelope{ActionID: 6}, MessageID: "1"}, Event{Name: "message_updated", ActionID: 6, Header: jsontext.Value(`{"event":"message_updated","action_id":6,"message_id":"1"}`)}},
		{&MessageReceived{Payload: payload}, Event{Name: "message_received", Payload: payload, Header: jsontext.Value(`{"event":"message_received","message_id":"","message_time":0,"message_type":""}`)}},
	}
	for _, test := range tests {
		got, err := NewEvent(test.typed)
		if err != nil {
			t.Error(err)
			continue
		}
		if got.Name != test.want.Name || got.ID != test.want.ID || got.ActionID != test.want.ActionID ||
			string(got.Header) != string(test.want.Header) || len(got.Payload) != len(test.want.Payload) {
			t.Errorf("got  %+v\nwant %+v", got, test.want)
		}
	}
	if event, err := NewEvent((*Pong)(nil)); err == nil {
		t.Errorf("nil pointer: got %+v", event)
	}
	if event, err := NewEvent(&MessageUpdated{MessageID: "\xff"}); err == nil {
		t.Errorf("not UTF-8: got %+v", event)
	}
}

func TestNewError(t *testing.T) {
	tests := []struct {
		header string
		want   string
	}{
		{`{"event":"error","error_type":"internal"}`, "ninchat: ping: internal"},
		{`{"error_type":"internal","error_reason":"\u00e4"}`, "ninchat: ping: internal (ä)"},
		{`{"error_type":"new_type","error_reason":5}`, "ninchat: ping: new_type"},
		{`{"error_type":5,"error_reason":"why"}`, "ninchat: ping:  (why)"},
		{`{"event":1}`, "ninchat: ping: "},
		{`[]`, "ninchat: ping: "},
		{``, "ninchat: ping: "},
	}
	for _, test := range tests {
		event := &Event{Name: "error", Header: jsontext.Value(test.header)}
		err := NewError("ping", event)
		if err.Error() != test.want || err.Event != event {
			t.Errorf("%s: got %s, want %s", test.header, err, test.want)
		}
	}
}

func TestErrorIs(t *testing.T) {
	var err error = NewError("", &Event{Header: jsontext.Value(`{"error_type":"queue_is_full"}`)})
	if !errors.Is(err, ErrQueueIsFull) || errors.Is(err, ErrQueueIsEmpty) {
		t.Errorf("%v isn't matched", err)
	}
	if !errors.Is(err, ErrorType("queue_is_full")) || err.Error() != "ninchat: queue_is_full" || ErrQueueIsFull.Error() != err.Error() {
		t.Errorf("got %v", err)
	}
	if _, ok := errors.AsType[*Error](err); !ok {
		t.Errorf("%v isn't an *Error", err)
	}
}

// received is an event as servers send it.
const received = `{"event":"message_received","event_id":5678,"action_id":1234,"channel_id":"6v5a6m4g","message_id":"0e9m4nqb00i5g","message_time":1500000000.123456,"message_type":"ninchat.com/text","message_user_id":"5u3m6tsa","message_user_name":"Someone Somewhere","frames":1}`

func BenchmarkMessageReceived(b *testing.B) {
	event := &Event{Name: "message_received", Header: jsontext.Value(received)}
	b.Run("typed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := As[*MessageReceived](event); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("map", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var members map[string]any
			if err := json.Unmarshal(event.Header, &members); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSendMessage(b *testing.B) {
	message := SendMessage{ChannelID: new("6v5a6m4g"), MessageType: "ninchat.com/text", Payload: [][]byte{[]byte(`{"text":"hello"}`)}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := message.Action(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestUnexpectedEventError(t *testing.T) {
	err := &UnexpectedEventError{Action: "ping", Event: &Event{Name: "ack"}}
	if got := err.Error(); !strings.Contains(got, "ping") || !strings.Contains(got, `"ack"`) {
		t.Errorf("got %s", got)
	}
}
