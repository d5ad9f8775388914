// Package ninchattest runs a local Ninchat server for the length of a test.
//
//	func TestGreeting(t *testing.T) {
//		srv := ninchattest.New(t)
//		// Use srv.URL(), srv.AddUser(...), srv.Faults().Cut(...)
//	}
//
// The server is the one of package server, with all events checked against the
// API: if one isn't as it should be, the test fails. It is closed when the test
// ends.
//
// Tests with time in them can move the server's clock, which works with clients of
// any kind, over the network too: opening hours, expiry, deletion.
//
//	srv := ninchattest.New(t, ninchattest.WithClock())
//	srv.Advance(8 * time.Hour)
//
// Or they run within a testing/synctest bubble, where hours pass at once. There,
// the server must be [InMemory], and clients must connect by its DialContext:
//
//	synctest.Test(t, func(t *testing.T) {
//		srv := ninchattest.New(t, ninchattest.InMemory())
//		dialer := ws.Dialer{NetDial: srv.DialContext}
//		...
//	})
package ninchattest
