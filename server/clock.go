package server

import "time"

// clock is where every time and every timer of a server comes from: the one
// place to change if the time package is ever not enough. In tests it is, as
// testing/synctest replaces the time behind it.
type clock struct{}

func (clock) now() time.Time { return time.Now() }

// after calls f in its own goroutine after d. f must lock what it touches, and
// must cope with being called although the timer has just been stopped.
func (clock) after(d time.Duration, f func()) *time.Timer { return time.AfterFunc(d, f) }

// seconds is how the API writes points in time that need more than seconds.
func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
