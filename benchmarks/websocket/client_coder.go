package websocket

import (
	"context"

	"github.com/coder/websocket"
)

// coderClient uses github.com/coder/websocket. The context of its calls can't
// be cancelled, which is the cheapest way to use the library.
type coderClient struct {
	ctx  context.Context
	conn *websocket.Conn
}

// DialCoder makes a client with github.com/coder/websocket. Every frame leaves
// in a write of its own.
func DialCoder(ctx context.Context, target Target) (Client, error) {
	options := &websocket.DialOptions{HTTPClient: target.HTTP}
	conn, _, err := websocket.Dial(ctx, target.URL, options)
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(MaxFrameSize)
	return &coderClient{context.Background(), conn}, nil
}

func (c *coderClient) Queue(header, payload []byte) error {
	if err := c.conn.Write(c.ctx, websocket.MessageText, header); err != nil {
		return err
	}
	return c.conn.Write(c.ctx, websocket.MessageText, payload)
}

func (c *coderClient) Flush() error { return nil }

func (c *coderClient) Receive(receive Receiver) error {
	defer c.Close()
	for {
		_, header, err := c.conn.Read(c.ctx)
		if err != nil {
			return err
		}
		_, payload, err := c.conn.Read(c.ctx)
		if err != nil {
			return err
		}
		if !receive(header, payload) {
			return nil
		}
	}
}

func (c *coderClient) Close() error { return c.conn.CloseNow() }
