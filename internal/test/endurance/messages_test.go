package endurance_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

const messageType = "example.com/count"

// Two sessions send to each other while their connections are cut again and again,
// and, the second time, events come in the wrong order all the while: each message
// arrives exactly once, in order.
func TestExactlyOnce(t *testing.T) {
	for _, way := range []struct {
		name      string
		transport ninchat.Transport
		count     int
	}{
		{"WebSocket", ninchat.WebSocketOnly, number(3_000, 100_000)},
		{"long poll", ninchat.LongPollOnly, number(1_000, 100_000)},
	} {
		for _, reordered := range []bool{false, true} {
			t.Run(way.name+map[bool]string{true: ", reordered"}[reordered], func(t *testing.T) {
				srv := ninchattest.New(t, ninchattest.WithConfig(func(c *server.Config) { c.Logger = slog.New(slog.DiscardHandler) }))
				exactlyOnce(t, srv, way.transport, way.count, reordered)
			})
		}
	}
}

func exactlyOnce(t *testing.T, srv *ninchattest.Server, transport ninchat.Transport, count int, reordered bool) {
	var wires wires
	one, other := login(t, srv, "One"), login(t, srv, "Other")
	one.Transport, other.Transport = transport, transport
	one.Dial, other.Dial = wires.dial, wires.dial
	a, b := open(t, one), open(t, other)
	created, err := a.CreateChannel(t.Context(), api.CreateChannel{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.JoinChannel(t.Context(), api.JoinChannel{ChannelID: &created.ChannelID}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	began := time.Now()
	stop := make(chan struct{})
	var cutting sync.WaitGroup
	var byA, byB atomic.Int64
	heard := func() int64 { return min(byA.Load(), byB.Load()) }
	cutting.Go(func() { wires.cut(stop, heard) })
	if reordered {
		cutting.Go(func() { reorder(srv, stop, func() bool { return heard() >= int64(count-window()) }) })
	}
	var sides sync.WaitGroup
	fromA, fromB := make(chan struct{}, window()), make(chan struct{}, window())
	sides.Go(func() {
		if err := converse(ctx, a, created.ChannelID, count, &byA, fromA, fromB); err != nil {
			t.Error(err)
		}
	})
	sides.Go(func() {
		if err := converse(ctx, b, created.ChannelID, count, &byB, fromB, fromA); err != nil {
			t.Error(err)
		}
	})
	sides.Wait()
	close(stop)
	cutting.Wait()
	x, y := a.Stats(), b.Stats()
	t.Logf("%d messages each way in %v; %d and %d connections, %d and %d actions repeated, %d and %d duplicates dropped",
		count, time.Since(began).Round(time.Millisecond), x.Connections, y.Connections, x.ActionsRepeated, y.ActionsRepeated, x.EventsDuplicate, y.EventsDuplicate)
	if x.Connections < 2 || y.Connections < 2 {
		t.Error("the connections weren't cut")
	}
	if x.EventsMissing+y.EventsMissing+x.EventsTooLate+y.EventsTooLate > 0 {
		t.Errorf("nothing was missing, but %d and %d are said to be", x.EventsMissing, y.EventsMissing)
	}
}

// reorder has the server send pairs of events in the wrong order, all the time until
// it is about over: the first one of a pair waits for the second.
func reorder(srv *ninchattest.Server, stop <-chan struct{}, over func() bool) {
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	defer func() { srv.Faults().Clear() }()
	for !over() {
		select {
		case <-ticker.C:
			srv.Faults().Reorder(server.Match{})
		case <-stop:
			return
		}
	}
}

// wires are network connections that are cut now and then.
type wires struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (w *wires) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil {
		w.mu.Lock()
		w.conns = append(w.conns, conn)
		w.mu.Unlock()
	}
	return conn, err
}

// cut cuts all connections, again and again, whatever they are doing: whenever both
// sides have heard a window of messages more, so that a machine on which coming back
// takes long gets somewhere, too.
func (w *wires) cut(stop <-chan struct{}, heard func() int64) {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	next := int64(window())
	for {
		select {
		case <-ticker.C:
		case <-stop:
			return
		}
		if heard() < next {
			continue
		}
		next = heard() + int64(window())
		w.mu.Lock()
		conns := w.conns
		w.conns = nil
		w.mu.Unlock()
		for _, conn := range conns {
			_ = conn.Close()
		}
	}
}

// window is how many messages may be on their way, from when they are sent until
// the other side has heard them: a server doesn't keep any number.
func window() int { return number(100, 1000) }

// converse sends count messages and checks that as many of the other side's come
// in order. It counts those in total, and ends when the last of its own has been
// answered, too.
func converse(ctx context.Context, s *ninchat.Session, channel string, count int, total *atomic.Int64, ours chan<- struct{}, theirs <-chan struct{}) error {
	sent := make(chan error, 1)
	go func() { sent <- send(ctx, s, channel, count, ours) }()
	heard, answered := 0, 0
	for event, err := range s.Events(ctx) {
		if err != nil {
			return fmt.Errorf("after %d heard and %d answered: %w", heard, answered, err)
		}
		m, ok, err := api.As[*api.MessageReceived](event)
		switch {
		case err != nil:
			return err
		case !ok || m.MessageType != messageType:
			if event.Name == "error" {
				return api.NewError("", event)
			}
			continue
		}
		n, err := strconv.Atoi(string(m.Payload[0]))
		if err != nil {
			return err
		}
		next := &heard
		if event.ActionID != 0 {
			next = &answered
		} else {
			<-theirs
			total.Add(1)
		}
		if n != *next {
			return fmt.Errorf("got message %d instead of %d (an answer: %v)", n, *next, event.ActionID != 0)
		}
		if *next++; heard == count && answered == count {
			break
		}
	}
	return <-sent
}

func send(ctx context.Context, s *ninchat.Session, channel string, count int, slots chan<- struct{}) error {
	for i := range count {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		message := api.SendMessage{
			ChannelID:   &channel,
			MessageType: messageType,
			Payload:     [][]byte{strconv.AppendInt(nil, int64(i), 10)},
		}
		action, err := message.Action()
		if err != nil {
			return err
		}
		if _, err := s.Send(action); err != nil {
			return fmt.Errorf("send message %d: %w", i, err)
		}
	}
	return nil
}
