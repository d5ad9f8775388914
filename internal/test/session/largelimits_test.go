package session_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/ninchattest"
)

// Whoever wants no limits sets the largest ones that there are: nothing is computed
// from them that doesn't fit into an int.
func TestLargestLimits(t *testing.T) {
	none := ninchat.Limits{Header: math.MaxInt, Parts: math.MaxInt, Part: math.MaxInt, Total: math.MaxInt, Answer: math.MaxInt}
	inBubbles(t, func(t *testing.T, srv *routed) {
		r := newRoom(t, srv)
		c := config(srv, "Carol")
		c.Limits, c.QueueEvents, c.QueueBytes, c.MaxCalls = none, math.MaxInt, math.MaxInt, math.MaxInt
		carol := open(t, c)
		if _, err := carol.JoinChannel(t.Context(), api.JoinChannel{ChannelID: &r.channel}); err != nil {
			t.Fatal(err)
		}
		for _, text := range numbers(10) {
			r.say(t, text)
		}
		if heard := hear(t, carol, 10); !slices.Equal(heard, numbers(10)) {
			t.Errorf("heard %q", heard)
		}
		if s := carol.Stats(); s.EventsPostponed != 0 || s.Connections != 1 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("caller", func(t *testing.T) {
		srv := ninchattest.New(t)
		c := newCaller(t, ninchat.CallerConfig{Address: srv.URL(), Limits: none})
		// An answer all the same.
		if _, err := c.DescribeConn(t.Context(), api.DescribeConn{}); !errors.Is(err, api.ErrUserNotFound) {
			t.Error(err)
		}
	})
}
