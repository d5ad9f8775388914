package ninchat

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// CallerConfig says how a [Caller] makes calls. The zero CallerConfig makes calls
// without credentials to the service. NewCaller copies what it needs: the
// CallerConfig may be used again.
type CallerConfig struct {
	// Address is the URL of the server: a host, perhaps a port, and perhaps a path,
	// if a gateway has the server there. The scheme http is for a local server:
	// nothing is encrypted then, and secrets are sent to loopback addresses only.
	// The default is [DefaultAddress].
	Address string
	// Auth says who makes the calls: see [UserAuth] and [IdentityAuth]. Without
	// it, only the few actions that need no user can be called.
	Auth CallerAuth

	// Check is asked about each action before it is sent: an error of it means
	// that the action isn't sent, and is wrapped in an *[ActionError].
	// [CheckAction] is one. It is called by whoever makes the call, possibly by
	// many at once, must not change the action, and must not wait. The default is
	// none: the server checks what it gets.
	Check func(*api.Action) error
	// Limits bounds the size of actions and answers. An action beyond them is
	// refused before it is sent. An event beyond them is reported by a
	// [DamageError], and an answer beyond Limits.Answer by [ErrAnswerTooLong].
	Limits Limits
	// CompressFrom is the length, in bytes, from which requests are compressed,
	// if that makes them shorter. The default is 8,192; a negative number means
	// never. Browsers never compress: a page may not say that it does.
	CompressFrom int
	// Timeout bounds each attempt to make a call, beside its context. The
	// default is 15 seconds.
	Timeout time.Duration
	// ConnectTimeout bounds connecting to the server. The default is 10 seconds.
	ConnectTimeout time.Duration
	// Retry says how often a call is tried again where that is safe.
	Retry Retry

	// HTTPClient sends the requests, if it is set. TLS, Proxy, Dial and
	// ConnectTimeout must be left out then. It isn't changed, its redirect
	// policy isn't used, and its connections are its owner's to close. The
	// default is an HTTP/1.1 client of the Caller's own, which keeps up to 16
	// connections that aren't used.
	HTTPClient *http.Client
	// TLS is the configuration for https addresses. The default trusts the
	// system's certificate authorities.
	TLS *tls.Config
	// Proxy chooses the proxy for a request: its URL has the scheme http, https,
	// socks5 or socks5h, and perhaps a user name and a password. Connections are
	// made through it with the method CONNECT, or with SOCKS5; the proxy looks the
	// host's name up, with both of the latter schemes. A proxy of another kind for
	// Address is refused with a *[ConfigError], and one for another host ends the
	// attempt to connect. The default is what the environment variables HTTPS_PROXY
	// (or HTTP_PROXY, for an http address), else ALL_PROXY, and NO_PROXY say, or the
	// same in lower case. Those are never used for loopback addresses.
	Proxy func(*http.Request) (*url.URL, error)
	// Dial makes network connections. The default is that of [net.Dialer]. It
	// must return when ctx ends.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Header is added to requests. A User-Agent is added if it has none.
	Header http.Header

	// Logger gets a Debug record for each call, and a Warn record for each
	// attempt that failed and is followed by another. Nothing that is secret is
	// logged, nor what actions and events say. The default discards everything.
	Logger *slog.Logger
}

// CallerAuth says who makes calls without a session. It is made by [UserAuth] or
// [IdentityAuth]; the zero CallerAuth means nobody.
type CallerAuth struct {
	// UserID is the id of a user, "" if the user is known by an identity.
	UserID string
	// IdentityType and IdentityName are an identity of the user.
	IdentityType, IdentityName string
	// Auth is the user's authentication token, or the identity's password.
	Auth api.Secret
}

// UserAuth makes calls as the user with the authentication token that was
// received when the user was created: see [Session.Credentials].
func UserAuth(userID string, userAuth api.Secret) CallerAuth {
	return CallerAuth{UserID: userID, Auth: userAuth}
}

