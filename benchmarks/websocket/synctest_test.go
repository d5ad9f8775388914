package websocket

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// TestPipeInBubble verifies that a library works inside testing/synctest on
// top of net.Pipe: that all its goroutines belong to the bubble, that waiting
// for a message lets the clock of the bubble move, and that nothing remains
// after closing.
func TestPipeInBubble(t *testing.T) {
	for _, library := range Libraries {
		t.Run(library.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { exchangeInBubble(t, library) })
		})
	}
}

func exchangeInBubble(t *testing.T, library Library) {
	near, far := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- Serve(far, plainConn) }()

	target := NewTarget("ws://pipe/", nil, func(context.Context, string, string) (net.Conn, error) {
		return near, nil
	})
	client, err := library.Dial(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	replies := 0
	received := make(chan error, 1)
	go func() {
		received <- client.Receive(func(header, payload []byte) bool {
			equal(t, header, ReplyHeader(RequestHeader(replies)))
			equal(t, payload, Payload(replies))
			replies++
			return replies < 2
		})
	}()
	if err := Send(client, RequestHeader(0), Payload(0)); err != nil {
		t.Error(err)
	}
	time.Sleep(time.Hour) // By the clock of the bubble: the reader must wait durably.
	synctest.Wait()
	if replies != 1 {
		t.Errorf("%d replies to the first request", replies)
	}
	if err := Send(client, RequestHeader(1), Payload(1)); err != nil {
		t.Error(err)
	}
	if err := <-received; err != nil {
		t.Error(err)
	}
	<-served // The client leaves abruptly, so the error means nothing.
}
