package ninchat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/engine"
)

// NewUser is the login of a guest user with the given name, to be created. Set
// Guest in its UserAttrs to false for a user that is to last.
func NewUser(name string) api.CreateSession {
	return api.CreateSession{UserAttrs: &api.UserAttrs{Name: api.Set(name)}}
}

// ExistingUser is the login of a user with the authentication token that was
// received when the user was created: see [Session.Credentials].
func ExistingUser(userID string, userAuth api.Secret) api.CreateSession {
	return api.CreateSession{UserID: &userID, UserAuth: &userAuth}
}

// Identity is the login of a user by a name and a password. The type of the
// identity is usually "email".
func Identity(identityType, name string, password api.Secret) api.CreateSession {
	return api.CreateSession{IdentityType: &identityType, IdentityName: &name, IdentityAuth: &password}
}

// Credentials are what [ExistingUser] takes.
type Credentials struct {
	// UserID is the id of the user.
	UserID string
	// UserAuth is the user's authentication token. It is "" if the user wasn't
	// created by this session and the login didn't have it.
	UserAuth api.Secret
}

// LoginError says that no login could be had. Config.LoginFunc may return one.
type LoginError struct {
	// Err is the reason.
	Err error
	// Final says that asking Config.LoginFunc again would be of no use. The
	// session ends then.
	Final bool
}

// Error says that it is about the login.
func (e *LoginError) Error() string { return "ninchat: login: " + e.Err.Error() }

// Unwrap returns Err.
func (e *LoginError) Unwrap() error { return e.Err }

// source is where logins come from.
type source struct {
	login api.CreateSession
	ask   func(context.Context) (api.CreateSession, error)
	// used are the credentials in the login that was used last.
	used Credentials
}

// prepareLogin checks and copies the login.
func (c *Config) prepareLogin() error {
	if c.LoginFunc != nil && !reflect.ValueOf(c.Login).IsZero() {
		return &ConfigError{"LoginFunc", errors.New("can't be used together with Config.Login")}
	}
	if _, err := encodeLogin(c.Login, c.Check); err != nil {
		return &ConfigError{"Login", err}
	}
	c.Login = cloneLogin(c.Login)
	return nil
}

// cloneLogin copies a login that can be encoded: the application may change what
// it refers to.
func cloneLogin(login api.CreateSession) api.CreateSession {
	text, err := json.Marshal(&login)
	if err != nil {
		return login
	}
	var clone api.CreateSession
	if json.Unmarshal(text, &clone) != nil {
		return login
	}
	if login.MessageTypes == nil {
		// None and an empty list of them differ.
		clone.MessageTypes = nil
	}
	return clone
}

