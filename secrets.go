package ninchat

import (
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/engine"
	"github.com/ninchat-community/ninchat/internal/mask"
	"github.com/ninchat-community/ninchat/internal/wire"
	"github.com/ninchat-community/ninchat/spec"
)

// secrets are those that a session or a Caller has sent or received. Every text that
// a peer had a part in goes through it before anybody sees it: see package mask.
type secrets struct{ mask.Set }

// newSecrets begins with those that are known from the start.
func newSecrets(config *Config) *secrets {
	s := &secrets{}
	s.header(config.Header)
	s.auths(config.Token.SessionID, config.Token.UserAuth)
	if login, err := encodeLogin(config.Login, nil); err == nil {
		s.login(login)
	}
	return s
}

// secretNames has the names of parameters that are secret: by action, by event, and
// all of them.
type secretNames struct{ actions, events, all map[string]map[string]bool }

var knownSecrets = sync.OnceValue(func() (names secretNames) {
	names = secretNames{make(map[string]map[string]bool), make(map[string]map[string]bool), map[string]map[string]bool{"": {}}}
	add := func(table map[string]map[string]bool, of string, params []spec.Param) {
		for _, param := range params {
			if !param.Secret {
				continue
			}
			if table[of] == nil {
				table[of] = make(map[string]bool)
			}
			table[of][param.Name], names.all[""][param.Name] = true, true
		}
	}
	for action := range spec.Actions() {
		add(names.actions, action.Name, action.Params)
	}
	for event := range spec.Events() {
		add(names.events, event.Name, event.Params)
	}
	for object := range spec.Objects() {
		add(names.all, "", object.Params)
	}
	// What they have is in objects.
	names.events["ice_begun"] = names.all[""]
	return names
})

// sending notes the secrets in an action, which it may be that nobody knows.
func (s *secrets) sending(action *api.Action) {
	if action.Name == (api.CreateMasterKey{}).ActionName() {
		// That of a key for tokens is the payload.
		for _, part := range action.Payload {
			if len(part) <= maxKeyPayload {
				s.Passing(string(part))
			}
		}
	}
	names := knownSecrets()
	secret := names.actions[action.Name]
	if secret == nil {
		if _, known := spec.LookUpAction(action.Name); known {
			return
		}
		secret = names.all[""]
	}
	s.Passing(mask.Members(action.Params, secret)...)
}

// maxKeyPayload is how long the secret of a master key may be to be remembered. Those
// that are good for something have 128 bytes at most.
const maxKeyPayload = 1 << 10

// received notes the secrets in an event.
func (s *secrets) received(m *wire.Message) {
	if secret := knownSecrets().events[m.Name]; secret != nil {
		s.Passing(mask.Members(m.Text, secret)...)
	}
}

// login notes the secrets of a login.
func (s *secrets) login(login engine.Login) {
	s.Own(mask.Members(login.Params, knownSecrets().all[""])...)
}

// auths notes passwords, tokens and ids of sessions.
func (s *secrets) auths(auths ...api.Secret) {
	for _, auth := range auths {
		s.Own(auth.Reveal())
	}
}

// header notes what says in a header who we are.
func (s *secrets) header(header http.Header) {
	for _, name := range []string{"Authorization", "Proxy-Authorization", "Cookie"} {
		for _, value := range header.Values(name) {
			s.Own(value)
			if _, credentials, ok := strings.Cut(value, " "); ok {
				s.Own(credentials)
			}
		}
	}
}

// proxy notes the passwords of the proxies that a function chooses.
func (s *secrets) proxy(choose func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		proxy, err := choose(r)
		if err == nil && proxy != nil && proxy.User != nil {
			if password, ok := proxy.User.Password(); ok {
				s.Own(password)
			}
		}
		return proxy, err
	}
}

// fault makes an error of an error event. The event itself stays as it is.
func (s *secrets) fault(action string, event *api.Event) *api.Error {
	err := api.NewError(action, event)
	err.Reason = s.Hide(err.Reason)
	if _, known := spec.LookUpErrorType(string(err.Type)); !known {
		err.Type = api.ErrorType(s.Hide(string(err.Type)))
	}
	return err
}

// name is the name of an event, which might be anything.
func (s *secrets) name(event string) string {
	if _, known := spec.LookUpEvent(event); known {
		return event
	}
	return s.Text(event)
}
