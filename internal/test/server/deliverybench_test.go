package server_test

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/server"
)

// forgetfulStore commits at once, and keeps nothing: what remains are the costs of
// having a store.
type forgetfulStore struct{}

func (forgetfulStore) Load() iter.Seq2[server.Record, error] {
	return func(func(server.Record, error) bool) {}
}

func (forgetfulStore) Commit([]server.Record) error { return nil }

// withStores runs a benchmark without and with a store.
func withStores(b *testing.B, run func(*testing.B, server.Store)) {
	b.Run("store=none", func(b *testing.B) { run(b, nil) })
	b.Run("store=forgetful", func(b *testing.B) { run(b, forgetfulStore{}) })
}

// benchServer is a server that checks nothing and logs nothing.
func benchServer(b *testing.B, store server.Store) (dial func() *client) {
	b.Helper()
	srv, err := server.New(server.Config{Store: store})
	if err != nil {
		b.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(b.Context(), ln) }()
	b.Cleanup(func() { _ = srv.Close(); <-done })
	return func() *client {
		nc, _, _, err := ws.Dial(b.Context(), "ws://"+ln.Addr().String()+"/v2/socket")
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = nc.Close() })
		c := &client{t: b, nc: nc}
		c.createSession(`,"message_types":["x"]`)
		return c
	}
}

// BenchmarkDeliveries measures how many messages to a channel of 100 members arrive
// in a second, by TCP without TLS, clients and server in one process. Ten messages
// are on their way at a time, and each member acknowledges every 1,000 events.
func BenchmarkDeliveries(b *testing.B) { withStores(b, deliver) }

func deliver(b *testing.B, store server.Store) {
	const members, ahead = 100, 10
	dial := benchServer(b, store)
	sender := dial()
	channel := sender.call(`{"action":"create_channel"}`).text("channel_id")
	var arrived atomic.Int64
	last := make(chan struct{}, members)
	for range members - 1 {
		c := dial()
		c.call(`{"action":"join_channel","channel_id":` + quote(channel) + `}`)
		c.settle()
		go c.count(&arrived, last)
	}
	sender.settle()
	go sender.count(&arrived, last)
	action := `{"action":"send_message","channel_id":` + quote(channel) + `,"message_type":"x","action_id":%d,"frames":1}`
	b.ResetTimer()
	for i := range b.N {
		for arrived.Load() < int64(i-ahead)*members {
			<-last
		}
		sender.frame(ws.OpText, fmt.Sprintf(action, 1000+i))
		sender.frame(ws.OpBinary, "hello, everybody in this channel")
	}
	for arrived.Load() < int64(b.N)*members {
		<-last
	}
	b.ReportMetric(float64(b.N*members)/b.Elapsed().Seconds(), "deliveries/s")
	b.ReportMetric(0, "ns/op")
}

// count counts the messages that arrive, and acknowledges them now and then. It is
// told what last is for: the number of those that have arrived has changed.
func (c *client) count(arrived *atomic.Int64, last chan<- struct{}) {
	reader := bufio.NewReaderSize(c.nc, 16<<10)
	for n := int64(1); ; n++ {
		for range 2 {
			header, err := ws.ReadHeader(reader)
			if err == nil {
				_, err = io.CopyN(io.Discard, reader, header.Length)
			}
			if err != nil {
				return
			}
		}
		arrived.Add(1)
		select {
		case last <- struct{}{}:
		default:
		}
		if n%1000 == 0 {
			ack := fmt.Appendf(nil, `{"action":"resume_session","event_id":%d}`, c.eventID+n)
			_ = ws.WriteFrame(c.nc, ws.MaskFrameInPlace(ws.NewTextFrame(ack)))
		}
	}
}

// BenchmarkLatency measures a message's way from the sender to the receiver, when
// there is nothing else to do: from before it is written until after it is read.
func BenchmarkLatency(b *testing.B) { withStores(b, delay) }

func delay(b *testing.B, store server.Store) {
	dial := benchServer(b, store)
	sender, receiver := dial(), dial()
	channel := sender.call(`{"action":"create_channel"}`).text("channel_id")
	receiver.call(`{"action":"join_channel","channel_id":` + quote(channel) + `}`)
	receiver.settle()
	sender.settle()
	action := `{"action":"send_message","channel_id":` + quote(channel) + `,"message_type":"x"}`
	times := make([]time.Duration, 0, b.N)
	b.ResetTimer()
	for i := range b.N {
		began := time.Now()
		id := sender.send(action, "hello")
		receiver.wait("message_received")
		times = append(times, time.Since(began))
		sender.reply(id)
		if i%1000 == 999 {
			for _, c := range []*client{sender, receiver} {
				c.write(fmt.Sprintf(`{"action":"resume_session","event_id":%d}`, c.eventID))
			}
		}
	}
	b.StopTimer()
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2])/1e6, "median-ms")
	b.ReportMetric(float64(times[len(times)*99/100])/1e6, "p99-ms")
	b.ReportMetric(0, "ns/op")
}
