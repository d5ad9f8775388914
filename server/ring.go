package server

// ring is a queue of items that can be looked at by position. The zero ring is
// empty and holds no memory.
type ring[T any] struct {
	items []T
	head  int
	count int
}

const (
	ringLeast = 4
	// ringKept is how long an emptied ring may be and still keep its memory.
	ringKept = 32
)

func (r *ring[T]) push(item T) {
	if r.count == len(r.items) {
		r.grow()
	}
	r.items[(r.head+r.count)%len(r.items)] = item
	r.count++
}

// at returns the item at position i, the oldest one being at 0.
func (r *ring[T]) at(i int) T { return r.items[(r.head+i)%len(r.items)] }

// ref is like at, for changing the item.
func (r *ring[T]) ref(i int) *T { return &r.items[(r.head+i)%len(r.items)] }

// pop removes and returns the oldest item.
func (r *ring[T]) pop() T {
	var none T
	item := r.items[r.head]
	r.items[r.head] = none
	r.head = (r.head + 1) % len(r.items)
	r.count--
	if r.count == 0 && len(r.items) > ringKept {
		*r = ring[T]{}
	}
	return item
}

func (r *ring[T]) grow() {
	items := make([]T, max(ringLeast, 2*len(r.items)))
	for i := range r.count {
		items[i] = r.at(i)
	}
	r.items, r.head = items, 0
}
