package wire

import (
	"encoding/binary"
	"errors"
	"io"
	"strconv"

	"github.com/gobwas/ws"
)

// Reader reads messages from a WebSocket connection after its handshake. It
// isn't safe for concurrent use.
type Reader struct {
	source  io.Reader
	role    Role
	limits  Limits
	control func(op ws.OpCode, payload []byte)
	names   Names

	// buffer holds what has been read and not used yet: buffer[from:to].
	buffer   []byte
	from, to int
}

const (
	// smallBuffer is the buffer of an idle connection.
	smallBuffer = 512
	// largeBuffer is the buffer of a busy connection.
	largeBuffer = 16 << 10
	// chunk is how much is allocated at a time for a frame that the buffer
	// can't hold: a length that a peer only claims to send costs nothing.
	chunk = 64 << 10
)

// NewReader makes a Reader. role is the side that reads. control is called for
// pings, pongs and closes, by the goroutine that calls [Reader.Next]; payload is
// valid only during the call.
func NewReader(source io.Reader, role Role, limits Limits, control func(op ws.OpCode, payload []byte)) *Reader {
	return &Reader{source: source, role: role, limits: limits, control: control}
}

// Preload makes the Reader begin with bytes that have been read from the
// connection already. It must be called before Next.
func (r *Reader) Preload(text []byte) {
	if len(text) > 0 {
		r.buffer = append(make([]byte, 0, max(len(text), smallBuffer)), text...)
		r.from, r.to = 0, len(text)
		r.buffer = r.buffer[:cap(r.buffer)]
	}
}

// CloseError says that the peer ended the connection with a close frame.
type CloseError struct {
	// Code is the close code, 1005 if the peer gave none.
	Code int
	// Reason is the peer's text for people.
	Reason string
}

