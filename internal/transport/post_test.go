package transport_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ninchat-community/ninchat/internal/transport"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// poster makes a Poster to a server in memory, and counts its open connections.
// Connections are made although who wanted them has given up.
func poster(t *testing.T, handler http.HandlerFunc) (p *transport.Poster, open *atomic.Int32) {
	d := pollTo(t, handler)
	dial := d.Dial
	d.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		return dial(context.WithoutCancel(ctx), network, address)
	}
	open = countOpen(d)
	p = transport.NewPoster(transport.PosterConfig{Dialer: d, Path: "/", CompressFrom: -1})
	t.Cleanup(p.Close)
	return p, open
}

// No connection is made for a Poster that was closed.
func TestPostAfterClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, open := poster(t, func(w http.ResponseWriter, _ *http.Request) { say(w, "{}") })
		for range 10 {
			p.Close()
			_, err := p.Post(t.Context(), wire.MediaJSON, nil)
			if _, unsent := errors.AsType[*transport.NotSentError](err); !unsent {
				t.Fatalf("error is %v", err)
			}
		}
		synctest.Wait()
		if n := open.Load(); n != 0 {
			t.Fatalf("%d connections are open", n)
		}
	})
}

// Nor is one kept that was in use then, whatever else is tried meanwhile.
func TestPostDuringClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, open := poster(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			time.Sleep(time.Second)
			say(w, "{}")
		})
		var posting sync.WaitGroup
		posting.Go(func() {
			if _, err := p.Post(t.Context(), wire.MediaJSON, nil); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		p.Close()
		if _, err := p.Post(t.Context(), wire.MediaJSON, nil); err == nil {
			t.Error("posted after closing")
		}
		posting.Wait()
		synctest.Wait()
		if n := open.Load(); n != 0 {
			t.Fatalf("%d connections are open", n)
		}
	})
}
