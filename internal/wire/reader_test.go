package wire_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gobwas/ws"
	"github.com/google/go-cmp/cmp"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// limits are small, so that the tests can exceed them.
var limits = wire.Limits{Header: 1000, Parts: 3, Part: 500, Total: 800}

// reader makes a Reader of text that ignores control frames.
func reader(text string, role wire.Role, limits wire.Limits) *wire.Reader {
	return wire.NewReader(strings.NewReader(text), role, limits, func(ws.OpCode, []byte) {})
}

// event makes the frames of an event with payload parts.
func event(parts ...string) string {
	text := frame(final|opText, fmt.Sprintf(`{"event":"e","event_id":7,"frames":%d}`, len(parts)))
	for _, part := range parts {
		text += frame(final|opBinary, part)
	}
	return text
}

// payload shows the payload of a message as strings.
func payload(m *wire.Message) []string {
	var parts []string
	for _, part := range m.Payload {
		parts = append(parts, string(part))
	}
	return parts
}

func TestReaderMessages(t *testing.T) {
	r := reader(event()+event("a")+event("", "b")+event(""), wire.Client, limits)
	for _, want := range [][]string{nil, {"a"}, {"", "b"}, {""}} {
		m, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, payload(m)); diff != "" || m.Name != "e" || m.EventID != 7 || m.Damage != nil {
			t.Errorf("%+v: %s", m.Header, diff)
		}
		if !strings.HasPrefix(string(m.Text), `{"event":"e"`) {
			t.Errorf("text %s", m.Text)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("error %v", err)
	}
}

// An empty frame between messages is a keep-alive, after a header it is a part.
func TestReaderKeepAlive(t *testing.T) {
	alive := frame(final|opBinary, "")
	r := reader(alive+event("")+frame(final|opText, "")+event("x")+frame(opText, "")+frame(final|opContinuation, ""), wire.Client, limits)
	var got []string
	for {
		m, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if m == nil {
			got = append(got, "alive")
		} else {
			got = append(got, fmt.Sprintf("%q", m.Payload))
		}
	}
	if diff := cmp.Diff([]string{"alive", `[""]`, "alive", `["x"]`, "alive"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestReaderPayloadIsNilWithoutParts(t *testing.T) {
	if m, err := reader(event(), wire.Client, limits).Next(); err != nil || m.Payload != nil {
		t.Errorf("payload %v, error %v", m.Payload, err)
	}
}

// Control frames come between fragments and between parts.
func TestReaderFragments(t *testing.T) {
	text := frame(opText, `{"event":`) + frame(final|opPing, "one") + frame(opContinuation, "") + frame(opContinuation, `"e","frames"`) +
		frame(final|opPong, "two") + frame(final|opContinuation, `:2}`) + frame(final|opPing, "") +
		frame(opBinary, "a") + frame(final|opPing, "three") + frame(final|opContinuation, "b") + frame(final|opText, "c")
	var controls []string
	r := wire.NewReader(strings.NewReader(text), wire.Client, limits, func(op ws.OpCode, payload []byte) {
		controls = append(controls, fmt.Sprintf("%x %s", byte(op), payload))
	})
	m, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ab", "c"}, payload(m)); diff != "" || string(m.Text) != `{"event":"e","frames":2}` {
		t.Errorf("%s %s", m.Text, diff)
	}
	if diff := cmp.Diff([]string{"9 one", "a two", "9 ", "9 three"}, controls); diff != "" {
		t.Error(diff)
	}
}

func TestReaderMaskedFragments(t *testing.T) {
	text := maskedFrame(opText, [4]byte{1, 2, 3, 4}, `{"action":`) + maskedFrame(final|opPing, [4]byte{9, 8, 7, 6}, "ping") +
		maskedFrame(final|opContinuation, [4]byte{5, 6, 7, 8}, `"a"}`)
	var ping string
	r := wire.NewReader(strings.NewReader(text), wire.Server, limits, func(_ ws.OpCode, payload []byte) { ping = string(payload) })
	m, err := r.Next()
	if err != nil || string(m.Text) != `{"action":"a"}` || ping != "ping" {
		t.Errorf("%v, %v, ping %q", m, err, ping)
	}
}

func TestReaderClose(t *testing.T) {
	for _, test := range []struct {
		text   string
		code   int
		reason string
		says   string
	}{
		{"", 1005, "", "with code 1005"},
		{"\x03\xe8", 1000, "", "with code 1000"},
		{"\x03\xe9going away", 1001, "going away", `with code 1001: "going away"`},
		{"\x0f\xa0\xff\x1b[2J", 4000, "\xff\x1b[2J", `with code 4000: "\xff\x1b[2J"`},
	} {
		var op ws.OpCode
		var payload string
		r := wire.NewReader(strings.NewReader(frame(final|opClose, test.text)+event()), wire.Client, limits, func(o ws.OpCode, p []byte) {
			op, payload = o, string(p)
		})
		_, err := r.Next()
		closed, ok := errors.AsType[*wire.CloseError](err)
		if !ok || closed.Code != test.code || closed.Reason != test.reason || !strings.HasSuffix(err.Error(), test.says) {
			t.Errorf("%q: %v", test.text, err)
		}
		if op != ws.OpClose || payload != test.text {
			t.Errorf("%q: control frame %d %q", test.text, op, payload)
		}
	}
}

// A close frame within a message is still a close frame.
func TestReaderCloseWithinMessage(t *testing.T) {
	for _, before := range []string{
		frame(opText, "{"),
		frame(final|opText, `{"event":"e","frames":1}`),
		frame(final|opText, `{"event":"e","frames":1}`) + frame(opBinary, "x"),
	} {
		_, err := reader(before+frame(final|opClose, "\x03\xe9"), wire.Client, limits).Next()
		if closed, ok := errors.AsType[*wire.CloseError](err); !ok || closed.Code != 1001 {
			t.Errorf("after %q: %v", before, err)
		}
	}
}

func TestReaderReadError(t *testing.T) {
	broken := errors.New("broken")
	for _, text := range []string{"", "\x81", event("x")[:20], event(strings.Repeat("x", 400))[:100]} {
		source := io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken))
		_, err := wire.NewReader(source, wire.Client, limits, nil).Next()
		if !errors.Is(err, broken) {
			t.Errorf("after %q: %v", text, err)
		}
	}
}

