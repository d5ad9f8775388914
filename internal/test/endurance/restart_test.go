package endurance_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// house is a server that can be restarted.
type house struct {
	t    *testing.T
	kept *ninchattest.Store

	mu  sync.Mutex
	srv *ninchattest.Server
	// attempts are the times of connections asked for since the last restart,
	// arrivals of those that were made.
	restarted          time.Time
	attempts, arrivals []time.Duration
}

// run starts the server.
func (h *house) run() {
	srv := ninchattest.New(h.t, ninchattest.InMemory(), ninchattest.WithConfig(func(c *server.Config) {
		c.Store = h.kept
		c.Logger = slog.New(slog.DiscardHandler)
	}))
	h.mu.Lock()
	defer h.mu.Unlock()
	h.srv = srv
}

// stop ends the server, as a crash would.
func (h *house) stop() {
	h.mu.Lock()
	srv := h.srv
	h.srv = nil
	h.restarted, h.attempts, h.arrivals = time.Now(), nil, nil
	h.mu.Unlock()
	_ = srv.Close()
}

func (h *house) dial(ctx context.Context, network, address string) (net.Conn, error) {
	h.mu.Lock()
	srv := h.srv
	h.attempts = append(h.attempts, time.Since(h.restarted))
	if srv != nil {
		h.arrivals = append(h.arrivals, time.Since(h.restarted))
	}
	h.mu.Unlock()
	if srv == nil {
		return nil, syscall.ECONNREFUSED
	}
	return srv.DialContext(ctx, network, address)
}

// Very many sessions of one process come back after the server was away: not at
// once, all of them, and what they needed for it is given back.
func TestRestart(t *testing.T) {
	count := number(200, 2000)
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, kept: ninchattest.NewStore()}
		h.run()
		var sessions []*ninchat.Session
		for i := range count {
			config := login(t, h.srv, fmt.Sprint("User ", i))
			config.Address, config.Direct, config.Dial = "http://localhost", true, h.dial
			sessions = append(sessions, open(t, config))
		}
		ping(t, sessions)
		before := memory()
		h.stop()
		const away = 20 * time.Second
		time.Sleep(away)
		h.run()
		back := comeBack(t, sessions)
		ping(t, sessions)
		after := memory()
		h.mu.Lock()
		defer h.mu.Unlock()
		t.Logf("%d sessions were back %v after the server was", count, (back - away).Round(time.Millisecond))
		t.Logf("%d attempts while the server was away, in each second: %v", len(h.attempts)-len(h.arrivals), perSecond(h.attempts, 0, away))
		t.Logf("%d connections, in each second: %v", len(h.arrivals), perSecond(h.arrivals, away, back))
		t.Logf("%d bytes of heap and stack before, %d after: %d for each session", before, after, (after-before)/int64(count))
		checkSpread(t, h.arrivals, count)
		// Some memory is for what happened meanwhile, such as states, and stacks that
		// have grown; and the collector doesn't get everything at once.
		if grown := after - before; grown > int64(count)*4096+(2<<20) {
			t.Errorf("%d bytes more than before", grown)
		}
	})
}

// comeBack waits until all sessions are online, and says how long that took.
func comeBack(t *testing.T, sessions []*ninchat.Session) time.Duration {
	t.Helper()
	const limit = 2 * time.Minute
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for i, s := range sessions {
		online := false
		for change := range s.States(ctx) {
			if online = change.State == ninchat.Online; online {
				break
			}
		}
		if !online {
			t.Fatalf("session %d is %v after %v: %v", i, s.State(), limit, s.Err())
		}
		if lost := s.Stats().SessionsLost; lost != 0 {
			t.Errorf("session %d was lost", i)
		}
	}
	return time.Since(began) + 20*time.Second
}

func ping(t *testing.T, sessions []*ninchat.Session) {
	t.Helper()
	for i, s := range sessions {
		if _, err := s.Call(t.Context(), &api.Action{Name: "ping"}); err != nil {
			t.Fatalf("session %d: %v", i, err)
		}
	}
	synctest.Wait()
}

// memory is what the heap and the stacks take.
func memory() int64 {
	stats := collected()
	return int64(stats.HeapAlloc + stats.StackInuse)
}

// heap is what the heap alone takes. Each processor keeps stacks of goroutines that
// have ended, now more, now less.
func heap() int64 {
	stats := collected()
	return int64(stats.HeapAlloc)
}

// collected says what there is when the garbage is gone.
func collected() (stats runtime.MemStats) {
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats
}

// perSecond counts the times in each second of a period.
func perSecond(times []time.Duration, from, to time.Duration) string {
	var text strings.Builder
	for second := from.Truncate(time.Second); second < to; second += time.Second {
		n := 0
		for _, at := range times {
			if at >= second && at < second+time.Second {
				n++
			}
		}
		fmt.Fprintf(&text, " %d", n)
	}
	return strings.TrimSpace(text.String())
}

// checkSpread checks that no tenth of a second has more than a twentieth of the
// connections. When they are few, chance alone brings together more than that.
func checkSpread(t *testing.T, arrivals []time.Duration, count int) {
	t.Helper()
	counts := make(map[time.Duration]int)
	for _, at := range arrivals {
		counts[at.Truncate(100*time.Millisecond)]++
	}
	for at, n := range counts {
		if n > max(count/20, 25) {
			t.Errorf("%d sessions came back within a tenth of a second, %v after the restart", n, at)
		}
	}
}
