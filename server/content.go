package server

import (
	"github.com/ninchat-community/ninchat/api"
	messages "github.com/ninchat-community/ninchat/message"
)

// checkContent checks that a message is of a type that clients can send, and has
// the content that goes with it. It returns the text that people read, "" if the
// type has none.
func checkContent(kind string, payload [][]byte) (text string, why *failure) {
	if len(payload) == 0 {
		return "", fail(api.ErrMessageMalformed, "there is no payload")
	}
	if !messages.Reserved(kind) {
		return "", nil
	}
	switch {
	case messages.ServerOnly(kind):
		return "", fail(api.ErrMessageNotSupported, "only the server sends it")
	case !messages.Known(kind):
		return "", fail(api.ErrMessageNotSupported, "there is no such type")
	}
	content, err := messages.Parse(kind, payload)
	if err != nil {
		return "", fail(api.ErrMessageMalformed, "%v", err)
	}
	switch content := content.(type) {
	case *messages.Text:
		text = content.Body
	case *messages.Notice:
		text = content.Body
	}
	return text, nil
}
