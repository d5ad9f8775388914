package endurance_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// Sessions are opened, many at a time, over connections that are unfair to whoever
// reads and writes. Each is opened at the first attempt: one that missed the answer to
// its login would need another.
func TestManyOpens(t *testing.T) {
	for _, way := range []struct {
		name      string
		transport ninchat.Transport
		count     int
	}{
		{"WebSocket", ninchat.WebSocketOnly, number(3_000, 700_000)},
		{"long poll", ninchat.LongPollOnly, number(500, 100_000)},
		{"either", ninchat.AutoTransport, number(1_000, 200_000)},
	} {
		t.Run(way.name, func(t *testing.T) { manyOpens(t, way.transport, way.count) })
	}
}

// openers is how many sessions are opened at a time.
const openers = 8

func manyOpens(t *testing.T, transport ninchat.Transport, count int) {
	srv := ninchattest.New(t, ninchattest.InMemory(), ninchattest.WithConfig(func(c *server.Config) { c.Logger = slog.New(slog.DiscardHandler) }))
	var left atomic.Int64
	left.Store(int64(count))
	began := time.Now()
	var tasks sync.WaitGroup
	for range openers {
		config := login(t, srv, "Opener")
		config.Transport, config.DiscardEvents = transport, true
		config.OpenTimeout, config.ConnectTimeout, config.CloseTimeout = patience, patience, patience
		config.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := srv.DialContext(ctx, network, address)
			return &unfairConn{conn}, err
		}
		tasks.Go(func() {
			for left.Add(-1) >= 0 && !t.Failed() {
				if err := openOnce(t.Context(), config); err != nil {
					t.Error(err)
				}
			}
		})
	}
	tasks.Wait()
	t.Logf("%d sessions opened in %v", count, time.Since(began).Round(time.Millisecond))
}

// openOnce opens and closes a session. The error tells what happened if that took
// more than one attempt.
func openOnce(ctx context.Context, config ninchat.Config) error {
	var told story
	config.Trace = &ninchat.Trace{
		ConnectDone:    func(c ninchat.TraceConnect) { told.add("connected %v %v", c.Transport, c.Err) },
		StateChanged:   func(c ninchat.StateChange) { told.add("%v %v", c.State, c.Err) },
		ActionSent:     func(a ninchat.TraceAction) { told.add("sent %s", a.Name) },
		EventReceived:  func(e ninchat.TraceEvent) { told.add("received %s %d", e.Name, e.ID) },
		SessionCreated: func(string) { told.add("created") },
	}
	s, err := ninchat.Open(ctx, config)
	if err != nil {
		return fmt.Errorf("%w, after %s", err, &told)
	}
	if n := s.Stats().Connections; n != 1 {
		err = fmt.Errorf("opening took %d connections: %s", n, &told)
	}
	if failure := s.Close(); failure != nil {
		return failure
	}
	return err
}

// story is what happened while a session was being opened.
type story struct {
	mu   sync.Mutex
	told []string
}

func (s *story) add(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, fmt.Sprintf(format, args...))
}

// String tells the story.
func (s *story) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("%q", s.told)
}

// unfairConn lets others run at the worst moments, and reads and writes in pieces.
type unfairConn struct{ net.Conn }

func (c *unfairConn) Read(p []byte) (int, error) {
	stray()
	n, err := c.Conn.Read(p[:min(len(p), 1+rand.IntN(600))])
	stray()
	return n, err
}

func (c *unfairConn) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		stray()
		n, err := c.Conn.Write(p[written:min(len(p), written+1+rand.IntN(600))])
		written += n
		if err != nil {
			return written, err
		}
	}
	stray()
	return written, nil
}

// stray lets others run, for a while now and then.
func stray() {
	for range rand.IntN(4) {
		runtime.Gosched()
	}
	if rand.IntN(200) == 0 {
		<-time.After(time.Duration(rand.IntN(300)) * time.Microsecond)
	}
}
