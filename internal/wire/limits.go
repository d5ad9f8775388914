package wire

import "math"

// Limits bounds what a peer may send. All sizes are in bytes.
type Limits struct {
	// Header is the longest header.
	Header int
	// Parts is the largest number of payload parts in a message.
	Parts int
	// Part is the longest payload part.
	Part int
	// Total is the largest sum of the payload parts of a message.
	Total int
	// Large is an exception for one kind of message.
	Large Large
	// Answer is the longest answer to a request of long polling.
	Answer int
}

// Large names messages whose payload may be longer than that of others.
type Large struct {
	// Name is the name of the action, "" for none.
	Name string
	// Part is the longest payload part, and the largest sum of them.
	Part int
}

// of returns the limits for messages with a name.
func (l Limits) of(name string) Limits {
	if l.Large.Name != "" && name == l.Large.Name {
		l.Part, l.Total = l.Large.Part, l.Large.Part
	}
	return l
}

// discardFactor says when reading a message to its end is given up: when it goes
// beyond its limits this many times.
const discardFactor = 4

// discardLimit is where reading to the end is given up. Limits may be as large as
// an int can be.
func discardLimit(limit int) int64 {
	return discardFactor * min(int64(limit), math.MaxInt64/discardFactor)
}

// DefaultLimits are the limits of a client. They are far above what the service
// sends: an event with 1,000 channel members has a header of about 200 kB.
func DefaultLimits() Limits {
	return Limits{Header: 4 << 20, Parts: 256, Part: 16 << 20, Total: 32 << 20, Answer: 64 << 20}
}
