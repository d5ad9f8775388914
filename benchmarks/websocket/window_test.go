package websocket

import "sync/atomic"

// window keeps a number of requests outstanding. The receiving goroutine
// returns credits, and the sending one takes all of them at once, so requests
// leave in groups when the library can do that.
type window struct {
	credits atomic.Int64
	wake    chan struct{}
	stop    chan struct{}
}

func newWindow(size int) *window {
	w := &window{
		wake: make(chan struct{}, 1),
		stop: make(chan struct{}),
	}
	w.give(size)
	return w
}

// give lets the sender send more requests.
func (w *window) give(n int) {
	if w.credits.Add(int64(n)) == int64(n) {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// close ends the sender even if it has not sent everything.
func (w *window) close() { close(w.stop) }

// send sends requests as credits allow.
func (w *window) send(client Client, requests int, request func(number int) (header, payload []byte)) error {
	for number := 0; number < requests; {
		select {
		case <-w.wake:
		case <-w.stop:
			return nil
		}
		last := min(requests, number+int(w.credits.Swap(0)))
		for ; number < last; number++ {
			if err := client.Queue(request(number)); err != nil {
				return err
			}
		}
		if err := client.Flush(); err != nil {
			return err
		}
	}
	return nil
}
