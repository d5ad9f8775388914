package transport_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"

	"github.com/ninchat-community/ninchat/internal/transport"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// clientFrames reads the frames of a client until it hangs up.
func clientFrames(conn net.Conn) (frames []string) {
	reader := bufio.NewReader(conn)
	for {
		header, payload, err := clientFrame(reader)
		if err != nil {
			return frames
		}
		if !header.Masked || !header.Fin {
			return append(frames, "a frame of a client must be masked and whole")
		}
		frames = append(frames, fmt.Sprintf("%x %s", byte(header.OpCode), payload))
	}
}

// clientFrame reads a frame.
func clientFrame(reader io.Reader) (header ws.Header, payload []byte, err error) {
	if header, err = ws.ReadHeader(reader); err != nil {
		return header, nil, err
	}
	if header.Length > 1<<20 {
		return header, nil, errors.New("a frame is longer than any in these tests")
	}
	payload = make([]byte, header.Length)
	if _, err := io.ReadFull(reader, payload); err != nil {
		return header, nil, err
	}
	ws.Cipher(payload, header.Mask, 0)
	return header, payload, nil
}

const (
	pingFrame  = `1 {"action":"ping","action_id":%d}`
	closeFrame = "8 \x03\xe8"
)

func ping(id int64) *wire.Outgoing { return &wire.Outgoing{Name: "ping", ActionID: id} }

func TestExchange(t *testing.T) {
	b := newBackend(t)
	b.socket = func(conn net.Conn) {
		_, _ = conn.Write(event("1", "hello"))
		_, _ = conn.Write(frame(ws.OpBinary, ""))
		_, _ = conn.Write(append(event("2", "a"), event("3", "b")...))
		_, _ = conn.Write(frame(ws.OpClose, "\x03\xe9bye"))
	}
	b.start()
	conn := connect(t, dialer(b.URL))
	transmit(conn, ping(1))
	var got []int64
	for {
		messages, err := receive(conn)
		if err != nil {
			closed, ok := errors.AsType[*wire.CloseError](err)
			if !ok || closed.Code != 1001 || closed.Reason != "bye" {
				t.Errorf("error %v", err)
			}
			break
		}
		if len(messages) == 0 {
			got = append(got, 0)
		}
		for _, m := range messages {
			got = append(got, m.EventID)
		}
	}
	if fmt.Sprint(got) != "[1 0 2 3]" {
		t.Errorf("events %v", got)
	}
}

func TestReceiveInOrder(t *testing.T) {
	conn := pipe(t, func(conn net.Conn) {
		_, _ = conn.Write(event("1", ""))
		_, _ = conn.Write(event("2", ""))
		clientFrames(conn)
	})
	defer shut(conn)
	for id := range int64(2) {
		m, err := conn.Receive()
		if err != nil || m.EventID != id+1 {
			t.Fatalf("message %v, error %v", m, err)
		}
	}
}

// Send doesn't wait for a peer that doesn't read. What was sent comes in order.
func TestSendDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read := make(chan struct{})
		frames := make(chan []string, 1)
		conn := pipe(t, func(conn net.Conn) {
			<-read
			frames <- clientFrames(conn)
		})
		for i := range int64(1000) {
			transmit(conn, ping(i+1))
		}
		synctest.Wait()
		close(read)
		conn.Close()
		got := <-frames
		if len(got) != 1001 {
			t.Fatalf("%d frames", len(got))
		}
		for i := range 1000 {
			if want := fmt.Sprintf(pingFrame, i+1); got[i] != want {
				t.Fatalf("frame %d: %q", i, got[i])
			}
		}
		if got[1000] != closeFrame {
			t.Errorf("last frame %q", got[1000])
		}
		conn.Wait()
	})
}

// What Send was given may be changed afterwards.
func TestSendKeepsNothing(t *testing.T) {
	frames := make(chan []string, 1)
	conn := pipe(t, func(conn net.Conn) { frames <- clientFrames(conn) })
	part := []byte("payload")
	params := []byte(`{"a":1}`)
	transmit(conn, &wire.Outgoing{Name: "x", Params: params, Payload: [][]byte{part}})
	clear(part)
	clear(params)
	shut(conn)
	if got := fmt.Sprintf("%q", <-frames); got != fmt.Sprintf("%q", []string{`1 {"action":"x","frames":1,"a":1}`, "2 payload", closeFrame}) {
		t.Errorf("frames %s", got)
	}
}

