package server

import (
	"time"

	"github.com/ninchat-community/ninchat/server/internal/budget"
)

// intake is what the messages of a connection take, from when they begin to come until
// their actions have been done. It is a [wire.Room], which is used by the goroutine that
// reads.
type intake struct {
	conn *conn
	// held is all of it, and shared the part that counts in the budget of all messages.
	held, shared int64
}

// ownRoom is how much doesn't count of a message, or of what is written: so what is short
// gets through however much others take.
const ownRoom = 4 << 10

// Take implements [wire.Room]. Who takes what others could use has some time to come
// to the end.
func (i *intake) Take(n int) bool {
	more := max(i.held+int64(n)-ownRoom, 0) - i.shared
	if more > 0 && !i.conn.hub.messages.Take(more) {
		return false
	}
	if i.shared == 0 && more > 0 {
		i.hurry(i.conn.hub.pulse.Now().Add(i.conn.hub.config.Stall))
	}
	i.held += int64(n)
	i.shared += more
	return true
}

// Give implements [wire.Room].
func (i *intake) Give(n int) {
	i.held -= int64(n)
	less := i.shared - max(i.held-ownRoom, 0)
	if less == 0 {
		return
	}
	i.conn.hub.messages.Give(less)
	if i.shared -= less; i.shared == 0 {
		i.hurry(time.Time{})
	}
}

// hurry says until when the message has to be there.
func (i *intake) hurry(until time.Time) { _ = i.conn.net.SetReadDeadline(until) }

// beyond is what counts in a budget of n bytes of one connection, at most all that
// there is.
func beyond(b *budget.Budget, n int64) int64 { return min(max(n-ownRoom, 0), b.Limit) }
