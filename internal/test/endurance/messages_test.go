package endurance_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
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

// Two sessions send to each other while their connections are cut again and again. The
// second time, events come in the wrong order all the while, too; the third time, whoever
// connects again is also answered by statuses that ask for patience, or by nobody, until
// it is told that the network is back. Each message arrives exactly once, in order.
func TestExactlyOnce(t *testing.T) {
	for _, way := range []struct {
		name      string
		transport ninchat.Transport
		count     int
	}{
		{"WebSocket", ninchat.WebSocketOnly, number(3_000, 100_000)},
		{"long poll", ninchat.LongPollOnly, number(1_000, 100_000)},
	} {
		for _, how := range []struct {
			name                string
			reordered, troubled bool
		}{{"", false, false}, {", reordered", true, false}, {", reordered, busy and away", true, true}} {
			t.Run(way.name+how.name, func(t *testing.T) {
				srv := ninchattest.New(t, ninchattest.WithConfig(func(c *server.Config) { c.Logger = slog.New(slog.DiscardHandler) }))
				exactlyOnce(t, srv, way.transport, way.count, how.reordered, how.troubled)
			})
		}
	}
}

func exactlyOnce(t *testing.T, srv *ninchattest.Server, transport ninchat.Transport, count int, reordered, troubled bool) {
	wires := wires{troubled: troubled}
	defer wires.tasks.Wait()
	one, other := login(t, srv, "One"), login(t, srv, "Other")
	one.Transport, other.Transport = transport, transport
	one.Dial, other.Dial = wires.dial, wires.dial
	a, b := open(t, one), open(t, other)
	wires.back = func() { a.Reconnect(); b.Reconnect() }
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
	if told, away := wires.troubles(); troubled && (told == 0 || away == 0) {
		t.Errorf("%d connections were answered by a status, and %d by nobody", told, away)
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
	// troubled says that there is more trouble than that.
	troubled bool
	// back tells the sessions that the network is back.
	back  func()
	tasks sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
	// cuts counts how often they were cut; busy is how many connections are answered by
	// a status next, and away says that there is no network.
	cuts, busy int
	away       bool
	// told and refused count what came of that.
	told, refused int
}

// troubles is how many connections were answered by a status, and how many by nobody.
func (w *wires) troubles() (told, refused int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.told, w.refused
}

// statuses ask for patience.
var statuses = [...]int{408, 425, 429, 503}

// tell answers a connection by a status.
func (w *wires) tell(status int) net.Conn {
	near, far := net.Pipe()
	w.tasks.Go(func() {
		defer far.Close()
		request, err := http.ReadRequest(bufio.NewReader(far))
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body)
		_, _ = fmt.Fprintf(far, "HTTP/1.1 %d Later\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status)
	})
	return near
}

// trouble is what becomes of a connection: an answer by a status, an error, or nothing
// of the kind.
func (w *wires) trouble() (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.away:
		w.refused++
		return nil, errors.New("network is unreachable")
	case w.busy > 0:
		w.busy--
		w.told++
		return w.tell(statuses[w.told%len(statuses)]), nil
	}
	return nil, nil
}

// worsen has every fifth cut be followed by answers that ask for patience, and every
// fifth by an outage, of whose end the sessions are told. w.mu is locked.
func (w *wires) worsen() {
	w.cuts++
	switch w.cuts % 5 {
	case 1:
		w.busy = 2
	case 3:
		w.away = true
		w.tasks.Go(func() {
			time.Sleep(outage)
			w.mu.Lock()
			w.away = false
			w.mu.Unlock()
			w.back()
		})
	}
}

// outage is how long the network is away: long enough for several attempts.
const outage = 500 * time.Millisecond

func (w *wires) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if conn, err := w.trouble(); conn != nil || err != nil {
		return conn, err
	}
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
		if w.troubled {
			w.worsen()
		}
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
