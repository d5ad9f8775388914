package websocket

import (
	"bytes"
	"net"
	"sync"
)

// bufferedConn puts writes off until they are flushed.
type bufferedConn struct {
	net.Conn

	mutex     sync.Mutex
	buffering bool
	output    *bytes.Buffer
}

// startBuffering ends the time during which writes pass through, which is the
// time of the handshake.
func (c *bufferedConn) startBuffering() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.buffering = true
}

func (c *bufferedConn) Write(p []byte) (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.buffering {
		return c.Conn.Write(p)
	}
	if c.output == nil {
		c.output = outputs.Get().(*bytes.Buffer)
	}
	return c.output.Write(p)
}

func (c *bufferedConn) flush() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.output == nil {
		return nil
	}
	_, err := c.Conn.Write(c.output.Bytes())
	c.output.Reset()
	outputs.Put(c.output)
	c.output = nil
	return err
}
