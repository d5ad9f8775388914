package deserted_test

import (
	"net"
	"testing"

	"github.com/ninchat-community/ninchat/internal/test/deserted"
)

// Nobody answers at the address, and nobody can come to listen at it.
func TestAddress(t *testing.T) {
	address := deserted.Address(t)
	if conn, err := net.Dial("tcp", address); err == nil {
		_ = conn.Close()
		t.Errorf("somebody is at %s", address)
	}
	if listener, err := net.Listen("tcp", address); err == nil {
		_ = listener.Close()
		t.Errorf("%s can be had", address)
	}
}
