package ninchat

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/engine"
)

// TokenStore keeps the token of one session: see Config.TokenStore. Its methods
// are called by one goroutine at a time, which belongs to the session, or is that of
// Open. They must return when ctx ends, and mustn't wait for the session to end, as by
// calling Close. A panic of Save or Delete is reported like that of a handler, and is
// an error. [FileTokenStore] is one.
type TokenStore interface {
	// Load returns the token, or the zero Token if there is none.
	Load(ctx context.Context) (Token, error)
	// Save keeps a token in place of the one before. If it fails, that one must
	// still be there. Saving a token must be done as carefully as storing a
	// password.
	Save(ctx context.Context, token Token) error
	// Delete removes the token. That there is none is no error.
	Delete(ctx context.Context) error
}

// TokenLocker is a [TokenStore] that is for one session at a time, as two that go on
// with the same token would take the connection away from each other. Open locks it
// before it loads the token. A store that has another one in it should hand Lock on.
type TokenLocker interface {
	TokenStore
	// Lock returns a function that ends the lock. It is called once, when the session
	// has ended and its token has been saved or deleted, or when Open is given up before
	// there is a session, so that it may be called again at once. The error matches
	// [ErrTokenInUse] if the lock is somebody else's: Lock doesn't wait for that. A lock
	// should end with the process, however that ends.
	Lock(ctx context.Context) (unlock func(), err error)
}

// ErrTokenInUse says that another session has the token of a [TokenLocker].
var ErrTokenInUse = errors.New("ninchat: token is in use by another session")

// TokenError says that Config.TokenStore failed, or that its token can't be
// used.
type TokenError struct {
	// Op is the method: "lock", "load", "save" or "delete".
	Op string
	// Err is the reason.
	Err error
}

// Error names the method.
func (e *TokenError) Error() string { return "ninchat: " + e.Op + " token: " + e.Err.Error() }

// Unwrap returns Err.
func (e *TokenError) Unwrap() error { return e.Err }

// storeTimeout bounds each use of a store.
const storeTimeout = 10 * time.Second

// maxSaveDelay is how long to wait before saving is tried again at most.
const maxSaveDelay = time.Minute

// saver saves the session's token as it changes.
type saver struct {
	store    TokenStore
	interval time.Duration
	// unlock ends the lock of the store. It is called by release, once.
	unlock   func()
	released sync.Once
	// abandoned is closed when the session's opening has been given up, and unused
	// says that the store is left alone then: it has what it had before.
	abandoned chan struct{}
	unused    bool
	// panicked is told of panics of the store.
	panicked func(name string, value any, stack []byte)
	// using is held by the goroutine that uses store, and saved.
	using chan struct{}
	// saved is the token that was saved last.
	saved Token
	// busy says that there is a goroutine that will save; used by the mailbox's
	// work and by that goroutine, with the session's mutex held.
	busy bool
}

func newSaver(s *Session, unlock func()) *saver {
	if s.config.TokenStore == nil {
		return nil
	}
	return &saver{
		store:     s.config.TokenStore,
		interval:  s.config.TokenInterval,
		unlock:    unlock,
		abandoned: make(chan struct{}),
		panicked:  s.callbackPanicked,
		using:     make(chan struct{}, 1),
	}
}

// release ends the lock of the store.
func (v *saver) release() {
	v.released.Do(func() {
		_ = v.guard("Lock", func() error { v.unlock(); return nil })
	})
}

// abandon is called when the opening of the session is about to be given up. If there
// is no session yet, there won't be a token of it, either: the next Open needn't wait
// until what is left behind has been cleaned up. It is part of the mailbox's work.
func (s *Session) abandon() {
	if s.saver == nil {
		return
	}
	s.mu.Lock()
	known := s.sessionID
	s.mu.Unlock()
	s.saver.unused = !s.wasCreated() && !s.hasEnded() && known == s.config.Token.SessionID
	close(s.saver.abandoned)
}

// releaseUnused ends the lock of a store that a session whose opening has been given up
// makes no use of.
func (s *Session) releaseUnused() {
	if s.saver == nil {
		return
	}
	// It doesn't take long: nothing in the mailbox waits.
	<-s.saver.abandoned
	if s.saver.unused {
		s.saver.release()
	}
}

// guard calls a method of the store. A panic is an error; it would end a goroutine of
// the session otherwise.
func (v *saver) guard(method string, f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			v.panicked("Config.TokenStore."+method, value, debug.Stack())
			err = errPanicked
		}
	}()
	return f()
}

// saveToken saves the token that get returns, unless it is there already, and tells
// how that went.
func (s *Session) saveToken(ctx context.Context, get func() Token) (Token, error) {
	token, saved, err := s.saver.save(ctx, get)
	if err != nil && ctx.Err() == nil {
		s.config.Logger.Warn("token not saved", "error", err)
	}
	if saved || err != nil && ctx.Err() == nil {
		s.trace.tokenSaved(token, err)
	}
	return token, err
}

