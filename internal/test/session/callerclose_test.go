package session_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

// Close is why calls end that wait for a connection then, although it ends the
// attempts to connect too.
func TestCallerClosesWhileConnecting(t *testing.T) {
	const callers = 100
	synctest.Test(t, func(t *testing.T) {
		config := ninchat.CallerConfig{Address: "http://localhost", Proxy: noProxy, Retry: ninchat.Retry{Attempts: 1}}
		config.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		var tasks sync.WaitGroup
		var open []*ninchat.Caller
		for range callers {
			c := newCaller(t, config)
			open = append(open, c)
			tasks.Go(func() {
				if _, err := c.Ping(t.Context(), api.Ping{}); !errors.Is(err, ninchat.ErrClosed) {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		for _, c := range open {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		tasks.Wait()
	})
}
