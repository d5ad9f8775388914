//go:build !js

package transport

import (
	"context"
	"net"
	"net/http"
)

// roundTripper makes an HTTP client for one request. Connections are made as
// those for WebSockets are, and with ctx: left to itself, the client would go on
// connecting after ctx has ended.
func (d *Dialer) roundTripper(ctx context.Context, dials *dials) http.RoundTripper {
	return &http.Transport{
		DialContext: func(_ context.Context, _, address string) (net.Conn, error) {
			return dials.make(func() (net.Conn, error) { return d.openPlain(ctx, address) })
		},
		DialTLSContext: func(_ context.Context, _, address string) (net.Conn, error) {
			return dials.make(func() (net.Conn, error) {
				conn, _, err := d.open(ctx, address)
				return conn, err
			})
		},
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: maxDiscovery,
	}
}
