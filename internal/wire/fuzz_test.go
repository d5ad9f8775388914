package wire_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// FuzzScanHeader compares ScanHeader with a slow one that is made of a general
// JSON decoder.
func FuzzScanHeader(f *testing.F) {
	for _, seed := range []string{
		`{"event":"e","event_id":1,"action_id":2,"frames":3,"session_id":"s","history_length":4,"users":{"a":1},"channels":{}}`,
		`{"action":"\ud83d\ude00","x":[true,false,null,-0.5e+3,{"a":"\/"}]}`,
		`{"\u0065vent":"a\ud800b","event_id":9223372036854775807}`,
		`{"event":"a","event":"b"}`, `{"event":1}`, ` {} `, `[`, "{\"event\":\"\xff\"}", `{"event":"e","x":[[[[1]]]]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		original := bytes.Clone(text)
		got, err := wire.ScanHeader(text, nil)
		want, ok := slowScan(text)
		if (err == nil) != ok {
			t.Fatalf("error %v; should be accepted: %v", err, ok)
		}
		if problem, is := errors.AsType[*wire.Error](err); err != nil && (!is || problem.Kind != wire.Malformed) {
			t.Fatalf("error %#v", err)
		}
		if got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		again, err := wire.ScanHeader(text, new(wire.Names))
		if again != got || (err == nil) != ok {
			t.Fatalf("with names: %+v, %v", again, err)
		}
		if !bytes.Equal(text, original) {
			t.Fatal("scanning changed the text")
		}
	})
}

// slowScan does what ScanHeader does, in a simpler way.
func slowScan(text []byte) (h wire.Header, ok bool) {
	members, ok := slowMembers(text)
	if !ok || maxNesting(text) > 64 {
		return h, false
	}
	seen := map[string]bool{}
	for _, m := range members {
		switch m.name {
		case "event", "action":
			ok = ok && !seen["name"] && m.value.Kind() == '"' && len(m.value) > 2
			h.Name, h.IsAction = m.text(), m.name == "action"
			seen["name"] = true
		case "event_id", "action_id", "frames":
			n, err := strconv.ParseUint(string(m.value), 10, 63)
			ok = ok && !seen[m.name] && err == nil
			switch m.name {
			case "event_id":
				h.EventID = int64(n)
			case "action_id":
				h.ActionID = int64(n)
			case "frames":
				ok = ok && n <= 1<<30
				h.Frames = int(n)
			}
		case "session_id":
			ok = ok && !seen[m.name] && m.value.Kind() == '"'
			h.SessionID = m.text()
		case "history_length":
			n, err := strconv.ParseUint(string(m.value), 10, 63)
			if h.HistoryLength = int64(n); err != nil {
				h.HistoryLength = 0
			}
		case "users", "channels":
			compact := m.value.Clone()
			_ = compact.Compact(lenient)
			kind := m.value.Kind()
			h.HasResults = h.HasResults || (kind == '{' || kind == '[') && len(compact) > 2
		}
		seen[m.name] = true
	}
	if !ok || !seen["name"] {
		return wire.Header{}, false
	}
	return h, true
}

// lenient accepts what the reference doesn't forbid.
var lenient = json.JoinOptions(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))

type member struct {
	name  string
	value jsontext.Value
}

func (m member) text() (text string) {
	_ = json.Unmarshal(m.value, &text, lenient)
	return text
}

// slowMembers returns the members of a JSON object in valid UTF-8.
func slowMembers(text []byte) (members []member, ok bool) {
	if !utf8.Valid(text) || !jsontext.Value(text).IsValid(lenient) || jsontext.Value(text).Kind() != '{' {
		return nil, false
	}
	decoder := jsontext.NewDecoder(bytes.NewReader(text), lenient)
	_, _ = decoder.ReadToken()
	for decoder.PeekKind() == '"' {
		name, err := decoder.ReadToken()
		if err != nil {
			return nil, false
		}
		key := name.String()
		value, err := decoder.ReadValue()
		if err != nil {
			return nil, false
		}
		members = append(members, member{key, value.Clone()})
	}
	return members, true
}

// maxNesting returns how deep the values of valid JSON text are nested.
func maxNesting(text []byte) (most int) {
	decoder := jsontext.NewDecoder(bytes.NewReader(text), lenient)
	for {
		if _, err := decoder.ReadToken(); err != nil {
			return most
		}
		most = max(most, decoder.StackDepth())
	}
}

// FuzzReader gives a Reader arbitrary bytes. It must neither panic nor keep more
// than the limits allow, and how the bytes are cut into reads must not matter.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		event(), event("a", "", "b"), event("a", "b", "c", "d"), event(strings.Repeat("x", 501)) + event("y"),
		frame(opText, `{"event":`) + frame(final|opPing, "p") + frame(final|opContinuation, `"e","frames":1}`) + frame(final|opBinary, "x"),
		frame(final|opClose, "\x03\xe8bye"), frame(final|opBinary, ""), "\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x00",
		frame(opText, "x") + "\x80\x7f\x7f\xff\xff\xff\xff\xff\xff\xff",
		maskedFrame(final|opText, [4]byte{1, 2, 3, 4}, `{"action":"ping"}`),
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, byServer bool) {
		role := wire.Client
		if byServer {
			role = wire.Server
		}
		whole := fuzzRead(t, bytes.NewReader(text), role)
		pieces := fuzzRead(t, iotest.OneByteReader(bytes.NewReader(text)), role)
		if !slices.Equal(whole, pieces) {
			t.Fatalf("at once: %q\nin pieces: %q", whole, pieces)
		}
	})
}

func fuzzRead(t *testing.T, source io.Reader, role wire.Role) (log []string) {
	r := wire.NewReader(source, role, limits, func(op ws.OpCode, payload []byte) {
		if len(payload) > 125 || !op.IsControl() {
			t.Fatalf("control frame %d of %d bytes", op, len(payload))
		}
		log = append(log, strconv.Itoa(int(op)), string(payload))
	})
	for {
		m, err := r.Next()
		if err != nil {
			return append(log, err.Error())
		}
		if m == nil {
			log = append(log, "keep-alive")
			continue
		}
		checkMessage(t, m)
		log = append(log, string(m.Text))
		for _, part := range m.Payload {
			log = append(log, string(part))
		}
	}
}

// checkMessage checks that a message is within the limits, and what it promises.
func checkMessage(t *testing.T, m *wire.Message) {
	total := 0
	for _, part := range m.Payload {
		if len(part) > limits.Part {
			t.Fatalf("a part of %d bytes", len(part))
		}
		total += len(part)
	}
	if len(m.Text) > limits.Header || len(m.Payload) > limits.Parts || total > limits.Total {
		t.Fatalf("header of %d bytes, %d parts, %d bytes", len(m.Text), len(m.Payload), total)
	}
	switch {
	case m.Damage == nil && len(m.Payload) != m.Frames:
		t.Fatalf("%d parts instead of %d", len(m.Payload), m.Frames)
	case m.Damage != nil && (m.Payload != nil || m.Damage.Header == nil || m.Damage.Kind != wire.TooLong):
		t.Fatalf("damage %+v, %d parts", m.Damage, len(m.Payload))
	case m.Name == "":
		t.Fatal("no name")
	}
}

// FuzzUnquote compares Unquote with a general JSON decoder.
func FuzzUnquote(f *testing.F) {
	for _, seed := range []string{`""`, `"a\u0041\ud83d\ude00"`, `"\ud83d\ud83d\u0041"`, `"\"`, `"`, `"a" `, `"\u12"`, "\"\xff\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		got, ok := wire.Unquote(value)
		if !utf8.Valid(value) {
			return
		}
		var want string
		err := json.Unmarshal(value, &want, lenient)
		wantOK := err == nil && value[0] == '"' && value[len(value)-1] == '"'
		if ok != wantOK || ok && got != want {
			t.Fatalf("got %q, %v; want %q, %v", got, ok, want, wantOK)
		}
		if again, ok := wire.Unquote(wire.AppendString(nil, got)); !ok || again != got {
			t.Fatalf("%q became %q", got, again)
		}
	})
}

// FuzzCheckParams checks that parameters that are accepted make a header that is
// valid, and says what was meant.
func FuzzCheckParams(f *testing.F) {
	for _, seed := range []string{`{}`, ` { "a" : [1] } `, `{"frames":1}`, `{"\u0066rames":1}`, `{"a":1},"frames":2`, `{"a":{"action":1}}`, `null`} {
		f.Add([]byte(seed), "name", int64(1))
	}
	f.Fuzz(func(t *testing.T, params []byte, name string, id int64) {
		if wire.CheckParams(params) != nil {
			return
		}
		if name == "" || id < 0 {
			return
		}
		o := &wire.Outgoing{Name: name, ActionID: id, Params: params, SessionID: "s", Payload: [][]byte{nil}}
		text := o.AppendHeader(nil)
		got, err := wire.ScanHeader(text, nil)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		want := wire.Header{
			Name: string([]rune(name)), IsAction: true, ActionID: id, SessionID: "s", Frames: 1,
			HistoryLength: got.HistoryLength, HasResults: got.HasResults,
		}
		if got != want {
			t.Fatalf("%s: got %+v, want %+v", text, got, want)
		}
	})
}
