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
