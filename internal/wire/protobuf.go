package wire

import (
	"encoding/binary"
	"iter"
)

// An application/x-protobuf body is a message of these types:
//
//	message Response { repeated Event event = 1; }
//	message Event    { repeated bytes frame = 1; }
//
// The first frame of an event is its header. All that is needed of Protocol
// Buffers for that are tags, varints and lengths; see
// https://protobuf.dev/programming-guides/encoding/.

// The wire types of Protocol Buffers.
const (
	protobufVarint  = 0
	protobufFixed64 = 1
	protobufBytes   = 2
	protobufFixed32 = 5
)

// protobufTag is the tag of field 1 with bytes: both of event and of frame.
const protobufTag = 1<<3 | protobufBytes

// AppendProtobufEvent appends an event to an application/x-protobuf body: its
// header and payload parts. A body is nothing but its events, one after the
// other.
func AppendProtobufEvent(dst, header []byte, payload ...[]byte) []byte {
	size := protobufSize(len(header))
	for _, part := range payload {
		size += protobufSize(len(part))
	}
	dst = binary.AppendUvarint(append(dst, protobufTag), uint64(size))
	dst = appendProtobufBytes(dst, header)
	for _, part := range payload {
		dst = appendProtobufBytes(dst, part)
	}
	return dst
}

func appendProtobufBytes(dst, text []byte) []byte {
	dst = binary.AppendUvarint(append(dst, protobufTag), uint64(len(text)))
	return append(dst, text...)
}

// protobufSize is what length bytes take as a field.
func protobufSize(length int) int {
	size := 2 + length
	for n := length; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}

// ProtobufMessages reads an application/x-protobuf body with any number of
// messages. If a header counts its payload parts, it must be right. A message
// beyond the limits has no payload, and Damage set. Errors are of type *[Error];
// an error comes after the messages before it, and last. Fields that aren't
// known are skipped. The messages refer to body.
func ProtobufMessages(body []byte, limits Limits) iter.Seq2[*Message, error] {
	return func(yield func(*Message, error) bool) {
		c := collector{limits: limits}
		for event, err := range protobufFields(body) {
			var m *Message
			if err == nil {
				m, err = c.protobufMessage(event)
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// protobufMessage makes a message of the text of an event.
func (c *collector) protobufMessage(event []byte) (*Message, error) {
	c.message = nil
	parts := -1
	for frame, err := range protobufFields(event) {
		if err == nil && c.message == nil {
			err = c.begin(frame)
		} else if err == nil {
			c.add(frame)
		}
		switch {
		case err != nil && c.message != nil:
			return nil, understood(err, c.message)
		case err != nil:
			return nil, err
		}
		parts++
	}
	if c.message == nil {
		return nil, malformed(PartHeader, "an event has no header")
	}
	return c.counted(parts)
}

// protobufFields returns the texts of field 1, which must be bytes, and skips
// all other fields. An error is the last element.
func protobufFields(text []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for rest := text; len(rest) > 0; {
			number, contents, after, err := cutProtobuf(rest)
			if err != nil {
				yield(nil, err)
				return
			}
			rest = after
			if number == 1 && !yield(contents, nil) {
				return
			}
		}
	}
}

// maxProtobufField is the largest field number.
const maxProtobufField = 1<<29 - 1

// cutProtobuf cuts a field off text. It has contents if it is bytes, as field 1
// must be.
func cutProtobuf(text []byte) (number uint64, contents, rest []byte, err error) {
	tag, rest, ok := cutVarint(text)
	if number = tag >> 3; !ok || number == 0 || number > maxProtobufField {
		return 0, nil, nil, malformed(PartFrame, "the tag of a protobuf field makes no sense")
	}
	kind := tag & 7
	if number == 1 && kind != protobufBytes {
		return 0, nil, nil, malformed(PartFrame, "protobuf field 1 isn't bytes")
	}
	var length uint64
	switch kind {
	case protobufVarint:
		_, rest, ok = cutVarint(rest)
	case protobufFixed64:
		length = 8
	case protobufFixed32:
		length = 4
	case protobufBytes:
		length, rest, ok = cutVarint(rest)
	default:
		return 0, nil, nil, malformed(PartFrame, "a protobuf field is of an unknown type")
	}
	if !ok || length > uint64(len(rest)) {
		return 0, nil, nil, malformed(PartFrame, "a protobuf field is incomplete")
	}
	return number, rest[:length:length], rest[length:], nil
}

// cutVarint cuts a varint off text.
func cutVarint(text []byte) (n uint64, rest []byte, ok bool) {
	n, size := binary.Uvarint(text)
	if size <= 0 {
		return 0, nil, false
	}
	return n, text[size:], true
}
