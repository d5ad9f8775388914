package main

import (
	"context"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestObey(t *testing.T) {
	const ctrlC = syscall.SIGINT
	type sent struct {
		after  time.Duration
		signal os.Signal
	}
	for name, test := range map[string]struct {
		signals []sent
		atOnce  bool
	}{
		"one":                 {[]sent{{0, syscall.SIGTERM}}, false},
		"two at once":         {[]sent{{0, syscall.SIGTERM}, {0, syscall.SIGTERM}}, false},
		"two a moment apart":  {[]sent{{0, syscall.SIGTERM}, {500 * time.Millisecond, syscall.SIGTERM}}, false},
		"two different ones":  {[]sent{{0, ctrlC}, {999 * time.Millisecond, syscall.SIGTERM}}, false},
		"the other way round": {[]sent{{0, syscall.SIGTERM}, {999 * time.Millisecond, ctrlC}}, false},
		"a later one":         {[]sent{{0, syscall.SIGTERM}, {time.Second, syscall.SIGTERM}}, true},
		"one a moment after the other": {[]sent{
			{0, syscall.SIGTERM}, {400 * time.Millisecond, syscall.SIGTERM}, {400 * time.Millisecond, syscall.SIGTERM}, {400 * time.Millisecond, syscall.SIGTERM},
		}, true},
		"Ctrl-C, passed on twice":  {[]sent{{0, ctrlC}, {20 * time.Millisecond, ctrlC}}, false},
		"Ctrl-C, pressed twice":    {[]sent{{0, ctrlC}, {150 * time.Millisecond, ctrlC}}, true},
		"Ctrl-C, much later":       {[]sent{{0, ctrlC}, {time.Hour, ctrlC}}, true},
		"Ctrl-C, passed on, again": {[]sent{{0, ctrlC}, {time.Millisecond, ctrlC}, {time.Second, ctrlC}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				signals := make(chan os.Signal, 1)
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan os.Signal, 1)
				go func() { ended <- obey(signals, time.Now, cancel) }()
				for _, s := range test.signals {
					time.Sleep(s.after)
					signals <- s.signal
					synctest.Wait()
					if ctx.Err() == nil {
						t.Error("it isn't interrupted")
					}
				}
				last := test.signals[len(test.signals)-1].signal
				select {
				case s := <-ended:
					if !test.atOnce || s != last {
						t.Errorf("it ends by %v", s)
					}
				default:
					if test.atOnce {
						t.Error("it doesn't end")
					}
					// Nothing else ends it.
					time.Sleep(sameRequest)
					signals <- last
					<-ended
				}
			})
		})
	}
}
