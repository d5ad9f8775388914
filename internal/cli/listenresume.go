package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

// openListener opens the session of a listener, and notes how it goes on. If
// there is a file, the session in it goes on.
func (l *listener) openListener(ctx context.Context, file string) (err error) {
	if file == "" {
		l.session, err = l.app.open(ctx, ninchat.Config{})
		return err
	}
	l.store = newPlaceStore(file)
	// What has been printed is said explicitly: see printed.
	l.session, err = l.app.open(ctx, ninchat.Config{TokenStore: l.store, ManualAck: true})
	if errors.Is(err, ninchat.ErrTokenInUse) {
		return &advisedError{
			fmt.Errorf("--resume: %s is in use by another 'ninchat listen'", file),
			"Use another file for each of them.",
		}
	}
	if stored, ok := errors.AsType[*ninchat.TokenError](err); ok {
		return fmt.Errorf("--resume: %w", stored.Err)
	}
	if bad, ok := errors.AsType[*ninchat.ConfigError](err); ok && bad.Field == "Token" {
		return &advisedError{
			fmt.Errorf("--resume: the session in %s %w", file, bad.Err),
			"Use another file for each user and server.",
		}
	}
	if err != nil {
		return err
	}
	token := l.store.began
	l.resumed = !token.IsZero()
	if l.resumed && l.session.SessionID() != token.SessionID {
		l.app.diagnose("the server has lost the session of the run before: what was missed is fetched from the history")
		l.lost = true
	}
	return nil
}

// knowPlaces takes over how far the run before has printed the conversations
// that count.
func (l *listener) knowPlaces() {
	for c, seen := range l.store.all() {
		if len(l.named) == 0 || slices.Contains(l.named, c.channelID) {
			l.conversations[c] = &place{seen: seen}
		}
	}
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
	l.knowPlaces()
	what := "all conversations"
	if len(l.named) > 0 {
		what = l.what()
	}
	l.app.diagnose("resumed; listening to %s", what)
	if !l.store.isBehind() {
		return nil
	}
	return l.makeUp(func() error { return l.catchUpAll(ctx) })
}

// catchUpAll prints what was missed in all conversations.
func (l *listener) catchUpAll(ctx context.Context) error {
	for _, c := range slices.SortedFunc(maps.Keys(l.conversations), conversation.compare) {
		if err := l.catchUpOrSay(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// printed says that an event has been dealt with. If there is a file, it is when
// nothing can go wrong any more: when the line has been written.
func (l *listener) printed(event *api.Event) error {
	if l.store == nil {
		l.moved = l.moved[:0]
		return nil
	}
	if err := l.notePlaces(); err != nil {
		return err
	}
	return l.session.Acknowledge(event)
}

// notePlaces tells the store how far everything has been printed.
func (l *listener) notePlaces() error {
	if err := l.out.flush(); err != nil {
		return err
	}
	for _, c := range l.moved {
		l.store.note(c, l.conversations[c].seen)
	}
	l.moved = l.moved[:0]
	return nil
}

// makeUp does what prints all that was missed. If there is a file, that it isn't
// finished is in it meanwhile, for the next run.
func (l *listener) makeUp(catchUp func() error) error {
	if l.store == nil {
		return catchUp()
	}
	if err := l.store.setBehind(true); err != nil {
		return err
	}
	if err := catchUp(); err != nil {
		return errors.Join(err, l.notePlaces())
	}
	if err := l.notePlaces(); err != nil {
		return err
	}
	return l.store.setBehind(false)
}

// suspend leaves the session for the next run, if it is to be kept.
func (l *listener) suspend() error {
	if l.store == nil || l.session.Err() != nil {
		return nil
	}
	_, err := l.session.Suspend()
	// The session itself only logs that.
	return errors.Join(err, l.store.saved())
}