// SetCredentials replaces Config.Login and Config.LoginFunc: the login is used
// when the server has lost the session and the next one is created. It must have
// credentials of the same user: a user_id, an identity, an access key or a master
// signature. Nothing happens before it is needed.
//
// Errors are: an *[ActionError] if the login can't be used; [ErrClosed] or the
// error that ended the session. SetCredentials may be called concurrently, and
// from anywhere.
func (s *Session) SetCredentials(login api.CreateSession) error {
	encoded, err := encodeLogin(login, s.config.Check)
	if err != nil {
		return &ActionError{"create_session", err}
	}
	if createsUser(login) {
		return &ActionError{"create_session", errors.New("the login has no credentials")}
	}
	login = cloneLogin(login)
	select {
	case <-s.ended:
		return s.endError()
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if isOtherUser(login, s.credentials) {
		return &ActionError{"create_session", errOtherUser}
	}
	s.login.login, s.login.ask = login, nil
	s.secrets.login(encoded)
	// What was known before isn't to be preferred to it, nor what is being used
	// just now.
	s.credentials.UserAuth, s.login.used = "", Credentials{}
	if login.UserAuth != nil {
		s.credentials.UserAuth = *login.UserAuth
	}
	return nil
}

var errOtherUser = errors.New("user_id is that of another user than the session's")

func isOtherUser(login api.CreateSession, known Credentials) bool {
	return login.UserID != nil && known.UserID != "" && *login.UserID != known.UserID
}

// findLogin gives the engine the parameters of create_session.
func (s *Session) findLogin(conn int, authDeleted bool) {
	if s.stopLogin != nil {
		s.stopLogin()
	}
	ctx, stop := context.WithCancel(s.ctx)
	s.stopLogin = stop
	s.mu.Lock()
	ask := s.login.ask
	s.mu.Unlock()
	if ask == nil && s.config.Check == nil {
		s.answerLogin(ctx, conn, authDeleted, asked{})
		return
	}
	// Functions of the application aren't for whoever works on the mailbox.
	s.tasks.Go(func() {
		if ask == nil {
			s.answerLogin(ctx, conn, authDeleted, asked{})
			return
		}
		login, err := runUser(ctx, s, "Config.LoginFunc", s.oneAtATime(ask))
		s.answerLogin(ctx, conn, authDeleted, asked{cloneLogin(login), err})
	})
}

// asked is what Config.LoginFunc has returned.
type asked struct {
	login api.CreateSession
	err   error
}

// oneAtATime has Config.LoginFunc wait until it has returned from the call before:
// that is given up only when the next one is needed.
func (s *Session) oneAtATime(ask func(context.Context) (api.CreateSession, error)) func(context.Context) (api.CreateSession, error) {
	return func(ctx context.Context) (api.CreateSession, error) {
		select {
		case s.asking <- struct{}{}:
		case <-ctx.Done():
			return api.CreateSession{}, context.Cause(ctx)
		}
		defer func() { <-s.asking }()
		return ask(ctx)
	}
}

// answerLogin gives the engine a login, or says why there is none.
func (s *Session) answerLogin(ctx context.Context, conn int, authDeleted bool, answer asked) {
	login, err := s.chooseLogin(ctx, authDeleted, answer)
	if err != nil {
		s.loginFailed(conn, err)
		return
	}
	encoded, err := s.encodeLogin(ctx, login)
	if err != nil {
		// It is refused again unless the function just didn't work.
		s.loginFailed(conn, &LoginError{Err: err, Final: !errors.Is(err, errPanicked) && ctx.Err() == nil})
		return
	}
	s.secrets.login(encoded)
	s.mailbox.Post(engine.Input{Kind: engine.LoginReady, Conn: conn, Login: encoded})
}

// encodeLogin encodes a login that has been chosen, and has it checked.
func (s *Session) encodeLogin(ctx context.Context, login api.CreateSession) (engine.Login, error) {
	if s.config.Check == nil {
		return encodeLogin(login, nil)
	}
	return runUser(ctx, s, "Config.Check", func(context.Context) (engine.Login, error) {
		return encodeLogin(login, s.config.Check)
	})
}

func (s *Session) loginFailed(conn int, err error) {
	failure, ok := errors.AsType[*LoginError](err)
	if !ok {
		failure = &LoginError{Err: err}
	}
	s.mailbox.Post(engine.Input{Kind: engine.LoginFailed, Conn: conn, Err: s.secrets.Error(failure), Final: failure.Final})
}

// chooseLogin returns the login to be used, with what is known of the user. One
// that was asked for now is preferred to that, but not to one that SetCredentials
// was given meanwhile. All of it is looked at, and what is used is noted, at the
// same moment.
func (s *Session) chooseLogin(ctx context.Context, authDeleted bool, answer asked) (api.CreateSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		// It is for a connection that is gone; another login may be in use.
		return api.CreateSession{}, context.Cause(ctx)
	}
	login, fresh := s.login.login, s.login.ask != nil
	if fresh {
		if answer.err != nil {
			return api.CreateSession{}, answer.err
		}
		login = answer.login
	}
	known := s.credentials
	if isOtherUser(login, known) {
		return api.CreateSession{}, &LoginError{Err: errOtherUser, Final: true}
	}
	if known.UserID != "" {
		if authDeleted || fresh && !createsUser(login) {
			known.UserAuth = ""
		}
		login = again(login, known)
		if createsUser(login) {
			return api.CreateSession{}, &LoginError{Err: s.noCredentials(authDeleted), Final: true}
		}
	}
	s.login.used = Credentials{}
	if login.UserAuth != nil {
		s.login.used.UserAuth = *login.UserAuth
	}
	return login, nil
}

// noCredentials says why the user of a lost session can't be logged in again. s.mu is
// locked.
func (s *Session) noCredentials(authDeleted bool) error {
	if authDeleted {
		return &api.Error{Type: api.ErrUserNotFound, Reason: "the user's authentication token was deleted"}
	}
	return fmt.Errorf("%w, and there are no credentials to log in as user %q again", cmp.Or(s.lost, ErrSessionLost), s.credentials.UserID)
}

// loginAction makes the login complete.
func loginAction(login api.CreateSession) api.CreateSession {
	if login.MessageTypes == nil {
		login.MessageTypes = []string{"*"}
	}
	if login.UserID != nil {
		// It must not create a user by mistake.
		login.UserExisting = new(true)
	}
	return login
}

// createsUser reports whether the login makes a user.
func createsUser(login api.CreateSession) bool {
	return login.UserID == nil && login.IdentityName == nil && login.AccessKey == nil && login.MasterSign == nil
}

// again is the login for a session that takes the place of a lost one. It
// belongs to the user whom the lost one belonged to, whose attributes stay as
// they are.
func again(login api.CreateSession, known Credentials) api.CreateSession {
	login.UserAttrs, login.UserSettings, login.UserMetadata = nil, nil, nil
	login.IdentityTypeNew, login.IdentityNameNew, login.IdentityAuthNew, login.IdentityAttrs = nil, nil, nil, nil
	if known.UserAuth != "" {
		login.UserID, login.UserAuth = &known.UserID, &known.UserAuth
		login.IdentityType, login.IdentityName, login.IdentityAuth = nil, nil, nil
		login.AccessKey, login.MasterSign, login.MasterKeyType, login.PuppetAttrs = nil, nil, nil, nil
	}
	return login
}

// encodeLogin makes the parameters of create_session, and has them checked.
func encodeLogin(login api.CreateSession, check func(*api.Action) error) (engine.Login, error) {
	action, err := loginAction(login).Action()
	if err != nil {
		return engine.Login{}, err
	}
	if check != nil {
		if err := check(action); err != nil {
			return engine.Login{}, err
		}
	}
	return engine.Login{Params: action.Params, NewUser: createsUser(login)}, nil
}
