package server

import (
	"net"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// guesses counts wrong passwords, so that nobody finds one by trying. It is about
// what is to be logged in to, and about whoever tries. Mails to addresses are
// counted in the same way. It belongs to the hub.
type guesses struct {
	tallies map[string]*tally
}

// tally is how many wrong passwords there have been, and when that is forgotten.
type tally struct {
	wrong int
	until time.Time
}

const (
	// guessing is how long wrong passwords are remembered after the first.
	guessing = time.Minute
	// maxTallies bounds what is remembered.
	maxTallies = 10_000
)

// guarded checks a password, if one was given and there haven't been too many wrong
// ones for what is named, or from the same peer. A right one doesn't help then:
// otherwise one could go on trying.
func (c *call) guarded(name string, given bool, check func() *failure) *failure {
	if !given {
		return check()
	}
	h := c.hub
	now, peer := h.clock.Now(), "peer "+c.origin.peer()
	wait := max(h.guesses.wait(now, name, h.config.Limits.Guesses), h.guesses.wait(now, peer, h.config.Limits.PeerGuesses))
	if wait > 0 {
		return fail(api.ErrAccessDenied, "too many wrong passwords: wait for %d seconds", int(wait.Seconds())+1)
	}
	why := check()
	switch {
	case why == nil:
		delete(h.guesses.tallies, name)
	case why.event.ErrorType == string(api.ErrAccessDenied):
		h.guesses.note(now, name)
		h.guesses.note(now, peer)
	}
	return why
}

// wait is how long no more passwords are checked, 0 if they are.
func (g *guesses) wait(now time.Time, name string, limit int) time.Duration {
	t := g.tallies[name]
	if t == nil || t.wrong < limit {
		return 0
	}
	return max(t.until.Sub(now), 0)
}

// note counts a wrong password.
func (g *guesses) note(now time.Time, name string) {
	t := g.tallies[name]
	if t == nil || !now.Before(t.until) {
		g.makeRoom(now)
		t = &tally{until: now.Add(guessing)}
		g.tallies[name] = t
	}
	t.wrong++
}

// makeRoom forgets what is over; if there is too much still, anything.
func (g *guesses) makeRoom(now time.Time) {
	if g.tallies == nil {
		g.tallies = make(map[string]*tally)
	}
	if len(g.tallies) < maxTallies {
		return
	}
	for name, t := range g.tallies {
		if !now.Before(t.until) {
			delete(g.tallies, name)
		}
	}
	for name := range g.tallies {
		if len(g.tallies) < maxTallies {
			return
		}
		delete(g.tallies, name)
	}
}

// peerOf is the address of a computer, without the port.
func peerOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

// authenticate finds a user by id and password token.
func (c *call) authenticate(id string, auth *api.Secret) (u *user, why *failure) {
	why = c.guarded("user "+id, given(auth), func() (why *failure) {
		u, why = c.hub.authenticate(id, auth)
		return why
	})
	return u, why
}

// identify finds a user by an identity and its password.
func (c *call) identify(a *api.CreateSession) (u *user, why *failure) {
	key := newIdentityKey(valueOf(a.IdentityType), valueOf(a.IdentityName))
	why = c.guarded(key.guessed(), given(a.IdentityAuth), func() (why *failure) {
		u, why = c.hub.identify(a)
		return why
	})
	return u, why
}

// checkPassword compares the password of an identity, if it has one.
func (c *call) checkPassword(i *identity, auth *api.Secret) *failure {
	return c.guarded(i.key.guessed(), given(auth), func() *failure { return c.hub.checkPassword(i, auth) })
}

// guessed is what guesses call an identity.
func (k identityKey) guessed() string { return "identity " + k.kind + " " + k.name }

func given(auth *api.Secret) bool { return auth != nil && *auth != "" }
