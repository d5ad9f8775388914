package ninchat

import (
	"errors"
	"fmt"

	"github.com/ninchat-community/ninchat/internal/transport"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// Transport says how a session's actions and events travel.
type Transport uint8

// The transports.
const (
	// AutoTransport prefers a WebSocket. Where there can be none, as behind a
	// proxy that refuses them or lets nothing through, it takes long polling,
	// and tries a WebSocket again every ten minutes.
	AutoTransport = Transport(transport.Auto)
	// WebSocketOnly never takes long polling.
	WebSocketOnly = Transport(transport.SocketOnly)
	// LongPollOnly always takes long polling.
	LongPollOnly = Transport(transport.PollOnly)
)

// String names the transport, in lower case.
func (t Transport) String() string {
	switch t {
	case AutoTransport:
		return "auto"
	case WebSocketOnly:
		return "websocket"
	case LongPollOnly:
		return "long-poll"
	}
	return fmt.Sprintf("transport %d", uint8(t))
}

// check refuses what isn't a transport.
func (t Transport) check() error {
	if t > LongPollOnly {
		return &ConfigError{"Transport", errors.New("must be AutoTransport, WebSocketOnly or LongPollOnly")}
	}
	return nil
}

// ErrPollPayload says that an action's payload can't be sent while the session
// uses long polling. That takes one part that is JSON, and, for update_user,
// any parts.
var ErrPollPayload = wire.ErrPollPayload
