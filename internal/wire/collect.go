package wire

// collector makes messages of the frames of a text that is complete in memory,
// as the body of an HTTP request or answer. Nothing is copied: messages refer to
// the text.
type collector struct {
	limits Limits
	names  Names
	// message is the one that is being put together, and total the size of its
	// payload so far.
	message *Message
	total   int
}

// begin begins a message with its header.
func (c *collector) begin(header []byte) error {
	if len(header) > c.limits.Header {
		return &Error{Kind: TooLong, Part: PartHeader, Reason: "a header is too long"}
	}
	envelope, err := ScanHeader(header, &c.names)
	if err != nil {
		return err
	}
	c.message = &Message{Header: envelope, Text: header}
	c.total = 0
	return nil
}

// add adds a payload part. When that exceeds a limit, the message loses its
// payload and is damaged, as with [Reader.Next].
func (c *collector) add(part []byte) {
	m := c.message
	limits := c.limits.of(m.Name)
	switch {
	case m.Damage != nil:
	case len(m.Payload) == limits.Parts:
		c.damage(PartCount, "a message has too many payload parts")
	case len(part) > limits.Part:
		c.damage(PartPayload, "a payload part is too long")
	case len(part) > limits.Total-c.total:
		c.damage(PartTotal, "a payload is too long")
	default:
		c.total += len(part)
		if m.Payload == nil {
			m.Payload = m.onePart[:0]
		}
		m.Payload = append(m.Payload, part)
	}
}

func (c *collector) damage(part Part, reason string) {
	m := c.message
	m.Damage, m.Payload = &Error{Kind: TooLong, Part: part, Reason: reason, Header: &m.Header}, nil
}
