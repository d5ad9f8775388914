package transport

import (
	"context"
	"net/http"
)

// pageTransport is the browser's fetch, which keeps connections as it likes.
type pageTransport struct{ browserFetch }

// keepAliveTransport is the browser's fetch.
func (d *Dialer) keepAliveTransport(context.Context) pageTransport { return pageTransport{} }

// RoundTrip follows no redirects: the browser would send what is in the request
// to wherever it is told to.
func (t pageTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("js.fetch:redirect", "error")
	r.Header.Set("js.fetch:credentials", "omit")
	return t.browserFetch.RoundTrip(r)
}

// CloseIdleConnections does nothing.
func (pageTransport) CloseIdleConnections() {}
