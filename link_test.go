package ninchat

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/ninchat-community/ninchat/internal/transport"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// endedConn is a connection that has ended.
type endedConn struct{ transport.Conn }

func (endedConn) Receive() (*wire.Message, error) { return nil, io.EOF }
func (endedConn) Close()                          {}
func (endedConn) Wait()                           {}

// The context of a connection belongs to that of the session. It must not stay
// there when the connection has ended by itself.
func TestEndedConnectionLeavesNothing(t *testing.T) {
	s := newSession(Config{Logger: slog.New(slog.DiscardHandler)}, &transport.Dialer{}, func() {})
	defer s.cancel()
	ctx, cancel := context.WithCancel(s.ctx)
	s.read(transport.NewLink(1, cancel), endedConn{})
	if ctx.Err() == nil {
		t.Error("the context of the connection hasn't ended")
	}
}
