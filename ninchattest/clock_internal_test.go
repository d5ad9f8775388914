package ninchattest

import (
	"slices"
	"testing"
	"time"
)

// Timers fire in the order of their times, at their times, also those that others
// make; stopped ones don't.
func TestManualClock(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := &manualClock{now: start}
	var fired []string
	note := func(name string) func() {
		return func() { fired = append(fired, name+c.Now().Sub(start).String()) }
	}
	c.AfterFunc(3*time.Second, note("c"))
	c.AfterFunc(time.Second, func() {
		note("a")()
		c.AfterFunc(time.Second, note("b"))
		c.AfterFunc(time.Hour, note("late"))
	})
	c.AfterFunc(3*time.Second, note("d"))
	stopped := c.AfterFunc(time.Second, note("stopped"))
	if !stopped.Stop() || stopped.Stop() {
		t.Error("stopping isn't told")
	}
	moved := c.AfterFunc(time.Second, note("e"))
	if !moved.Reset(4 * time.Second) {
		t.Error("the timer was pending")
	}
	c.advance(4 * time.Second)
	if want := []string{"a1s", "b2s", "c3s", "d3s", "e4s"}; !slices.Equal(fired, want) {
		t.Errorf("got %q, want %q", fired, want)
	}
	if moved.Stop() {
		t.Error("the timer has fired")
	}
	done := make(chan struct{})
	c.AfterFunc(-time.Second, func() { close(done) })
	<-done
	if now := c.Now(); !now.Equal(start.Add(4 * time.Second)) {
		t.Errorf("the clock stands at %v", now)
	}
}
