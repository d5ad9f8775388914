package spec

import (
	"iter"
)

// actionEnvelope has the members that the header of any action may have, apart
// from the name.
var actionEnvelope = [...]Param{
	{Name: "action_id", Type: TypeInt, NonNegative: true, Doc: "The number that the reply will repeat, greater than any before it."},
	{Name: "event_id", Type: TypeInt, NonNegative: true, Doc: "The latest event that was received, to be acknowledged."},
	{Name: "session_id", Type: TypeString, Secret: true, Doc: "The session, where the connection does not say it."},
	{Name: "frames", Type: TypeInt, NonNegative: true, Doc: "The number of payload parts that follow on a WebSocket connection."},
	{Name: "puppet_id", Type: TypeString, Doc: "The puppet on whose behalf its master acts."},
	{Name: "caller_id", Type: TypeString, Doc: "The user who acts without a session."},
	{Name: "caller_type", Type: TypeString, Enum: "identity_type", Doc: "The type of the identity of the user who acts without a session."},
	{Name: "caller_name", Type: TypeString, Doc: "The name of the identity of the user who acts without a session."},
	{Name: "caller_auth", Type: TypeString, Secret: true, Doc: "The token or password of the user who acts without a session."},
	{Name: "payload", Type: TypeAny, Doc: "The payload, with long polling."},
}

// eventEnvelope has the members that the header of any event may have, apart
// from the name.
var eventEnvelope = [...]Param{
	{Name: "event_id", Type: TypeInt, NonNegative: true, Doc: "The number of the event in its session."},
	{Name: "action_id", Type: TypeInt, NonNegative: true, Doc: "The action that the event answers."},
	{Name: "frames", Type: TypeInt, NonNegative: true, Doc: "The number of payload parts that follow on a WebSocket connection."},
	{Name: "payload", Type: TypeAny, Doc: "The payload, with long polling."},
}

// ActionEnvelope goes through the members that the header of any action may
// have beside its parameters, except for the name of the action. All are
// optional.
func ActionEnvelope() iter.Seq[*Param] { return pointers(actionEnvelope[:]) }

// EventEnvelope goes through the members that the header of any event may have
// beside its parameters, except for the name of the event. All are optional.
func EventEnvelope() iter.Seq[*Param] { return pointers(eventEnvelope[:]) }
