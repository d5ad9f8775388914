package transport_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// timeless is a connection that knows no deadlines, as a channel of SSH is one.
type timeless struct{ net.Conn }

var errTimeless = errors.New("no deadlines")

func (timeless) SetDeadline(time.Time) error      { return errTimeless }
func (timeless) SetReadDeadline(time.Time) error  { return errTimeless }
func (timeless) SetWriteDeadline(time.Time) error { return errTimeless }

// Attempts to connect end in time, whoever is silent, and whatever Dial makes.
func TestConnWithoutDeadlines(t *testing.T) {
	for _, proxy := range []string{"", "http://proxy.test", "https://proxy.test", "socks5://proxy.test"} {
		for _, address := range []string{"http://peer.test", "https://peer.test"} {
			for _, direct := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					d := dialer(address)
					d.Direct = direct
					if proxy != "" {
						u, err := url.Parse(proxy)
						if err != nil {
							t.Fatal(err)
						}
						d.Proxy = http.ProxyURL(u)
					}
					dial := answering(t, "")
					d.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
						conn, err := dial(ctx, network, address)
						return timeless{conn}, err
					}
					began := time.Now()
					_, err := d.Connect(t.Context(), false)
					if took := time.Since(began); err == nil || took != d.Timeout || !strings.Contains(err.Error(), "timed out") {
						t.Errorf("%s through %q, direct %v: after %v: %v", address, proxy, direct, took, err)
					}
				})
			}
		}
	}
}
