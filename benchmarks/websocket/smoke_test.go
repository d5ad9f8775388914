package websocket

import (
	"bytes"
	"testing"
)

// TestSizes verifies that messages have the promised shape.
func TestSizes(t *testing.T) {
	request := RequestHeader(123)
	for _, part := range []struct {
		name string
		data []byte
		size int
	}{
		{"request header", request, RequestHeaderSize},
		{"reply header", ReplyHeader(request), ReplyHeaderSize},
		{"event header", EventHeader(), EventHeaderSize},
		{"payload", Payload(123), PayloadSize},
		{"flood payload", FloodPayload(200_000), PayloadSize},
	} {
		if len(part.data) != part.size {
			t.Errorf("the %s has %d bytes instead of %d", part.name, len(part.data), part.size)
		}
	}
}

func TestRequestsOneByOne(t *testing.T) {
	testExchange(t, 200, exchangeOneByOne)
}

func TestRequestsInWindow(t *testing.T) {
	testExchange(t, 2000, exchangeInWindow)
}

// exchange is exchangeOneByOne or exchangeInWindow.
type exchange func(client Client, requests int, request func(number int) (header, payload []byte), receive Receiver) error

// testExchange verifies every byte which the server received and answered.
func testExchange(t *testing.T, requests int, exchange exchange) {
	forEach(t, func(t *testing.T, client Client) {
		replies := 0
		err := exchange(client, requests, func(number int) (header, payload []byte) {
			return RequestHeader(number), Payload(number)
		}, func(header, payload []byte) bool {
			equal(t, header, ReplyHeader(RequestHeader(replies)))
			equal(t, payload, Payload(replies))
			replies++
			return !t.Failed()
		})
		if err != nil {
			t.Fatal(err)
		}
		if replies != requests {
			t.Fatalf("%d replies instead of %d", replies, requests)
		}
	})
}

func TestFlood(t *testing.T) {
	forEach(t, func(t *testing.T, client Client) {
		const events = 2000
		received := 0
		err := receiveFlood(client, events, func(header, payload []byte) bool {
			equal(t, header, EventHeader())
			equal(t, payload, EventPayload())
			received++
			return !t.Failed()
		})
		if err != nil {
			t.Fatal(err)
		}
		if received != events {
			t.Fatalf("%d events instead of %d", received, events)
		}
	})
}

// forEach tests every library on every transport.
func forEach(t *testing.T, test func(*testing.T, Client)) {
	for _, transport := range transports {
		for _, library := range Libraries {
			t.Run(library.Name+"/"+transport.name, func(t *testing.T) {
				test(t, dial(t, library, transport.target(t)))
			})
		}
	}
}

func equal(t *testing.T, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
