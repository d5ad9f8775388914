package ninchat

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/ninchat-community/ninchat/internal/transport"
)

var (
	// ErrUnencrypted says that something secret would have been sent without
	// encryption. Secrets are sent over TLS, or to loopback addresses.
	ErrUnencrypted = errors.New("ninchat: secrets are sent over TLS or to loopback addresses only")
	// ErrAnswerTooLong says that an answer was longer than Limits.Answer.
	ErrAnswerTooLong = transport.ErrAnswerTooLong
)

// CallError says why a call without a session failed on its way. What the server
// answers by an error event isn't a CallError but an *[api.Error].
type CallError struct {
	// Action is the name of the action.
	Action string
	// Address is the address of the server.
	Address string
	// Sent says that the server may have got the action, and may have done it.
	Sent bool
	// Attempts is how often the call was tried.
	Attempts int
	// Err is what went wrong with the last attempt: an *[HTTPError] if there was
	// an answer that can't be used.
	Err error
}

// Error names the action and the server, and says what may be done.
func (e *CallError) Error() string {
	text := "ninchat: " + e.Action + " at " + e.Address + ": " + e.Err.Error()
	if e.Attempts > 1 {
		text += " (tried " + strconv.Itoa(e.Attempts) + " times)"
	}
	if advice := advice(e.Err); advice != "" {
		text += " (" + advice + ")"
	}
	return text
}

// Unwrap returns Err.
func (e *CallError) Unwrap() error { return e.Err }

// HTTPError is an HTTP answer that isn't what a server of the API answers when
// all is well.
type HTTPError struct {
	// Code is the HTTP status code.
	Code int
	// ContentType is the media type of the answer, "" if there is none.
	ContentType string
	// Err says what is wrong with it. If the status isn't that of success and
	// there is an error event in the answer, it is an *[api.Error].
	Err error
}

// Error names the status and says what is wrong.
func (e *HTTPError) Error() string {
	text := "HTTP status " + strconv.Itoa(e.Code)
	if name := http.StatusText(e.Code); name != "" {
		text += " " + name
	}
	return text + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *HTTPError) Unwrap() error { return e.Err }
