//go:build unix

package websocket

import (
	"syscall"
	"testing"
	"time"
)

// processorTime returns the user and system time of this process, which the
// server is not a part of.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
