package conformance_test

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// appendOctets appends a frame of application/octet-stream.
func appendOctets(dst []byte, frame string) []byte {
	switch n := len(frame); {
	case n <= 125:
		dst = append(dst, byte(n))
	case n <= 0xffff:
		dst = binary.BigEndian.AppendUint16(append(dst, 126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 127), uint64(n))
	}
	return append(dst, frame...)
}

var errCut = errors.New("it is cut short")

// splitOctets takes frames of application/octet-stream apart.
func splitOctets(text []byte) (frames []string, err error) {
	for len(text) > 0 {
		n, size := uint64(text[0]), 1
		switch {
		case n == 126 && len(text) >= 3:
			n, size = uint64(binary.BigEndian.Uint16(text[1:])), 3
		case n == 127 && len(text) >= 9:
			n, size = binary.BigEndian.Uint64(text[1:]), 9
		case n > 125:
			return nil, errCut
		}
		text = text[size:]
		if uint64(len(text)) < n {
			return nil, errCut
		}
		frames, text = append(frames, string(text[:n])), text[n:]
	}
	return frames, nil
}

// splitProtobuf takes a message apart all of whose fields are number 1, and bytes.
func splitProtobuf(text []byte) (fields []string, err error) {
	for len(text) > 0 {
		if text[0] != 1<<3|2 {
			return nil, fmt.Errorf("tag %d", text[0])
		}
		n, size := binary.Uvarint(text[1:])
		if size <= 0 || uint64(len(text)-1-size) < n {
			return nil, errCut
		}
		text = text[1+size:]
		fields, text = append(fields, string(text[:n])), text[n:]
	}
	return fields, nil
}
