package wire_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// A message that exceeds a limit loses its payload. The next one is whole.
func TestLimitsDamage(t *testing.T) {
	part := strings.Repeat("x", 500)
	tests := map[string]struct {
		text string
		part wire.Part
	}{
		"one part too many":              {event("a", "b", "c", "d"), wire.PartCount},
		"as many as are read":            {event(strings.Split(strings.Repeat("a", 12), "")...), wire.PartCount},
		"the first part is too long":     {event(part+"x", "b"), wire.PartPayload},
		"the last part is too long":      {event("a", "b", part+"x"), wire.PartPayload},
		"too long when put together":     {frame(final|opText, `{"event":"e","event_id":7,"frames":2}`) + frame(opBinary, part) + frame(opContinuation, "x") + frame(final|opContinuation, "yz") + frame(final|opBinary, "b"), wire.PartPayload},
		"all together are too long":      {event(part, part[:301]), wire.PartTotal},
		"too long in two ways":           {event(part+"x", part, part), wire.PartPayload},
		"a long part after too long one": {event("a", part+"x", part+"y"), wire.PartPayload},
		"too many and too long":          {event("a", "b", part+"x", "d"), wire.PartCount},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := reader(test.text+event("next"), wire.Client, limits)
			m, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if m.Damage == nil || m.Damage.Kind != wire.TooLong || m.Damage.Part != test.part {
				t.Fatalf("damage %+v", m.Damage)
			}
			if m.Damage.Header == nil || m.Damage.Header.EventID != 7 || m.Name != "e" || len(m.Text) == 0 {
				t.Errorf("the header is lost: %+v", m)
			}
			if m.Payload != nil {
				t.Errorf("payload of %d parts", len(m.Payload))
			}
			m, err = r.Next()
			if err != nil || m.Damage != nil || string(m.Payload[0]) != "next" {
				t.Errorf("the next message: %v, %v", m, err)
			}
		})
	}
}

// What just fits is taken.
func TestLimitsKept(t *testing.T) {
	part := strings.Repeat("x", 500)
	header := `{"event":"e","x":"` + strings.Repeat("x", 1000-20) + `"}`
	for _, text := range []string{
		frame(final|opText, header),
		event(part),
		event(part, part[:300]),
		event(part, "", part[:300]),
		event("a", "b", "c"),
	} {
		if m, err := reader(text, wire.Client, limits).Next(); err != nil || m.Damage != nil {
			t.Errorf("%.50q: %v, %v", text, m, err)
		}
	}
}

// When it is much too much, the connection is given up.
func TestDefect11LimitsTooMuch(t *testing.T) {
	part := strings.Repeat("x", 500)
	tests := map[string]struct {
		text   string
		part   wire.Part
		header bool
	}{
		"header":                       {frame(final|opText, strings.Repeat("x", 1001)), wire.PartHeader, false},
		"header, far too long":         {frameHeader(final|opText, 0, 4001), wire.PartHeader, false},
		"header in fragments":          {frame(opText, strings.Repeat("x", 900)) + frame(final|opContinuation, strings.Repeat("x", 101)), wire.PartHeader, false},
		"header in too many fragments": {frame(opText, "x") + strings.Repeat(frame(opContinuation, part), 8), wire.PartHeader, false},
		"number of parts":              {frame(final|opText, `{"event":"e","frames":13}`), wire.PartCount, true},
		"largest number of parts":      {frame(final|opText, `{"event":"e","frames":1073741824}`), wire.PartCount, true},
		"part":                         {frame(final|opText, `{"event":"e","frames":1}`) + frameHeader(final|opBinary, 0, 3201), wire.PartPayload, true},
		"part, largest length":         {frame(final|opText, `{"event":"e","frames":1}`) + "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", wire.PartPayload, true},
		"part in fragments":            {frame(final|opText, `{"event":"e","frames":1}`) + frame(opBinary, "x") + strings.Repeat(frame(opContinuation, part), 7), wire.PartPayload, true},
		"all parts together":           {event(part+part+part, part+part+part, part+part+part), wire.PartPayload, true},
		"many parts":                   {frame(final|opText, `{"event":"e","frames":12}`) + strings.Repeat(frame(final|opBinary, part), 7), wire.PartCount, true},
		// The sum of the lengths of the fragments doesn't fit into 64 bits.
		"header, sum of lengths": {frame(opText, "x") + "\x80\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", wire.PartHeader, false},
		"part, sum of lengths": {frame(final|opText, `{"event":"e","frames":1}`) + frame(opBinary, "x") +
			"\x80\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", wire.PartPayload, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			// Whoever asks for more has not noticed.
			r := wire.NewReader(io.MultiReader(strings.NewReader(test.text), &endless{limit: 4000}), wire.Client, limits, nil)
			m, err := r.Next()
			problem, ok := errors.AsType[*wire.Error](err)
			if !ok {
				t.Fatalf("message %v, error %v", m, err)
			}
			if problem.Kind != wire.TooMuch || problem.Part != test.part {
				t.Errorf("kind %d, part %d: %v", problem.Kind, problem.Part, err)
			}
			if (problem.Header != nil) != test.header {
				t.Errorf("header %+v", problem.Header)
			}
		})
	}
}

// endless gives x until limit.
type endless struct{ limit int }

var errEndless = errors.New("too much was read")

