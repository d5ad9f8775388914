package budget

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/server/internal/clock"
)

// Whoever waits for a budget gets it in the order of coming, and nobody waits for ever.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var clock clock.Pulse
		b := &Budget{Limit: 10}
		if b.Await(clock, 11, time.Minute, nil) || !b.Take(8) || b.Take(3) {
			t.Fatal("there is more than there is")
		}
		order := make(chan int64, 10)
		var waiting sync.WaitGroup
		wait := func(n int64, d time.Duration, gone <-chan struct{}) {
			waiting.Go(func() {
				if b.Await(clock, n, d, gone) {
					order <- n
				} else {
					order <- -n
				}
			})
			synctest.Wait()
		}
		gone := make(chan struct{})
		wait(5, time.Minute, nil)
		wait(9, time.Second, nil)
		wait(4, time.Minute, gone)
		wait(1, time.Minute, nil) // would fit, but isn't first
		if len(order) != 0 {
			t.Fatalf("%d didn't wait", <-order)
		}
		time.Sleep(2 * time.Second)
		b.Give(4)
		synctest.Wait()
		if a, c := <-order, <-order; a != -9 || c != 5 || len(order) != 0 {
			t.Fatalf("got %d and %d", a, c)
		}
		close(gone)
		synctest.Wait()
		if a, c := <-order, <-order; a+c != -3 || a*c != -4 {
			t.Fatalf("got %d and %d", a, c)
		}
		waiting.Wait()
		if b.Give(10); b.Used() != 0 || len(b.line) != 0 {
			t.Errorf("%d are used, %d wait", b.Used(), len(b.line))
		}
	})
}
