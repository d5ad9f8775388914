package wire

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Header is the envelope of a message: the members of its JSON header that
// matter for bringing it to where it belongs.
type Header struct {
	// Name is the value of event or action.
	Name string
	// IsAction tells whether the name was in action.
	IsAction bool
	// EventID is the event's place in its session, or, on an action, the last
	// event that the client acknowledges. 0 if absent.
	EventID int64
	// ActionID is 0 if absent.
	ActionID int64
	// Frames is the number of payload parts.
	Frames int
	// HistoryLength is the history_length of an event, 0 if absent or not an
	// integer.
	HistoryLength int64
	// HasResults tells whether a users or channels member with anything in it
	// is there.
	HasResults bool
	// SessionID is "" if absent.
	SessionID string
}

// Names turns the bytes of a name into a string without allocating, for names
// that it has seen before. The zero Names is ready; it isn't safe for
// concurrent use.
type Names struct {
	seen map[string]string
}

// A peer may make names up: this many are remembered, and no longer ones.
const (
	maxNames = 256
	maxName  = 64
)

func (n *Names) intern(name []byte) string {
	if n == nil || len(name) > maxName {
		return string(name)
	}
	if known, ok := n.seen[string(name)]; ok {
		return known
	}
	fresh := string(name)
	if n.seen == nil {
		n.seen = make(map[string]string, 8)
	}
	if len(n.seen) < maxNames {
		n.seen[fresh] = fresh
	}
	return fresh
}

// ScanHeader checks that text is a JSON object in valid UTF-8, and picks out the
// envelope. It reads every byte, so that what follows needs no second check.
// names may be nil. Errors are of type *[Error] and kind [Malformed].
func ScanHeader(text []byte, names *Names) (Header, error) {
	h := headerScan{scanner: scanner{text: text}, names: names}
	if !utf8.Valid(text) {
		h.fail("the header isn't valid UTF-8")
	}
	if h.fault == "" {
		h.scan()
	}
	if h.fault == "" && h.Name == "" && !h.seen.has(seenName) {
		h.fail("the header has neither event nor action")
	}
	if h.fault != "" {
		return Header{}, &Error{Kind: Malformed, Part: PartHeader, Reason: fmt.Sprintf("header: %s at byte %d", h.fault, h.at)}
	}
	return h.Header, nil
}

// headerScan is the state of one ScanHeader.
type headerScan struct {
	scanner
	Header
	names *Names
	seen  seenSet
}

type seenSet uint8

const (
	seenName seenSet = 1 << iota
	seenEventID
	seenActionID
	seenFrames
	seenSessionID
)

func (s seenSet) has(member seenSet) bool { return s&member != 0 }

func (h *headerScan) scan() {
	h.members(func(key []byte) { h.member(key, h.value(1)) })
	h.end()
}

func (h *headerScan) member(key, value []byte) {
	if h.fault != "" {
		return
	}
	switch string(key) {
	case "event":
		h.setName(value, false)
	case "action":
		h.setName(value, true)
	case "event_id":
		h.EventID = h.integer(seenEventID, "event_id", value)
	case "action_id":
		h.ActionID = h.integer(seenActionID, "action_id", value)
	case "frames":
		h.setFrames(value)
	case "history_length":
		h.HistoryLength, _ = integer(value)
	case "session_id":
		h.setSessionID(value)
	case "users", "channels":
		h.HasResults = h.HasResults || !isEmpty(value)
	}
}

// isEmpty reports whether a JSON value has nothing in it: neither members nor
// elements.
func isEmpty(value []byte) bool {
	s := scanner{text: value}
	if c := s.next(); c != '{' && c != '[' {
		return true
	}
	s.at++
	c := s.next()
	return c == '}' || c == ']'
}

// once refuses members that come twice: which one counts would be anybody's
// guess.
func (h *headerScan) once(member seenSet, name string) bool {
	if h.seen.has(member) {
		h.fail(name + " comes twice")
		return false
	}
	h.seen |= member
	return true
}

func (h *headerScan) setName(value []byte, isAction bool) {
	if !h.once(seenName, "event or action") {
		return
	}
	if len(value) < 3 || value[0] != '"' {
		h.fail("event or action isn't a string with something in it")
		return
	}
	h.IsAction = isAction
	name := value[1 : len(value)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		h.Name = unescape(name)
		return
	}
	h.Name = h.names.intern(name)
}

func (h *headerScan) integer(member seenSet, name string, value []byte) int64 {
	if !h.once(member, name) {
		return 0
	}
	n, ok := integer(value)
	if !ok {
		h.fail(name + " isn't an integer from 0 to 9223372036854775807")
	}
	return n
}

// maxFrames keeps the number of frames within an int everywhere.
const maxFrames = 1 << 30

func (h *headerScan) setFrames(value []byte) {
	n := h.integer(seenFrames, "frames", value)
	if n > maxFrames {
		h.fail("frames is too large")
		return
	}
	h.Frames = int(n)
}

func (h *headerScan) setSessionID(value []byte) {
	if !h.once(seenSessionID, "session_id") {
		return
	}
	text, ok := Unquote(value)
	if !ok {
		h.fail("session_id isn't a string")
		return
	}
	h.SessionID = text
}

// Member returns the value of a member of a header, as JSON text. header must
// have passed [ScanHeader].
func Member(header []byte, name string) (value []byte, ok bool) {
	s := scanner{text: header}
	s.members(func(key []byte) {
		v := s.value(1)
		if !ok && string(key) == name {
			value, ok = v, true
		}
	})
	return value, ok && s.fault == ""
}

// StringMember returns the value of a member that is a string, "" if it isn't
// there or something else.
func StringMember(header []byte, name string) string {
	value, _ := Member(header, name)
	text, _ := Unquote(value)
	return text
}

// BoolMember reports whether a member is true.
func BoolMember(header []byte, name string) bool {
	value, _ := Member(header, name)
	return string(value) == "true"
}