func (e *endless) Read(p []byte) (int, error) {
	if e.limit <= 0 {
		return 0, errEndless
	}
	e.limit -= len(p)
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// The header of a message is known when its payload makes no sense.
func TestErrorHasHeader(t *testing.T) {
	_, err := reader(event("x")[:len(event("x"))-3]+"\xff\x00", wire.Client, limits).Next()
	if problem, ok := errors.AsType[*wire.Error](err); !ok || problem.Header == nil || problem.Header.EventID != 7 {
		t.Errorf("error %+v", err)
	}
}

// A length that is only claimed takes no memory.
func TestClaimedLengthsTakeNoMemory(t *testing.T) {
	huge := wire.Limits{Header: math.MaxInt, Parts: 1 << 20, Part: math.MaxInt, Total: math.MaxInt}
	// More than that could be kept nowhere.
	const claimed = math.MaxInt32
	header := frame(final|opText, `{"event":"e","frames":1000000}`)
	for name, text := range map[string]string{
		"header":   frameHeader(final|opText, 0, claimed) + "x",
		"part":     header + frameHeader(final|opBinary, 0, claimed) + "x",
		"fragment": header + frame(opBinary, "x") + frameHeader(final|opContinuation, 0, claimed-1) + "x",
		"parts":    header,
	} {
		t.Run(name, func(t *testing.T) {
			used := allocated(func() {
				if m, err := reader(text, wire.Client, huge).Next(); err != io.ErrUnexpectedEOF {
					t.Errorf("message %v, error %v", m, err)
				}
			})
			if used > 1<<20 {
				t.Errorf("%d bytes were allocated", used)
			}
		})
	}
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// What is received takes not much more memory than it is long, in whatever
// pieces it comes.
func TestReceivedPartsTakeLittleMemory(t *testing.T) {
	const size = 8 << 20
	big := wire.Limits{Header: 1000, Parts: 1, Part: size, Total: size}
	for _, fragment := range []int{1000, 20_000, size} {
		text := frame(final|opText, `{"event":"e","frames":1}`)
		for first, rest := byte(opBinary), size; rest > 0; first = opContinuation {
			n := min(fragment, rest)
			if rest -= n; rest == 0 {
				first |= final
			}
			text += frame(first, strings.Repeat("x", n))
			if len(text) > 1<<20 && fragment < 20_000 {
				// Enough of these.
				text += frame(final|opContinuation, "")
				break
			}
		}
		var m *wire.Message
		var err error
		used := allocated(func() { m, err = reader(text, wire.Client, big).Next() })
		if err != nil {
			t.Fatal(err)
		}
		if got := len(m.Payload[0]); used > 8*uint64(got) || cap(m.Payload[0]) > 2*got {
			t.Errorf("fragments of %d: %d bytes were allocated for %d, of which %d are kept", fragment, used, got, cap(m.Payload[0]))
		}
	}
}

// A peer may ping without end, and send empty fragments; neither piles up.
func TestFloodsTakeNoMemory(t *testing.T) {
	for name, text := range map[string]string{
		"pings":           frame(final|opPing, strings.Repeat("x", 125)),
		"pongs":           frame(final|opPong, ""),
		"keep-alives":     frame(final|opBinary, ""),
		"empty fragments": frame(opContinuation, ""),
	} {
		t.Run(name, func(t *testing.T) {
			source := io.MultiReader(strings.NewReader(flood(name)), repeated(text, 10_000))
			r := wire.NewReader(source, wire.Client, limits, func(ws.OpCode, []byte) {})
			var err error
			for err == nil {
				_, err = r.Next()
			}
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Error(err)
			}
			if kept := retained(r); kept > 64<<10 {
				t.Errorf("%d bytes are kept", kept)
			}
		})
	}
}

func flood(name string) string {
	if name == "empty fragments" {
		return frame(opText, "")
	}
	return ""
}

// generated gives texts until one is empty.
type generated struct {
	next func() string
	text string
}

func (g *generated) Read(p []byte) (int, error) {
	if g.text == "" {
		if g.text = g.next(); g.text == "" {
			return 0, io.EOF
		}
	}
	n := copy(p, g.text)
	g.text = g.text[n:]
	return n, nil
}

// repeated gives a text many times.
func repeated(text string, times int) *generated {
	return &generated{next: func() string {
		if times--; times < 0 {
			return ""
		}
		return text
	}}
}

// retained returns about how much memory a Reader keeps alive.
func retained(r *wire.Reader) uint64 {
	var with, without runtime.MemStats
	// What is in a sync.Pool, of which there is one for each processor, is forgotten
	// by the second.
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&with)
	runtime.KeepAlive(r)
	*r = wire.Reader{}
	runtime.GC()
	runtime.ReadMemStats(&without)
	return with.HeapAlloc - min(with.HeapAlloc, without.HeapAlloc)
}

// Names that a peer makes up are not remembered for ever.
func TestNamesAreForgotten(t *testing.T) {
	roomy := wire.Limits{Header: 1 << 20, Parts: 1, Part: 1, Total: 1}
	count := 0
	source := &generated{next: func() string {
		switch count++; {
		case count <= 200:
			return frame(final|opText, fmt.Sprintf(`{"event":"%d%s"}`, count, strings.Repeat("x", 50_000)))
		case count <= 5000:
			return frame(final|opText, fmt.Sprintf(`{"event":"%d"}`, count))
		}
		return ""
	}}
	r := wire.NewReader(source, wire.Client, roomy, nil)
	var err error
	for err == nil {
		_, err = r.Next()
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	if kept := retained(r); kept > 256<<10 {
		t.Errorf("%d bytes are kept", kept)
	}
}

func TestDefaultLimits(t *testing.T) {
	l := wire.DefaultLimits()
	if l.Header <= 0 || l.Parts <= 0 || l.Part <= 0 || l.Total < l.Part {
		t.Errorf("%+v", l)
	}
}
