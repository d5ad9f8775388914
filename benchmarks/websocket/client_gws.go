package websocket

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"

	"github.com/lxzan/gws"
)

// gwsClient uses the callbacks of github.com/lxzan/gws. The loop which calls
// them runs in the goroutine of Receive.
type gwsClient struct {
	gws.BuiltinEventHandler

	conn    *gws.Conn
	receive Receiver
	header  *gws.Message // Waits for its payload.
	done    bool
	err     error
}

// DialGws makes a client with github.com/lxzan/gws. Every frame leaves in a
// write of its own.
func DialGws(ctx context.Context, target Target) (Client, error) {
	option := &gws.ClientOption{
		Addr:               target.URL,
		TlsConfig:          target.TLS,
		ReadMaxPayloadSize: MaxFrameSize,
		NewDialer: func() (gws.Dialer, error) {
			return gwsDialer{ctx, target.NetDial}, nil
		},
	}
	client := new(gwsClient)
	conn, _, err := gws.NewClient(client, option)
	if err != nil {
		return nil, err
	}
	client.conn = conn
	return client, nil
}

func (c *gwsClient) Queue(header, payload []byte) error {
	if err := c.conn.WriteMessage(gws.OpcodeText, header); err != nil {
		return err
	}
	return c.conn.WriteMessage(gws.OpcodeText, payload)
}

func (c *gwsClient) Flush() error { return nil }

func (c *gwsClient) Receive(receive Receiver) error {
	defer c.Close()
	c.receive = receive
	c.conn.ReadLoop()
	if c.done {
		return nil
	}
	return c.err
}

// OnPing answers a ping; the library leaves it to its user.
func (c *gwsClient) OnPing(conn *gws.Conn, payload []byte) {
	_ = conn.WritePong(payload) // An error ends the loop.
}

// OnMessage pairs frames into messages.
func (c *gwsClient) OnMessage(conn *gws.Conn, message *gws.Message) {
	if c.done {
		_ = message.Close() // It only returns memory.
		return
	}
	if c.header == nil {
		c.header = message
		return
	}
	more := c.receive(c.header.Bytes(), message.Bytes())
	_ = c.header.Close()
	_ = message.Close()
	c.header = nil
	if !more {
		// Closing is the only way out of the loop.
		c.done = true
		_ = conn.NetConn().Close()
	}
}

// OnClose remembers why the loop ended.
func (c *gwsClient) OnClose(_ *gws.Conn, err error) { c.err = err }

func (c *gwsClient) Close() error { return c.conn.NetConn().Close() }

// gwsDialer gives the transport connection to the library.
type gwsDialer struct {
	ctx  context.Context
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (d gwsDialer) Dial(network, address string) (net.Conn, error) {
	return d.dial(d.ctx, network, address)
}

// gwsBufferedClient is gwsClient on top of a connection which puts writes off.
type gwsBufferedClient struct {
	gwsClient
	output *bufferedConn
}

// DialGwsBuffered makes a client with github.com/lxzan/gws whose frames gather
// in a buffer below the library. The library has no such feature; the client
// shows how much of the difference between libraries comes from batching.
func DialGwsBuffered(ctx context.Context, target Target) (Client, error) {
	location, err := url.Parse(target.URL)
	if err != nil {
		return nil, err
	}
	conn, err := target.NetDial(ctx, "tcp", location.Host)
	if err != nil {
		return nil, err
	}
	if location.Scheme == "wss" {
		conn = tls.Client(conn, target.TLS)
	}
	client := &gwsBufferedClient{output: &bufferedConn{Conn: conn}}
	option := &gws.ClientOption{Addr: target.URL, ReadMaxPayloadSize: MaxFrameSize}
	client.conn, _, err = gws.NewClientFromConn(client, option, client.output)
	if err != nil {
		return nil, err
	}
	client.output.startBuffering()
	return client, nil
}

// OnPing answers a ping without waiting for other output.
func (c *gwsBufferedClient) OnPing(conn *gws.Conn, payload []byte) {
	_ = conn.WritePong(payload)
	_ = c.Flush() // A broken connection ends the loop.
}

func (c *gwsBufferedClient) Flush() error { return c.output.flush() }
