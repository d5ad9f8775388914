package websocket

import (
	"errors"
	"runtime"
	"testing"
)

// idleConnections is how many connections are open at a time.
const idleConnections = 1000

// BenchmarkIdle measures the memory and the goroutines of a connection which
// has made one exchange and waits for more. It ignores b.N.
func BenchmarkIdle(b *testing.B) {
	for _, transport := range transports {
		for _, library := range Libraries {
			b.Run(library.Name+"/"+transport.name, func(b *testing.B) {
				measureIdle(b, library, transport.target(b))
			})
		}
	}
}

func measureIdle(b *testing.B, library Library, target Target) {
	// The first connection pays for what all of them share.
	first := startIdle(b, library, target)

	before := readUsage()
	clients := make([]*idleClient, 0, idleConnections)
	for range idleConnections {
		clients = append(clients, startIdle(b, library, target))
	}
	after := readUsage()

	for _, client := range append(clients, first) {
		client.stop(b)
	}
	report := func(before, after uint64, unit string) {
		// The difference may be negative.
		b.ReportMetric((float64(after)-float64(before))/idleConnections, unit)
	}
	report(before.heap, after.heap, "heap-B/conn")
	report(before.heapInUse, after.heapInUse, "heap-in-use-B/conn")
	report(before.stack, after.stack, "stack-B/conn")
	report(before.heap+before.stack, after.heap+after.stack, "idle-B/conn")
	report(before.goroutines, after.goroutines, "goroutines/conn")
	b.ReportMetric(0, "ns/op") // Hides the time, which means nothing here.
}

// idleClient is a connection and the goroutine which reads it.
type idleClient struct {
	client Client
	done   chan struct{}
}

// startIdle returns a connection after its first exchange.
func startIdle(b *testing.B, library Library, target Target) *idleClient {
	b.Helper()
	client, err := library.Dial(b.Context(), target)
	if err != nil {
		b.Fatal(err)
	}
	replied := make(chan error, 1)
	idle := &idleClient{client, make(chan struct{})}
	go func() {
		defer close(idle.done)
		if err := Send(client, RequestHeader(0), Payload(0)); err != nil {
			replied <- err
			return
		}
		exchanged := false
		err := client.Receive(func(_, _ []byte) bool {
			exchanged = true
			replied <- nil
			return true
		})
		if !exchanged {
			replied <- errors.Join(errors.New("no reply"), err)
		}
	}()
	if err := <-replied; err != nil {
		b.Fatal(err)
	}
	return idle
}

func (c *idleClient) stop(b *testing.B) {
	b.Helper()
	if err := c.client.Close(); err != nil {
		b.Error(err)
	}
	<-c.done
}

// usage is what idle connections use.
type usage struct {
	heap, heapInUse, stack, goroutines uint64
}

func readUsage() usage {
	// The second collection empties what the first one left in pools.
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return usage{
		heap:       stats.HeapAlloc,
		heapInUse:  stats.HeapInuse,
		stack:      stats.StackInuse,
		goroutines: uint64(runtime.NumGoroutine()),
	}
}
