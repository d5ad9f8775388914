package wire

import "fmt"

// ErrorKind says what an [Error] means for the connection.
type ErrorKind uint8

const (
	// Malformed means that the bytes make no sense. Where one message ends and
	// the next begins is no longer known: the connection is of no further use.
	Malformed ErrorKind = iota
	// TooLong means that a limit was exceeded, and that the message was read to
	// its end and thrown away: the connection can go on.
	TooLong
	// TooMuch means that a limit was exceeded by so much that the rest wasn't
	// worth reading: the connection is of no further use.
	TooMuch
	// NoRoom means that a [Room] was full, and that the message was read to its end and
	// thrown away: the connection can go on, unless it was the header.
	NoRoom
)

// Error says what is wrong with what a peer sent.
type Error struct {
	// Kind says whether the connection can go on.
	Kind ErrorKind
	// Part is what the error is about.
	Part Part
	// Reason is a sentence without a full stop.
	Reason string
	// Header is the header of the message, if it was understood.
	Header *Header
}

// Part is the piece of a message that an [Error] is about.
type Part uint8

// The pieces of a message.
const (
	PartFrame   Part = iota // a WebSocket frame
	PartHeader              // the JSON header
	PartCount               // the number of payload parts
	PartPayload             // a payload part
	PartTotal               // all payload parts together
)

// Error says what is wrong.
func (e *Error) Error() string { return "ninchat: wire: " + e.Reason }

func malformed(part Part, format string, args ...any) *Error {
	return &Error{Kind: Malformed, Part: part, Reason: fmt.Sprintf(format, args...)}
}
