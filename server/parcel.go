package server

import (
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
)

// parcel is an event, encoded once and shared by everybody who gets it: in
// buffers, in records of replies, and in the history. It never changes.
type parcel struct {
	name string
	// tail is a JSON object: the header without its envelope.
	tail    []byte
	payload [][]byte
	// kept is what the keeper knows about it, nil if it isn't in the store.
	kept *keptParcel
}

// pack encodes an event. The envelope of the event must be empty: each
// recipient has another one.
func pack(event api.TypedEvent) *parcel {
	tail, err := json.Marshal(event, json.Deterministic(true))
	if err != nil {
		// The values come from this package or have been checked on their way
		// in: failing to encode them is a mistake in the program.
		panic("ninchat: server: encode " + event.EventName() + ": " + err.Error())
	}
	return &parcel{name: event.EventName(), tail: tail}
}

// parcelOverhead is about what a parcel takes besides its contents.
const parcelOverhead = 128

// size is about how much memory the parcel takes.
func (p *parcel) size() int {
	size := parcelOverhead + len(p.tail)
	for _, part := range p.payload {
		size += len(part) + 32
	}
	return size
}

// entry is a parcel on its way to one recipient.
type entry struct {
	*parcel
	// actionID is 0 unless the event is a reply.
	actionID int64
	// remaining is the history_length of a message_received that answers
	// load_history, -1 in all other events.
	remaining int64
	// delivery is how the store knows the event, nil if it doesn't.
	delivery *delivery
}

// plain is an event that answers nothing.
func plain(p *parcel) entry { return entry{parcel: p, remaining: -1} }

// appendHead appends the beginning of a WebSocket header: the envelope, with the
// object left open.
func (e entry) appendHead(dst []byte, eventID int64) []byte {
	dst = e.appendEnvelope(dst, eventID)
	if len(e.payload) > 0 {
		dst = strconv.AppendInt(append(dst, `,"frames":`...), int64(len(e.payload)), 10)
	}
	return dst
}

// appendEnvelope appends what headers have in common everywhere.
func (e entry) appendEnvelope(dst []byte, eventID int64) []byte {
	dst = append(append(append(dst, `{"event":"`...), e.name...), '"')
	if e.actionID != 0 {
		dst = strconv.AppendInt(append(dst, `,"action_id":`...), e.actionID, 10)
	}
	if eventID != 0 {
		dst = strconv.AppendInt(append(dst, `,"event_id":`...), eventID, 10)
	}
	if e.remaining >= 0 {
		dst = strconv.AppendInt(append(dst, `,"history_length":`...), e.remaining, 10)
	}
	return dst
}
