package wire_test

import (
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// collect checks what is promised of the messages of a body. ok is false if an
// error was the last of them.
func collect(t *testing.T, messages iter.Seq2[*wire.Message, error]) (all []*wire.Message, ok bool) {
	for m, err := range messages {
		if err != nil {
			if _, is := errors.AsType[*wire.Error](err); !is || m != nil {
				t.Fatalf("error %#v with %v", err, m)
			}
			return all, false
		}
		checkParts(t, m)
		all = append(all, m)
	}
	return all, true
}

// checkParts checks that a message is within the limits.
func checkParts(t *testing.T, m *wire.Message) {
	total := 0
	for _, part := range m.Payload {
		if len(part) > limits.Part {
			t.Fatalf("a part of %d bytes", len(part))
		}
		total += len(part)
	}
	if len(m.Text) > limits.Header || len(m.Payload) > limits.Parts || total > limits.Total || m.Name == "" {
		t.Fatalf("header of %d bytes, %d parts, %d bytes, name %q", len(m.Text), len(m.Payload), total, m.Name)
	}
	if m.Damage != nil && (m.Payload != nil || m.Damage.Header == nil || m.Damage.Kind != wire.TooLong) {
		t.Fatalf("damage %+v, %d parts", m.Damage, len(m.Payload))
	}
}

// FuzzOctets reads arbitrary bytes as an octet-stream body. What can be read is
// the same after it has been written and read again.
func FuzzOctets(f *testing.F) {
	for _, seed := range []string{
		octets(headerA2, "x", "", headerB), octets(`{"action":"a"}`, "x", "y"), octets(headerA, "a", "b", "c", "d"),
		"\x7f\x7f\xff\xff\xff\xff\xff\xff\xff{}", "\x7f\xff\xff\xff\xff\xff\xff\xff\xff{}", "\x7e\x00\x0d" + headerA, "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		messages, _ := collect(t, wire.OctetMessages(body, limits))
		var again []byte
		for _, m := range messages {
			if m.Damage != nil {
				return
			}
			again = wire.AppendOctets(again, m.Text)
			for _, part := range m.Payload {
				again = wire.AppendOctets(again, part)
			}
		}
		if !slices.Equal(summary(wire.OctetMessages(again, limits)), summary(values(messages))) {
			t.Fatalf("%q became %q", body, again)
		}
		m, err := wire.ParseOctetAction(body, limits)
		if err == nil {
			checkParts(t, m)
		} else if len(messages) == 1 && len(again) == len(body) {
			t.Fatalf("%q can't be read as one message: %v", body, err)
		}
	})
}

// FuzzProtobuf does the same with protobuf bodies.
func FuzzProtobuf(f *testing.F) {
	for _, seed := range []string{
		protobuf(headerA, "x", "") + protobuf(headerB), protobuf(headerA2, "x", "y"), protobuf(headerA, "a", "b", "c", "d"),
		"\x10\x80\x01\x22\x03abc\x2d\x01\x02\x03\x04", "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x0a\x00", "\x13\x14",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		messages, _ := collect(t, wire.ProtobufMessages(body, limits))
		var again []byte
		for _, m := range messages {
			if m.Damage != nil {
				return
			}
			again = wire.AppendProtobufEvent(again, m.Text, m.Payload...)
		}
		if !slices.Equal(summary(wire.ProtobufMessages(again, limits)), summary(values(messages))) {
			t.Fatalf("%q became %q", body, again)
		}
	})
}

// FuzzJSONMessages reads arbitrary bytes as a JSON body. What is read to its end
// is valid JSON.
func FuzzJSONMessages(f *testing.F) {
	for _, seed := range []string{
		headerA, "[" + headerA + "," + headerB + "]", "[]", " [ ] ", `{"event":"a","payload":{"x":1}}`, `[{"event":"a","payload":null}]`, "[,]", `"a"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		messages, ok := collect(t, wire.JSONMessages(body, limits))
		if ok && !jsontext.Value(body).IsValid(lenient) {
			t.Fatalf("%q isn't JSON", body)
		}
		for _, m := range messages {
			if jsontext.Value(m.Text).Kind() != '{' {
				t.Fatalf("%q is a message", m.Text)
			}
			for _, part := range m.Payload {
				if !jsontext.Value(part).IsValid(lenient) {
					t.Fatalf("%q is a payload", part)
				}
			}
		}
	})
}

// values are messages without an error.
func values(messages []*wire.Message) iter.Seq2[*wire.Message, error] {
	return func(yield func(*wire.Message, error) bool) {
		for _, m := range messages {
			if !yield(m, nil) {
				return
			}
		}
	}
}
