package wire_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"pgregory.net/rapid"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// The bits and opcodes of RFC 6455, spelt out here so that the tests don't
// depend on what they test.
const (
	final  = 0x80
	masked = 0x80

	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xa
)

// frame makes a frame of a server: first is the first byte of its header.
func frame(first byte, payload string) string { return frameHeader(first, 0, len(payload)) + payload }

// frameHeader makes the header of a frame with the shortest length.
func frameHeader(first, mask byte, length int) string {
	switch {
	case length < 126:
		return string([]byte{first, mask | byte(length)})
	case length < 1<<16:
		return string(binary.BigEndian.AppendUint16([]byte{first, mask | 126}, uint16(length)))
	}
	return string(binary.BigEndian.AppendUint64([]byte{first, mask | 127}, uint64(length)))
}

// maskedFrame makes a frame of a client.
func maskedFrame(first byte, key [4]byte, payload string) string {
	out := []byte(payload)
	for i := range out {
		out[i] ^= key[i%4]
	}
	return frameHeader(first, masked, len(payload)) + string(key[:]) + string(out)
}

func TestAppendFrame(t *testing.T) {
	key := [4]byte{0x12, 0x34, 0x56, 0x78}
	mask := func() uint32 { return binary.LittleEndian.Uint32(key[:]) }
	for _, length := range []int{0, 1, 3, 4, 15, 16, 17, 125, 126, 127, 1000, 65535, 65536, 100_003} {
		payload := strings.Repeat("0123456789abcdef!", length/17+1)[:length]
		got := wire.Encoder{}.AppendFrame([]byte("x"), ws.OpBinary, []byte(payload))
		if want := "x" + frame(final|opBinary, payload); string(got) != want {
			t.Errorf("%d bytes, not masked: differs", length)
		}
		contents := []byte(payload)
		got = wire.Encoder{Mask: mask}.AppendFrame([]byte("x"), ws.OpText, contents)
		if want := "x" + maskedFrame(final|opText, key, payload); string(got) != want {
			t.Errorf("%d bytes, masked: differs", length)
		}
		if string(contents) != payload {
			t.Errorf("%d bytes: masking changed what the caller gave", length)
		}
	}
}

func TestAppendAction(t *testing.T) {
	o := &wire.Outgoing{Name: "x", ActionID: 1, Payload: [][]byte{[]byte("ab"), nil}}
	header := `{"action":"x","action_id":1,"frames":2}`
	want := "before" + frame(final|opText, header) + frame(final|opBinary, "ab") + frame(final|opBinary, "")
	if got := (wire.Encoder{}).AppendAction([]byte("before"), o); string(got) != want {
		t.Errorf("got %q", got)
	}
	// The frame header is 2, 4 and 10 bytes long, and must leave no gap.
	for _, size := range []int{10, 1000, 100_000} {
		o := &wire.Outgoing{Name: "x", Params: []byte(`{"y":"` + strings.Repeat("z", size) + `"}`)}
		want := frame(final|opText, `{"action":"x",`+string(o.Params[1:]))
		if got := (wire.Encoder{}).AppendAction(nil, o); string(got) != want {
			t.Errorf("size %d: differs", size)
		}
	}
}

func TestAppendKeepAlive(t *testing.T) {
	if got := (wire.Encoder{}).AppendAction(nil, &wire.Outgoing{}); string(got) != frame(final|opBinary, "") {
		t.Errorf("got %q", got)
	}
}

// Each frame needs a masking key of its own.
func TestMaskingKeysDiffer(t *testing.T) {
	key := uint32(0)
	encoder := wire.Encoder{Mask: func() uint32 { key++; return key }}
	encoder.AppendAction(nil, &wire.Outgoing{Name: "x", Payload: [][]byte{{1}, {2}, {3}}})
	if key != 4 {
		t.Errorf("4 frames took %d keys", key)
	}
}

func TestAppendEvent(t *testing.T) {
	got := wire.Encoder{}.AppendEvent(nil, []byte(`{"event":"e"`), []byte(`{"a":1}`), [][]byte{[]byte("ä"), {0xff}, nil})
	want := frame(final|opText, `{"event":"e","a":1}`) + frame(final|opText, "ä") + frame(final|opBinary, "\xff") + frame(final|opText, "")
	if string(got) != want {
		t.Errorf("got %q", got)
	}
	if got := (wire.Encoder{}).AppendEvent(nil, []byte(`{"event":"e"`), nil, nil); string(got) != frame(final|opText, `{"event":"e"}`) {
		t.Errorf("without a tail: %q", got)
	}
}