// save saves a token, unless it is there already. It gets it only when it is its
// turn: an older one mustn't take the place of a newer one.
func (v *saver) save(ctx context.Context, get func() Token) (token Token, saved bool, err error) {
	select {
	case v.using <- struct{}{}:
	case <-ctx.Done():
		return Token{}, false, context.Cause(ctx)
	}
	defer func() { <-v.using }()
	token = get()
	if token.IsZero() || token == v.saved {
		return token, false, nil
	}
	if ctx.Err() != nil {
		// The session has ended meanwhile: saveLast has been here, or will be.
		return Token{}, false, context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if err := v.guard("Save", func() error { return v.store.Save(ctx, token) }); err != nil {
		return token, false, &TokenError{"save", err}
	}
	v.saved = token
	return token, true, nil
}

// delete deletes the token.
func (v *saver) delete(ctx context.Context) error {
	v.using <- struct{}{}
	defer func() { <-v.using }()
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if err := v.guard("Delete", func() error { return v.store.Delete(ctx) }); err != nil {
		return &TokenError{"delete", err}
	}
	v.saved = Token{}
	return nil
}

// savePlace sees to it that the token gets saved some time after the place has
// changed. It is part of the mailbox's work, and s.mu is locked.
func (s *Session) savePlace() {
	if s.saver == nil || s.saver.busy || s.ctx.Err() != nil {
		return
	}
	s.saver.busy = true
	s.tasks.Go(s.saveAgain)
}

// saveAgain saves the token until it doesn't change any more.
func (s *Session) saveAgain() {
	delay := s.saver.interval
	for {
		timer := time.NewTimer(delay)
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			timer.Stop()
			return
		}
		token, err := s.saveToken(s.ctx, s.Token)
		if err != nil {
			delay = min(2*delay, max(maxSaveDelay, s.saver.interval))
			continue
		}
		delay = s.saver.interval
		if s.isSaved(token) {
			return
		}
	}
}

// isSaved reports whether the session is still where it was when its token was
// saved, and if so, notes that nobody will save it.
func (s *Session) isSaved(token Token) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	same := s.place.SessionID == token.SessionID.Reveal() && s.place.EventID == token.EventID && s.credentials.UserAuth == token.UserAuth
	s.saver.busy = !same
	return same
}

// saveFirst saves the token before the session is given to the application.
func (s *Session) saveFirst(ctx context.Context) error {
	if s.saver == nil {
		return nil
	}
	// It isn't to be saved any more when the session has ended, either.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.ctx, func() { cancel(context.Cause(s.ctx)) })()
	_, err := s.saveToken(ctx, s.Token)
	return err
}

// firstSave ends the opening of a session: the token must have been saved.
func (s *Session) firstSave(ctx context.Context) error {
	err := s.saveFirst(ctx)
	if err == nil {
		return nil
	}
	if s.ctx.Err() != nil {
		// It wasn't saved because the session has ended already.
		s.awaitEnd(ctx.Done())
		return s.endError()
	}
	end := engine.Close
	if !s.config.Token.IsZero() {
		// Somebody may want to resume it yet.
		end = engine.Leave
	}
	s.mailbox.Post(engine.Input{Kind: end})
	s.awaitEnd(ctx.Done())
	return err
}

// settleToken has the token of a session that has ended saved or deleted. That
// of one that is used by somebody else now is left alone. It is part of the mailbox's
// work.
func (s *Session) settleToken() {
	if s.saver == nil {
		return
	}
	alone := s.saver.unused || errors.Is(s.err, api.ErrConnectionSuperseded)
	closed := s.err == nil && !s.left || errors.Is(s.err, ErrUserDeleted)
	s.tasks.Go(func() {
		defer s.saver.release()
		if !alone {
			s.saveLast(!closed)
		}
	})
}

// saveLast saves or deletes the token of a session that has ended.
func (s *Session) saveLast(keep bool) {
	// The session's context has ended.
	ctx := context.WithoutCancel(s.ctx)
	if s.last.IsZero() {
		return
	}
	if !keep {
		if err := s.saver.delete(ctx); err != nil {
			s.config.Logger.Warn("token not deleted", "error", err)
		}
		return
	}
	_, _ = s.saveToken(ctx, func() Token { return s.last })
}

// lockToken locks the store, if it can be locked.
func lockToken(ctx context.Context, config *Config) (unlock func(), err error) {
	locker, ok := config.TokenStore.(TokenLocker)
	if !ok {
		return func() {}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if unlock, err = locker.Lock(ctx); err != nil {
		return nil, &TokenError{"lock", err}
	}
	return unlock, nil
}

// loadToken loads the token that the session is to go on with, if there is one.
func loadToken(ctx context.Context, config *Config) error {
	if config.TokenStore == nil || !config.Token.IsZero() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	token, err := config.TokenStore.Load(ctx)
	if err != nil {
		return &TokenError{"load", err}
	}
	config.Token = token
	return nil
}
