package server

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/internal/wire"
)

// text is the answer to a poll: an array of events.
func (p *pollRequest) text() []byte {
	text := []byte{'['}
	for i := range p.items {
		text = p.hub.appendObject(text, &p.items[i], p.arrays)
	}
	for _, e := range p.direct {
		text = p.hub.appendObject(text, &item{entry: e}, p.arrays)
	}
	return append(bytes.TrimSuffix(text, []byte{','}), ']')
}

// appendObject appends an event as one JSON object with its payload in it, and a
// comma.
func (h *hub) appendObject(dst []byte, it *item, arrays bool) []byte {
	var room [256]byte
	head := it.appendEnvelope(room[:0], it.id)
	if part := it.jsonPayload(arrays); part != nil {
		head = append(append(head, `,"payload":`...), part...)
	} else if arrays && len(it.payload) > 0 {
		// Who takes any payload can be told that this one is left out.
		head = strconv.AppendInt(append(head, `,"frames":`...), int64(len(it.payload)), 10)
	}
	h.check(it, head)
	return append(wire.AppendMembers(append(dst, head...), it.tail), ',')
}

// jsonPayload is the payload if it can be part of a JSON object, nil if not: what
// has several parts can't, nor what isn't JSON. What isn't an object would send
// published clients into an endless loop, so they are spared it. As they can't be
// told that a payload is left out, they get the first of several parts, which is all
// that they send themselves.
func (e entry) jsonPayload(arrays bool) []byte {
	if n := len(e.payload); n == 0 || n > 1 && arrays {
		return nil
	}
	part := jsontext.Value(e.payload[0])
	if !arrays && !isObject(part) || !part.IsValid(jsontext.AllowDuplicateNames(true)) {
		return nil
	}
	return part
}

// isObject reports whether JSON text is an object.
func isObject(text []byte) bool { return jsontext.Value(text).Kind() == '{' }
