package ninchat

import (
	"context"
	"time"

	"github.com/ninchat-community/ninchat/internal/engine"
	"github.com/ninchat-community/ninchat/internal/transport"
)

// connect makes a connection in the background, and reads from it.
func (s *Session) connect(e *engine.Effect) {
	number, rediscover, again := e.Conn, e.Flag, e.Again
	ctx, cancel := context.WithCancel(s.ctx)
	l := transport.NewLink(number, cancel)
	s.link = l
	s.tasks.Go(func() {
		conn := s.dialOrTell(ctx, l, rediscover, again)
		if conn == nil {
			return
		}
		if !l.Attach(conn) {
			conn.Close()
			conn.Wait()
			return
		}
		// What comes of the connection comes after it: the engine takes nothing
		// from one that it doesn't know of yet, its end included.
		s.mailbox.Post(engine.Input{Kind: engine.Connected, Conn: number, Polls: transport.Polls(conn)})
		// Dialling, TLS above all, has made this goroutine's stack large.
		s.tasks.Go(func() { s.read(l, conn) })
	})
}

// dialOrTell makes a connection, or tells the engine why there is none, even if a
// function of the application ends the goroutine. It returns nil then.
func (s *Session) dialOrTell(ctx context.Context, l *transport.Link, rediscover, again bool) (conn transport.Conn) {
	err := transport.ErrPanicked
	defer func() {
		if err != nil {
			l.Cancel()
			s.mailbox.Post(engine.Input{Kind: engine.ConnectFailed, Conn: l.Number, Err: s.secrets.Error(err), Final: isHopeless(err), RetryAfter: retryAfter(err)})
		}
	}()
	conn, err = s.dial(ctx, rediscover, again)
	return conn
}

// dial uses the dialer, which serves one goroutine at a time: an earlier attempt
// that was given up may not have noticed yet.
func (s *Session) dial(ctx context.Context, rediscover, again bool) (transport.Conn, error) {
	select {
	case s.dialing <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-s.dialing }()
	if again {
		s.dialer.Again()
	}
	if host := s.takeHost(); host != "" {
		s.dialer.Prefer(host)
	}
	return s.dialer.Connect(ctx, rediscover)
}

// takeHost returns the host that the server asked to be used, once.
func (s *Session) takeHost() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	host := s.host
	s.host = ""
	return host
}

// isHopeless reports whether connecting would fail again.
func isHopeless(err error) bool {
	return isCertificateError(err) || transport.IsRefusal(err)
}

// maxRetryAfter is how long a session stays away at most because a server asks for
// it. Who asks for a year may have meant something else, or have no right to ask.
const maxRetryAfter = 5 * time.Minute

// retryAfter is how long to stay away after an error because a server asks for it.
func retryAfter(err error) time.Duration {
	return min(transport.RetryAfter(err), maxRetryAfter)
}

func (s *Session) wasCreated() bool { return isClosed(s.created) }

func (s *Session) hasEnded() bool { return isClosed(s.ended) }

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// read posts what the connection brings until it ends.
func (s *Session) read(l *transport.Link, conn transport.Conn) {
	// The engine has nobody let go of a link that ended by itself.
	defer l.Cancel()
	// After Close, nothing new begins that Wait wouldn't know of.
	defer conn.Wait()
	defer conn.Close()
	for l.MayRead() {
		message, err := conn.Receive()
		if err != nil {
			// With long polling, connecting was no attempt at anything.
			final := transport.Polls(conn) && isHopeless(err)
			s.mailbox.Post(engine.Input{Kind: engine.Disconnected, Conn: l.Number, Err: s.secrets.Error(err), Final: final, RetryAfter: retryAfter(err)})
			return
		}
		if message != nil {
			s.secrets.received(message)
		}
		s.mailbox.PostWaiting(engine.Input{Kind: engine.Received, Conn: l.Number, Message: message})
	}
}
