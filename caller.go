package ninchat

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/transport"
	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/spec"
)

// Caller makes calls without a session: each call is an HTTP request with the
// credentials in it. It suits programs that do something now and then, and that
// don't have to hear of anything. It is an [api.Invoker], and has the methods of
// an [api.Client] over itself. All methods may be called concurrently.
//
// Messages and other events don't come to a Caller, and what belongs to a session
// can't be called.
type Caller struct {
	api.Client

	config  CallerConfig
	secrets *secrets
	address *url.URL
	poster  *transport.Poster
	// credentials are the members of a header that say who calls, nil if nobody
	// does.
	credentials []byte
	// ctx ends, because of ErrClosed, with Close.
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// callPath is where calls are made.
const callPath = "/v2/call"

// callAccept is what answers are understood. Wildcards mustn't be in it.
const callAccept = wire.MediaJSON + ", " + wire.MediaProtobuf + ", " + wire.MediaOctets

// NewCaller makes a Caller. Nothing is sent before the first call, so that wrong
// credentials are noticed only then. The Caller should be closed when it isn't
// needed any more.
//
// The error is a *[ConfigError]; it matches [ErrUnencrypted] if the credentials
// would have to be sent in the clear.
func NewCaller(config CallerConfig) (*Caller, error) {
	config, address, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Caller{config: config, secrets: &secrets{}, address: address}
	c.secrets.header(config.Header)
	c.secrets.auths(config.Auth.Auth)
	c.config.Logger = c.secrets.Logger(config.Logger, nil)
	if c.credentials, err = config.Auth.encode(); err != nil {
		return nil, &ConfigError{"Auth", err}
	}
	if c.credentials != nil && c.inClear() {
		return nil, &ConfigError{"Address", ErrUnencrypted}
	}
	// As a function it doesn't show what is in the Caller.
	c.Client = api.NewClient(api.InvokerFunc(c.Invoke))
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	c.poster = transport.NewPoster(transport.PosterConfig{
		Dialer: &transport.Dialer{
			Address: address,
			TLS:     config.TLS,
			Dial:    config.Dial,
			Proxy:   c.secrets.proxy(config.Proxy),
			Header:  config.Header,
			Limits:  config.Limits.wire(),
			Timeout: config.ConnectTimeout,

			Panicked: c.panicked,
		},
		Client:       config.HTTPClient,
		Path:         callPath,
		Accept:       callAccept,
		CompressFrom: config.CompressFrom,
	})
	return c, nil
}

// panicked reports the panic of a function of the application that the HTTP client has
// called in a goroutine of its own. The value might have anything in it, so it isn't
// logged.
func (c *Caller) panicked(_ any, stack []byte) {
	// Nobody could deal with the panic of the logger here.
	defer func() { _ = recover() }()
	c.config.Logger.Error("callback panicked", "callback", "function of CallerConfig for connecting", "stack", string(stack))
}

// Close ends calls that are on their way with [ErrClosed], and closes the
// connections, unless they are those of CallerConfig.HTTPClient. It doesn't wait.
// It may be called more than once, and from anywhere.
func (c *Caller) Close() error {
	c.cancel(ErrClosed)
	c.poster.Close()
	return nil
}

// encode makes a JSON object of the credentials, nil if there are none.
func (a CallerAuth) encode() ([]byte, error) {
	if a.isNobody() {
		return nil, nil
	}
	return json.Marshal(struct {
		ID   string     `json:"caller_id,omitzero"`
		Type string     `json:"caller_type,omitzero"`
		Name string     `json:"caller_name,omitzero"`
		Auth api.Secret `json:"caller_auth"`
	}{a.UserID, a.IdentityType, a.IdentityName, a.Auth})
}

// inClear reports whether somebody on the way could read what is sent.
func (c *Caller) inClear() bool {
	if c.address.Scheme == "https" {
		return false
	}
	if !isLoopback(c.address.Hostname()) {
		return true
	}
	choose := c.secrets.proxy(c.config.Proxy)
	if client := c.config.HTTPClient; client != nil {
		// The default transport uses no proxy for loopback addresses.
		choose = nil
		if own, ok := client.Transport.(*http.Transport); ok && own.Proxy != nil {
			choose = c.secrets.proxy(own.Proxy)
		}
	}
	if choose == nil {
		return false
	}
	proxy, err := choose(&http.Request{URL: c.address})
	return err == nil && proxy != nil && !isLoopback(proxy.Hostname())
}

// isLoopback reports whether a host is this computer.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

var (
	errSessionAction = errors.New("the action needs a session: see Open")
	errNobody        = errors.New("the action needs credentials: see CallerConfig.Auth")
)

// callMembers are the members of a call's header that aren't parameters, beside
// those that all actions have.
var callMembers = [...]string{"caller_id", "caller_type", "caller_name", "caller_auth", "payload"}

// checkAction refuses what would be of no use to send.
func (c *Caller) checkAction(action *api.Action) error {
	if err := c.config.Limits.checkAction(action); err != nil {
		return err
	}
	if err := c.actionFault(action); err != nil {
		return &ActionError{action.Name, err}
	}
	return actionCheck(c.config.Check).check(action)
}

func (c *Caller) actionFault(action *api.Action) error {
	known, ok := spec.LookUpAction(action.Name)
	if ok && known.Scope != spec.ScopeAny {
		return errSessionAction
	}
	for _, name := range callMembers {
		if _, ok := wire.Member(action.Params, name); ok {
			return errors.New("parameters: " + name + " isn't one: see CallerConfig.Auth and api.Action.Payload")
		}
	}
	if ok && known.Session == spec.SessionRequired && !known.Public && c.credentials == nil {
		return errNobody
	}
	if c.hasSecrets(action, known) && c.inClear() {
		return ErrUnencrypted
	}
	return nil
}

// hasSecrets reports whether a call has something secret in it. The action is
// nil if it isn't known.
func (c *Caller) hasSecrets(action *api.Action, known *spec.Action) bool {
	if c.credentials != nil {
		return true
	}
	if known == nil {
		return false
	}
	for _, param := range known.Params {
		if _, ok := wire.Member(action.Params, param.Name); ok && param.Secret {
			return true
		}
	}
	return false
}

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
