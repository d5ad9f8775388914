package cli

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/internal/textfile"
)

// open opens a session of the user in the credentials file. The config may have
// what is special about the command. The session must be closed by shut.
func (a *app) open(ctx context.Context, config ninchat.Config) (*ninchat.Session, error) {
	stored, err := a.readCredentials(ctx)
	if err != nil {
		return nil, err
	}
	return a.openAs(ctx, stored, config)
}

// openAs opens a session with credentials that have been read: those from a pipe
// can't be read twice.
func (a *app) openAs(ctx context.Context, stored storedCredentials, config ninchat.Config) (*ninchat.Session, error) {
	types := config.Login.MessageTypes
	config.Login = stored.login()
	config.Login.MessageTypes = types
	return a.openAt(ctx, stored.Address, config)
}

// openCaller opens a session for a command that doesn't read events.
func (a *app) openCaller(ctx context.Context) (*ninchat.Session, error) {
	return a.open(ctx, ninchat.Config{DiscardEvents: true})
}

// openAt opens a session at the address that the flags or the environment say,
// or else at the given one.
func (a *app) openAt(ctx context.Context, address string, config ninchat.Config) (*ninchat.Session, error) {
	var err error
	if config.Address, err = a.serverAddress(address); err != nil {
		return nil, err
	}
	if config.TLS, err = a.tlsConfig(ctx); err != nil {
		return nil, err
	}
	if strings.HasPrefix(config.Address, "http:") && !isLoopback(config.Address) {
		a.diagnose("warning: nothing is encrypted on the way to %s, not even the user's token", config.Address)
	}
	config.ConnectTimeout = a.timeout
	config.Logger = a.logger()
	ctx, cancel := context.WithTimeoutCause(ctx, a.timeout, fmt.Errorf("there was no session within %v (see --timeout)", a.timeout))
	defer cancel()
	// The context is what ends it.
	config.OpenTimeout = a.timeout + time.Second
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	if config.Dial == nil && isLoopback(config.Address) {
		config.Dial = impatient(giveUp)
	}
	session, err := ninchat.Open(ctx, config)
	if err == nil {
		a.secrets.Own(session.SessionID().Reveal(), session.Credentials().UserAuth.Reveal())
	}
	return session, err
}

// attempts is how often a connection to this computer may be refused before it
// is clear that no server is running. It may just be starting.
const attempts = 4

var errNobodyThere = fmt.Errorf("tried %d times", attempts)

// impatient makes network connections, and calls giveUp when they have been
// refused too often.
func impatient(giveUp context.CancelCauseFunc) func(ctx context.Context, network, address string) (net.Conn, error) {
	var refused atomic.Int64
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if errors.Is(err, syscall.ECONNREFUSED) && refused.Add(1) == attempts {
			giveUp(errNobodyThere)
		}
		return conn, err
	}
}

// shut closes a session. That the other side doesn't notice is nothing that a
// person could do anything about.
func shut(session *ninchat.Session) { _ = session.Close() }

// serverAddress chooses the address: what the flag says, or the environment, or
// the fallback, or the service. Without scheme it is https.
func (a *app) serverAddress(fallback string) (string, error) {
	address := cmp.Or(a.address, a.getenv("NINCHAT_ADDRESS"), fallback, ninchat.DefaultAddress)
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err == nil && (u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "") || strings.Contains(address, "@") {
		// There may be a password in it.
		return "", usagef("the address of the server has more in it than a host, a port and a path: write it like https://api.ninchat.com or http://127.0.0.1:8228")
	}
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", usagef("%q isn't the address of a server: write it like https://api.ninchat.com or http://127.0.0.1:8228", address)
	}
	return strings.TrimSuffix(address, "/"), nil
}

// maxCAFile is the longest file with certificate authorities, in bytes.
const maxCAFile = 16 << 20

// tlsConfig trusts the authority in the file that the flag or the environment
// names, beside the system's. It is nil if they name none.
func (a *app) tlsConfig(ctx context.Context) (*tls.Config, error) {
	file := cmp.Or(a.caFile, a.getenv("NINCHAT_CA_FILE"))
	if file == "" {
		return nil, nil
	}
	text, err := textfile.ReadText(ctx, file, textfile.Options{Limit: maxCAFile})
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("certificate authority: %s has no certificate in PEM form", file)
	}
	return &tls.Config{RootCAs: pool}, nil
}

// logger writes to stderr if --verbose was given.
func (a *app) logger() *slog.Logger {
	if !a.verbose {
		return slog.New(slog.DiscardHandler)
	}
	return newLogger(a.stderr, slog.LevelDebug)
}

// newLogger makes a logger for people. Whatever others give it, it doesn't log
// what has the name of a secret.
func newLogger(out io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
			if secretNames()[attr.Key] {
				attr.Value = slog.StringValue(hidden)
			}
			return attr
		},
	}))
}

// errNoAnswer is the cause of contexts made by within.
var errNoAnswer = errors.New("the server didn't answer in time: see --timeout")

// within bounds what a command waits for.
func (a *app) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, a.timeout, errNoAnswer)
}

// withSession runs what a command does in a session, which has the time of
// --timeout for it.
func (a *app) withSession(ctx context.Context, do func(ctx context.Context, session *ninchat.Session) error) error {
	session, err := a.openCaller(ctx)
	if err != nil {
		return err
	}
	return a.inSession(ctx, session, do)
}

// inSession runs what a command does in a session that was opened for it, and closes
// that.
func (a *app) inSession(ctx context.Context, session *ninchat.Session, do func(ctx context.Context, session *ninchat.Session) error) error {
	defer shut(session)
	ctx, cancel := a.within(ctx)
	defer cancel()
	return do(ctx, session)
}

// timer returns a channel that gets an element after d, and a function that must
// be called when it is of no more interest.
func timer(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}
