// Package deserted gives tests an address at which nobody is.
package deserted

import (
	"net"
	"testing"
)

// Address is the host and port of an address of loopback at which nobody listens.
// Until the test ends, it is the client's end of a connection, so that the system
// gives it to nobody else. It may be called concurrently, for different addresses.
func Address(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	// Reset, it would lose its port.
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = accepted.Close() })
	return conn.LocalAddr().String()
}