// Close writes what was sent, says goodbye once, and ends a Receive that waits.
func TestClose(t *testing.T) {
	frames := make(chan []string, 1)
	conn := pipe(t, func(conn net.Conn) { frames <- clientFrames(conn) })
	received := make(chan error)
	go func() {
		_, err := receive(conn)
		received <- err
	}()
	transmit(conn, ping(1))
	transmit(conn, &wire.Outgoing{})
	conn.Close()
	conn.Close()
	transmit(conn, ping(2))
	if err := <-received; err == nil || !strings.Contains(err.Error(), "connection is closed") {
		t.Errorf("Receive: %v", err)
	}
	if _, err := receive(conn); err == nil {
		t.Error("Receive after Close: no error")
	}
	conn.Wait()
	conn.Close()
	want := fmt.Sprintf("%q", []string{fmt.Sprintf(pingFrame, 1), "2 ", closeFrame})
	if got := fmt.Sprintf("%q", <-frames); got != want {
		t.Errorf("frames %s", got)
	}
}

// A peer that has stopped reading can't hold up Close for longer than Linger.
func TestCloseWithStalledPeer(t *testing.T) {
	for name, send := range map[string]int64{"nothing sent": 0, "much sent": 1000} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn := pipe(t, block)
				for i := range send {
					transmit(conn, ping(i+1))
				}
				synctest.Wait()
				start := time.Now()
				conn.Close()
				if waited := time.Since(start); waited != 0 {
					t.Errorf("Close took %v", waited)
				}
				conn.Wait()
				if waited := time.Since(start); waited != linger {
					t.Errorf("closing took %v", waited)
				}
			})
		})
	}
}

// TLS has a goodbye of its own, which mustn't take longer either.
func TestCloseWithStalledPeerTLS(t *testing.T) {
	certificate := newBackend(t)
	certificate.StartTLS()
	config := certificate.TLS.Clone()
	for name, serve := range map[string]func(*tls.Conn, net.Conn){
		"reads nothing":              func(_ *tls.Conn, raw net.Conn) { block(raw) },
		"reads all but the very end": func(conn *tls.Conn, raw net.Conn) { _, _ = io.ReadFull(conn, make([]byte, 8)); block(raw) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := dialer("https://peer.test")
				d.Direct = true
				d.TLS = &tls.Config{InsecureSkipVerify: true}
				// Shorter than what crypto/tls allows itself.
				d.Linger = time.Second
				d.Dial = piped(t, func(raw net.Conn) {
					conn := tls.Server(raw, config)
					if _, err := upgrade(conn); err != nil {
						t.Errorf("handshake: %v", err)
						return
					}
					serve(conn, raw)
				})
				conn, err := d.Connect(t.Context(), false)
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				conn.Close()
				conn.Wait()
				if waited := time.Since(start); waited != d.Linger {
					t.Errorf("closing took %v", waited)
				}
			})
		})
	}
}

// A goroutine is there only while there is something to be written.
func TestIdleConnectionHasNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read := make(chan struct{})
		conn := pipe(t, func(conn net.Conn) {
			<-read
			clientFrames(conn)
		})
		transmit(conn, ping(1))
		synctest.Wait()
		if n := socketGoroutines(); n != 1 {
			t.Errorf("%d goroutines write", n)
		}
		close(read)
		synctest.Wait()
		if n := socketGoroutines(); n != 0 {
			t.Errorf("%d goroutines are idle", n)
		}
		shut(conn)
	})
}

// socketGoroutines counts the goroutines that are in a method of a socket. The
// runtime counts some of its own, which come and go.
func socketGoroutines() int {
	stacks := make([]byte, 1<<20)
	count := 0
	for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if strings.Contains(stack, "transport.(*socket)") {
			count++
		}
	}
	return count
}

