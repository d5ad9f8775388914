package ninchat

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/engine"
	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/spec"
)

// Errors to be matched with errors.Is. What the server says is an *[api.Error],
// which matches the constants of package api.
var (
	// ErrClosed says that the session was closed by Close or Drain, or the
	// Caller by Close.
	ErrClosed = engine.ErrClosed
	// ErrSessionLost says that the server has lost the session, and that an
	// action marked as transient wasn't answered before. An *[api.Error] beside it
	// says why, and so matches [api.ErrSessionBufferOverflow], for instance.
	ErrSessionLost = engine.ErrSessionLost
	// ErrUserDeleted says that the session ended because its user was deleted.
	ErrUserDeleted = engine.ErrUserDeleted
	// ErrTooManyCalls says that Config.MaxCalls actions are on their way.
	ErrTooManyCalls = errors.New("ninchat: too many calls are on their way")
	// ErrTooManyReplies says that replies to a call were received faster than
	// they were taken, until they took more memory than the queue may.
	ErrTooManyReplies = errors.New("ninchat: too many replies wait to be taken")
	// ErrBusy says that there is another loop over Events, or a handler.
	ErrBusy = errors.New("ninchat: events are being read already")
	// ErrRunning says that a Loop is running already.
	ErrRunning = errors.New("ninchat: loop is running already")
	// ErrNoCallback says that the callback or handler is nil.
	ErrNoCallback = errors.New("ninchat: callback is nil")
	// ErrActionUsed says that a Prepared action was sent before.
	ErrActionUsed = errors.New("ninchat: prepared action was sent before")
	// ErrNotAwaited says that an event can't be acknowledged: it isn't the
	// session's, or was acknowledged before, or Config.ManualAck isn't set.
	ErrNotAwaited = errors.New("ninchat: event isn't waiting to be acknowledged")
)

// saidError is an error, and what the server has said about it.
type saidError struct {
	err  error
	said *api.Error
}

func (e *saidError) Error() string {
	return e.err.Error() + ": " + strings.TrimPrefix(e.said.Error(), "ninchat: ")
}

func (e *saidError) Unwrap() []error { return []error{e.err, e.said} }

// ConfigError says that a field of a [Config] or [CallerConfig] can't be used.
type ConfigError struct {
	// Field is the name of the field.
	Field string
	// Err says what is wrong with it.
	Err error
}

// Error names the field.
func (e *ConfigError) Error() string {
	return "ninchat: configuration: " + e.Field + " " + e.Err.Error()
}

// Unwrap returns Err.
func (e *ConfigError) Unwrap() error { return e.Err }

// ActionError says that an action can't be sent. Nothing has been sent.
type ActionError struct {
	// Action is the name of the action.
	Action string
	// Err says what is wrong with it.
	Err error
}

// Error names the action.
func (e *ActionError) Error() string {
	if e.Action == "" {
		return "ninchat: " + e.Err.Error()
	}
	return "ninchat: " + e.Action + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *ActionError) Unwrap() error { return e.Err }

// DamageError says that an event was received without its payload, which was
// larger than the limits allow.
type DamageError struct {
	// Event is what was received: the payload is missing.
	Event *api.Event
	err   *wire.Error
}

// Error says which limit was exceeded.
func (e *DamageError) Error() string {
	name := "an event"
	if _, known := spec.LookUpEvent(e.Event.Name); known {
		name = e.Event.Name
	}
	return fmt.Sprintf("ninchat: %s was received without its payload: %s", name, e.err.Reason)
}

// Unwrap returns what was wrong on the wire.
func (e *DamageError) Unwrap() error { return e.err }

// OpenError says why a session couldn't be opened.
type OpenError struct {
	// Address is the address of the server.
	Address string
	// Err is the reason: an *[api.Error] if the server refused the login, else
	// what went wrong with the last attempt to connect.
	Err error
}

// Error names the address and says what may be done.
func (e *OpenError) Error() string {
	text := "ninchat: open session at " + e.Address + ": " + e.Err.Error()
	if advice := advice(e.Err); advice != "" {
		text += " (" + advice + ")"
	}
	return text
}

// Unwrap returns Err.
func (e *OpenError) Unwrap() error { return e.Err }

// advice says what to do about an error, "" if nothing helpful is known.
func advice(err error) string {
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "is a server running there?"
	case errors.As(err, &record):
		return "the server doesn't speak TLS: use http:// for a plain local server"
	case isCertificateError(err):
		return "if this is a local server, trust its certificate authority with Config.TLS"
	case errors.Is(err, api.ErrAccessDenied), errors.Is(err, api.ErrUserNotFound), errors.Is(err, api.ErrIdentityNotFound):
		return "check the credentials"
	}
	return ""
}

// isCertificateError reports whether err is about the server's certificate.
func isCertificateError(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &invalid)
}
