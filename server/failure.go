package server

import (
	"errors"
	"fmt"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/wire"
)

// failure is why an action isn't done: what the error event says.
type failure struct {
	event api.ErrorEvent
}

func fail(kind api.ErrorType, format string, args ...any) *failure {
	f := &failure{api.ErrorEvent{ErrorType: string(kind)}}
	if format != "" {
		f.event.ErrorReason = new(fmt.Sprintf(format, args...))
	}
	return f
}

// channel names the channel that is concerned.
func (f *failure) channel(id string) *failure {
	f.event.ChannelID = &id
	return f
}

// realm names the realm that is concerned.
func (f *failure) realm(id string) *failure {
	f.event.RealmID = &id
	return f
}

// tag names the tag that is concerned.
func (f *failure) tag(id string) *failure {
	f.event.TagID = &id
	return f
}

// identity names the identity that is concerned.
func (f *failure) identity(kind, name string) *failure {
	f.event.IdentityType, f.event.IdentityName = &kind, &name
	return f
}

// user names the user who is concerned.
func (f *failure) user(id string) *failure {
	f.event.UserID = &id
	return f
}

// messageType names the message type that is concerned.
func (f *failure) messageType(name string) *failure {
	f.event.MessageType = &name
	return f
}

func userNotFound(id string) *failure { return fail(api.ErrUserNotFound, "").user(id) }

func channelNotFound(id string) *failure { return fail(api.ErrChannelNotFound, "").channel(id) }

func realmNotFound(id string) *failure { return fail(api.ErrRealmNotFound, "").realm(id) }

func sessionNotFound(id string) *failure {
	f := fail(api.ErrSessionNotFound, "")
	if id != "" {
		f.event.SessionID = new(api.Secret(id))
	}
	return f
}

// damaged is what to answer to a message that exceeds a limit. Messages to
// people and other payloads have errors of their own.
func damaged(e *wire.Error) *failure {
	if e.Kind == wire.NoRoom {
		return fail(api.ErrInternal, "too many messages at once")
	}
	sending := e.Header != nil && e.Header.Name == "send_message"
	kind := api.ErrMessageTooLong
	switch {
	case e.Part == wire.PartCount && sending:
		kind = api.ErrMessageHasTooManyParts
	case e.Part == wire.PartCount:
		kind = api.ErrPayloadHasTooManyParts
	case e.Part == wire.PartPayload && sending:
		kind = api.ErrMessagePartTooLong
	case e.Part == wire.PartPayload:
		kind = api.ErrPayloadPartTooLong
	}
	return fail(kind, "%s", e.Reason)
}

// broken is what to say before closing a connection that makes no sense, nil if
// there is nobody left to say it to.
func broken(err error) (f *failure, actionID int64) {
	e, ok := errors.AsType[*wire.Error](err)
	if !ok {
		return nil, 0
	}
	if e.Header != nil {
		actionID = e.Header.ActionID
	}
	if e.Kind == wire.TooMuch || e.Kind == wire.NoRoom {
		return damaged(e), actionID
	}
	return fail(api.ErrRequestMalformed, "%s", e.Reason), actionID
}
