package ninchat

import (
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

// encodeLogin makes the parameters of create_session.
func encodeLogin(login api.CreateSession) (engine.Login, error) {
	action, err := loginAction(login).Action()
	if err != nil {
		return engine.Login{}, err
	}
	return engine.Login{Params: action.Params, NewUser: createsUser(login)}, nil
}
