package api

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Rule says which events answer an action, and so when a call is complete.
type Rule uint8

// The reply rules of the API.
const (
	// RuleOne is the rule of actions with exactly one reply event. It is the
	// zero value: an action that this package doesn't know is taken to have
	// one reply.
	RuleOne Rule = iota
	// RuleNone is the rule of actions that are never answered.
	RuleNone
	// RuleHistory is the rule of load_history: one history_results, then one
	// message_received for each message. The last reply is the one whose
	// history_length is absent or zero.
	RuleHistory
	// RuleSearch is the rule of the search actions: any number of
	// search_results. The last one has neither users nor channels.
	RuleSearch
	// RuleJoin is the rule of actions that are answered by one event, and by
	// a second one when they had a second effect (join_channel with an access
	// key that also grants realm membership; create_realm).
	RuleJoin
)

// Action is one request, encoded: what an [Invoker] takes.
//
// It is usually made by the Action method of a typed action such as
// [SendMessage], or by [NewAction]. An Action isn't changed by invoking it, and
// may be invoked again. The invoker keeps no reference to Params or Payload
// after Invoke has returned.
type Action struct {
	// Name is the name of the action: "send_message".
	Name string
	// Params is a JSON object with the parameters, without the envelope
	// (action, action_id, event_id, frames, session_id). Nil means none.
	Params jsontext.Value
	// Payload has the payload parts. Parts may be empty.
	Payload [][]byte
	// Rule says when the action has been answered.
	Rule Rule
	// Transient actions fail when the session is lost before they have been
	// answered; others are sent again in the session that replaces it.
	Transient bool
}

// TypedAction is implemented by the struct of each action.
type TypedAction interface {
	// ActionName is the name of the action.
	ActionName() string
	// Action encodes the action.
	Action() (*Action, error)
}

// Typed decodes the parameters into the struct for the action's name: a
// *SendMessage for send_message, and so on. For an action that this package
// doesn't know it returns a itself. It is what a server or middleware needs.
func (a *Action) Typed() (any, error) {
	typed := newTypedAction(a.Name)
	if typed == nil {
		return a, nil
	}
	if len(a.Params) > 0 {
		if err := json.Unmarshal(a.Params, typed); err != nil {
			return nil, fmt.Errorf("ninchat: decode %s: %w", a.Name, err)
		}
	}
	if holder, ok := typed.(payloadHolder); ok {
		*holder.payload() = a.Payload
	}
	return typed, nil
}

// EncodeError says that the parameters of an action can't be encoded. Nothing has
// been sent then.
type EncodeError struct {
	// Action is the name of the action.
	Action string
	// Err is the reason.
	Err error
}

// Error names the action and gives the reason.
func (e *EncodeError) Error() string { return "ninchat: encode " + e.Action + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *EncodeError) Unwrap() error { return e.Err }

// NewAction encodes params, which must become a JSON object (a struct or a
// map), or nil for none. A value that can't be encoded, such as NaN, is an
// *[EncodeError] here, before anything is sent. So it is in the methods of
// [Client].
func NewAction(name string, params any, payload ...[]byte) (*Action, error) {
	action := &Action{Name: name, Payload: payload, Rule: ruleOf(name)}
	if params == nil {
		return action, nil
	}
	encoded, err := json.Marshal(params, json.Deterministic(true))
	if err != nil {
		return nil, &EncodeError{name, err}
	}
	if len(encoded) == 0 || encoded[0] != '{' {
		return nil, &EncodeError{name, errors.New("parameters must be a JSON object")}
	}
	action.Params = encoded
	return action, nil
}

// typedAction is the common part of every generated Action method.
func typedAction(name string, params any, payload [][]byte, rule Rule) (*Action, error) {
	encoded, err := json.Marshal(params)
	if err != nil {
		return nil, &EncodeError{name, err}
	}
	return &Action{Name: name, Params: encoded, Payload: payload, Rule: rule}, nil
}
