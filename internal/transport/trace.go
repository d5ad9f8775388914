package transport

import "crypto/tls"

// Trace has functions that are called as connections are made, possibly from
// several goroutines at a time. Each may be nil. They must not wait.
type Trace struct {
	// Discovery is called before hosts are discovered; the function that it
	// returns is called with the outcome.
	Discovery func() func(hosts []string, err error)
	// Connect is called before connecting to a host; the function that it
	// returns is called with the outcome.
	Connect func(host string) func(polls bool, err error)
	// TLS is called before a TLS handshake with a host; the function that it
	// returns is called with the outcome.
	TLS func(host string) func(state tls.ConnectionState, err error)
}

func (t *Trace) discovery() func([]string, error) {
	if t.Discovery == nil {
		return func([]string, error) {}
	}
	return t.Discovery()
}

func (t *Trace) connect(host string) func(bool, error) {
	if t.Connect == nil {
		return func(bool, error) {}
	}
	return t.Connect(host)
}

func (t *Trace) tls(host string) func(tls.ConnectionState, error) {
	if t.TLS == nil {
		return func(tls.ConnectionState, error) {}
	}
	return t.TLS(host)
}
