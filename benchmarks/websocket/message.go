package websocket

import (
	"fmt"
	"strconv"
	"strings"
)

// Sizes of the parts of a message, in bytes.
const (
	RequestHeaderSize = 130
	ReplyHeaderSize   = 270
	EventHeaderSize   = 246
	PayloadSize       = 59
)

// MaxFrameSize is the longest frame which the stand-in server and the client
// which works on frames accept.
const MaxFrameSize = 1 << 20

const (
	replyPrefix = `{"event":"reply","request":`
	floodPrefix = "flood "
)

// RequestHeader makes a JSON header of RequestHeaderSize bytes. Different
// numbers make different headers.
func RequestHeader(number int) []byte {
	return pad(fmt.Sprintf(`{"action":"send_message","action_id":%d`, number), RequestHeaderSize)
}

// Payload makes a JSON payload of PayloadSize bytes. Different numbers make
// different payloads.
func Payload(number int) []byte {
	return pad(fmt.Sprintf(`{"text":"hello","number":%d`, number), PayloadSize)
}

// FloodPayload makes the payload which asks the stand-in server for a number
// of events instead of a reply.
func FloodPayload(events int) []byte {
	return fmt.Appendf(nil, "%s%0*d", floodPrefix, PayloadSize-len(floodPrefix), events)
}

// ReplyHeader makes the header with which the stand-in server answers a
// request. It carries the header of the request, so the client can verify that
// the server received it unchanged.
func ReplyHeader(request []byte) []byte {
	return pad(replyPrefix+string(request), ReplyHeaderSize)
}

// EventHeader makes the header of an event of a flood.
func EventHeader() []byte {
	return pad(`{"event":"message_received"`, EventHeaderSize)
}

// EventPayload makes the payload of an event of a flood.
func EventPayload() []byte {
	return Payload(0)
}

// floodEvents returns the number of events which a payload asks for.
func floodEvents(payload []byte) (events int, ok bool) {
	digits, ok := strings.CutPrefix(string(payload), floodPrefix)
	if !ok {
		return 0, false
	}
	events, err := strconv.Atoi(digits)
	return events, err == nil
}

// pad completes an open JSON object to size bytes by adding a member to it.
func pad(object string, size int) []byte {
	const member, end = `,"pad":"`, `"}`
	fill := size - len(object) - len(member) - len(end)
	return []byte(object + member + strings.Repeat("x", fill) + end)
}
