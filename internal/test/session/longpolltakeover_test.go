package session_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
)

// Whoever resumes a session has it, however it and the one before travel: the other
// one ends, and closing it doesn't close the session.
func TestTakeover(t *testing.T) {
	for _, first := range []ninchat.Transport{ninchat.WebSocketOnly, ninchat.LongPollOnly} {
		for _, second := range []ninchat.Transport{ninchat.WebSocketOnly, ninchat.LongPollOnly} {
			t.Run(first.String()+" by "+second.String(), func(t *testing.T) {
				inBubble(t, func(t *testing.T, srv *ninchattest.Server) { takeOver(t, srv, first, second) })
			})
		}
	}
}

func takeOver(t *testing.T, srv *ninchattest.Server, first, second ninchat.Transport) {
	c := discarding(config(srv, "Alice"))
	one := open(t, travelling(first, c))
	// Between two polls, while one waits, and at other moments.
	for _, wait := range []time.Duration{0, time.Millisecond, 20 * time.Millisecond, 49 * time.Millisecond, time.Minute, 10 * time.Minute} {
		time.Sleep(wait)
		c.Token = one.Token()
		other := open(t, travelling(second, c))
		time.Sleep(10 * time.Second)
		if err := one.Err(); one.State() != ninchat.Closed || !errors.Is(err, api.ErrConnectionSuperseded) {
			t.Fatalf("after %v: the first one is %v: %v", wait, one.State(), err)
		}
		if err := one.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Ping(t.Context(), api.Ping{}); err != nil {
			t.Fatal(err)
		}
		if stats := other.Stats(); stats.Connections != 1 || stats.SessionsLost != 0 {
			t.Fatalf("after %v: %+v", wait, stats)
		}
		one, first = other, second
	}
}

// A session that closes doesn't close what somebody else has taken over just before.
func TestCloseAfterTakeover(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *ninchattest.Server) {
		c := travelling(ninchat.LongPollOnly, discarding(config(srv, "Alice")))
		for range 20 {
			one := open(t, c)
			again := c
			again.Token = one.Token()
			other, err := ninchat.Open(t.Context(), again)
			if err != nil {
				t.Fatal(err)
			}
			if err := one.Close(); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if _, err := other.Ping(t.Context(), api.Ping{}); err != nil || other.Stats().SessionsLost != 0 {
				t.Fatalf("%v, %+v", err, other.Stats())
			}
			if err := other.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
