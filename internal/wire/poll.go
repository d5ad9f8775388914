package wire

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"unicode/utf8"
)

// With long polling, an action is one JSON object, and what comes back is an
// array of events. The payload, if there is one, is the member payload of the
// object.

// ErrPollPayload says that long polling can't carry an action's payload.
var ErrPollPayload = errors.New("long polling can't carry the payload")

// payloadKey is the member of a polled message that is its payload.
const payloadKey = "payload"

// binaryAction is the action whose payload parts aren't JSON: they travel as an
// array of base64 strings.
const binaryAction = "update_user"

// CheckPoll checks that long polling can carry an action. Errors match
// [ErrPollPayload].
func (o *Outgoing) CheckPoll() error {
	if _, ok := Member(o.Params, payloadKey); ok {
		return fmt.Errorf("%w: there is a parameter of that name", ErrPollPayload)
	}
	if len(o.Payload) == 0 || o.Name == binaryAction {
		return nil
	}
	if len(o.Payload) > 1 {
		return fmt.Errorf("%w: it has %d parts; only one is possible", ErrPollPayload, len(o.Payload))
	}
	s := scanner{text: o.Payload[0]}
	if !utf8.Valid(s.text) {
		s.fail("text isn't valid UTF-8")
	}
	s.value(1)
	s.end()
	if s.fault != "" {
		return fmt.Errorf("%w: it must be JSON, but %s at byte %d", ErrPollPayload, s.fault, s.at)
	}
	return nil
}

// AppendPoll appends an action, as one JSON object, to dst. It must have passed
// [Outgoing.CheckPoll].
func (o *Outgoing) AppendPoll(dst []byte) []byte {
	dst = o.appendEnvelope(dst, 0)
	switch {
	case len(o.Payload) == 0:
	case o.Name == binaryAction:
		dst = appendBinary(append(dst, `,"payload":`...), o.Payload)
	default:
		dst = append(append(dst, `,"payload":`...), o.Payload[0]...)
	}
	return AppendMembers(dst, o.Params)
}

// appendBinary appends an array of base64 strings.
func appendBinary(dst []byte, parts [][]byte) []byte {
	separator := byte('[')
	for _, part := range parts {
		dst = append(dst, separator, '"')
		dst = base64.StdEncoding.AppendEncode(dst, part)
		dst = append(dst, '"')
		separator = ','
	}
	return append(dst, ']')
}

// maxPolled is the largest number of events in one answer. Servers keep some
// thousands for a client that is away.
const maxPolled = 1 << 16

// ParsePoll reads the answer to a request of long polling: a JSON array of
// events. It doesn't keep text. Payloads beyond the limits are damage, as with
// [Reader.Next]; errors are of type *[Error]. names may be nil.
func ParsePoll(text []byte, limits Limits, names *Names) ([]*Message, error) {
	if len(text) > limits.Answer {
		return nil, &Error{Kind: TooMuch, Part: PartTotal, Reason: "an answer is too long"}
	}
	s := scanner{text: text}
	if s.next() != '[' {
		return nil, malformed(PartHeader, "the answer isn't a JSON array%s", guess(s.next()))
	}
	var messages []*Message
	var fault error
	s.elements(func(element []byte) bool {
		if len(messages) == maxPolled {
			fault = &Error{Kind: TooMuch, Part: PartCount, Reason: "an answer has too many events"}
			return false
		}
		var m *Message
		m, fault = parsePolled(element, limits, names)
		messages = append(messages, m)
		return fault == nil
	})
	if fault != nil {
		return nil, fault
	}
	if s.end(); s.fault != "" {
		return nil, malformed(PartHeader, "answer: %s at byte %d", s.fault, s.at)
	}
	return messages, nil
}

// guess says what an answer that begins with a byte might be.
func guess(first byte) string {
	if first == '<' {
		return " but HTML, as from a proxy"
	}
	return ""
}

// parsePolled reads one event, which is a JSON value.
func parsePolled(text []byte, limits Limits, names *Names) (*Message, error) {
	m := &Message{}
	rest, payload, err := cutPayload(text)
	if err != nil {
		return nil, err
	}
	if len(rest) > limits.Header {
		return nil, &Error{Kind: TooMuch, Part: PartHeader, Reason: "a message is too long"}
	}
	if m.Header, err = ScanHeader(rest, names); err != nil {
		return nil, err
	}
	m.Text = rest
	switch {
	case len(payload) > min(limits.Part, limits.Total):
		m.Damage = &Error{Kind: TooLong, Part: PartPayload, Reason: "a message is too long", Header: &m.Header}
	case payload != nil && !utf8.Valid(payload):
		return nil, malformed(PartPayload, "a payload isn't valid UTF-8")
	case payload != nil:
		m.Payload = append(m.onePart[:0], bytes.Clone(payload))
	case m.Frames > 0:
		m.Damage = &Error{Kind: TooLong, Part: PartPayload, Reason: "the server left it out of its answer", Header: &m.Header}
	}
	return m, nil
}

// cutPayload splits an event into a copy without its payload, and the payload,
// which is nil if there is none.
func cutPayload(text []byte) (rest, payload []byte, err error) {
	s := scanner{text: text}
	from, to := 0, 0
	start := 0
	s.members(func(key []byte) {
		value := s.value(1)
		switch {
		case string(key) != payloadKey:
		case to != 0:
			s.fail("payload comes twice")
		default:
			payload = value
			from, to = start, s.at
		}
		start = s.at
	})
	if s.fault != "" {
		return nil, nil, malformed(PartHeader, "event: %s at byte %d", s.fault, s.at)
	}
	if to == 0 {
		return bytes.Clone(text), nil, nil
	}
	if string(payload) == "null" {
		payload = nil
	}
	return join(text, from, to), payload, nil
}

// join makes an object of another without the member from from to to. The comma
// before the member goes with it, or, if it is the first, the brace before and
// the comma after it.
func join(text []byte, from, to int) []byte {
	head, tail := text[:from], text[to:]
	if from == 0 {
		head, tail = []byte("{"), bytes.TrimLeft(tail, " \t\r\n")
		tail = bytes.TrimPrefix(tail, []byte(","))
	}
	return append(append(make([]byte, 0, len(head)+len(tail)), head...), tail...)
}
