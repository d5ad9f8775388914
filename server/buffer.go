package server

import "github.com/ninchat-community/ninchat/internal/ring"

// buffer holds the events of a session until they are acknowledged. The ids of
// the events ascend from 1 without gaps, so an id is a position.
type buffer struct {
	entries ring.Queue[entry]
	// acked is the last event that was acknowledged.
	acked int64
	// bytes is the size of the entries.
	bytes int
}

// last is the id of the newest event, 0 before the first.
func (b *buffer) last() int64 { return b.acked + int64(b.entries.Len()) }

func (b *buffer) push(e entry) (id int64) {
	b.entries.Push(e)
	b.bytes += e.size()
	return b.last()
}

// acknowledge forgets the events up to id.
func (b *buffer) acknowledge(id int64) {
	for b.acked < id && b.entries.Len() > 0 {
		e, _ := b.entries.Pop()
		b.bytes -= e.size()
		e.delivery.release()
		b.acked++
	}
}

// at returns an event that hasn't been acknowledged.
func (b *buffer) at(id int64) entry { return b.entries.At(int(id - b.acked - 1)) }

// disown is for the buffer of a session that has ended: it has to be written, but
// not kept any more.
func (b *buffer) disown() {
	for i := range b.entries.Len() {
		e := b.entries.Ref(i)
		e.delivery.release()
		e.delivery = nil
	}
}
