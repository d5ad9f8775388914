package ninchat

import "slices"

// fifo is a queue without a lock.
type fifo[T any] struct {
	items []T
	// head is the index of the oldest item; those before it are zero.
	head int
}

func (q *fifo[T]) len() int { return len(q.items) - q.head }

func (q *fifo[T]) push(item T) {
	if q.head > 0 && q.head >= len(q.items)/2 && len(q.items) == cap(q.items) {
		count := copy(q.items, q.items[q.head:])
		clear(q.items[count:])
		q.items, q.head = q.items[:count], 0
	}
	q.items = append(q.items, item)
}

// pop takes the oldest item.
func (q *fifo[T]) pop() (item T, ok bool) {
	if q.len() == 0 {
		return item, false
	}
	item = q.items[q.head]
	var zero T
	q.items[q.head] = zero
	q.head++
	if q.len() == 0 {
		q.head = 0
		q.items = q.items[:0]
		if cap(q.items) > keepCapacity {
			q.items = nil
		}
	}
	return item, true
}

// remove takes out the items for which match is true.
func (q *fifo[T]) remove(match func(*T) bool) {
	rest := slices.DeleteFunc(q.items[q.head:], func(item T) bool { return match(&item) })
	q.items = q.items[:q.head+len(rest)]
}

// keepCapacity is how much memory an empty queue keeps, in items.
const keepCapacity = 64
