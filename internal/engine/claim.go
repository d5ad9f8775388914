package engine

import (
	"errors"
)

// errUnclaimed says that a connection broke while credentials were handed over.
var errUnclaimed = errors.New("ninchat: connection was lost while the credentials were handed over")

// taken notes that somebody can log in as the user again.
func (e *Engine) taken() {
	if e.phase == phaseClaiming {
		e.session.unclaimed = nil
	}
}

// claimed begins the session when the credentials of its user have been taken.
// If nobody has them, the user is deleted: nobody could log in as them again.
func (e *Engine) claimed(err error) {
	if e.phase != phaseClaiming {
		return
	}
	m := e.claim
	e.claim = nil
	if err != nil {
		e.deleteUnclaimed()
		e.closeSession(err)
		return
	}
	broken := e.unclaimable
	e.unclaimable = nil
	e.session.unclaimed = nil
	e.effect(Effect{Kind: Created, Message: m})
	e.keep(m)
	if broken != nil {
		e.phase = phaseOnline
		e.reconnect(errors.Join(errUnclaimed, broken))
		return
	}
	e.online()
	// What came meanwhile is asked for again.
	e.throttle()
}
