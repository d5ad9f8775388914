// Package transport connects to a Ninchat server: it discovers hosts, dials,
// goes through proxies and TLS, and carries messages over a WebSocket or by long
// polling.
//
// A [Dialer] makes [Conn] values, one at a time, for one session. Which of the
// discovered hosts comes next is its business, and whether there can be a
// WebSocket; when to try again isn't.
package transport
