package wire

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// AppendHeader appends the JSON header of an action to dst.
func (o *Outgoing) AppendHeader(dst []byte) []byte {
	return AppendMembers(o.appendEnvelope(dst, len(o.Payload)), o.Params)
}

// appendEnvelope appends the members that aren't parameters. The object isn't
// closed.
func (o *Outgoing) appendEnvelope(dst []byte, frames int) []byte {
	dst = append(dst, `{"action":`...)
	dst = AppendString(dst, o.Name)
	dst = appendID(dst, `,"action_id":`, o.ActionID)
	dst = appendID(dst, `,"event_id":`, o.EventID)
	dst = appendID(dst, `,"frames":`, int64(frames))
	if o.SessionID != "" {
		dst = append(dst, `,"session_id":`...)
		dst = AppendString(dst, o.SessionID)
	}
	return dst
}

// CheckParams checks that params, if not nil, is a JSON object that can become
// part of a header.
func CheckParams(params []byte) error {
	if params == nil {
		return nil
	}
	s := scanner{text: params}
	if !utf8.Valid(params) {
		s.fail("text isn't valid UTF-8")
	}
	envelope := ""
	s.members(func(key []byte) {
		s.value(1)
		switch string(key) {
		case "action", "event", "action_id", "event_id", "frames", "session_id":
			envelope = string(key)
		}
	})
	s.end()
	switch {
	case s.fault != "":
		return fmt.Errorf("parameters: %s at byte %d", s.fault, s.at)
	case envelope != "":
		return fmt.Errorf("parameters: %s isn't one: it is set when the action is sent", envelope)
	}
	return nil
}

func appendID(dst []byte, key string, id int64) []byte {
	if id == 0 {
		return dst
	}
	return strconv.AppendInt(append(dst, key...), id, 10)
}

// AppendMembers appends the members of a JSON object to the members of another
// that dst ends with, which has at least one and isn't closed yet, and closes
// it.
func AppendMembers(dst, object []byte) []byte {
	s := scanner{text: object}
	if s.next() != '{' {
		return append(dst, '}')
	}
	s.at++
	if s.next() == '}' {
		return append(dst, '}')
	}
	dst = append(dst, ',')
	return append(dst, object[s.at:]...)
}

// AppendString appends a JSON string.
func AppendString(dst []byte, text string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			dst = appendASCII(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		dst = utf8.AppendRune(dst, r)
		i += size
	}
	return append(dst, '"')
}

func appendASCII(dst []byte, c byte) []byte {
	const digits = "0123456789abcdef"
	switch {
	case c == '"' || c == '\\':
		return append(dst, '\\', c)
	case c < ' ':
		return append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
	}
	return append(dst, c)
}
