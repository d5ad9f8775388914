package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

// usageError says that the command line makes no sense.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...)}
}

// advisedError is an error together with what can be done about it.
type advisedError struct {
	err    error
	advice string
}

func (e *advisedError) Error() string { return e.err.Error() }
func (e *advisedError) Unwrap() error { return e.err }

// errReported is an error that people have been told about.
var errReported = errors.New("reported")

// explain makes a text of an error, with what can be done about it if anything
// is known.
func (a *app) explain(err error) string {
	if open, ok := errors.AsType[*ninchat.OpenError](err); ok {
		text := "no session at " + open.Address + ": " + plain(open.Err)
		return withAdvice(text, a.adviceOnOpening(open))
	}
	if call, ok := errors.AsType[*ninchat.CallError](err); ok {
		return a.explainCall(call)
	}
	if errors.Is(err, ninchat.ErrUnencrypted) {
		return withAdvice(plain(err), "Give the address with https://, or use --session if the network can be trusted.")
	}
	if advised, ok := errors.AsType[*advisedError](err); ok {
		return withAdvice(plain(err), advised.advice)
	}
	return withAdvice(plain(err), adviceOnAnswer(err))
}

func withAdvice(text, advice string) string {
	if advice == "" {
		return text
	}
	return text + "\n" + advice
}

// plain is the text of an error on one line, without the name of the library.
func plain(err error) string {
	text := strings.TrimPrefix(err.Error(), "ninchat: ")
	return strings.ReplaceAll(text, "\n", "; ")
}

// adviceOnOpening says what can be done when there is no session.
func (a *app) adviceOnOpening(e *ninchat.OpenError) string {
	_, notTLS := errors.AsType[tls.RecordHeaderError](e.Err)
	_, wrongCertificate := errors.AsType[*tls.CertificateVerificationError](e.Err)
	_, wrongHost := errors.AsType[x509.HostnameError](e.Err)
	switch {
	case errors.Is(e.Err, syscall.ECONNREFUSED) && isLoopback(e.Address):
		return "Is the server running? Start one with: ninchat serve"
	case errors.Is(e.Err, syscall.ECONNREFUSED):
		return "Is the server running, and is the address right? See --address."
	case notTLS:
		return "The server doesn't speak TLS. For a plain local server write http:// in front of the address."
	case wrongHost:
		return "The certificate is for other hosts: use one of these in --address."
	case wrongCertificate:
		return "If it is a local server, name its certificate authority with --ca-file or NINCHAT_CA_FILE."
	case isRefusedLogin(e.Err):
		return fmt.Sprintf("The server doesn't accept the credentials of %s. Are they for this server?", a.credentialsName())
	}
	return ""
}

func isRefusedLogin(err error) bool {
	return errors.Is(err, api.ErrAccessDenied) || errors.Is(err, api.ErrUserNotFound) || errors.Is(err, api.ErrIdentityNotFound)
}

// isLoopback reports whether the address, a URL, is this machine.
func isLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// adviceOnAnswer says what can be done about an error that the server answered.
func adviceOnAnswer(err error) string {
	refusal, ok := errors.AsType[*api.Error](err)
	if !ok {
		return ""
	}
	switch refusal.Type {
	case api.ErrPermissionDenied:
		if refusal.Action == "send_message" || refusal.Action == "load_history" {
			return "Only members may do that. Become one with: ninchat join CHANNEL"
		}
	case api.ErrChannelNotFound:
		return "Channels are named by their ids, as 'ninchat channel create' prints them."
	}
	return ""
}
