package wire

// Assembler puts messages together from WebSocket messages that something else
// has read, as a browser does. It isn't safe for concurrent use.
type Assembler struct {
	limits Limits
	names  Names
	// message is the one whose parts are coming, nil between messages; missing
	// is how many of them, and total the size of those that have come.
	message *Message
	missing int
	total   int64
}

// NewAssembler makes an Assembler.
func NewAssembler(limits Limits) *Assembler { return &Assembler{limits: limits} }

// Add takes the next WebSocket message, which it keeps. It returns a message
// when its last part has come; complete with a nil message is a keep-alive. As
// with [Reader.Next], a message beyond the limits comes without its payload and
// with Damage set, and after an error the Assembler must not be used any more.
func (a *Assembler) Add(text []byte) (m *Message, complete bool, err error) {
	if a.message == nil {
		return a.begin(text)
	}
	if err := a.part(text); err != nil {
		return nil, false, err
	}
	return a.end()
}

// begin takes a header.
func (a *Assembler) begin(text []byte) (m *Message, complete bool, err error) {
	if len(text) == 0 {
		return nil, true, nil
	}
	if len(text) > a.limits.Header {
		return nil, false, &Error{Kind: TooMuch, Part: PartHeader, Reason: "a message is too long"}
	}
	m = &Message{Text: text}
	if m.Header, err = ScanHeader(text, &a.names); err != nil {
		return nil, false, err
	}
	if err := m.prepare(a.limits); err != nil {
		return nil, false, err
	}
	a.message, a.missing, a.total = m, m.Frames, 0
	return a.end()
}

// part takes a payload part.
func (a *Assembler) part(part []byte) error {
	m := a.message
	a.missing--
	limits := a.limits.of(m.Name)
	limit, kind := m.partLimit(limits, a.total)
	a.total += int64(len(part))
	switch {
	case a.total > discardLimit(limits.Total):
		return &Error{Kind: TooMuch, Part: kind, Reason: "a message is much too long", Header: &m.Header}
	case m.Damage != nil:
	case len(part) > limit:
		m.Damage = &Error{Kind: TooLong, Part: kind, Reason: "a message is too long", Header: &m.Header}
		m.Payload = nil
	default:
		m.Payload = append(m.Payload, part)
	}
	return nil
}

// end returns the message if it is complete.
func (a *Assembler) end() (m *Message, complete bool, err error) {
	if a.missing > 0 {
		return nil, false, nil
	}
	m, a.message = a.message, nil
	return m, true, nil
}
