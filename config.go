package ninchat

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// DefaultAddress is the address of the service.
const DefaultAddress = "https://api.ninchat.com"

// Config says how to open a session. The zero Config opens a session for a new
// guest user at the service. Open copies what it needs: the Config may be used
// again.
type Config struct {
	// Address is the URL of the server: a host, perhaps a port, and perhaps a path,
	// if a gateway has the server there. Hosts to connect to are discovered there.
	// The path goes before the API's own, at the host of Address; the other hosts
	// that are discovered are connected to without it, as what is discovered has no
	// paths. The scheme http is for a local server: nothing is encrypted then. The
	// default is [DefaultAddress].
	Address string
	// Direct says that Address is to be connected to itself, without discovery.
	Direct bool
	// Login says whose session it is: see [NewUser], [ExistingUser] and
	// [Identity]. Without MessageTypes, all types of messages are received.
	Login api.CreateSession
	// LoginFunc is asked for the login each time when one is needed, in place of
	// Login: for signatures that work once, or passwords that change. It runs in
	// a goroutine of its own, and must return when ctx ends, after LoginTimeout
	// at the latest: it isn't called again before. If it fails, it is asked again
	// after a delay, which grows, unless the error is a *[LoginError] that says it
	// is final. A login for the user of a lost session without credentials, as
	// [NewUser] makes it, uses those that the session knows. LoginFunc may call any
	// method of the session.
	LoginFunc func(ctx context.Context) (api.CreateSession, error)
	// OnCredentials gets the credentials of a user that was created with the
	// session, before Open returns, and before any event is delivered. It is to
	// store them: there is no other way to log in as that user again. If it
	// fails, hasn't returned after LoginTimeout, or Open is given up meanwhile,
	// the user is deleted and Open fails, though not if the connection breaks
	// at the same moment. Once it has returned nil, the user is never deleted.
	OnCredentials func(ctx context.Context, credentials Credentials) error
	// LoginTimeout bounds each call of LoginFunc and OnCredentials. The default
	// is 20 seconds.
	LoginTimeout time.Duration

	// Token is the session to go on with: see [Session.Token]. It is resumed, and
	// its events come from the one after Token.EventID on; session_created may be
	// among them only if it hadn't been handled when the token was made. Replies
	// to actions of the process that had the session before come as events. If the
	// server doesn't know the session any more, the stream begins with
	// [EventSessionLost], and a new session is created for the same user, with
	// Token.UserAuth, or else as Login or LoginFunc say; if none of them has
	// credentials, Open fails with a *[LoginError] that wraps [ErrSessionLost].
	// If Open fails for another reason, the session remains on the server.
	Token Token
	// TokenStore keeps the token: see [FileTokenStore]. Open takes the token from
	// there, unless Token is set, and fails with a *[TokenError] if loading or
	// saving it fails. While the session is open, it is saved some time after
	// events have been handled; errors of that are logged, and it is tried again.
	// A session that was closed, or whose user was deleted, has its token
	// deleted; one that was suspended or ended with an error has it saved.
	//
	// The stored token never tells of more than has been handled: after a crash,
	// events are received again, at least once each.
	TokenStore TokenStore
	// TokenInterval is how long the token isn't saved again after it was saved.
	// The default is one second.
	TokenInterval time.Duration

	// DiscardEvents throws away the events that aren't replies. It is for
	// programs that only make calls. Without it, a program must read
	// [Session.Events] or call [Session.Handle], or reading stops when the queue
	// is full, and in the end the server loses the session. Logger is told once if
	// nobody has ever read when that happens.
	DiscardEvents bool
	// QueueEvents and QueueBytes bound the events that haven't been handled:
	// their number, and their size in bytes. When one of them
	// is reached, reading from the server stops, or events are left to be
	// fetched again later; up to twice as much may be held for a moment, and once
	// more, while others are missing that belong before them, of events that have
	// come too early. The defaults are 1,024 and 8 MiB.
	QueueEvents int
	QueueBytes  int
	// ManualAck says that an event counts as handled when it is given to
	// [Session.Acknowledge], and not when the body of the loop over
	// [Session.Events] has finished with it or the handler has returned.
	ManualAck bool
	// Executor has the callbacks of [Session.Start] and the handlers of
	// [Session.Handle] called, such as a [Loop] or a [Pool]. The default is a
	// goroutine of the session's own, which exists only while there are any to be
	// called. A panic of Execute is reported like that of a handler.
	Executor Executor
	// Key says which events mustn't be handled at the same time or in another
	// order: those for which it returns the same text, such as the id of a
	// channel. Others may be, if Executor calls functions at the same time, as a
	// [Pool] does; so may the callbacks of different calls. Acknowledged is what
	// comes before the oldest event that hasn't been handled. The default is that
	// the session's handler and callbacks are called one at a time, in order.
	//
	// It is called by a goroutine of the session, for one event at a time. If it
	// panics, that is reported like the panic of a handler, and the text is "". It
	// has no effect without Executor.
	Key func(*api.Event) string
	// Check is asked about each action before it is sent, and about each login: an
	// error of it means that the action isn't sent, and is wrapped in an
	// *[ActionError], a *[ConfigError] or a *[LoginError]. [CheckAction] is one. It
	// is called by whoever makes the call, or, about a login, by a goroutine of the
	// session, where its panic is reported like that of a handler. It may be called
	// by many at once, must not change the action, and must not wait. The default is
	// none: the server checks what it gets.
	Check func(*api.Action) error
	// MaxCalls bounds the actions that are on their way at a time. Invoke waits
	// while there are as many; Send fails. The default is 4,096.
	MaxCalls int
	// Limits bounds the size of actions and events.
	Limits Limits

	// Transport says how actions and events travel: over a WebSocket, or by long
	// polling, which costs more but gets through where WebSockets don't. The
	// default is [AutoTransport].
	//
	// With long polling, actions are sent one after another, each in an HTTP
	// request that may take 15 seconds to be answered. A poll may take 75. An
	// action with a payload of other than one JSON part, as long polling can't
	// carry it, ends at once with an *[ActionError] that matches
	// [ErrPollPayload]; only the parts of update_user's payload may be anything.
	Transport Transport
	// HTTPClient does the HTTP requests of discovery and of long polling, if it
	// is set. Its Timeout and CheckRedirect aren't used. TLS, Proxy and Dial
	// remain those of WebSockets. By default the requests are done by means of
	// TLS, Proxy and Dial, over network connections of their own and never with
	// HTTP/2.
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
	// must return when ctx ends. If it panics, or Proxy, a function of TLS or
	// HTTPClient does, that is reported like the panic of a handler, and connecting
	// has failed; but what panics when Open itself asks Proxy is for Open's caller.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Header is added to HTTP requests. A User-Agent is added if it has none.
	Header http.Header

	// OpenTimeout bounds Open, beside its context. The default is 30 seconds. What
	// is to be undone after that is undone in the background.
	OpenTimeout time.Duration
	// ConnectTimeout bounds discovery, and each attempt to connect. The default
	// is 10 seconds.
	ConnectTimeout time.Duration
	// CloseTimeout bounds Close. The default is 5 seconds.
	CloseTimeout time.Duration

	// Trace has functions that are told of what happens in the session. The
	// default is none.
	Trace *Trace
	// Logger gets what happens to the session: Info when it is online, Warn when
	// something goes wrong. Nothing that is secret is logged, nor what messages
	// say. Its handler is called while the session's state is being worked on:
	// it mustn't wait for the session, as by calling Close. If it panics, Trace is
	// told, and the record is lost. The default discards everything.
	Logger *slog.Logger
}

