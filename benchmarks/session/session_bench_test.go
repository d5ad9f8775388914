package session

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

func mustURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}

func openSession(tb testing.TB, change func(*ninchat.Config)) *ninchat.Session {
	tb.Helper()
	config := ninchat.Config{Address: "https://" + standIn.Address, Direct: true, TLS: clientTLS(tb)}
	if change != nil {
		change(&config)
	}
	s, err := ninchat.Open(context.Background(), config)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

func discard(c *ninchat.Config) { c.DiscardEvents = true }

// measure runs f, which does b.N operations.
func measure(b *testing.B, f func()) {
	b.ReportAllocs()
	b.ResetTimer()
	used := cpu()
	f()
	used = cpu() - used
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
	if used > 0 {
		b.ReportMetric(float64(used.Nanoseconds())/float64(b.N), "cpu-ns/op")
	}
}

var message = api.SendMessage{
	ChannelID:   new("5npnrkp1009n6"),
	MessageType: "ninchat.com/text",
	Payload:     [][]byte{payload},
}

func send(tb testing.TB, s *ninchat.Session) {
	if _, err := s.SendMessage(context.Background(), message); err != nil {
		tb.Fatal(err)
	}
}

func BenchmarkOneAtATime(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		c := dialBare(b)
		text := header(130, `{"action":"send_message","frames":1,"action_id":%d`, 1)
		measure(b, func() {
			for range b.N {
				c.queue(text, payload)
				c.flush(b)
				c.receive(b, 2)
			}
		})
	})
	b.Run("session-typed", func(b *testing.B) {
		s := openSession(b, discard)
		measure(b, func() {
			for range b.N {
				send(b, s)
			}
		})
	})
	b.Run("session", func(b *testing.B) {
		s := openSession(b, discard)
		action, err := message.Action()
		if err != nil {
			b.Fatal(err)
		}
		measure(b, func() {
			for range b.N {
				if _, err := s.Call(context.Background(), action); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

// inFlight is how many requests are on their way at a time.
const inFlight = 256

// BenchmarkInFlight has 256 goroutines, each of which waits for its reply before
// it sends its next request.
func BenchmarkInFlight(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		c := dialBareCaller(b)
		text := header(130, `{"action":"send_message","frames":1,"action_id":%d`, 1)
		measure(b, func() {
			inParallel(b.N, func() { c.call(text, payload) })
		})
	})
	b.Run("session", func(b *testing.B) {
		s := openSession(b, discard)
		action, err := message.Action()
		if err != nil {
			b.Fatal(err)
		}
		measure(b, func() {
			inParallel(b.N, func() {
				if _, err := s.Call(context.Background(), action); err != nil {
					b.Error(err)
				}
			})
		})
	})
	b.Run("session-typed", func(b *testing.B) {
		s := openSession(b, discard)
		measure(b, func() {
			inParallel(b.N, func() { send(b, s) })
		})
	})
}

// inParallel calls f n times, from as many goroutines as may be in flight.
func inParallel(n int, f func()) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range inFlight {
		wg.Go(func() {
			for next.Add(1) <= int64(n) {
				f()
			}
		})
	}
	wg.Wait()
}

// BenchmarkPipeline has one goroutine that sends and one that receives, with at
// most 256 requests between them.
func BenchmarkPipeline(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		c := dialBare(b)
		text := header(130, `{"action":"send_message","frames":1,"action_id":%d`, 1)
		measure(b, func() {
			window := make(chan struct{}, inFlight)
			var wg sync.WaitGroup
			wg.Go(func() {
				for range b.N {
					c.receive(b, 2)
					<-window
				}
			})
			for range b.N {
				select {
				case window <- struct{}{}:
				default:
					c.flush(b)
					window <- struct{}{}
				}
				c.queue(text, payload)
			}
			c.flush(b)
			wg.Wait()
		})
	})
	b.Run("session", func(b *testing.B) {
		s := openSession(b, nil)
		action, err := message.Action()
		if err != nil {
			b.Fatal(err)
		}
		measure(b, func() {
			window := make(chan struct{}, inFlight)
			var wg sync.WaitGroup
			wg.Go(func() {
				left := b.N + 1
				for _, err := range s.Events(context.Background()) {
					if err != nil {
						b.Error(err)
						return
					}
					if left--; left == b.N {
						continue // session_created
					}
					<-window
					if left == 0 {
						return
					}
				}
			})
			for range b.N {
				window <- struct{}{}
				if _, err := s.Send(action); err != nil {
					b.Fatal(err)
				}
			}
			wg.Wait()
		})
	})
}

func BenchmarkFlood(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		c := dialBare(b)
		measure(b, func() {
			c.queue(fmt.Appendf(nil, `{"action":"flood","count":"%d"}`, b.N))
			c.flush(b)
			c.receive(b, 2*b.N)
		})
	})
	b.Run("session", func(b *testing.B) { flood(b, false) })
	b.Run("session-typed", func(b *testing.B) { flood(b, true) })
}

func flood(b *testing.B, typed bool) {
	s := openSession(b, nil)
	measure(b, func() {
		action, err := api.NewAction("flood", map[string]string{"count": fmt.Sprint(b.N)})
		if err != nil {
			b.Fatal(err)
		}
		action.Rule = api.RuleNone
		if _, err := s.Call(context.Background(), action); err != nil {
			b.Fatal(err)
		}
		left := b.N + 1
		for event, err := range s.Events(context.Background()) {
			if err != nil {
				b.Fatal(err)
			}
			if typed {
				if _, err := event.Typed(); err != nil {
					b.Fatal(err)
				}
			}
			if left--; left == 0 {
				return
			}
		}
	})
}

// BenchmarkIdle measures what a connection on which nothing happens takes. It
// does the same whatever b.N is.
func BenchmarkIdle(b *testing.B) {
	const connections = 500
	memory := func() (bytes, goroutines float64) {
		for range 3 {
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc + m.StackInuse), float64(runtime.NumGoroutine())
	}
	run := func(b *testing.B, open func() any) {
		for range b.N {
			kept := make([]any, 0, connections)
			bytes, goroutines := memory()
			for range connections {
				kept = append(kept, open())
			}
			bytesAfter, goroutinesAfter := memory()
			b.ReportMetric((bytesAfter-bytes)/connections, "B/conn")
			b.ReportMetric((goroutinesAfter-goroutines)/connections, "goroutines/conn")
			runtime.KeepAlive(kept)
		}
	}
	b.Run("bare", func(b *testing.B) {
		var wg sync.WaitGroup
		b.Cleanup(wg.Wait)
		run(b, func() any {
			c := dialBare(b)
			wg.Go(func() { _, _ = c.reader.Peek(1) })
			return c
		})
	})
	b.Run("session", func(b *testing.B) { run(b, func() any { return openSession(b, nil) }) })
}

// TestExchange checks that what is measured works.
func TestExchange(t *testing.T) {
	s := openSession(t, nil)
	for range 3 {
		reply, err := s.SendMessage(t.Context(), message)
		if err != nil {
			t.Fatal(err)
		}
		if string(reply.Payload[0]) != string(payload) {
			t.Fatalf("payload %q", reply.Payload[0])
		}
	}
	c := dialBare(t)
	c.queue(header(130, `{"action":"send_message","frames":1,"action_id":%d`, 1), payload)
	c.flush(t)
	c.receive(t, 2)
	if string(c.contents[:len(payload)]) != string(payload) {
		t.Fatalf("payload %q", c.contents[:len(payload)])
	}
}