// Some readers return nothing now and then. One that returns nothing for ever
// must not keep the processor busy.
func TestReaderEmptyReads(t *testing.T) {
	m, err := wire.NewReader(&lazy{text: event("abc")}, wire.Client, limits, nil).Next()
	if err != nil || string(m.Payload[0]) != "abc" {
		t.Errorf("%v, %v", m, err)
	}
	if _, err := wire.NewReader(idle{}, wire.Client, limits, nil).Next(); err != io.ErrNoProgress {
		t.Errorf("error %v", err)
	}
}

// lazy returns nothing at every second read.
type lazy struct {
	text string
	odd  bool
}

func (l *lazy) Read(p []byte) (int, error) {
	if l.odd = !l.odd; l.odd {
		return 0, nil
	}
	n := copy(p[:min(3, len(p))], l.text)
	l.text = l.text[n:]
	return n, nil
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// How the bytes are cut into reads changes nothing.
func TestReaderInPieces(t *testing.T) {
	big := wire.Limits{Header: 1 << 20, Parts: 10, Part: 1 << 20, Total: 1 << 21}
	text := event() + frame(final|opBinary, "") + frame(opText, `{"event":"f",`) + frame(final|opPing, "p") + frame(final|opContinuation, `"frames":1}`) +
		frame(opBinary, strings.Repeat("u", 17_000)) + frame(final|opContinuation, strings.Repeat("v", 70_000)) +
		event(strings.Repeat("x", 511), strings.Repeat("y", 65_536), strings.Repeat("z", 200_001)) + event("last")
	want := transcript(strings.NewReader(text), nil, big)
	if strings.Count(want, "\n") != 7 {
		t.Fatalf("unexpected: %s", want)
	}
	for name, source := range map[string]io.Reader{
		"bytes":       iotest.OneByteReader(strings.NewReader(text)),
		"halves":      iotest.HalfReader(strings.NewReader(text)),
		"end of data": iotest.DataErrReader(strings.NewReader(text)),
	} {
		if got := transcript(source, nil, big); got != want {
			t.Errorf("in %s: differs", name)
		}
	}
	for _, n := range []int{0, 1, 13, 511, 512, 513, 5000, 60_000, len(text)} {
		if got := transcript(strings.NewReader(text[n:]), []byte(text[:n]), big); got != want {
			t.Errorf("%d bytes preloaded: differs", n)
		}
	}
}

// transcript writes down everything that a Reader gives until it fails.
func transcript(source io.Reader, preload []byte, limits wire.Limits) string {
	var out bytes.Buffer
	r := wire.NewReader(source, wire.Client, limits, func(op ws.OpCode, payload []byte) {
		fmt.Fprintf(&out, "control %d %q\n", op, payload)
	})
	r.Preload(preload)
	for {
		m, err := r.Next()
		switch {
		case err != nil:
			fmt.Fprintf(&out, "error %v\n", err)
			return out.String()
		case m == nil:
			fmt.Fprintf(&out, "keep-alive\n")
		default:
			fmt.Fprintf(&out, "message %+v %q %q %v\n", m.Header, m.Text, m.Payload, m.Damage)
		}
	}
}

// What Preload got belongs to the caller, and what Next returned to the one who
// called it.
func TestReaderKeepsNothing(t *testing.T) {
	text := event("first") + event("other")
	preload := []byte(text)
	r := reader("", wire.Client, limits)
	r.Preload(preload)
	clear(preload)
	first, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if string(first.Payload[0]) != "first" || first.Name != "e" {
		t.Errorf("the first message was changed by reading the second: %q", first.Payload)
	}
}

func TestMessageSize(t *testing.T) {
	m, err := reader(event("0123456789", "01234"), wire.Client, limits).Next()
	if err != nil {
		t.Fatal(err)
	}
	if size, least := m.Size(), len(m.Text)+15; size < least || size > least+1000 {
		t.Errorf("size %d for %d bytes", size, least)
	}
}
