package wire

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
	// Answer is the longest answer to a request of long polling.
	Answer int
}

// discardFactor says when reading a message to its end is given up: when it goes
// beyond its limits this many times.
const discardFactor = 4

// DefaultLimits are the limits of a client. They are far above what the service
// sends: an event with 1,000 channel members has a header of about 200 kB.
func DefaultLimits() Limits {
	return Limits{Header: 4 << 20, Parts: 256, Part: 16 << 20, Total: 32 << 20, Answer: 64 << 20}
}
