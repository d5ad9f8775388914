package server

import (
	"github.com/ninchat-community/ninchat/api"
	messages "github.com/ninchat-community/ninchat/message"
)

// content is what the server itself makes of what a message says.
type content struct {
	// text is what people read, "" if the type has none.
	text string
	// when is the time that the message says, nil if it doesn't.
	when *float64
}

// checkContent checks that a message is of a type that clients can send, and has
// the content that goes with it: the first part of the payload. Published clients
// send more parts, and expect them back; strict refuses them.
func checkContent(kind string, payload [][]byte, strict bool) (c content, why *failure) {
	if len(payload) == 0 {
		return c, fail(api.ErrMessageMalformed, "there is no payload")
	}
	if !messages.Reserved(kind) {
		return c, nil
	}
	switch {
	case messages.ServerOnly(kind):
		return c, fail(api.ErrMessageNotSupported, "only the server sends it")
	case !messages.Known(kind):
		return c, fail(api.ErrMessageNotSupported, "there is no such type")
	case strict && len(payload) > 1:
		return c, fail(api.ErrMessageMalformed, "the type has one payload part, got %d", len(payload))
	}
	parsed, err := messages.Parse(kind, payload)
	if err != nil {
		return c, fail(api.ErrMessageMalformed, "%v", err)
	}
	switch parsed := parsed.(type) {
	case *messages.Text:
		c.text = parsed.Body
	case *messages.Notice:
		c.text = parsed.Body
	case *messages.Metadata:
		c.when = parsed.Time
	}
	return c, nil
}
