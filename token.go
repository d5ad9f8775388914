package ninchat

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/engine"
)

// Token is a session as a value: what another process needs to go on with it.
// It is JSON when it is stored, and secret: whoever has it has the session, and
// the user if it has UserAuth. Formatting and logging it shows no secrets.
//
// See [Session.Token] for where it comes from, and Config.Token and
// Config.TokenStore for what becomes of it.
type Token struct {
	// Address is the server whose session it is.
	Address string `json:"address"`
	// SessionID is the id of the session.
	SessionID api.Secret `json:"session_id"`
	// UserID is the id of the session's user.
	UserID string `json:"user_id"`
	// UserAuth is the user's authentication token, "" if it isn't known: see
	// [Credentials].
	UserAuth api.Secret `json:"user_auth,omitempty"`
	// EventID is the id of an event: it and all before it have been handled.
	EventID int64 `json:"event_id"`
	// NextActionID is the smallest action_id that wasn't used when the token was
	// made.
	NextActionID int64 `json:"next_action_id"`
	// Host is the host that the server asked to be used, or "".
	Host string `json:"host,omitempty"`
}

// IsZero reports whether the token is the zero Token, which stands for none.
func (t Token) IsZero() bool { return t == Token{} }

// String tells which session it is, without what is secret.
func (t Token) String() string {
	if t.IsZero() {
		return "no token"
	}
	return fmt.Sprintf("token of user %q at %s, event %d", t.UserID, t.Address, t.EventID)
}

// GoString returns the same as String.
func (t Token) GoString() string { return t.String() }

// LogValue returns what isn't secret.
func (t Token) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("address", t.Address),
		slog.String("user_id", t.UserID),
		slog.Int64("event_id", t.EventID),
		slog.Int64("next_action_id", t.NextActionID),
	)
}

// maxActionID bounds what a token can say: other clients read ids as
// floating-point numbers.
const maxActionID = 1 << 53

// check says what is wrong with a token.
func (t Token) check() error {
	switch {
	case t.Address == "":
		return errors.New("has no address")
	case t.SessionID == "":
		return errors.New("has no session_id")
	case t.UserID == "":
		return errors.New("has no user_id")
	case t.EventID < 0:
		return errors.New("has an event_id below 0")
	case t.NextActionID < 1 || t.NextActionID > maxActionID:
		return errors.New("has a next_action_id that isn't from 1 to 2^53")
	}
	return nil
}

// checkFor says why a token isn't one for a configuration. It would tell secrets
// to another server, or be the session of somebody else.
func (t Token) checkFor(config *Config, address *url.URL) error {
	if err := t.check(); err != nil {
		return err
	}
	if own := address.String(); t.Address != own {
		return fmt.Errorf("is for %s, not for %s", quoteHost(t.Address), own)
	}
	if user := config.Login.UserID; user != nil && *user != t.UserID {
		return errors.New("belongs to another user than Config.Login")
	}
	return nil
}

// quoteHost shows an address, if it is short.
func quoteHost(address string) string {
	if len(address) > 100 {
		return "another address"
	}
	return fmt.Sprintf("%q", address)
}

// Token returns the session as a value, with which another process can go on
// after this one has ended without [Session.Close]: see Config.Token. It tells
// which events have been handled so far, so it is to be stored again as the
// session goes on; [Session.Suspend] returns the last one.
//
// While the loss of a session hasn't been seen in the stream, the token is that
// of the lost session, so that whoever goes on with it is told of the loss. The
// token is zero before the session has been created. Token may be called
// concurrently, and from anywhere.
func (s *Session) Token() Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.place.SessionID == "" {
		return Token{}
	}
	return Token{
		Address:      s.dialer.Address.String(),
		SessionID:    api.Secret(s.place.SessionID),
		UserID:       s.credentials.UserID,
		UserAuth:     s.credentials.UserAuth,
		EventID:      s.place.EventID,
		NextActionID: s.place.ActionID + 1,
		Host:         s.home,
	}
}

// checkToken checks the token to go on with, if there is one.
func (c *Config) checkToken(address *url.URL) error {
	if c.Token.IsZero() {
		return nil
	}
	if err := c.Token.checkFor(c, address); err != nil {
		return &ConfigError{"Token", err}
	}
	return nil
}

// resumeToken tells the engine to go on with a token.
func resumeToken(token Token) *engine.Resume {
	if token.IsZero() {
		return nil
	}
	return &engine.Resume{
		UserID: token.UserID,
		Place: engine.Place{
			SessionID: token.SessionID.Reveal(),
			EventID:   token.EventID,
			ActionID:  engine.ResumeActionID(token.NextActionID-1, time.Now()),
		},
	}
}

// continueToken notes what Config.Token tells of the session. A token of the
// user's that is in the login is newer than that.
func (s *Session) continueToken() {
	token := s.config.Token
	if token.IsZero() {
		return
	}
	s.sessionID = token.SessionID
	s.credentials = Credentials{UserID: token.UserID, UserAuth: token.UserAuth}
	if login := &s.config.Login; login.UserID != nil && login.UserAuth != nil {
		s.credentials.UserAuth = *login.UserAuth
	}
	s.home, s.host = token.Host, token.Host
	s.place = s.engine.Place()
}
