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
	// room is what messages take their memory from, nil for anywhere, and taken what
	// the present one has.
	room  Room
	taken int

	// buffer holds what has been read and not used yet: buffer[from:to].
	buffer   []byte
	from, to int
}

const (
	// smallBuffer is the buffer of an idle connection.
	smallBuffer = 512
	// largeBuffer is the buffer of a busy connection.
	largeBuffer = 16 << 10
	// chunk is how much is allocated at first for a longer frame: a length that a
	// peer only claims to send costs nothing.
	chunk = 16 << 10
	// maxEmptyReads is how often in a row reading may bring nothing, without an
	// error.
	maxEmptyReads = 100
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
	// Reason is the peer's text for people. It may be anything.
	Reason string
}

// Error names the code.
func (e *CloseError) Error() string {
	text := "ninchat: wire: connection closed by peer with code " + strconv.Itoa(e.Code)
	if e.Reason != "" {
		text += ": " + strconv.Quote(e.Reason)
	}
	return text
}

// Next reads the next message. It returns nil without error for a keep-alive.
// A message beyond the limits is read to its end, and returned without its
// payload and with Damage set; if even its header is too long, or it goes on
// for too long, Next returns an *[Error]. After an error the Reader must not be
// used any more.
func (r *Reader) Next() (*Message, error) {
	r.Release()
	text, _, fault, err := r.part(PartHeader, r.limits.Header, discardLimit(r.limits.Header))
	if err != nil {
		return nil, err
	}
	if fault != nil {
		// Nothing is known about the message, nor about its parts.
		if fault.Kind == TooLong {
			fault.Kind = TooMuch
		}
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
	limits := r.limits.of(m.Name)
	if err := m.prepare(limits); err != nil {
		return err
	}
	total, header := int64(0), r.taken
	for range m.Frames {
		limit, kind := m.partLimit(limits, total)
		part, size, fault, err := r.part(kind, limit, discardLimit(limits.Total)-total)
		if err != nil {
			return understood(midMessage(err), m)
		}
		total += size
		switch {
		case m.Damage != nil:
		case fault != nil:
			fault.Header = &m.Header
			m.Damage, m.Payload = fault, nil
			r.giveBack(header)
		default:
			m.Payload = append(m.Payload, part)
		}
	}
	return nil
}

// understood adds the header of m to an error that came after it.
func understood(err error, m *Message) error {
	if e, ok := err.(*Error); ok {
		e.Header = &m.Header
	}
	return err
}

// midMessage says that the end of the connection came where it shouldn't.
func midMessage(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// part reads one WebSocket message, put together from its fragments. If it is
// longer than limit, it is thrown away and fault says so, unless it is longer
// than most. size is how long it is.
func (r *Reader) part(kind Part, limit int, most int64) (text []byte, size int64, fault *Error, err error) {
	text = []byte{}
	before := r.taken
	for first := true; ; first = false {
		frame, err := r.frame()
		if err == nil && (frame.op == ws.OpContinuation) == first {
			err = malformed(PartFrame, "a frame is not of the kind that must come next")
		}
		if err != nil && !first {
			err = midMessage(err)
		}
		if err != nil {
			return nil, 0, nil, err
		}
		// The sum of both might not fit.
		if frame.length > most-size {
			return nil, 0, nil, &Error{Kind: TooMuch, Part: kind, Reason: "a message is much too long"}
		}
		size += frame.length
		if size > int64(limit) && fault == nil {
			fault = &Error{Kind: TooLong, Part: kind, Reason: "a message is too long"}
		}
		rest := frame.length
		if fault == nil {
			text, rest, err = r.contents(text, frame)
			if rest > 0 && err == nil {
				fault = &Error{Kind: NoRoom, Part: kind, Reason: "there is no room for the message now"}
			}
		}
		if fault != nil && err == nil {
			text = nil
			r.giveBack(before)
			err = r.discard(rest)
		}
		if err != nil {
			return nil, 0, nil, midMessage(err)
		}
		if frame.final {
			return text, size, fault, nil
		}
	}
}

// frame reads up to the next frame that isn't a control frame, and its header.
func (r *Reader) frame() (frameHeader, error) {
	for {
		h, size, err := parseFrameHeader(r.buffer[r.from:r.to], r.role)
		if err != nil {
			return h, err
		}
		if size == 0 {
			begun := r.from < r.to
			if err := r.fill(); err != nil {
				if begun {
					err = midMessage(err)
				}
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
	payload, _, err := r.contents(make([]byte, 0, h.length), h)
	if err != nil {
		return midMessage(err)
	}
	switch h.op {
	case ws.OpPing, ws.OpPong:
		r.control(h.op, payload)
		return nil
	case ws.OpClose:
	default:
		return malformed(PartFrame, "a control frame is of an unknown kind")
	}
	if len(payload) == 1 {
		return malformed(PartFrame, "a close frame has half of a code")
	}
	r.control(h.op, payload)
	closed := &CloseError{Code: int(ws.StatusNoStatusRcvd)}
	if len(payload) >= 2 {
		closed.Code = int(binary.BigEndian.Uint16(payload))
		closed.Reason = string(payload[2:])
	}
	return closed
}

// contents appends the contents of a frame to dst. Those of a message that isn't
// fragmented get exactly as much memory as they need. rest is how much of the frame
// hasn't been read because there is no room for it.
func (r *Reader) contents(dst []byte, h frameHeader) (text []byte, rest int64, err error) {
	start := len(dst)
	for rest = h.length; rest > 0; {
		if len(dst) == cap(dst) {
			if dst = r.grow(dst, start, rest); dst == nil {
				return nil, rest, nil
			}
		}
		n := int(min(rest, int64(cap(dst)-len(dst))))
		switch {
		case r.from < r.to:
			n = copy(dst[len(dst):len(dst)+n], r.buffer[r.from:r.to])
			r.from += n
		case n >= largeBuffer:
			if _, err := io.ReadFull(r.source, dst[len(dst):len(dst)+n]); err != nil {
				return nil, 0, err
			}
		default:
			if err := r.fill(); err != nil {
				return nil, 0, err
			}
			continue
		}
		dst = dst[:len(dst)+n]
		rest -= int64(n)
	}
	if h.masked {
		ws.Cipher(dst[start:], h.mask, 0)
	}
	return dst, 0, nil
}

// grow makes room for the next bytes of a frame of which rest are missing: as
// much again as there is, at most. start is how much there was before the
// frame; many small fragments must not mean many copies. It returns nil if there is no
// room.
func (r *Reader) grow(dst []byte, start int, rest int64) []byte {
	n := max(int(min(rest, int64(max(chunk, len(dst))))), start/2)
	if !r.take(n) {
		return nil
	}
	bigger := make([]byte, len(dst), len(dst)+n)
	copy(bigger, dst)
	return bigger
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
	for range maxEmptyReads {
		n, err := r.source.Read(r.buffer[r.to:])
		if n > 0 {
			r.to += n
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
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
