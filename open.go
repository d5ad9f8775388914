package ninchat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ninchat-community/ninchat/internal/engine"
	"github.com/ninchat-community/ninchat/internal/transport"
)

// Open opens a session: it connects, and logs in as Config.Login says. It
// returns when the session has been created. Attempts to connect that fail are
// repeated until ctx ends or Config.OpenTimeout has passed, unless repeating
// them is of no use, as with a certificate that isn't trusted or an HTTP status
// from 400 to 499 other than 408, 425 and 429. A server that asks by Retry-After to
// be left alone, with whatever status, is left alone, for up to five minutes, and asked
// again. When Open gives up, it returns at once, and what has to be undone, such as a
// user that the server is just creating, is undone in the background, within about
// Config.CloseTimeout.
//
// The error is a *[ConfigError] or an *[OpenError]; the latter wraps an
// *[api.Error] if the server refused the login. The session doesn't depend on
// ctx once it is open: it must be closed with [Session.Close] or
// [Session.Drain].
func Open(ctx context.Context, config Config) (*Session, error) {
	config, address, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := config.prepareLogin(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, &OpenError{config.Address, context.Cause(ctx)}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, config.OpenTimeout, errOpenTimeout)
	defer cancel()
	unlock, err := lockToken(ctx, &config)
	if err != nil {
		return nil, &OpenError{config.Address, err}
	}
	begun := false
	defer func() {
		if !begun {
			unlock()
		}
	}()
	if err := loadToken(ctx, &config); err != nil {
		return nil, &OpenError{config.Address, err}
	}
	if err := config.checkToken(address); err != nil {
		return nil, err
	}
	s := newSession(config, &transport.Dialer{
		Address:    address,
		Direct:     config.Direct,
		Mode:       transport.Mode(config.Transport),
		HTTPClient: config.HTTPClient,
		TLS:        config.TLS,
		Dial:       config.Dial,
		Header:     config.Header,
		Limits:     config.Limits.wire(),
		Timeout:    config.ConnectTimeout,
		Linger:     linger,
	}, unlock)
	s.dialer.Proxy = s.secrets.proxy(config.Proxy)
	s.dialer.Panicked = func(value any, stack []byte) {
		s.callbackPanicked("function of Config for connecting", value, stack)
	}
	s.dialer.Trace = s.trace.transport()
	begun = true
	if err := s.start(ctx); err != nil {
		return nil, &OpenError{config.Address, err}
	}
	return s, nil
}

// linger is how long a connection may go on writing when it has been closed.
const linger = time.Second

// start waits until the session has been created. If it can't be, nothing is
// left behind: what is still to be done then is waited for until ctx ends, and goes
// on without anybody waiting after that, for as long as Close may take.
func (s *Session) start(ctx context.Context) error {
	s.mailbox.Post(engine.Input{Kind: engine.Start})
	select {
	case <-s.created:
		return s.firstSave(ctx)
	case <-s.ended:
		s.awaitEnd(ctx.Done())
		return s.endError()
	case <-ctx.Done():
	}
	if s.wasCreated() {
		// After the machine has stood still, both may have come at once.
		return s.firstSave(ctx)
	}
	s.mailbox.Post(engine.Input{Kind: engine.Abandon})
	err := context.Cause(ctx)
	if last := s.state.lastError(); last != nil {
		err = &givenUpError{last: last, cause: err}
	}
	s.releaseUnused()
	return err
}

// givenUpError says what went wrong until an attempt was given up, and why it
// was.
type givenUpError struct{ last, cause error }

func (e *givenUpError) Error() string {
	return fmt.Sprintf("%v; given up: %v", e.last, e.cause)
}

func (e *givenUpError) Unwrap() []error { return []error{e.last, e.cause} }

var errOpenTimeout = errors.New("no session after Config.OpenTimeout")
