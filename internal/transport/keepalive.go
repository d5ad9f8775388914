//go:build !js

package transport

import (
	"context"
	"net"
	"net/http"
)

// keepConns is how many connections are kept.
const keepConns = 16

// keepAliveTransport makes an HTTP client whose connections are kept and used
// again. They are made as those for WebSockets are. The HTTP client goes on
// connecting when the request that wanted it has been given up: another one may
// use the connection. Attempts end with d.Timeout, and with closing.
func (d *Dialer) keepAliveTransport(closing context.Context) *http.Transport {
	dial := func(open func(ctx context.Context, address string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
		return func(ctx context.Context, _, address string) (net.Conn, error) {
			ctx, cancel := context.WithTimeoutCause(ctx, d.Timeout, errTimeout)
			defer cancel()
			defer context.AfterFunc(closing, cancel)()
			conn, err := guard(d.Panicked, func() (net.Conn, error) { return open(ctx, address) })
			if err == nil && closing.Err() != nil {
				// The HTTP client would keep it, although it was told to keep none.
				_ = conn.Close()
				err = context.Cause(closing)
			}
			if err != nil {
				return nil, &NotSentError{because(ctx, err)}
			}
			return conn, nil
		}
	}
	return &http.Transport{
		DialContext: dial(d.openPlain),
		DialTLSContext: dial(func(ctx context.Context, address string) (net.Conn, error) {
			conn, _, err := d.open(ctx, address)
			return conn, err
		}),
		MaxIdleConns:           keepConns,
		MaxIdleConnsPerHost:    keepConns,
		IdleConnTimeout:        keepFor,
		MaxResponseHeaderBytes: maxDiscovery,
	}
}
