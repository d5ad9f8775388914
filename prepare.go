package ninchat

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/engine"
)

// Prepared is an action that is to be sent later, once, and whose action_id is
// known already. It belongs to the session that prepared it. Its methods may be
// called concurrently.
type Prepared struct {
	session *Session
	call    *call
	used    atomic.Bool
}

// Prepare reserves an action_id for an action. Actions whose Rule is
// [api.RuleNone] get none: then nothing says which events answer them, and they
// aren't sent again after the connection broke.
//
// A transient action belongs to the session that the server knows now: if that is
// lost before the action is sent, sending it fails with [ErrSessionLost].
//
// Errors are: an *[ActionError] if the action can't be sent; [ErrClosed] or the
// error that ended the session.
func (s *Session) Prepare(action *api.Action) (*Prepared, error) {
	return s.prepare(action, 0)
}

// PrepareWithID is like Prepare with an action_id of the caller's choice, which
// must be above all that have been used in this session, and below 2^53; the
// others go on above it. The error is also an *[ActionError] if it isn't, and if
// the action's Rule is [api.RuleNone].
func (s *Session) PrepareWithID(action *api.Action, actionID int64) (*Prepared, error) {
	if err := s.checkAction(action); err != nil {
		return nil, err
	}
	if actionID <= 0 || actionID >= 1<<53 {
		return nil, &ActionError{action.Name, fmt.Errorf("action_id %d isn't between 1 and 2^53", actionID)}
	}
	if action.Rule == api.RuleNone {
		return nil, &ActionError{action.Name, errors.New("actions that aren't answered have no action_id")}
	}
	return s.prepare(action, actionID)
}

func (s *Session) prepare(action *api.Action, id int64) (*Prepared, error) {
	if err := s.checkAction(action); err != nil {
		return nil, err
	}
	c := s.newCall(action)
	c.own()
	c.reserving = true
	s.mailbox.Post(engine.Input{Kind: engine.Reserve, Call: &c.Call, ID: id})
	err := c.acceptance()
	if errors.Is(err, engine.ErrIDUsed) {
		return nil, &ActionError{action.Name, fmt.Errorf("action_id %d isn't above all that were used", id)}
	}
	if err != nil {
		return nil, err
	}
	c.reserving, c.accepted = false, false
	return &Prepared{session: s, call: c}, nil
}

// ActionID returns the reserved action_id, 0 if the action has none.
func (p *Prepared) ActionID() int64 { return p.call.ID() }

// Send sends the action as [Session.Send] does. It returns [ErrActionUsed] if the
// action was sent before; one whose sending was refused with [ErrTooManyCalls]
// wasn't.
func (p *Prepared) Send() error {
	return p.once(func() (bool, error) { return p.session.send(p.call) })
}

// Start sends the action as [Session.Start] does. It returns [ErrActionUsed] if
// the action was sent before; one that was refused with [ErrTooManyCalls],
// [ErrNoCallback] or the cause of ctx wasn't.
func (p *Prepared) Start(ctx context.Context, callback func(Reply)) error {
	return p.once(func() (bool, error) { return p.session.startCall(ctx, p.call, callback) })
}

// Call sends the action as [Session.Call] does. It returns [ErrActionUsed] if the
// action was sent before; one that couldn't be sent before ctx ended wasn't.
func (p *Prepared) Call(ctx context.Context) (*api.Event, error) {
	var event *api.Event
	err := p.once(func() (bool, error) {
		return p.session.invoke(ctx, p.call, func(e *api.Event) bool {
			if event == nil {
				event = e
			}
			return true
		})
	})
	if err != nil {
		return nil, err
	}
	return event, nil
}

// once submits the action, unless it was submitted before.
func (p *Prepared) once(submit func() (submitted bool, err error)) error {
	if !p.used.CompareAndSwap(false, true) {
		return ErrActionUsed
	}
	submitted, err := submit()
	if !submitted {
		p.used.Store(false)
	}
	return err
}
