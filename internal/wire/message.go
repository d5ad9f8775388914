package wire

// Message is a received message.
type Message struct {
	// Header is the scanned envelope.
	Header
	// Text is the complete JSON header.
	Text []byte
	// Payload has the payload parts; nil if there are none.
	Payload [][]byte
	// Damage says that the message exceeded a limit and that its payload was
	// thrown away, nil if it is whole.
	Damage *Error

	// onePart spares an allocation for the most frequent number of parts.
	onePart [1][]byte
}

// Size is about how much memory the message takes, in bytes.
func (m *Message) Size() int {
	size := len(m.Text) + messageOverhead
	for _, part := range m.Payload {
		size += len(part) + partOverhead
	}
	return size
}

// prepare makes room for as many parts as the header announces. If they are too
// many, they are damage; if they are far too many, it returns an error.
func (m *Message) prepare(limits Limits) error {
	if m.Frames > limits.Parts {
		m.Damage = &Error{Kind: TooLong, Part: PartCount, Reason: "a message has too many payload parts", Header: &m.Header}
	}
	if int64(m.Frames) > discardLimit(limits.Parts) {
		m.Damage.Kind = TooMuch
		return m.Damage
	}
	if m.Frames > 0 && m.Damage == nil {
		m.Payload = m.onePart[:0]
	}
	return nil
}

// partLimit returns how long the next part may be, when the parts before it have
// total bytes, and what an error about it is about.
func (m *Message) partLimit(limits Limits, total int64) (limit int, kind Part) {
	if m.Damage != nil {
		// There is no use in keeping the rest.
		return 0, m.Damage.Part
	}
	if rest := int64(limits.Total) - total; rest < int64(limits.Part) {
		return int(rest), PartTotal
	}
	return limits.Part, PartPayload
}

const (
	messageOverhead = 256
	partOverhead    = 32
)

// Outgoing is a message to be sent: an action, or a keep-alive.
type Outgoing struct {
	// Name is the name of the action; "" makes a keep-alive.
	Name string
	// ActionID, EventID and SessionID are left out when they are zero.
	ActionID  int64
	EventID   int64
	SessionID string
	// Params is a JSON object with the parameters, or nil.
	Params []byte
	// Payload has the payload parts.
	Payload [][]byte
}
