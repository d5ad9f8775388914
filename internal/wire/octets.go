package wire

import (
	"encoding/binary"
	"iter"
	"math"
)

// AppendOctets appends a frame of an application/octet-stream body: its size,
// which takes one, three or nine bytes like that of a WebSocket frame, and the
// frame itself. An action is the frame of its header, and one for each payload
// part.
func AppendOctets(dst, frame []byte) []byte {
	switch length := len(frame); {
	case length <= 125:
		dst = append(dst, byte(length))
	case length <= 0xffff:
		dst = binary.BigEndian.AppendUint16(append(dst, 126), uint16(length))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 127), uint64(length))
	}
	return append(dst, frame...)
}

// ParseOctetAction reads an application/octet-stream body with one message: the
// first frame is its header, and all others are its payload. If the header
// counts the frames, it must be right. A message beyond the limits has no
// payload, and Damage set. Errors are of type *[Error]. The message refers to
// body.
func ParseOctetAction(body []byte, limits Limits) (*Message, error) {
	c := collector{limits: limits}
	header, rest, err := cutOctets(body)
	if err != nil {
		return nil, err
	}
	if err := c.begin(header); err != nil {
		return nil, err
	}
	parts := 0
	for ; len(rest) > 0; parts++ {
		var part []byte
		if part, rest, err = cutOctets(rest); err != nil {
			return nil, understood(err, c.message)
		}
		c.add(part)
	}
	return c.counted(parts)
}

// OctetMessages reads an application/octet-stream body with any number of
// messages. The header of each counts its payload parts. Limits and errors are
// as with [ParseOctetAction]; an error comes after the messages before it, and
// last.
func OctetMessages(body []byte, limits Limits) iter.Seq2[*Message, error] {
	return func(yield func(*Message, error) bool) {
		c := collector{limits: limits}
		for rest := body; len(rest) > 0; {
			m, err := c.octetMessage(&rest)
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// octetMessage cuts one message off rest.
func (c *collector) octetMessage(rest *[]byte) (*Message, error) {
	header, after, err := cutOctets(*rest)
	if err != nil {
		return nil, err
	}
	if err := c.begin(header); err != nil {
		return nil, err
	}
	for range c.message.Frames {
		var part []byte
		if part, after, err = cutOctets(after); err != nil {
			return nil, understood(err, c.message)
		}
		c.add(part)
	}
	*rest = after
	return c.message, nil
}

// counted returns the message, which has so many payload parts. Its header may
// have counted them itself.
func (c *collector) counted(parts int) (*Message, error) {
	m := c.message
	if m.Frames != 0 && m.Frames != parts {
		return nil, understood(malformed(PartCount, "a header counts %d payload parts, but there are %d", m.Frames, parts), m)
	}
	m.Frames = parts
	return m, nil
}

// cutOctets cuts a frame off text.
func cutOctets(text []byte) (frame, rest []byte, err error) {
	if len(text) == 0 {
		return nil, nil, malformed(PartFrame, "a frame is missing")
	}
	length, rest := uint64(text[0]), text[1:]
	switch {
	case length > 127:
		return nil, nil, malformed(PartFrame, "the first byte of a frame's size is above 127")
	case length == 126 && len(rest) >= 2:
		length, rest = uint64(binary.BigEndian.Uint16(rest)), rest[2:]
	case length == 127 && len(rest) >= 8:
		length, rest = binary.BigEndian.Uint64(rest), rest[8:]
	case length >= 126:
		return nil, nil, malformed(PartFrame, "a frame's size is incomplete")
	}
	if length > math.MaxInt64 {
		return nil, nil, malformed(PartFrame, "a frame's size is negative")
	}
	if length > uint64(len(rest)) {
		return nil, nil, malformed(PartFrame, "a frame is incomplete")
	}
	return rest[:length:length], rest[length:], nil
}
