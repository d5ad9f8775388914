package server_test

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
)

// An action that doesn't arrive completely isn't done, wherever it is cut, and the
// session goes on.
func TestTruncated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, discreet, impatient)
		action := w.fill(`{"action":"send_message","channel_id":"$channel","message_type":"x","frames":1}`)
		stream := new(bytes.Buffer)
		for _, frame := range []ws.Frame{ws.NewTextFrame([]byte(action)), ws.NewBinaryFrame([]byte("payload"))} {
			if err := ws.WriteFrame(stream, ws.MaskFrame(frame)); err != nil {
				t.Fatal(err)
			}
		}
		bert := w.clients["bert"]
		for n := range stream.Len() {
			bert = bert.again(w.srv)
			if _, err := bert.nc.Write(stream.Bytes()[:n]); err != nil {
				t.Fatal(err)
			}
			_ = bert.nc.Close()
		}
		body := w.as("bert", `{"action":"send_message","channel_id":"$channel","message_type":"x","payload":{}}`)
		for _, request := range []string{
			"POST /v2/call HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " + fmt.Sprint(len(body)) + "\r\n\r\n" + body,
			"POST /v2/call HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body),
			"GET /v2/call?data=" + url.QueryEscape(body) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
		} {
			for n := range len(request) - 1 {
				nc, err := w.srv.DialContext(t.Context(), "", "")
				if err != nil {
					t.Fatal(err)
				}
				go func() { _, _ = io.Copy(io.Discard, nc) }()
				_, _ = io.WriteString(nc, request[:n]) // refused early is as good
				_ = nc.Close()
			}
		}
		synctest.Wait()
		w.clients["bert"] = bert.again(w.srv)
		w.clients["bert"].settle()
		if got := w.history("mona", `,"channel_id":"$channel","message_types":["x"]`); got != "" {
			t.Errorf("%d messages were sent", len(strings.Fields(got)))
		}
		// The complete one is.
		w.clients["bert"].write(strings.Replace(action, `,"frames":1`, "", 1), "payload")
		if e := w.clients["mona"].wait("message_received"); e.text("message_user_id") != bert.userID {
			t.Errorf("got %v", e)
		}
		// Nothing is left of the others, not even of the first, which doesn't read that
		// it has been superseded.
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if got := w.srv.Stats().Connections; got > len(w.clients) {
			t.Errorf("there are %d connections", got)
		}
	})
}

// Many users at once get what is for them, all of it, in order, and nothing else, by
// either transport.
func TestNobodyGetsOthersMessages(t *testing.T) {
	const users, rounds = 24, 10
	synctest.Test(t, func(t *testing.T) {
		srv := start(t, discreet)
		peers := make([]peer, users)
		for i := range peers {
			peers[i] = transports[i%2].guest(t, srv)
		}
		id := func(i int) string { userID, _, _ := peers[i%users].identity(); return userID }
		// Each writes to the next three.
		for round := range rounds {
			for i, p := range peers {
				for next := 1; next <= 3; next++ {
					p.send(`{"action":"send_message","message_type":"x","user_id":`+quote(id(i+next))+`}`,
						fmt.Sprintf(`{"from":%d,"to":%d,"round":%d}`, i, (i+next)%users, round))
				}
			}
		}
		for i, p := range peers {
			own := make(map[string]int) // the rounds of each sender
			for range rounds * 6 {
				e := p.wait("message_received")
				from := e.text("message_user_id")
				content := object(t, e.content())
				sender, receiver := int(content["from"].(float64)), int(content["to"].(float64))
				if id(sender) != from || sender != i && receiver != i || int(content["round"].(float64)) != own[fmt.Sprint(sender, receiver)] {
					t.Fatalf("user %d got %v", i, e)
				}
				own[fmt.Sprint(sender, receiver)]++
			}
			if len(own) != 6 {
				t.Errorf("user %d heard %v", i, own)
			}
			if e := p.call(`{"action":"load_history","user_id":` + quote(id(i+5)) + `}`); e.number("history_length") != 0 {
				t.Errorf("got %v", e)
			}
		}
	})
}
