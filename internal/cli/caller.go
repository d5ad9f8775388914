package cli

import (
	"context"
	"errors"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/spec"
)

// invoker opens what sends an action: a session if that is wanted, or else
// nothing but a client for single calls. It must be closed by the function.
func (a *app) invoker(ctx context.Context, r callRequest) (api.Invoker, func(), error) {
	if r.session || scopeOf(r.name) == spec.ScopeSession {
		session, err := a.openCaller(ctx)
		if err != nil {
			return nil, nil, err
		}
		return session, func() { shut(session) }, nil
	}
	caller, err := a.newCaller(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	return caller, func() { _ = caller.Close() }, nil
}

// newCaller makes a client for single calls, with the credentials in the file.
func (a *app) newCaller(ctx context.Context, r callRequest) (*ninchat.Caller, error) {
	stored, err := a.callCredentials(ctx, r)
	if err != nil {
		return nil, err
	}
	config := ninchat.CallerConfig{Timeout: a.timeout, ConnectTimeout: a.timeout, Logger: a.logger()}
	if config.Address, err = a.serverAddress(stored.Address); err != nil {
		return nil, err
	}
	if config.TLS, err = a.tlsConfig(ctx); err != nil {
		return nil, err
	}
	config.Auth = stored.callerAuth()
	return ninchat.NewCaller(config)
}

// callCredentials reads the credentials. An action that needs nobody does without
// a file.
func (a *app) callCredentials(ctx context.Context, r callRequest) (storedCredentials, error) {
	if r.nobody {
		return storedCredentials{}, nil
	}
	stored, err := a.readCredentials(ctx)
	if errors.Is(err, errNoCredentials) {
		if known, ok := spec.LookUpAction(r.name); ok && (known.Session == spec.SessionOptional || known.Public) {
			return storedCredentials{}, nil
		}
	}
	return stored, err
}

// scopeOf says where an action can be done. Those that nobody knows may be
// anywhere.
func scopeOf(name string) spec.Scope {
	if known, ok := spec.LookUpAction(name); ok {
		return known.Scope
	}
	return spec.ScopeAny
}

// explainCall is explain for a call that failed on its way.
func (a *app) explainCall(e *ninchat.CallError) string {
	text := e.Action + " at " + e.Address + ": " + plain(e.Err)
	if advice := a.adviceOnOpening(&ninchat.OpenError{Address: e.Address, Err: e.Err}); advice != "" {
		return withAdvice(text, advice)
	}
	if e.Sent {
		return withAdvice(text, "The server may have done it nevertheless.")
	}
	return text
}
