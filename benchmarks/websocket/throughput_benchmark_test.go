package websocket

import (
	"runtime"
	"testing"
)

// BenchmarkRequestsOneByOne measures a request and its reply while nothing
// else is in flight.
func BenchmarkRequestsOneByOne(b *testing.B) {
	benchmarkExchange(b, exchangeOneByOne)
}

// BenchmarkRequestsInWindow measures a request and its reply while windowSize
// of them are in flight.
func BenchmarkRequestsInWindow(b *testing.B) {
	benchmarkExchange(b, exchangeInWindow)
}

func benchmarkExchange(b *testing.B, exchange exchange) {
	header, payload := RequestHeader(0), Payload(0)
	request := func(int) ([]byte, []byte) { return header, payload }
	benchmark(b, func(client Client, requests int, receive Receiver) error {
		return exchange(client, requests, request, receive)
	})
}

// BenchmarkFlood measures an event of a flood from the server.
func BenchmarkFlood(b *testing.B) {
	benchmark(b, receiveFlood)
}

// benchmark measures every library over TLS. It gives b.N of the benchmark of
// the library to run and verifies that so many messages arrived.
func benchmark(b *testing.B, run func(client Client, messages int, receive Receiver) error) {
	for _, library := range Libraries {
		b.Run(library.Name, func(b *testing.B) {
			client := dial(b, library, tlsTarget(b))
			received := 0
			count := func(header, payload []byte) bool {
				if len(header) == 0 || len(payload) != PayloadSize {
					return false
				}
				received++
				return true
			}
			b.ReportAllocs()
			runtime.GC()
			start := processorTime(b)
			b.ResetTimer()
			if err := run(client, b.N, count); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			used := processorTime(b) - start
			if received != b.N {
				b.Fatalf("%d messages instead of %d", received, b.N)
			}
			if used > 0 {
				b.ReportMetric(float64(used.Nanoseconds())/1e3/float64(b.N), "cpu-µs/op")
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
		})
	}
}
