package websocket

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
)

// Receiver gets one message and tells if it wants more of them. The bytes are
// valid only during the call.
type Receiver func(header, payload []byte) (more bool)

// Client is what the benchmarks need of a library. One goroutine may send
// while another one receives.
type Client interface {
	// Queue adds one message to the output. A library which can't put the
	// write off writes the message immediately.
	Queue(header, payload []byte) error

	// Flush writes what Queue left unwritten.
	Flush() error

	// Receive reads messages in the calling goroutine until the receiver wants
	// no more of them. It leaves the connection closed.
	Receive(Receiver) error

	// Close interrupts Receive. There is no closing handshake.
	Close() error
}

// Target tells a client where and how to connect.
type Target struct {
	URL string

	// TLS must have a server name, because some libraries set a missing one in
	// the shared configuration.
	TLS *tls.Config

	// NetDial makes the transport connection.
	NetDial func(ctx context.Context, network, address string) (net.Conn, error)

	// HTTP does the same for a library which connects by net/http. All
	// connections share it.
	HTTP *http.Client
}

// NewTarget makes a target for every kind of library.
func NewTarget(url string, config *tls.Config, dial func(ctx context.Context, network, address string) (net.Conn, error)) Target {
	transport := &http.Transport{DialContext: dial, TLSClientConfig: config}
	return Target{url, config, dial, &http.Client{Transport: transport}}
}

// Library is a way of being a client.
type Library struct {
	Name string
	Dial func(context.Context, Target) (Client, error)
}

// Libraries lists all that is measured.
var Libraries = []Library{
	{"gobwas", DialGobwas},
	{"gws", DialGws},
	{"gws-buffered", DialGwsBuffered},
	{"coder", DialCoder},
}

// Send queues and flushes one message.
func Send(client Client, header, payload []byte) error {
	if err := client.Queue(header, payload); err != nil {
		return err
	}
	return client.Flush()
}
