package server

import (
	"encoding/binary"

	"github.com/ninchat-community/ninchat/internal/ring"
)

// past remembers actions whose replies have been acknowledged for long. They can
// still come again: a request of long polling may be read long after its client
// has given it up, sent the action again and gone on.
type past struct {
	ids  ring.Queue[int64]
	sums map[int64]uint64
}

// maxPast is how many are remembered. Clients have about as many on their way, at
// most.
const maxPast = 4096

func (p *past) add(id int64, digest actionDigest) {
	if p.sums == nil {
		p.sums = make(map[int64]uint64)
	}
	if _, ok := p.sums[id]; !ok {
		p.ids.Push(id)
	}
	p.sums[id] = digest.short()
	if p.ids.Len() > maxPast {
		oldest, _ := p.ids.Pop()
		delete(p.sums, oldest)
	}
}

// has reports whether the action is one of them. Another one may have the same
// id: there are clients that count from 1 again after resuming a session.
func (p *past) has(c *call) bool {
	sum, ok := p.sums[c.message.ActionID]
	return ok && sum == c.digest().short()
}

// short is enough to tell an action from others with the same id.
func (d actionDigest) short() uint64 { return binary.BigEndian.Uint64(d[:]) }
