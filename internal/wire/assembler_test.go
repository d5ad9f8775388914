package wire_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gobwas/ws"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// assembled is what an Assembler or a Reader makes of WebSocket messages.
type assembled struct {
	Text    string
	Payload []string
	Damage  *wire.Error
	Alive   bool
}

func note(m *wire.Message) assembled {
	if m == nil {
		return assembled{Alive: true}
	}
	noted := assembled{Text: string(m.Text), Damage: m.Damage}
	for _, part := range m.Payload {
		noted.Payload = append(noted.Payload, string(part))
	}
	return noted
}

// The Reader, which has many tests, is the model.
func checkAgainstReader(t *testing.T, limits wire.Limits, texts []string) {
	t.Helper()
	var stream []byte
	for _, text := range texts {
		stream = wire.Encoder{}.AppendFrame(stream, ws.OpText, []byte(text))
	}
	reader := wire.NewReader(bytes.NewReader(stream), wire.Client, limits, nil)
	var want []assembled
	var wantErr error
	for range len(texts) {
		m, err := reader.Next()
		if err != nil {
			wantErr = err
			break
		}
		want = append(want, note(m))
	}
	assembler := wire.NewAssembler(limits)
	var got []assembled
	var gotErr error
	for _, text := range texts {
		m, complete, err := assembler.Add([]byte(text))
		if err != nil {
			gotErr = err
			break
		}
		if complete {
			got = append(got, note(m))
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%q: %s", texts, diff)
	}
	expected, _ := errors.AsType[*wire.Error](wantErr)
	actual, _ := errors.AsType[*wire.Error](gotErr)
	if diff := cmp.Diff(expected, actual, cmpopts.IgnoreFields(wire.Error{}, "Reason")); diff != "" {
		t.Errorf("%q: %s", texts, diff)
	}
}

func TestAssembler(t *testing.T) {
	limits := wire.Limits{Header: 60, Parts: 2, Part: 5, Total: 8}
	for _, texts := range [][]string{
		{},
		{""},
		{`{"event":"pong"}`},
		{"", `{"event":"a"}`, "", "", `{"event":"b","frames":1}`, "x", ""},
		{`{"event":"a","frames":2}`, "", "xyz", `{"event":"b"}`},
		{`{"event":"a","frames":2}`, "12345", "123", `{"event":"b"}`},
		{`{"event":"a","frames":2}`, "12345", "1234", `{"event":"b"}`},
		{`{"event":"a","frames":2}`, "123456", "1", `{"event":"b"}`},
		{`{"event":"a","frames":3}`, "1", "2", "3", `{"event":"b"}`},
		{`{"event":"a","frames":8}`, "1", "2", "3", "4", "5", "6", "7", "8", `{"event":"b"}`},
		{`{"event":"a","frames":9}`, "1"},
		{`{"event":"a","frames":2}`, "1234567890123456", "1234567890123456", `{"event":"b"}`},
		{`{"event":"a","frames":2}`, "1234567890123456", "12345678901234567"},
		{`{"event":"a","frames":1}`},
		{`{"event":"a","x":"123456789012345678901234567890123456789012"}`},
		{`{"event":"a","x":"1234567890123456789012345678901234567890123"}`},
		{`{"event":1}`},
		{`{"event":"a","frames":-1}`},
		{`[]`},
		{`{`},
	} {
		checkAgainstReader(t, limits, texts)
	}
}

func FuzzAssembler(f *testing.F) {
	f.Add([]byte(`{"event":"a","frames":2}` + "\xffx\xff\xff" + `{"event":"b"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var texts []string
		for part := range bytes.SplitSeq(text, []byte{0xff}) {
			texts = append(texts, string(part))
		}
		checkAgainstReader(t, wire.Limits{Header: 60, Parts: 2, Part: 5, Total: 8}, texts)
	})
}
