package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

// readers are in a channel, and read nothing unless they are made to. It returns them
// with somebody who has sent them a long message.
func readers(t *testing.T, srv *ninchattest.Server, n int) (sender *client, readers []*client) {
	t.Helper()
	sender = login(t, srv, `,"message_types":["none"]`)
	channel := sender.call(`{"action":"create_channel"}`).text("channel_id")
	for range n {
		c := login(t, srv, `,"message_types":["long"]`)
		c.call(`{"action":"join_channel","channel_id":` + quote(channel) + `}`)
		readers = append(readers, c)
	}
	for _, c := range readers {
		c.settle()
	}
	sender.write(`{"action":"send_message","message_type":"long","channel_id":`+quote(channel)+`}`, strings.Repeat("x", 1<<20))
	return sender, readers
}

// Those who don't read take no more memory than there is for what is written, though
// each of them is to get the same; and in the end each of them gets it.
func TestManyReaders(t *testing.T) {
	const room, crowd = 4 << 20, 60
	synctest.Test(t, func(t *testing.T) {
		srv := start(t, discreet, func(c *server.Config) { c.Limits.Outgoing = room })
		before := heap()
		_, others := readers(t, srv, crowd)
		synctest.Wait()
		if taken := heap() - before; taken > 4*room {
			t.Errorf("%d MiB are taken, there are %d for what is written", taken>>20, room>>20)
		}
		// What is short isn't held up, and what is long waits for its turn.
		expect(t, guest(t, srv).call(`{"action":"ping"}`), `{"event":"pong"}`)
		var reading sync.WaitGroup
		for _, c := range others {
			reading.Go(func() {
				for {
					payload, _, err := c.rawFrame()
					if err != nil || len(payload) == 1<<20 {
						if err != nil {
							t.Errorf("the message hasn't come: %v", err)
						}
						return
					}
				}
			})
		}
		reading.Wait()
	})
}

// So it is with those who poll and don't read the answer.
func TestManyPollers(t *testing.T) {
	const room, crowd = 4 << 20, 60
	synctest.Test(t, func(t *testing.T) {
		srv := start(t, discreet, func(c *server.Config) { c.Limits.Outgoing = room })
		sender := login(t, srv, `,"message_types":["none"]`)
		channel := sender.call(`{"action":"create_channel"}`).text("channel_id")
		var pollers []*pollClient
		for range crowd {
			c := pollGuest(t, srv)
			c.call(`{"action":"join_channel","channel_id":` + quote(channel) + `}`)
			pollers = append(pollers, c)
		}
		var polls []net.Conn
		for _, c := range pollers {
			c.call(`{"action":"ping"}`) // after what came when others joined
			nc, err := srv.DialContext(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			polls = append(polls, nc)
			go func() {
				body := c.resume("")
				_, _ = fmt.Fprintf(nc, "POST /v2/poll HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			}()
			synctest.Wait()
		}
		before := heap()
		sender.write(`{"action":"send_message","message_type":"long","channel_id":`+quote(channel)+`}`, `{"x":"`+strings.Repeat("x", 1<<20-8)+`"}`)
		synctest.Wait()
		if taken := heap() - before; taken > 4*room {
			t.Errorf("%d MiB are taken, there are %d for what is written", taken>>20, room>>20)
		}
		var reading sync.WaitGroup
		for _, nc := range polls {
			reading.Go(func() {
				resp, err := http.ReadResponse(bufio.NewReader(nc), nil)
				if err != nil {
					t.Error(err)
					return
				}
				if text, err := io.ReadAll(resp.Body); err != nil || len(text) < 1<<20 {
					t.Errorf("got %d bytes, %v", len(text), err)
				}
			})
		}
		reading.Wait()
	})
}

// Those who don't read at all are cut, after which there is room for others.
func TestReadersWhoDontRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := start(t, discreet, impatient, func(c *server.Config) { c.Limits.Outgoing = 2 << 20 })
		_, others := readers(t, srv, 10)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if n := srv.Stats().Connections; n != 0 {
			t.Errorf("there are %d connections", n)
		}
		// Nothing is lost by that.
		c := others[9].again(srv)
		if e := c.wait("message_received"); len(e.payload) != 1 || len(e.payload[0]) != 1<<20 {
			t.Error("the message isn't whole")
		}
	})
}

// Connections that say nothing are bounded, too; WebSockets are counted elsewhere.
func TestHTTPConnections(t *testing.T) {
	srv := ninchattest.New(t, ninchattest.WithConfig(func(c *server.Config) { c.Limits.HTTPConnections = 3 }))
	for range 10 {
		dialTCP(t, srv)
	}
	dial := func() net.Conn {
		nc, err := net.Dial("tcp", srv.Host())
		if err != nil {
			t.Fatal(err)
		}
		_ = nc.SetDeadline(time.Now().Add(patience))
		t.Cleanup(func() { _ = nc.Close() })
		return nc
	}
	silent := []net.Conn{dial(), dial(), dial()}
	if n, err := io.Copy(io.Discard, dial()); n != 0 {
		t.Errorf("one too many got %d bytes, %v", n, err)
	}
	_ = silent[0].Close()
	eventually(t, func() bool {
		nc := dial()
		defer nc.Close()
		_, _ = io.WriteString(nc, "GET /v2/endpoint HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		text, _ := io.ReadAll(nc)
		return strings.Contains(string(text), "200 OK")
	})
}