// IdentityAuth makes calls as the user with an identity and its password. The
// type of the identity is usually "email".
func IdentityAuth(identityType, name string, password api.Secret) CallerAuth {
	return CallerAuth{IdentityType: identityType, IdentityName: name, Auth: password}
}

// isNobody reports whether there are no credentials.
func (a CallerAuth) isNobody() bool { return a == CallerAuth{} }

// check refuses credentials that are incomplete.
func (a CallerAuth) check() error {
	identity := a.IdentityType != "" || a.IdentityName != ""
	switch {
	case a.isNobody():
		return nil
	case a.UserID != "" && identity:
		return errors.New("has both a user and an identity: give one of them")
	case identity && (a.IdentityType == "" || a.IdentityName == ""):
		return errors.New("has an identity without a type or without a name")
	case a.UserID == "" && !identity:
		return errors.New("has neither a user nor an identity")
	case a.Auth == "":
		return errors.New("has no authentication token or password")
	}
	return nil
}

// Retry says how often, and when, a call is tried again. A call is tried again
// if it wasn't sent, because there was no connection; and, if its action changes
// nothing (see the ReadOnly field of spec.Action), also after a failure on the
// way, after Timeout, and after HTTP status 408, 425, 429, 500, 502, 503 and 504. What
// the server answers with an error event is never tried again.
type Retry struct {
	// Attempts is how often a call is tried at most, the first time included.
	// The default is 4; 1 means that nothing is tried again.
	Attempts int
	// First is how long the first wait is at most, and Max how long any wait is:
	// they double. Each is made shorter by a random part, up to half of it. A
	// server, or a proxy, that asks by Retry-After for more gets it, up to Max; if
	// it asks for even more, the call fails. The defaults are 200 milliseconds and 5
	// seconds.
	First, Max time.Duration
}

// withDefaults fills in what was left out, and checks the rest.
func (c CallerConfig) withDefaults() (CallerConfig, *url.URL, error) {
	setDefault(&c.Address, DefaultAddress)
	setDefault(&c.CompressFrom, 8192)
	setDefault(&c.Timeout, 15*time.Second)
	setDefault(&c.Retry.Attempts, 4)
	setDefault(&c.Retry.First, 200*time.Millisecond)
	setDefault(&c.Retry.Max, 5*time.Second)
	if err := c.check(); err != nil {
		return c, nil, err
	}
	check := checkProxy
	if c.Proxy == nil {
		check = checkEnvironment
	}
	setDefault(&c.ConnectTimeout, 10*time.Second)
	c.Limits = c.Limits.withDefaults()
	network{&c.Proxy, &c.Dial, &c.Header, &c.Logger}.setDefaults()
	if runtime.GOOS == "js" {
		c.CompressFrom = -1
	}
	address, err := parseAddress(c.Address)
	if err == nil && c.HTTPClient == nil {
		err = check(c.Proxy, address)
	}
	return c, address, err
}

// check refuses what makes no sense, before defaults are filled in for what goes
// to the network.
func (c *CallerConfig) check() error {
	for _, field := range []struct {
		name     string
		negative bool
	}{
		{"Limits", c.Limits.anyNegative()},
		{"Timeout", c.Timeout < 0},
		{"ConnectTimeout", c.ConnectTimeout < 0},
		{"Retry", c.Retry.Attempts < 0 || c.Retry.First < 0 || c.Retry.Max < 0},
	} {
		if field.negative {
			return &ConfigError{field.name, errors.New("must not be negative")}
		}
	}
	if c.HTTPClient != nil && (c.TLS != nil || c.Proxy != nil || c.Dial != nil || c.ConnectTimeout != 0) {
		return &ConfigError{"HTTPClient", errors.New("makes the connections: leave out TLS, Proxy, Dial and ConnectTimeout")}
	}
	if err := c.Auth.check(); err != nil {
		return &ConfigError{"Auth", err}
	}
	return nil
}