// Error names the code.
func (e *CloseError) Error() string {
	text := "ninchat: wire: connection closed by peer with code " + strconv.Itoa(e.Code)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// Next reads the next message. It returns nil without error for a keep-alive.
// A message beyond the limits is read to its end, and returned without its
// payload and with Damage set; if even its header is too long, or it goes on
// for too long, Next returns an *[Error]. After an error the Reader must not be
// used any more.
func (r *Reader) Next() (*Message, error) {
	text, fault, err := r.part(PartHeader, r.limits.Header, r.limits.Header)
	if err != nil {
		return nil, err
	}
	if fault != nil {
		// Nothing is known about the message, nor about its parts.
		fault.Kind = TooMuch
		return nil, fault
	}
	if len(text) == 0 {
		return nil, nil
	}
	m := &Message{Text: text}
	if m.Header, err = ScanHeader(text, &r.names); err != nil {
		return nil, err
	}
	if err := r.payload(m); err != nil {
		return nil, err
	}
	return m, nil
}

// payload reads the parts of m.
func (r *Reader) payload(m *Message) error {
	if m.Frames > r.limits.Parts {
		m.Damage = &Error{Kind: TooLong, Part: PartCount, Reason: "a message has too many payload parts"}
		if m.Frames > discardFactor*r.limits.Parts {
			m.Damage.Kind = TooMuch
			m.Damage.Header = &m.Header
			return m.Damage
		}
	}
	if m.Frames > 0 && m.Damage == nil {
		m.Payload = m.onePart[:0]
	}
	rest := r.limits.Total
	for range m.Frames {
		part, fault, err := r.part(PartPayload, min(r.limits.Part, rest), rest)
		if err != nil {
			return midMessage(err)
		}
		rest -= len(part)
		if fault != nil && m.Damage == nil {
			m.Damage = fault
		}
		if m.Damage != nil {
			m.Payload = nil
			continue
		}
		m.Payload = append(m.Payload, part)
	}
	if m.Damage != nil {
		m.Damage.Header = &m.Header
	}
	return nil
}

// midMessage says that the end of the connection came where it shouldn't.
func midMessage(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// part reads one WebSocket message, put together from its fragments. If it is
// longer than limit, it is thrown away and fault says so.
func (r *Reader) part(kind Part, limit, total int) (text []byte, fault *Error, err error) {
	text = []byte{}
	size, first := int64(0), true
	for {
		frame, err := r.frame()
		if err != nil {
			return nil, nil, err
		}
		if (frame.op == ws.OpContinuation) == first {
			return nil, nil, malformed(PartFrame, "a frame is not of the kind that must come next")
		}
		first = false
		size += frame.length
		switch {
		case size > discardFactor*int64(max(limit, r.limits.Header)):
			return nil, nil, &Error{Kind: TooMuch, Part: kind, Reason: "a message is much too long"}
		case size > int64(limit):
			fault, text = &Error{Kind: TooLong, Part: tooLongPart(kind, limit, total), Reason: "a message is too long"}, nil
			err = r.discard(frame.length)
		default:
			text, err = r.contents(text, frame)
		}
		if err != nil {
			return nil, nil, midMessage(err)
		}
		if frame.final {
			return text, fault, nil
		}
	}
}

// tooLongPart tells which of the limits was exceeded.
func tooLongPart(kind Part, limit, total int) Part {
	if kind == PartPayload && limit == total {
		return PartTotal
	}
	return kind
}

// frame reads up to the next frame that isn't a control frame, and its header.
func (r *Reader) frame() (frameHeader, error) {
	for {
		h, size, err := parseFrameHeader(r.buffer[r.from:r.to], r.role)
		if err != nil {
			return h, err
		}
		if size == 0 {
			if err := r.fill(); err != nil {
				return h, err
			}
			continue
		}
		r.from += size
		if !h.op.IsControl() {
			if h.op > ws.OpBinary {
				return h, malformed(PartFrame, "a frame is of an unknown kind")
			}
			return h, nil
		}
		if err := r.controlFrame(h); err != nil {
			return h, err
		}
	}
}

func (r *Reader) controlFrame(h frameHeader) error {
	payload, err := r.contents(nil, h)
	if err != nil {
		return midMessage(err)
	}
	switch h.op {
	case ws.OpPing, ws.OpPong, ws.OpClose:
		r.control(h.op, payload)
	default:
		return malformed(PartFrame, "a control frame is of an unknown kind")
	}
	if h.op != ws.OpClose {
		return nil
	}
	closed := &CloseError{Code: int(ws.StatusNoStatusRcvd)}
	if len(payload) >= 2 {
		closed.Code = int(binary.BigEndian.Uint16(payload))
		closed.Reason = string(payload[2:])
	}
	return closed
}

// contents appends the contents of a frame to dst, which becomes exactly as long
// as it needs to be.
func (r *Reader) contents(dst []byte, h frameHeader) ([]byte, error) {
	start := len(dst)
	for rest := h.length; rest > 0; {
		if r.from == r.to && rest >= largeBuffer {
			n := int(min(rest, chunk))
			dst = append(dst, make([]byte, n)...)
			if _, err := io.ReadFull(r.source, dst[len(dst)-n:]); err != nil {
				return nil, err
			}
			rest -= int64(n)
			continue
		}
		if r.from == r.to {
			if err := r.fill(); err != nil {
				return nil, err
			}
		}
		n := int(min(rest, int64(r.to-r.from)))
		if cap(dst)-len(dst) < n {
			dst = grow(dst, int(min(rest, largeBuffer)))
		}
		dst = append(dst, r.buffer[r.from:r.from+n]...)
		r.from += n
		rest -= int64(n)
	}
	if h.masked {
		ws.Cipher(dst[start:], h.mask, 0)
	}
	return dst, nil
}

// grow makes room for n bytes, and no more for the first fragment: what is
// received is kept, so it should fit.
func grow(dst []byte, n int) []byte {
	if len(dst) == 0 {
		return make([]byte, 0, n)
	}
	return append(dst, make([]byte, n)...)[:len(dst)]
}

// discard reads and forgets n bytes.
func (r *Reader) discard(n int64) error {
	for n > 0 {
		if r.from == r.to {
			if err := r.fill(); err != nil {
				return err
			}
		}
		used := int(min(n, int64(r.to-r.from)))
		r.from += used
		n -= int64(used)
	}
	return nil
}

// fill reads more from the connection. The buffer grows when reads fill it, and
// shrinks to its least size when it is empty and the last read was small.
func (r *Reader) fill() error {
	if r.from == r.to {
		r.resize()
		r.from, r.to = 0, 0
	} else if r.from > 0 {
		r.to = copy(r.buffer, r.buffer[r.from:r.to])
		r.from = 0
	}
	n, err := r.source.Read(r.buffer[r.to:])
	if n > 0 {
		r.to += n
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// resize chooses the size of the empty buffer.
func (r *Reader) resize() {
	switch {
	case r.buffer == nil:
		r.buffer = make([]byte, smallBuffer)
	case r.to == len(r.buffer) && len(r.buffer) < largeBuffer:
		r.buffer = make([]byte, 2*len(r.buffer))
	case r.to <= len(r.buffer)/8 && len(r.buffer) > smallBuffer:
		r.buffer = make([]byte, len(r.buffer)/2)
	}
}
