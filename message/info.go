package message

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// InfoUser says in a conversation that a user has changed the name, or is gone:
// ninchat.com/info/user, see https://ninchat.com/docs/api#ninchatcominfouser.
// Only the server sends it.
type InfoUser struct {
	// UserID is the user.
	UserID string
	// UserName is the name of the user. Optional.
	UserName *string
	// UserNameOld is the earlier name. Optional.
	UserNameOld *string
	// UserDeleted says that the user was deleted. Optional.
	UserDeleted *bool
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var infoUserForm = form[InfoUser]{
	members: []member[InfoUser]{
		{name: "user_id", required: true, at: func(i *InfoUser) any { return &i.UserID }},
		{name: "user_name", at: func(i *InfoUser) any { return &i.UserName }},
		{name: "user_name_old", at: func(i *InfoUser) any { return &i.UserNameOld }},
		{name: "user_deleted", at: func(i *InfoUser) any { return &i.UserDeleted }},
	},
	unknown: func(i *InfoUser) *jsontext.Value { return &i.Unknown },
}

// Text returns a sentence: "Bob is now called Robert."
func (i *InfoUser) Text() string {
	switch before, after := nameOf(i.UserNameOld, i.UserID), nameOf(i.UserName, i.UserID); {
	case isTrue(i.UserDeleted):
		return nameOf(i.UserName, before) + " was deleted."
	case i.UserName == nil && i.UserNameOld != nil:
		return before + " no longer has a name."
	case before != after:
		return before + " is now called " + after + "."
	default:
		return after + " has changed."
	}
}

// Type returns [TypeInfoUser].
func (*InfoUser) Type() string { return TypeInfoUser }

// Validate implements [Content].
func (i *InfoUser) Validate() error { return infoUserForm.validate(TypeInfoUser, i) }

// Property implements [Content].
func (i *InfoUser) Property(name string) (value any, ok bool) { return infoUserForm.property(i, name) }

// Encode implements [Content].
func (i *InfoUser) Encode() (payload [][]byte, err error) {
	return infoUserForm.encode(TypeInfoUser, i)
}

func (i *InfoUser) parse(part []byte, strict bool) *Error { return infoUserForm.parse(part, i, strict) }

// InfoJoin says in a channel that somebody has become a member:
// ninchat.com/info/join, see https://ninchat.com/docs/api#ninchatcominfojoin.
// Only the server sends it.
type InfoJoin struct {
	// UserID is the user.
	UserID string
	// UserName is the name of the user. Optional.
	UserName *string
	// MemberInvitee says that the user was invited. Optional.
	MemberInvitee *bool
	// MemberSilenced says that the user is silenced. Optional.
	MemberSilenced *bool
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var infoJoinForm = form[InfoJoin]{
	members: []member[InfoJoin]{
		{name: "user_id", required: true, at: func(i *InfoJoin) any { return &i.UserID }},
		{name: "user_name", at: func(i *InfoJoin) any { return &i.UserName }},
		{name: "member_invitee", at: func(i *InfoJoin) any { return &i.MemberInvitee }},
		{name: "member_silenced", at: func(i *InfoJoin) any { return &i.MemberSilenced }},
	},
	unknown: func(i *InfoJoin) *jsontext.Value { return &i.Unknown },
}

// Text returns a sentence: "Bob joined (invited, silenced)."
func (i *InfoJoin) Text() string {
	return nameOf(i.UserName, i.UserID) + " joined" + membership(i.MemberInvitee, i.MemberSilenced) + "."
}

// Type returns [TypeInfoJoin].
func (*InfoJoin) Type() string { return TypeInfoJoin }

// Validate implements [Content].
func (i *InfoJoin) Validate() error { return infoJoinForm.validate(TypeInfoJoin, i) }

// Property implements [Content].
func (i *InfoJoin) Property(name string) (value any, ok bool) { return infoJoinForm.property(i, name) }

// Encode implements [Content].
func (i *InfoJoin) Encode() (payload [][]byte, err error) {
	return infoJoinForm.encode(TypeInfoJoin, i)
}

func (i *InfoJoin) parse(part []byte, strict bool) *Error { return infoJoinForm.parse(part, i, strict) }

// InfoMember says in a channel that a membership has changed:
// ninchat.com/info/member, see https://ninchat.com/docs/api#ninchatcominfomember.
// Only the server sends it.
type InfoMember struct {
	// UserID is the user.
	UserID string
	// UserName is the name of the user. Optional.
	UserName *string
	// MemberInvitee says that the user was invited. Optional.
	MemberInvitee *bool
	// MemberSilenced says that the user is silenced now. Optional.
	MemberSilenced *bool
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var infoMemberForm = form[InfoMember]{
	members: []member[InfoMember]{
		{name: "user_id", required: true, at: func(i *InfoMember) any { return &i.UserID }},
		{name: "user_name", at: func(i *InfoMember) any { return &i.UserName }},
		{name: "member_invitee", at: func(i *InfoMember) any { return &i.MemberInvitee }},
		{name: "member_silenced", at: func(i *InfoMember) any { return &i.MemberSilenced }},
	},
	unknown: func(i *InfoMember) *jsontext.Value { return &i.Unknown },
}

// Text returns a sentence: "The membership of Bob has changed (silenced)."
func (i *InfoMember) Text() string {
	return "The membership of " + nameOf(i.UserName, i.UserID) + " has changed" + membership(i.MemberInvitee, i.MemberSilenced) + "."
}

// Type returns [TypeInfoMember].
func (*InfoMember) Type() string { return TypeInfoMember }

// Validate implements [Content].
func (i *InfoMember) Validate() error { return infoMemberForm.validate(TypeInfoMember, i) }

// Property implements [Content].
func (i *InfoMember) Property(name string) (value any, ok bool) {
	return infoMemberForm.property(i, name)
}

// Encode implements [Content].
func (i *InfoMember) Encode() (payload [][]byte, err error) {
	return infoMemberForm.encode(TypeInfoMember, i)
}

func (i *InfoMember) parse(part []byte, strict bool) *Error {
	return infoMemberForm.parse(part, i, strict)
}

// The values of the property cause of messages about channels and members.
const (
	// CauseMemberRemove means that the member was removed by somebody else.
	CauseMemberRemove = "member_remove"
	// CauseAudienceTransfer means that the customer was transferred.
	CauseAudienceTransfer = "audience_transfer"
)

// InfoPart says in a channel that somebody is no longer a member:
// ninchat.com/info/part, see https://ninchat.com/docs/api#ninchatcominfopart.
// Only the server sends it.
type InfoPart struct {
	// UserID is the user.
	UserID string
	// UserName is the name of the user. Optional.
	UserName *string
	// Cause is [CauseMemberRemove] or [CauseAudienceTransfer]. Optional. Others
	// are accepted, but not by [ParseStrict].
	Cause *string
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var infoPartForm = form[InfoPart]{
	members: []member[InfoPart]{
		{name: "user_id", required: true, at: func(i *InfoPart) any { return &i.UserID }},
		{name: "user_name", at: func(i *InfoPart) any { return &i.UserName }},
		{name: "cause", at: func(i *InfoPart) any { return &i.Cause }},
	},
	unknown: func(i *InfoPart) *jsontext.Value { return &i.Unknown },
	check: func(i *InfoPart, strict bool) *Error {
		return checkCause(i.Cause, strict, CauseMemberRemove, CauseAudienceTransfer)
	},
}

// Text returns a sentence: "Bob left."
func (i *InfoPart) Text() string {
	text := nameOf(i.UserName, i.UserID)
	switch {
	case i.Cause == nil:
		return text + " left."
	case *i.Cause == CauseMemberRemove:
		return text + " was removed."
	case *i.Cause == CauseAudienceTransfer:
		return text + " left: the customer was transferred."
	default:
		return text + " left (" + *i.Cause + ")."
	}
}

// Type returns [TypeInfoPart].
func (*InfoPart) Type() string { return TypeInfoPart }

// Validate implements [Content].
func (i *InfoPart) Validate() error { return infoPartForm.validate(TypeInfoPart, i) }

// Property implements [Content].
func (i *InfoPart) Property(name string) (value any, ok bool) { return infoPartForm.property(i, name) }

// Encode implements [Content].
func (i *InfoPart) Encode() (payload [][]byte, err error) {
	return infoPartForm.encode(TypeInfoPart, i)
}

func (i *InfoPart) parse(part []byte, strict bool) *Error { return infoPartForm.parse(part, i, strict) }

// InfoChannel says in a channel that its attributes have changed:
// ninchat.com/info/channel, see
// https://ninchat.com/docs/api#ninchatcominfochannel. Only the server sends it.
type InfoChannel struct {
	// ChannelAttrsOld has the earlier values of the attributes that changed.
	ChannelAttrsOld Object
	// ChannelAttrsNew has the new values.
	ChannelAttrsNew Object
	// Cause is [CauseAudienceTransfer]. Optional. Others are accepted, but not
	// by [ParseStrict].
	Cause *string
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var infoChannelForm = form[InfoChannel]{
	members: []member[InfoChannel]{
		{name: "channel_attrs_old", required: true, at: func(i *InfoChannel) any { return &i.ChannelAttrsOld }},
		{name: "channel_attrs_new", required: true, at: func(i *InfoChannel) any { return &i.ChannelAttrsNew }},
		{name: "cause", at: func(i *InfoChannel) any { return &i.Cause }},
	},
	unknown: func(i *InfoChannel) *jsontext.Value { return &i.Unknown },
	check: func(i *InfoChannel, strict bool) *Error {
		return checkCause(i.Cause, strict, CauseAudienceTransfer)
	},
}

// Text returns a sentence with the attributes that changed, sorted by name, and
// their values in JSON: `The channel has changed: closed true, name "old" → "new",
// topic "x" removed.`
func (i *InfoChannel) Text() string {
	old := entries(i.ChannelAttrsOld)
	var changes []string
	for _, e := range entries(i.ChannelAttrsNew) {
		for len(old) > 0 && old[0].name < e.name {
			changes, old = append(changes, removed(old[0])), old[1:]
		}
		if len(old) == 0 || old[0].name != e.name {
			changes = append(changes, e.name+" "+sortedJSON(e.value))
			continue
		}
		if before, after := sortedJSON(old[0].value), sortedJSON(e.value); before != after {
			changes = append(changes, e.name+" "+before+" → "+after)
		}
		old = old[1:]
	}
	for _, e := range old {
		changes = append(changes, removed(e))
	}
	if len(changes) == 0 {
		return "The channel has changed."
	}
	return "The channel has changed: " + strings.Join(changes, ", ") + "."
}

func removed(e entry) string { return e.name + " " + sortedJSON(e.value) + " removed" }

// Type returns [TypeInfoChannel].
func (*InfoChannel) Type() string { return TypeInfoChannel }

// Validate implements [Content].
func (i *InfoChannel) Validate() error { return infoChannelForm.validate(TypeInfoChannel, i) }

// Property implements [Content].
func (i *InfoChannel) Property(name string) (value any, ok bool) {
	return infoChannelForm.property(i, name)
}

// Encode implements [Content].
func (i *InfoChannel) Encode() (payload [][]byte, err error) {
	return infoChannelForm.encode(TypeInfoChannel, i)
}

func (i *InfoChannel) parse(part []byte, strict bool) *Error {
	return infoChannelForm.parse(part, i, strict)
}

// nameOf is the name if it is known, or else the id.
func nameOf(name *string, id string) string {
	if name != nil && *name != "" {
		return *name
	}
	return id
}

func isTrue(flag *bool) bool { return flag != nil && *flag }

// membership is what is special about a member, in parentheses.
func membership(invitee, silenced *bool) string {
	switch {
	case isTrue(invitee) && isTrue(silenced):
		return " (invited, silenced)"
	case isTrue(invitee):
		return " (invited)"
	case isTrue(silenced):
		return " (silenced)"
	}
	return ""
}

// checkCause refuses unknown causes in strict mode. The API may get more.
func checkCause(cause *string, strict bool, known ...string) *Error {
	if cause == nil || !strict {
		return nil
	}
	return checkValue(*cause, known...).within("cause")
}
