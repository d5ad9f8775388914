package spec_test

import (
	"testing"

	"github.com/ninchat-community/ninchat/spec"
)

// sendMessage is a header as clients send it.
const sendMessage = `{"action":"send_message","action_id":1234,"event_id":5678,"channel_id":"6v5a6m4g","message_type":"ninchat.com/text","message_ttl":10,"frames":1}`

func BenchmarkCheckAction(b *testing.B) {
	header := []byte(sendMessage)
	b.SetBytes(int64(len(header)))
	b.ReportAllocs()
	for b.Loop() {
		if err := spec.CheckAction("send_message", header, spec.Strict); err != nil {
			b.Fatal(err)
		}
	}
}