// Limits bounds the size of what is sent and received. Sizes are in bytes. An
// action beyond them is refused before it is sent; an event beyond them is
// reported by a [DamageError] without its payload.
type Limits struct {
	// Header bounds the JSON header. The default is 4 MiB.
	Header int
	// Parts bounds the number of payload parts. The default is 256.
	Parts int
	// Part bounds one payload part. The default is 16 MiB.
	Part int
	// Total bounds the payload parts together. The default is 32 MiB.
	Total int
	// Answer bounds what the server answers to one request of long polling, or
	// to one call without a session, with all the events in it. The default is
	// 64 MiB. A longer answer is an error of the connection, or of the call.
	Answer int
}

func (l Limits) wire() wire.Limits {
	return wire.Limits{Header: l.Header, Parts: l.Parts, Part: l.Part, Total: l.Total, Answer: l.Answer}
}

// version is what the User-Agent says.
const version = "0.1"

// withDefaults fills in what was left out, and checks the rest.
func (c Config) withDefaults() (Config, *url.URL, error) {
	check := checkProxy
	if c.Proxy == nil {
		check = checkEnvironment
	}
	setDefault(&c.Address, DefaultAddress)
	setDefault(&c.QueueEvents, 1024)
	setDefault(&c.QueueBytes, 8<<20)
	setDefault(&c.MaxCalls, 4096)
	setDefault(&c.OpenTimeout, 30*time.Second)
	setDefault(&c.ConnectTimeout, 10*time.Second)
	setDefault(&c.CloseTimeout, 5*time.Second)
	setDefault(&c.LoginTimeout, 20*time.Second)
	setDefault(&c.TokenInterval, time.Second)
	c.Limits = c.Limits.withDefaults()
	network{&c.Proxy, &c.Dial, &c.Header, &c.Logger}.setDefaults()
	if err := cmp.Or(c.check(), c.Transport.check()); err != nil {
		return c, nil, err
	}
	address, err := parseAddress(c.Address)
	if err == nil && (c.HTTPClient == nil || c.Transport != LongPollOnly) {
		err = check(c.Proxy, address)
	}
	return c, address, err
}

