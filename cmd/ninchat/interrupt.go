package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// How long after the first signal another one is the same request. Who supervises a
// process may send a signal to it and to its group, or two different ones; a shell and
// a wrapper may both pass Ctrl-C on. A person who presses it twice is slower than
// that, and means it.
const (
	sameRequest = time.Second
	samePress   = 100 * time.Millisecond
)

// request is what the signals up to now ask for.
type request struct {
	first os.Signal
	since time.Time
}

// take adds a signal. It returns true if the process is to end at once: if there was
// another request before.
func (r *request) take(s os.Signal, now time.Time) (atOnce bool) {
	if r.first == nil {
		r.first, r.since = s, now
		return false
	}
	same := sameRequest
	if s == os.Interrupt && r.first == os.Interrupt {
		same = samePress
	}
	return now.Sub(r.since) >= same
}

// obey calls interrupt at the first request, and returns the signal of the second.
func obey(signals <-chan os.Signal, now func() time.Time, interrupt func()) os.Signal {
	var r request
	for {
		s := <-signals
		if r.take(s, now()) {
			return s
		}
		interrupt()
	}
}

// end ends the process at once, by the signal itself if that is possible, as it would
// without us.
func end(s os.Signal) {
	signal.Reset(s)
	if self, err := os.FindProcess(os.Getpid()); err == nil && self.Signal(s) == nil {
		// It may be one that whoever started us has ignored.
		time.Sleep(samePress)
	}
	status := 1
	if number, ok := s.(syscall.Signal); ok {
		status = 128 + int(number)
	}
	os.Exit(status)
}