func TestPong(t *testing.T) {
	frames := make(chan []string, 1)
	conn := pipe(t, func(conn net.Conn) {
		_, _ = conn.Write(frame(ws.OpPing, "are you there?"))
		_, _ = conn.Write(frame(ws.OpPong, "nobody asked"))
		_, _ = conn.Write(event("1", ""))
		frames <- clientFrames(conn)
	})
	if messages, err := receive(conn); err != nil || len(messages) != 1 {
		t.Fatalf("%v, %v", messages, err)
	}
	shut(conn)
	if got := fmt.Sprintf("%q", <-frames); got != fmt.Sprintf("%q", []string{"a are you there?", closeFrame}) {
		t.Errorf("frames %s", got)
	}
}

// A peer that pings without reading the answers gets only so many of them.
func TestPingFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pings = 10_000
		// A header of two bytes, a mask and what was in the ping.
		const pongLength = 2 + 4 + 125
		flooded := make(chan struct{})
		frames := make(chan []string, 1)
		conn := pipe(t, func(conn net.Conn) {
			for range pings {
				_, _ = conn.Write(frame(ws.OpPing, strings.Repeat("x", 125)))
			}
			_, _ = conn.Write(event("1", ""))
			<-flooded
			frames <- clientFrames(conn)
		})
		if _, err := receive(conn); err != nil {
			t.Fatal(err)
		}
		close(flooded)
		shut(conn)
		got := <-frames
		// 64 KiB of what is being written and of what waits, and a pong more of each,
		// as one is added while there is less.
		const most = 2 * (64<<10/pongLength + 1)
		if pongs := len(got) - 1; pongs > most || pongs < 100 {
			t.Errorf("%d pongs", pongs)
		}
		if got[len(got)-1] != closeFrame {
			t.Errorf("last frame %q", got[len(got)-1])
		}
	})
}

// A close frame is answered by one, and nothing follows that.
func TestClosedByPeer(t *testing.T) {
	for name, test := range map[string]struct {
		payload string
		code    int
	}{
		"no code":          {"", 1005},
		"going away":       {"\x03\xe9soon back", 1001},
		"of its own":       {"\x0f\xa0", 4000},
		"not to be used":   {"\x03\xed", 1005},
		"making no sense":  {"\x00\x00", 0},
		"beyond all codes": {"\xff\xff", 65535},
	} {
		t.Run(name, func(t *testing.T) {
			frames := make(chan []string, 1)
			conn := pipe(t, func(conn net.Conn) {
				_, _ = conn.Write(frame(ws.OpClose, test.payload))
				frames <- clientFrames(conn)
			})
			_, err := receive(conn)
			if closed, ok := errors.AsType[*wire.CloseError](err); !ok || closed.Code != test.code {
				t.Errorf("error %v", err)
			}
			transmit(conn, ping(1))
			shut(conn)
			if got := fmt.Sprintf("%q", <-frames); got != fmt.Sprintf("%q", []string{closeFrame}) {
				t.Errorf("frames %s", got)
			}
		})
	}
}

// What the peer said about closing counts, even if writing has failed since.
func TestClosedByPeerWhileWriting(t *testing.T) {
	broken := errors.New("broken pipe")
	synctest.Test(t, func(t *testing.T) {
		conn, peer := breakable(t, broken)
		peer <- frame(ws.OpClose, "\x03\xe9")
		synctest.Wait()
		transmit(conn, ping(1))
		conn.Wait()
		_, err := receive(conn)
		if closed, ok := errors.AsType[*wire.CloseError](err); !ok || closed.Code != 1001 {
			t.Errorf("error %v", err)
		}
		shut(conn)
	})
}

// When writing fails, Receive says why, and what is sent afterwards takes no
// memory.
func TestWriteFails(t *testing.T) {
	broken := errors.New("broken pipe")
	synctest.Test(t, func(t *testing.T) {
		conn, _ := breakable(t, broken)
		received := make(chan error)
		go func() {
			_, err := receive(conn)
			received <- err
		}()
		synctest.Wait()
		transmit(conn, ping(1))
		if err := <-received; !errors.Is(err, broken) {
			t.Errorf("Receive: %v", err)
		}
		large := &wire.Outgoing{Name: "x", Payload: [][]byte{make([]byte, 1<<20)}}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			transmit(conn, large)
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 10<<20 {
			t.Errorf("%d bytes were allocated", used)
		}
		shut(conn)
	})
}

