package websocket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/gobwas/ws"
)

var errFrameTooLong = errors.New("frame is too long")

// outputs keeps output buffers while there is nothing to write, so an idle
// connection has none.
var outputs = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// gobwasClient does what github.com/gobwas/ws leaves to its user: buffers,
// limits, fragments and control frames.
type gobwasClient struct {
	conn net.Conn

	input       adaptiveReader
	inputHeader [ws.MaxHeaderSize]byte
	message     []byte // The header and the payload of the current message.

	mutex        sync.Mutex // Protects the output.
	output       *bytes.Buffer
	outputHeader [ws.MaxHeaderSize]byte
}

// DialGobwas makes a client with github.com/gobwas/ws. Frames of any number of
// messages leave in one write.
func DialGobwas(ctx context.Context, target Target) (Client, error) {
	dialer := ws.Dialer{TLSConfig: target.TLS, NetDial: target.NetDial}
	conn, buffered, _, err := dialer.Dial(ctx, target.URL)
	if err != nil {
		return nil, err
	}
	client := &gobwasClient{conn: conn, input: adaptiveReader{source: conn}}
	if buffered != nil {
		// The server sent frames together with its handshake.
		early, err := buffered.Peek(buffered.Buffered())
		if err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		client.input.unread(early)
		ws.PutReader(buffered)
	}
	return client, nil
}

func (c *gobwasClient) Queue(header, payload []byte) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if err := c.queueFrame(ws.OpText, header); err != nil {
		return err
	}
	return c.queueFrame(ws.OpText, payload)
}

// queueFrame copies the payload before masking it, because masking happens in
// place and the payload belongs to the caller.
func (c *gobwasClient) queueFrame(code ws.OpCode, payload []byte) error {
	if c.output == nil {
		c.output = outputs.Get().(*bytes.Buffer)
	}
	header := ws.Header{
		Fin:    true,
		OpCode: code,
		Masked: true,
		Mask:   ws.NewMask(),
		Length: int64(len(payload)),
	}
	if err := ws.WriteHeaderBuffer(c.output, header, c.outputHeader[:]); err != nil {
		return err
	}
	start := c.output.Len()
	c.output.Write(payload)
	ws.Cipher(c.output.Bytes()[start:], header.Mask, 0)
	return nil
}

func (c *gobwasClient) Flush() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.output == nil {
		return nil
	}
	_, err := c.conn.Write(c.output.Bytes())
	c.output.Reset()
	outputs.Put(c.output)
	c.output = nil
	return err
}

func (c *gobwasClient) Receive(receive Receiver) error {
	defer c.Close()
	for {
		c.message = c.message[:0]
		if err := c.readWhole(); err != nil {
			return err
		}
		length := len(c.message)
		if err := c.readWhole(); err != nil {
			return err
		}
		if !receive(c.message[:length], c.message[length:]) {
			return nil
		}
	}
}

// readWhole appends one WebSocket message, which may consist of several
// fragments, to the current message.
func (c *gobwasClient) readWhole() error {
	state := ws.StateClientSide
	for {
		header, err := ws.ReadHeaderBuffer(&c.input, c.inputHeader[:])
		if err != nil {
			return err
		}
		if err := ws.CheckHeader(header, state); err != nil {
			return err
		}
		if header.Length > MaxFrameSize-int64(len(c.message)) {
			return errFrameTooLong
		}
		start := len(c.message)
		c.message, err = appendFrom(c.message, &c.input, int(header.Length))
		if err != nil {
			return err
		}
		if header.OpCode.IsControl() {
			err = c.control(header.OpCode, c.message[start:])
			c.message = c.message[:start]
			if err != nil {
				return err
			}
			continue
		}
		if header.Fin {
			return nil
		}
		state = state.Set(ws.StateFragmented)
	}
}

func (c *gobwasClient) control(code ws.OpCode, payload []byte) error {
	switch code {
	case ws.OpPing:
		c.mutex.Lock()
		err := c.queueFrame(ws.OpPong, payload)
		c.mutex.Unlock()
		if err != nil {
			return err
		}
		return c.Flush()
	case ws.OpClose:
		status, reason := ws.ParseCloseFrameData(payload)
		return fmt.Errorf("closed by the server: %d %s", status, reason)
	default:
		return nil
	}
}

func (c *gobwasClient) Close() error { return c.conn.Close() }

// appendFrom appends length bytes of a reader to a slice. The length must have
// been checked, because memory is reserved for it in advance.
func appendFrom(to []byte, from io.Reader, length int) ([]byte, error) {
	start := len(to)
	if need := start + length; need > cap(to) {
		grown := make([]byte, start, max(need, 2*cap(to)))
		copy(grown, to)
		to = grown
	}
	to = to[:start+length]
	if _, err := io.ReadFull(from, to[start:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return to, err
	}
	return to, nil
}