// withDefaults fills in what was left out.
func (l Limits) withDefaults() Limits {
	limits := wire.DefaultLimits()
	setDefault(&l.Header, limits.Header)
	setDefault(&l.Parts, limits.Parts)
	setDefault(&l.Part, limits.Part)
	setDefault(&l.Total, limits.Total)
	setDefault(&l.Answer, limits.Answer)
	return l
}

// anyNegative reports whether a limit is.
func (l Limits) anyNegative() bool {
	return l.Header < 0 || l.Parts < 0 || l.Part < 0 || l.Total < 0 || l.Answer < 0
}

// network has the fields that all configurations have in common.
type network struct {
	proxy  *func(*http.Request) (*url.URL, error)
	dial   *func(ctx context.Context, network, address string) (net.Conn, error)
	header *http.Header
	logger **slog.Logger
}

// setDefaults fills in what was left out, and copies the header.
func (n network) setDefaults() {
	if *n.proxy == nil {
		*n.proxy = proxyFromEnvironment()
	}
	if *n.dial == nil {
		*n.dial = (&net.Dialer{}).DialContext
	}
	if *n.logger == nil {
		*n.logger = slog.New(slog.DiscardHandler)
	}
	*n.header = n.header.Clone()
	if *n.header == nil {
		*n.header = http.Header{}
	}
	if n.header.Get("User-Agent") == "" {
		n.header.Set("User-Agent", "ninchat-go-community/"+version)
	}
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

// check refuses what makes no sense.
func (c *Config) check() error {
	for _, field := range []struct {
		name     string
		negative bool
	}{
		{"QueueEvents", c.QueueEvents < 0},
		{"QueueBytes", c.QueueBytes < 0},
		{"MaxCalls", c.MaxCalls < 0},
		{"Limits", c.Limits.anyNegative()},
		{"OpenTimeout", c.OpenTimeout < 0},
		{"ConnectTimeout", c.ConnectTimeout < 0},
		{"CloseTimeout", c.CloseTimeout < 0},
		{"LoginTimeout", c.LoginTimeout < 0},
		{"TokenInterval", c.TokenInterval < 0},
	} {
		if field.negative {
			return &ConfigError{field.name, errors.New("must not be negative")}
		}
	}
	if c.ManualAck && c.DiscardEvents {
		return &ConfigError{"ManualAck", errors.New("makes no sense with DiscardEvents")}
	}
	return nil
}

// parseAddress checks Config.Address.
func parseAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		// The error of url.Parse repeats the address, which might have a
		// password in it.
		return nil, &ConfigError{"Address", errors.New("is not a URL")}
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, &ConfigError{"Address", fmt.Errorf("must begin with https:// (or http:// for a local server), not %q", u.Scheme)}
	case u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, &ConfigError{"Address", errors.New("must have a host, possibly with a port and a path, and nothing else")}
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && (err != nil || port == 0) {
		return nil, &ConfigError{"Address", errors.New("must have a port from 1 to 65535, if any")}
	}
	// Two ways of writing the same are the same.
	u = u.JoinPath()
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u, nil
}
