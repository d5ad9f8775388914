package server_test

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// notebook is a log that can be read meanwhile.
type notebook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notebook) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

// faults are the random faults that have been noted.
func (n *notebook) faults() (faults []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for lines := bufio.NewScanner(&n.text); lines.Scan(); {
		if _, name, ok := strings.Cut(lines.Text(), "fault="); ok {
			faults = append(faults, name)
		}
	}
	return faults
}

// randomly runs a random schedule, and returns the faults.
func randomly(t *testing.T, seed uint64, d time.Duration) []string {
	t.Helper()
	log := new(notebook)
	srv := ninchattest.New(t, ninchattest.WithClock(), ninchattest.InMemory(), ninchattest.WithConfig(func(c *server.Config) {
		c.Logger = slog.New(slog.NewTextHandler(log, nil))
	}))
	c := guest(t, srv)
	go func() { _, _ = io.Copy(io.Discard, c.nc) }()
	srv.Faults().Random(seed, d)
	if active := srv.Faults().Active(); len(active) != 1 || active[0].Seed != seed || active[0].Length != d {
		t.Errorf("got %v", active)
	}
	srv.Advance(d)
	if active := srv.Faults().Active(); len(active) > 0 {
		t.Errorf("afterwards there is %v", active)
	}
	return log.faults()
}

// The same seed leads to the same faults, another one to others.
func TestRandomFaults(t *testing.T) {
	first, again, other := randomly(t, 7, 10*time.Minute), randomly(t, 7, 10*time.Minute), randomly(t, 8, 10*time.Minute)
	if len(first) < 200 || strings.Join(first, " ") != strings.Join(again, " ") {
		t.Errorf("%d and %d faults:\n%q\n%q", len(first), len(again), first, again)
	}
	if strings.Join(first, " ") == strings.Join(other, " ") {
		t.Error("another seed leads to the same faults")
	}
	kinds := make(map[string]bool)
	for _, name := range first {
		kinds[name] = true
	}
	for _, name := range []string{"cut", "cut-next", "duplicate", "delay", "close", "refuse", "slow", "slow-discovery", "error", "lose", "overflow"} {
		if !kinds[name] {
			t.Errorf("there was no %s", name)
		}
	}
}

// A schedule is ended by another one, and by closing the server.
func TestRandomFaultsEnd(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithClock(), ninchattest.InMemory())
	srv.Faults().Random(1, 0)
	srv.Faults().Random(2, 0)
	if active := srv.Faults().Active(); len(active) != 1 || active[0].Seed != 2 || active[0].Length != 0 {
		t.Errorf("got %v", active)
	}
	srv.Advance(time.Minute)
	srv.Faults().Clear()
	srv.Advance(time.Minute)
	if active := srv.Faults().Active(); len(active) != 0 {
		t.Errorf("got %v", active)
	}
	srv.Faults().Random(3, 0)
	_ = srv.Close()
	srv.Advance(time.Minute)
}

// lateClock is a clock whose latest timer has fired already when it is stopped.
type lateClock struct{ fire func() }

func (c *lateClock) Now() time.Time { return time.Unix(1e9, 0) }

func (c *lateClock) AfterFunc(_ time.Duration, f func()) server.Timer {
	c.fire = f
	return firedTimer{}
}

// firedTimer is a timer that can't be stopped any more.
type firedTimer struct{}

func (firedTimer) Stop() bool               { return false }
func (firedTimer) Reset(time.Duration) bool { return false }

// Nothing comes of a schedule after it has been ended, not even of what was just about to
// happen.
func TestRandomFaultsEndAtOnce(t *testing.T) {
	clock := new(lateClock)
	srv := ninchattest.New(t, ninchattest.InMemory(), ninchattest.WithConfig(func(c *server.Config) {
		c.Clock, c.Logger = clock, nil
	}))
	for seed := range uint64(3000) {
		srv.Faults().Random(seed, 0)
		fire := clock.fire
		var ready atomic.Int64
		together := func() {
			for ready.Add(1); ready.Load() < 2; {
				runtime.Gosched()
			}
		}
		var firing sync.WaitGroup
		firing.Go(func() { together(); fire() })
		together()
		srv.Faults().Clear()
		firing.Wait()
		if active := srv.Faults().Active(); len(active) != 0 {
			t.Fatalf("seed %d: there is %v", seed, active)
		}
	}
}