// What is written is what is read, in both directions.
func TestFramesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 300), 0, 5).Draw(t, "payload")
		o := &wire.Outgoing{Name: "send", ActionID: 1, Payload: payload}
		encoder, role := wire.Encoder{}, wire.Client
		if rapid.Bool().Draw(t, "by client") {
			encoder.Mask = func() uint32 { return rapid.Uint32().Draw(t, "mask") }
			role = wire.Server
		}
		m, err := reader(string(encoder.AppendAction(nil, o)), role, wire.DefaultLimits()).Next()
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Payload) != len(payload) {
			t.Fatalf("%d parts became %d", len(payload), len(m.Payload))
		}
		for i := range payload {
			if !bytes.Equal(m.Payload[i], payload[i]) {
				t.Errorf("part %d differs", i)
			}
		}
	})
}

func TestFramesRefused(t *testing.T) {
	key := [4]byte{1, 2, 3, 4}
	header := frame(final|opText, `{"event":"e","frames":1}`)
	tests := map[string]struct {
		role         wire.Role
		text, reason string
	}{
		"masked by the server":                {wire.Client, maskedFrame(final|opText, key, "{}"), "masked by the wrong side"},
		"not masked by the client":            {wire.Server, frame(final|opText, "{}"), "masked by the wrong side"},
		"first reserved bit":                  {wire.Client, frame(final|0x40|opText, "{}"), "extension"},
		"second reserved bit":                 {wire.Client, frame(final|0x20|opText, "{}"), "extension"},
		"third reserved bit":                  {wire.Client, frame(final|0x10|opText, "{}"), "extension"},
		"unknown kind":                        {wire.Client, frame(final|0x3, "{}"), "unknown kind"},
		"last unknown kind":                   {wire.Client, frame(final|0x7, "{}"), "unknown kind"},
		"unknown control frame":               {wire.Client, frame(final|0xb, ""), "control frame is of an unknown kind"},
		"last unknown control frame":          {wire.Client, frame(final|0xf, ""), "control frame is of an unknown kind"},
		"fragmented ping":                     {wire.Client, frame(opPing, ""), "control frame is fragmented"},
		"long ping":                           {wire.Client, frame(final|opPing, strings.Repeat("x", 126)), "too long"},
		"half of a close code":                {wire.Client, frame(final|opClose, "\x03"), "half of a code"},
		"continuation of nothing":             {wire.Client, frame(final|opContinuation, "{}"), "not of the kind"},
		"text within a text":                  {wire.Client, frame(opText, "{") + frame(final|opText, "}"), "not of the kind"},
		"binary within a text":                {wire.Client, frame(opText, "{") + frame(final|opBinary, "}"), "not of the kind"},
		"continuation instead of the payload": {wire.Client, header + frame(final|opContinuation, "x"), "not of the kind"},
		"length of 2^63":                      {wire.Client, "\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x00", "length is negative"},
		"length of 2^64-1":                    {wire.Client, "\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", "length is negative"},
		"ping with a length of 2^63":          {wire.Client, "\x89\x7f\x80\x00\x00\x00\x00\x00\x00\x00", "length is negative"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m, err := reader(test.text, test.role, limits).Next()
			problem, ok := errors.AsType[*wire.Error](err)
			if !ok {
				t.Fatalf("message %v, error %v", m, err)
			}
			if problem.Kind != wire.Malformed || problem.Part != wire.PartFrame {
				t.Errorf("kind %d, part %d", problem.Kind, problem.Part)
			}
			if !strings.Contains(err.Error(), test.reason) {
				t.Errorf("error %q doesn't say %q", err, test.reason)
			}
		})
	}
}

// A length needn't have its shortest form: nothing depends on it.
func TestFrameLengthForms(t *testing.T) {
	text := `{"event":"e"}`
	for _, length := range []string{"\x0d", "\x7e\x00\x0d", "\x7f\x00\x00\x00\x00\x00\x00\x00\x0d"} {
		m, err := reader("\x81"+length+text, wire.Client, limits).Next()
		if err != nil || string(m.Text) != text {
			t.Errorf("length %q: %v, %v", length, m, err)
		}
	}
}

// The connection may end between messages, and nowhere else.
func TestReaderAtEveryEnd(t *testing.T) {
	text := frame(opText, `{"event":"e",`) + frame(final|opPing, "p") + frame(final|opContinuation, `"frames":2}`) +
		frame(final|opBinary, strings.Repeat("x", 200)) + frame(opBinary, "y") + frame(final|opContinuation, "z")
	for end := range text {
		want := io.ErrUnexpectedEOF
		if end == 0 {
			want = io.EOF
		}
		if m, err := reader(text[:end], wire.Client, limits).Next(); err != want {
			t.Fatalf("end at byte %d: %v, %v", end, m, err)
		}
	}
	r := reader(text, wire.Client, limits)
	if m, err := r.Next(); err != nil || len(m.Payload) != 2 {
		t.Errorf("whole message: %v, %v", m, err)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("after the message: %v", err)
	}
}
