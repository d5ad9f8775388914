package wire_test

import (
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// typicalEvent is an event as the service sends it most often.
const typicalEvent = `{"event":"message_received","event_id":1234567,"frames":1,"channel_id":"5npnrkp1009n","message_id":"0000000000000001",` +
	`"message_time":1790000000,"message_type":"ninchat.com/text","message_user_id":"5npnrkp1009m","message_user_name":"Somebody"}`

const typicalPayload = `{"text":"Hello, is anybody there? I have a question about my order."}`

// typicalAction is an action as clients send it most often.
var typicalAction = &wire.Outgoing{
	Name: "send_message", ActionID: 1234, EventID: 1234567,
	Params:  []byte(`{"channel_id":"5npnrkp1009n","message_type":"ninchat.com/text"}`),
	Payload: [][]byte{[]byte(typicalPayload)},
}

// stream repeats a text for ever, without allocating.
type stream struct {
	text string
	at   int
}

func (s *stream) Read(p []byte) (int, error) {
	n := copy(p, s.text[s.at:])
	if s.at += n; s.at == len(s.text) {
		s.at = 0
	}
	return n, nil
}

func TestAllocations(t *testing.T) {
	ignore := func(ws.OpCode, []byte) {}
	events := wire.NewReader(&stream{text: frame(final|opText, typicalEvent) + frame(final|opText, typicalPayload)}, wire.Client, wire.DefaultLimits(), ignore)
	alive := wire.NewReader(&stream{text: frame(final|opBinary, "")}, wire.Client, wire.DefaultLimits(), ignore)
	masked := wire.Encoder{Mask: func() uint32 { return 0x01020304 }}
	buffer := make([]byte, 0, 4096)
	header := []byte(typicalEvent)
	names := new(wire.Names)
	for _, test := range []struct {
		name string
		most float64
		f    func()
	}{
		{"Next of an event with a payload part", 3, func() { must(t, events) }},
		{"Next of a keep-alive", 0, func() { must(t, alive) }},
		{"ScanHeader", 0, func() {
			if _, err := wire.ScanHeader(header, names); err != nil {
				t.Fatal(err)
			}
		}},
		{"Member", 0, func() { wire.Member(header, "message_type") }},
		{"BoolMember", 0, func() { wire.BoolMember(header, "message_type") }},
		{"CheckParams", 0, func() { _ = wire.CheckParams(typicalAction.Params) }},
		{"AppendAction of a server", 0, func() { buffer = wire.Encoder{}.AppendAction(buffer[:0], typicalAction) }},
		{"AppendAction of a client", 0, func() { buffer = masked.AppendAction(buffer[:0], typicalAction) }},
		{"AppendEvent", 0, func() {
			buffer = wire.Encoder{}.AppendEvent(buffer[:0], header[:len(header)-1], nil, typicalAction.Payload)
		}},
	} {
		test.f()
		if got := testing.AllocsPerRun(1000, test.f); got > test.most {
			t.Errorf("%s: %v allocations", test.name, got)
		}
	}
}

// must reads a message.
func must(t testing.TB, r *wire.Reader) {
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
}

// The memory of an event is that of what it says, and little more.
func TestNextAllocatesLittle(t *testing.T) {
	r := wire.NewReader(&stream{text: frame(final|opText, typicalEvent) + frame(final|opText, typicalPayload)}, wire.Client, wire.DefaultLimits(), nil)
	must(t, r)
	const count = 1000
	used := allocated(func() {
		for range count {
			must(t, r)
		}
	})
	if most := uint64(len(typicalEvent)+len(typicalPayload)) + 512; used/count > most {
		t.Errorf("%d bytes for each event, of which %d are text", used/count, len(typicalEvent)+len(typicalPayload))
	}
}

// A long header without escapes is scanned without copying it.
func TestScanHeaderLongAllocations(t *testing.T) {
	header := []byte(`{"event":"e","x":"` + strings.Repeat("y", 1<<20) + `"}`)
	names := new(wire.Names)
	if got := testing.AllocsPerRun(10, func() { _, _ = wire.ScanHeader(header, names) }); got > 1 {
		t.Errorf("%v allocations", got)
	}
}
