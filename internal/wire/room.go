package wire

// Room bounds the memory that the messages of several Readers take together. Its methods
// are called by the goroutine that calls [Reader.Next].
type Room interface {
	// Take reports whether a message may take n bytes more.
	Take(n int) bool
	// Give gives n bytes back.
	Give(n int)
}

// Within makes the Reader take the memory for messages from a room, beyond its buffer.
// A message for which there is no room is treated like one beyond the limits, with
// Damage of the kind [NoRoom]. Without a room only the limits count. It must be called
// before Next.
func (r *Reader) Within(room Room) { r.room = room }

// Release says that the message that Next has returned isn't used any more: its memory
// is given back. Next does that, too.
func (r *Reader) Release() { r.giveBack(0) }

// take takes n bytes from the room, if there is one.
func (r *Reader) take(n int) bool {
	if r.room == nil {
		return true
	}
	if !r.room.Take(n) {
		return false
	}
	r.taken += n
	return true
}

// giveBack gives back all but what was taken at first.
func (r *Reader) giveBack(rest int) {
	if n := r.taken - rest; n > 0 {
		r.room.Give(n)
		r.taken = rest
	}
}
