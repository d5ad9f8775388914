package wire

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// Role tells the two ends of a WebSocket apart: what a client sends is masked,
// what a server sends isn't (RFC 6455, section 5.1).
type Role uint8

// The roles.
const (
	Client Role = iota
	Server
)

// maxControl is the longest payload of a control frame (RFC 6455, section 5.5).
const maxControl = 125

// Mask makes the masking key of a frame. A key must be hard to guess: use
// something like math/rand/v2's ChaCha8 seeded by the system.
type Mask func() uint32

// Encoder appends WebSocket frames to buffers.
type Encoder struct {
	// Mask is nil for a server.
	Mask Mask
}

// AppendFrame appends a complete, unfragmented frame.
func (e Encoder) AppendFrame(dst []byte, op ws.OpCode, payload []byte) []byte {
	dst, mask := e.appendFrameHeader(dst, op, len(payload))
	start := len(dst)
	dst = append(dst, payload...)
	e.cipher(dst[start:], mask)
	return dst
}

// AppendAction appends the frames of an action, or of a keep-alive.
func (e Encoder) AppendAction(dst []byte, o *Outgoing) []byte {
	if o.Name == "" {
		return e.AppendFrame(dst, ws.OpBinary, nil)
	}
	dst = e.appendText(dst, o.AppendHeader)
	for _, part := range o.Payload {
		dst = e.AppendFrame(dst, ws.OpBinary, part)
	}
	return dst
}

// AppendEvent appends the frames of an event whose header is made of the
// members of head, which isn't closed yet, and those of the JSON object tail.
// Frames that are valid UTF-8 become text frames: some clients read nothing
// else.
func (e Encoder) AppendEvent(dst, head, tail []byte, payload [][]byte) []byte {
	dst = e.appendText(dst, func(dst []byte) []byte {
		return AppendMembers(append(dst, head...), tail)
	})
	for _, part := range payload {
		op := ws.OpBinary
		if utf8.Valid(part) {
			op = ws.OpText
		}
		dst = e.AppendFrame(dst, op, part)
	}
	return dst
}

// appendText appends a text frame whose contents are appended by text. Room for
// the longest frame header is left first, as the length isn't known yet.
func (e Encoder) appendText(dst []byte, text func([]byte) []byte) []byte {
	var room [ws.MaxHeaderSize]byte
	start := len(dst)
	dst = text(append(dst, room[:]...))
	contents := dst[start+len(room):]
	var small [ws.MaxHeaderSize]byte
	header, mask := e.appendFrameHeader(small[:0], ws.OpText, len(contents))
	e.cipher(contents, mask)
	n := copy(dst[start:], header)
	n += copy(dst[start+n:], contents)
	return dst[:start+n]
}

func (e Encoder) appendFrameHeader(dst []byte, op ws.OpCode, length int) ([]byte, [4]byte) {
	var mask [4]byte
	var masked byte
	if e.Mask != nil {
		masked = 0x80
		binary.LittleEndian.PutUint32(mask[:], e.Mask())
	}
	dst = append(dst, 0x80|byte(op))
	switch {
	case length <= 125:
		dst = append(dst, masked|byte(length))
	case length <= 0xffff:
		dst = append(dst, masked|126)
		dst = binary.BigEndian.AppendUint16(dst, uint16(length))
	default:
		dst = append(dst, masked|127)
		dst = binary.BigEndian.AppendUint64(dst, uint64(length))
	}
	if masked != 0 {
		dst = append(dst, mask[:]...)
	}
	return dst, mask
}

func (e Encoder) cipher(contents []byte, mask [4]byte) {
	if e.Mask != nil {
		ws.Cipher(contents, mask, 0)
	}
}

// frameHeader is the header of a received frame.
type frameHeader struct {
	op     ws.OpCode
	final  bool
	masked bool
	mask   [4]byte
	length int64
}

// parseFrameHeader reads a frame header. It returns 0 if text is too short to
// have it all.
func parseFrameHeader(text []byte, role Role) (h frameHeader, size int, err error) {
	if len(text) < 2 {
		return h, 0, nil
	}
	h.final = text[0]&0x80 != 0
	h.op = ws.OpCode(text[0] & 0x0f)
	h.masked = text[1]&0x80 != 0
	if text[0]&0x70 != 0 {
		return h, 0, malformed(PartFrame, "a frame uses an extension that wasn't agreed on")
	}
	if h.masked != (role == Server) {
		return h, 0, malformed(PartFrame, "a frame is masked by the wrong side")
	}
	size, ok := h.parseLength(text)
	if !ok {
		return h, 0, nil
	}
	if h.length < 0 {
		return h, 0, malformed(PartFrame, "a frame's length is negative")
	}
	if h.op.IsControl() && (!h.final || h.length > maxControl) {
		return h, 0, malformed(PartFrame, "a control frame is fragmented or too long")
	}
	if h.masked {
		if len(text) < size+4 {
			return h, 0, nil
		}
		size += copy(h.mask[:], text[size:])
	}
	return h, size, nil
}

func (h *frameHeader) parseLength(text []byte) (size int, ok bool) {
	switch short := text[1] & 0x7f; short {
	case 126:
		if len(text) < 4 {
			return 0, false
		}
		h.length = int64(binary.BigEndian.Uint16(text[2:]))
		return 4, true
	case 127:
		if len(text) < 10 {
			return 0, false
		}
		h.length = int64(binary.BigEndian.Uint64(text[2:]))
		return 10, true
	default:
		h.length = int64(short)
		return 2, true
	}
}
