package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

// openListener opens the session of a listener. If there is a file, the session
// in it goes on.
func (a *app) openListener(ctx context.Context, file string) (session *ninchat.Session, resumed bool, err error) {
	if file == "" {
		session, err = a.open(ctx, ninchat.Config{})
		return session, false, err
	}
	store := ninchat.FileTokenStore(file)
	token, err := store.Load(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("--resume: %w", err)
	}
	// What has been printed is said explicitly: see printed.
	session, err = a.open(ctx, ninchat.Config{Token: token, TokenStore: store, ManualAck: true})
	if bad, ok := errors.AsType[*ninchat.ConfigError](err); ok && bad.Field == "Token" {
		return nil, false, &advisedError{
			fmt.Errorf("--resume: the session in %s %w", file, bad.Err),
			"Use another file for each user and server.",
		}
	}
	if err != nil {
		return nil, false, err
	}
	if !token.IsZero() && session.SessionID() != token.SessionID.Reveal() {
		a.diagnose("the server has lost the session of the run before: messages since then may be missing")
		return session, false, nil
	}
	return session, !token.IsZero(), nil
}

// goOn begins with a session that another run has begun.
func (l *listener) goOn(ctx context.Context) error {
	l.started = true
	for _, id := range l.named {
		c := conversation{channelID: id}
		if l.add(ctx, c) == nil {
			continue
		}
		// The run before may have listened to others.
		if err := l.join(ctx, id); err != nil {
			return err
		}
		if err := l.add(ctx, c); err != nil {
			return err
		}
	}
	what := "all conversations"
	if len(l.named) > 0 {
		what = l.what()
	}
	l.app.diagnose("resumed; listening to %s", what)
	return nil
}

// printed says that an event has been dealt with. If there is a file, it is when
// nothing can go wrong any more: when the line has been written.
func (l *listener) printed(event *api.Event) error {
	if !l.resume {
		return nil
	}
	if err := l.out.flush(); err != nil {
		return err
	}
	return l.session.Acknowledge(event)
}

// suspend leaves the session for the next run, if it is to be kept.
func (l *listener) suspend() error {
	if !l.resume || l.session.Err() != nil {
		return nil
	}
	_, err := l.session.Suspend()
	return err
}
