package ninchat

import (
	"testing"

	"github.com/ninchat-community/ninchat/internal/engine"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// traced is what happens in a session all the time.
type traced struct {
	input   engine.Input
	effects []engine.Effect
}

func newTraced() *traced {
	message := &wire.Message{}
	c := &call{}
	c.Owner = c
	return &traced{
		engine.Input{Kind: engine.Received, Message: message},
		[]engine.Effect{
			{Kind: engine.Send, Outgoing: wire.Outgoing{Name: "ping", EventID: 1}},
			{Kind: engine.Deliver, Message: message},
			{Kind: engine.Reply, Call: &c.Call, Message: message, Last: true},
			{Kind: engine.Change},
			{Kind: engine.Pause},
		},
	}
}

func (d *traced) trace(t *tracer) {
	t.received(&d.input)
	for i := range d.effects {
		t.performed(&d.effects[i])
	}
	_ = t.clock()
	t.tokenSaved(Token{}, nil)
}

// What isn't traced allocates nothing.
func TestUnusedTraceIsFree(t *testing.T) {
	all := newTraced()
	for name, tracer := range map[string]*tracer{
		"no trace":      nil,
		"another trace": newTracer(&Session{config: Config{Trace: &Trace{DiscoveryStart: func() {}}}}),
	} {
		if n := testing.AllocsPerRun(100, func() { all.trace(tracer) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkTraceUnused(b *testing.B) {
	all := newTraced()
	b.ReportAllocs()
	for b.Loop() {
		all.trace(nil)
	}
}
