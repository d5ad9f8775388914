package ring

import (
	"testing"

	"pgregory.net/rapid"
)

// A queue is what a slice would be, whatever is done to it.
func TestQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q Queue[int]
		var model []int
		next := 0
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				for range rapid.IntRange(1, 100).Draw(t, "n") {
					next++
					q.Push(next)
					model = append(model, next)
				}
			},
			"pop": func(t *rapid.T) {
				for range rapid.IntRange(0, len(model)+1).Draw(t, "n") {
					got, ok := q.Pop()
					if ok != (len(model) > 0) || ok && got != model[0] {
						t.Fatalf("got %d, %v of %v", got, ok, model)
					}
					if ok {
						model = model[1:]
					}
				}
			},
			"delete": func(t *rapid.T) {
				by := rapid.IntRange(1, 5).Draw(t, "by")
				q.DeleteFunc(func(item *int) bool { return *item%by == 0 })
				var rest []int
				for _, item := range model {
					if item%by != 0 {
						rest = append(rest, item)
					}
				}
				model = rest
			},
			"change": func(t *rapid.T) {
				for i := range model {
					model[i]++
					*q.Ref(i)++
				}
			},
			"": func(t *rapid.T) {
				if q.Len() != len(model) {
					t.Fatalf("%d items, want %d", q.Len(), len(model))
				}
				for i, want := range model {
					if got := q.At(i); got != want {
						t.Fatalf("item %d is %d, want %d", i, got, want)
					}
				}
			},
		})
	})
}

// A queue that was long doesn't keep its memory when it is empty.
func TestQueueLetsMemoryGo(t *testing.T) {
	var q Queue[int]
	for range kept + 1 {
		q.Push(1)
	}
	for range kept + 1 {
		q.Pop()
	}
	if q.items != nil {
		t.Errorf("it keeps room for %d items", len(q.items))
	}
}
