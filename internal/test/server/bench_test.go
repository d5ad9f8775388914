package server_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"testing"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/server"
)

// BenchmarkIdleSession measures the memory of a session whose client is there
// but says nothing. What the client's end of the connection takes is included:
// it has neither goroutines nor buffers. Each TCP connection takes two file
// descriptors, so very many sessions need a higher limit than usual, or connections
// in memory; those take more of it.
func BenchmarkIdleSession(b *testing.B) {
	for _, way := range []string{"TCP", "memory"} {
		b.Run("by="+way, func(b *testing.B) {
			srv, err := server.New(server.Config{})
			if err != nil {
				b.Fatal(err)
			}
			defer srv.Close()
			dialer, done := ws.Dialer{NetDial: srv.DialContext}, make(chan struct{})
			ctx, stop := context.WithCancel(b.Context())
			if way == "TCP" {
				ln, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					b.Fatal(err)
				}
				go func() { defer close(done); _ = srv.Serve(ctx, ln) }()
				dialer.NetDial = func(ctx context.Context, _, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, "tcp", ln.Addr().String())
				}
			} else {
				close(done)
			}
			idle(b, dialer)
			stop()
			<-done
		})
	}
}

func idle(b *testing.B, dialer ws.Dialer) {
	before := memory()
	conns := make([]net.Conn, b.N)
	b.ResetTimer()
	for i := range conns {
		nc, _, _, err := dialer.Dial(b.Context(), "ws://localhost/v2/socket")
		if err != nil {
			b.Fatal(err)
		}
		c := &client{t: b, nc: nc}
		c.createSession(`,"message_types":["*"]`)
		conns[i] = nc
	}
	b.StopTimer()
	b.ReportMetric(float64(memory()-before)/float64(b.N), "mem-B/session")
	for _, nc := range conns {
		_ = nc.Close()
	}
}

// memory is what heap and stacks take after collecting garbage.
func memory() uint64 {
	var stats runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc + stats.StackInuse
}

// BenchmarkSendMessage measures a message to a channel: from the sender's action
// to its reply.
func BenchmarkSendMessage(b *testing.B) {
	for _, members := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			withStores(b, func(b *testing.B, store server.Store) { sendMessages(b, store, members) })
		})
	}
}

func sendMessages(b *testing.B, store server.Store, members int) {
	dial := benchServer(b, store)
	sender := dial()
	channel := sender.call(`{"action":"create_channel"}`).text("channel_id")
	for range members - 1 {
		c := dial()
		c.call(`{"action":"join_channel","channel_id":` + quote(channel) + `}`)
		c.settle()
		go c.acknowledge()
	}
	sender.settle()
	action := `{"action":"send_message","channel_id":` + quote(channel) + `,"message_type":"x"}`
	b.ResetTimer()
	for i := range b.N {
		sender.call(action, "hello")
		if i%1000 == 999 {
			sender.write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, sender.eventID))
		}
	}
}

// acknowledge reads everything, and acknowledges it now and then.
func (c *client) acknowledge() {
	for n := int64(1); ; n++ {
		// A message is two frames. What has no payload makes n too small, which does
		// no harm.
		for range 2 {
			if _, err := readFrame(c.nc); err != nil {
				return
			}
		}
		if n%1000 == 0 {
			ack := fmt.Appendf(nil, `{"action":"resume_session","event_id":%d}`, c.eventID+n)
			_ = ws.WriteFrame(c.nc, ws.MaskFrame(ws.NewTextFrame(ack)))
		}
	}
}
