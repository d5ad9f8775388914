package wire_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/internal/wire"
)

func BenchmarkScanHeader(b *testing.B) {
	large := `{"event":"channel_found","event_id":1,"channel_members":{` +
		strings.Repeat(`"5npnrkp1009m":{"member_attrs":{"since":1790000000},"user_attrs":{"name":"Somebody","connected":true}},`, 1000) +
		`"5npnrkp1009n":{}}}`
	for name, text := range map[string]string{"typical": typicalEvent, "1000 members": large} {
		b.Run(name, func(b *testing.B) {
			header := []byte(text)
			names := new(wire.Names)
			b.SetBytes(int64(len(header)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := wire.ScanHeader(header, names); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkReaderNext(b *testing.B) {
	for name, text := range map[string]string{
		"typical":    frame(final|opText, typicalEvent) + frame(final|opText, typicalPayload),
		"keep-alive": frame(final|opBinary, ""),
		"1 MiB":      event(strings.Repeat("x", 1<<20)),
	} {
		b.Run(name, func(b *testing.B) {
			r := wire.NewReader(&stream{text: text}, wire.Client, wire.DefaultLimits(), func(ws.OpCode, []byte) {})
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				must(b, r)
			}
		})
	}
}

func BenchmarkAppendAction(b *testing.B) {
	for name, encoder := range map[string]wire.Encoder{"client": {Mask: rand.Uint32}, "server": {}} {
		b.Run(name, func(b *testing.B) {
			buffer := make([]byte, 0, 4096)
			b.ReportAllocs()
			for b.Loop() {
				buffer = encoder.AppendAction(buffer[:0], typicalAction)
			}
		})
	}
}
