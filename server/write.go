package server

import (
	"log/slog"
	"sync"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/spec"
)

// batch is what is written at once.
type batch struct {
	items []item
	// pong is the payload of a pong frame, if there is one.
	pong    []byte
	hasPong bool
	alive   bool
	// final means that a close frame follows, and nothing after it.
	final  bool
	code   ws.StatusCode
	reason string
	bytes  []byte
	// size is about how long the bytes become.
	size int
	// mark is what must have been kept before anything is written.
	mark uint64
}

// item is an event with its id.
type item struct {
	entry
	id int64
}

// itemsSize is about how many bytes events take together.
func itemsSize(items []item) (size int) {
	for i := range items {
		size += items[i].size()
	}
	return size
}

const (
	// fullBatch is how many bytes of events a batch has at least before it is
	// considered full.
	fullBatch = 64 << 10
	// maxItems bounds the events of a batch.
	maxItems = 1024
	// keptBuffer is how long a buffer may be to be used again.
	keptBuffer = 256 << 10
)

// wake has something written. The state must be locked.
func (c *conn) wake() {
	if c.writing || c.broken || c.hub.closed {
		return
	}
	c.writing = true
	c.hub.active.Add(1)
	go c.write()
}

// write writes until there is nothing left.
func (c *conn) write() {
	defer c.hub.active.Done()
	defer c.hub.guard(c)
	b := c.hub.batches.get()
	defer c.hub.batches.put(b)
	for c.take(b) {
		if !c.hub.awaitKept(b.mark) {
			continue // what comes instead says so
		}
		if err := c.put(b); err != nil || b.final {
			c.endWriting(err)
			return
		}
	}
}

// put writes the batch, when there is room for it among what others write: those who
// don't read are cut after a while, so there will be.
func (c *conn) put(b *batch) error {
	h := c.hub
	n := beyond(&h.outgoing, int64(b.size))
	if c.fault.Load() != nil {
		n = 0 // it isn't the client who holds it up
	}
	if !h.outgoing.Await(h.pulse, n, h.config.Stall, h.ending.Done()) {
		return errBusy
	}
	defer h.outgoing.Give(n)
	h.encode(b)
	_, err := c.Write(b.bytes)
	return err
}

// take fills the batch with what is there. It returns false if that is nothing.
func (c *conn) take(b *batch) bool {
	c.hub.lock()
	defer c.hub.unlock()
	b.reset()
	if c.broken {
		c.stopWriting()
		return false
	}
	size := c.takeEvents(b)
	b.size = size
	c.makeRoom()
	b.pong, b.hasPong = append(b.pong, c.pong...), c.hasPong
	b.alive = c.alive && len(b.items) == 0
	c.hasPong, c.alive = false, false
	if c.closing && size < fullBatch && len(b.items) < maxItems {
		b.final, b.code, b.reason = true, c.closeCode, c.closeReason
	}
	if len(b.items) == 0 && !b.hasPong && !b.alive && !b.final {
		c.stopWriting()
		return false
	}
	c.wrote = c.hub.pulse.Now()
	if !c.hub.failed {
		b.mark = c.hub.mark()
	}
	return true
}

// stopWriting is called by a writing goroutine that is about to end.
func (c *conn) stopWriting() {
	c.writing = false
	c.makeRoom()
	if c.parting() {
		c.cut()
		c.part()
	}
}

// makeRoom lets the reading goroutine go on.
func (c *conn) makeRoom() {
	if c.room != nil && !c.crowded() {
		close(c.room)
		c.room = nil
	}
}

func (c *conn) takeEvents(b *batch) (size int) {
	for size < fullBatch && len(b.items) < maxItems {
		s := c.session
		if len(c.direct) > 0 && (s == nil || c.direct[0].after <= s.sent) {
			b.items = append(b.items, item{c.direct[0].entry, 0})
			size += c.direct[0].size()
			c.direct = c.direct[1:]
			continue
		}
		if s == nil || s.carrier != c {
			break
		}
		before := len(b.items)
		if b.items = s.take(b.items, s.buffer.last()); len(b.items) == before {
			break
		}
		size += itemsSize(b.items[before:])
	}
	if len(c.direct) == 0 {
		c.direct = nil
	}
	return size
}

// endWriting ends the writing: after the last frame, or because of an error.
func (c *conn) endWriting(err error) {
	h := c.hub
	h.lock()
	defer h.unlock()
	c.broken = true
	if err != nil {
		h.note(slog.LevelDebug, "write failed", "conn", c.id, "error", err)
		c.cut()
	} else {
		// The client has the last word. The timer sees to it that it comes.
		c.cutAfter(farewell)
	}
	c.stopWriting()
}

// encode turns the batch into bytes.
func (h *hub) encode(b *batch) {
	var encoder wire.Encoder
	var room [256]byte
	for i := range b.items {
		item := &b.items[i]
		head := item.appendHead(room[:0], item.id)
		h.check(item, head)
		b.bytes = encoder.AppendEvent(b.bytes, head, item.tail, item.payload)
	}
	if b.alive {
		// A text frame: one of the clients takes nothing else.
		b.bytes = encoder.AppendFrame(b.bytes, ws.OpText, nil)
	}
	if b.hasPong {
		b.bytes = encoder.AppendFrame(b.bytes, ws.OpPong, b.pong)
	}
	if b.final {
		b.bytes = encoder.AppendFrame(b.bytes, ws.OpClose, ws.NewCloseFrameBody(b.code, b.reason))
	}
}

// check compares an event with the API.
func (h *hub) check(item *item, head []byte) {
	if h.config.OnDefect == nil {
		return
	}
	header := wire.AppendMembers(append([]byte(nil), head...), item.tail)
	if err := spec.CheckEvent(item.name, header, spec.Strict); err != nil {
		h.defect(err, nil)
	}
}

// reset forgets everything but the room for more.
func (b *batch) reset() {
	clear(b.items)
	*b = batch{items: b.items[:0], pong: b.pong[:0], bytes: b.bytes[:0]}
}

// batches keeps buffers for the next writer.
type batches struct {
	pool sync.Pool
}

func (p *batches) get() *batch {
	if b, ok := p.pool.Get().(*batch); ok {
		return b
	}
	return new(batch)
}

func (p *batches) put(b *batch) {
	if cap(b.bytes) <= keptBuffer {
		b.reset()
		p.pool.Put(b)
	}
}