// breakable connects to a peer from which only reading works after the
// handshake. What is put into the channel can be read.
func breakable(t *testing.T, err error) (transport.Conn, chan<- []byte) {
	c := &broken{err: err, incoming: make(chan []byte, 1), closed: make(chan struct{})}
	d := dialer("http://peer.test")
	d.Direct = true
	dial := piped(t, func(conn net.Conn) { _, _ = upgrade(conn) })
	d.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		var err error
		c.Conn, err = dial(ctx, network, address)
		return c, err
	}
	conn, err := d.Connect(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	c.upgraded.Store(true)
	return conn, c.incoming
}

// broken is a connection that can't be written to after the handshake.
type broken struct {
	net.Conn
	err      error
	upgraded atomic.Bool
	incoming chan []byte
	once     sync.Once
	closed   chan struct{}
}

func (c *broken) Write(p []byte) (int, error) {
	if !c.upgraded.Load() {
		return c.Conn.Write(p)
	}
	return 0, c.err
}

func (c *broken) Read(p []byte) (int, error) {
	if !c.upgraded.Load() {
		return c.Conn.Read(p)
	}
	select {
	case text := <-c.incoming:
		return copy(p, text), nil
	default:
	}
	select {
	case text := <-c.incoming:
		return copy(p, text), nil
	case <-c.closed:
		return 0, net.ErrClosed
	}
}

func (c *broken) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// A message beyond the limits is reported, and the next one is read.
func TestReceiveDamage(t *testing.T) {
	d := dialer("http://peer.test")
	d.Direct = true
	d.Limits = wire.Limits{Header: 1000, Parts: 1, Part: 10, Total: 10}
	d.Dial = piped(t, func(conn net.Conn) {
		_, _ = upgrade(conn)
		_, _ = conn.Write(append(event("1", "far too long"), event("2", "short")...))
		_, _ = conn.Write(frame(ws.OpText, `{"event":1}`))
		clientFrames(conn)
	})
	conn := connect(t, d)
	messages, err := receive(conn)
	if err != nil || messages[0].Damage == nil || messages[0].EventID != 1 {
		t.Errorf("%v, %v", messages, err)
	}
	messages, err = receive(conn)
	if err != nil || messages[0].Damage != nil || messages[0].EventID != 2 {
		t.Errorf("%v, %v", messages, err)
	}
	_, err = receive(conn)
	if problem, ok := errors.AsType[*wire.Error](err); !ok || problem.Kind != wire.Malformed {
		t.Errorf("error %v", err)
	}
}

// The end of the connection without a close frame is an error too.
func TestReceiveEnd(t *testing.T) {
	for text, want := range map[string]error{"": io.EOF, "\x81": io.ErrUnexpectedEOF, string(event("1", "x")[:40]): io.ErrUnexpectedEOF} {
		conn := pipe(t, func(conn net.Conn) { _, _ = io.WriteString(conn, text) })
		if _, err := receive(conn); !errors.Is(err, want) {
			t.Errorf("after %q: %v", text, err)
		}
		shut(conn)
	}
}

// Everything may be called at the same time, and masking keys aren't repeated.
func TestConcurrentUse(t *testing.T) {
	keys := make(chan map[uint32]bool, 1)
	conn := pipe(t, func(conn net.Conn) {
		seen := map[uint32]bool{}
		var pings sync.WaitGroup
		pings.Go(func() {
			for range 10 {
				_, _ = conn.Write(frame(ws.OpPing, ""))
			}
		})
		defer func() {
			pings.Wait()
			keys <- seen
		}()
		for {
			header, _, err := clientFrame(conn)
			if err != nil {
				return
			}
			seen[binary.LittleEndian.Uint32(header.Mask[:])] = true
		}
	})
	var tasks sync.WaitGroup
	tasks.Go(func() {
		for {
			if _, err := receive(conn); err != nil {
				return
			}
		}
	})
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			for i := range int64(100) {
				transmit(conn, ping(i))
			}
		})
	}
	senders.Wait()
	for range 4 {
		tasks.Go(conn.Close)
	}
	tasks.Wait()
	conn.Wait()
	if got := len(<-keys); got < 300 {
		t.Errorf("%d different keys", got)
	}
}
