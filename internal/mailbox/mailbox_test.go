package mailbox

import (
	"sync"
	"testing"
)

// Inputs are worked on one at a time, each once, and those of one goroutine in the
// order in which it posts them. Working may post, too.
func TestMailbox(t *testing.T) {
	type input struct{ from, number int }
	const senders, count = 8, 1000
	var m Mailbox[input]
	var working sync.Mutex
	got := make(map[int]int)
	m.Init(func(inputs []input) {
		if !working.TryLock() {
			t.Error("two work at the same time")
			return
		}
		defer working.Unlock()
		for _, in := range inputs {
			if in.number != got[in.from] {
				t.Errorf("input %d of %d came as number %d", in.number, in.from, got[in.from])
			}
			if got[in.from]++; in.from == 0 {
				m.Post(input{-1, in.number})
			}
		}
	})
	var sending sync.WaitGroup
	for from := range senders {
		sending.Go(func() {
			for number := range count {
				if from%2 == 0 {
					m.Post(input{from, number})
				} else {
					m.PostWaiting(input{from, number})
				}
			}
		})
	}
	sending.Wait()
	for from := -1; from < senders; from++ {
		if got[from] != count {
			t.Errorf("%d inputs of %d came", got[from], from)
		}
	}
}
