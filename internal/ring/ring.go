// Package ring has a queue that can be looked at by position.
package ring

// Queue is a queue of items, without a lock. The zero Queue is empty and holds no
// memory.
type Queue[T any] struct {
	items []T
	head  int
	count int
}

const (
	least = 4
	// kept is how long an emptied queue may have been and still keep its memory.
	kept = 64
)

// Len is how many items there are.
func (q *Queue[T]) Len() int { return q.count }

// Push adds the newest item.
func (q *Queue[T]) Push(item T) {
	if q.count == len(q.items) {
		q.grow()
	}
	q.items[q.index(q.count)] = item
	q.count++
}

// At returns the item at position i, the oldest one being at 0.
func (q *Queue[T]) At(i int) T { return q.items[q.index(i)] }

// Ref is like At, for changing the item.
func (q *Queue[T]) Ref(i int) *T { return &q.items[q.index(i)] }

// Pop removes and returns the oldest item. It returns false if there is none.
func (q *Queue[T]) Pop() (item T, ok bool) {
	if q.count == 0 {
		return item, false
	}
	item = q.items[q.head]
	var none T
	q.items[q.head] = none
	q.head = q.index(1)
	q.count--
	if q.count == 0 && len(q.items) > kept {
		*q = Queue[T]{}
	}
	return item, true
}

// DeleteFunc removes the items for which match is true.
func (q *Queue[T]) DeleteFunc(match func(*T) bool) {
	var rest Queue[T]
	for i := range q.count {
		if item := q.Ref(i); !match(item) {
			rest.Push(*item)
		}
	}
	*q = rest
}

func (q *Queue[T]) index(i int) int { return (q.head + i) % len(q.items) }

func (q *Queue[T]) grow() {
	items := make([]T, max(least, 2*len(q.items)))
	for i := range q.count {
		items[i] = q.At(i)
	}
	q.items, q.head = items, 0
}
