package message

import "slices"

// The message types of https://ninchat.com/docs/api#messages, each with the
// content that [Parse] makes of it.
const (
	// TypeText is a text for people: [Text].
	TypeText = "ninchat.com/text"
	// TypeNotice is a text that people need not notice: [Notice].
	TypeNotice = "ninchat.com/notice"
	// TypeFile brings files: [File].
	TypeFile = "ninchat.com/file"
	// TypeLink brings a link to a file: [Link]. It is deprecated.
	TypeLink = "ninchat.com/link"
	// TypeMetadata brings data about the conversation: [Metadata].
	TypeMetadata = "ninchat.com/metadata"
	// TypeJSON brings any JSON object: [JSON]. The API reference doesn't have
	// it.
	TypeJSON = "ninchat.com/json"

	// TypeInfoUser says that a user has changed: [InfoUser].
	TypeInfoUser = "ninchat.com/info/user"
	// TypeInfoChannel says that the channel has changed: [InfoChannel].
	TypeInfoChannel = "ninchat.com/info/channel"
	// TypeInfoJoin says that somebody has become a member: [InfoJoin].
	TypeInfoJoin = "ninchat.com/info/join"
	// TypeInfoPart says that somebody is no longer a member: [InfoPart].
	TypeInfoPart = "ninchat.com/info/part"
	// TypeInfoMember says that a membership has changed: [InfoMember].
	TypeInfoMember = "ninchat.com/info/member"
	// TypeInfoAccess is an invitation: [InfoAccess].
	TypeInfoAccess = "ninchat.com/info/access"
	// TypeInfoTransferSource says where a customer has come from:
	// [InfoTransferSource].
	TypeInfoTransferSource = "ninchat.com/info/transfer/source"
	// TypeInfoTransferTarget says where a customer has gone:
	// [InfoTransferTarget].
	TypeInfoTransferTarget = "ninchat.com/info/transfer/target"

	// TypeRTCOffer offers a call: [RTCOffer].
	TypeRTCOffer = "ninchat.com/rtc/offer"
	// TypeRTCAnswer answers the offer of a call: [RTCAnswer].
	TypeRTCAnswer = "ninchat.com/rtc/answer"
	// TypeRTCICECandidate is a way to reach the other party of a call:
	// [RTCICECandidate].
	TypeRTCICECandidate = "ninchat.com/rtc/ice-candidate"
	// TypeRTCCall says that somebody is calling: [RTCCall].
	TypeRTCCall = "ninchat.com/rtc/call"
	// TypeRTCPickUp says what becomes of a call: [RTCPickUp].
	TypeRTCPickUp = "ninchat.com/rtc/pick-up"
	// TypeRTCHangUp says that a call is over: [RTCHangUp].
	TypeRTCHangUp = "ninchat.com/rtc/hang-up"

	// TypeUICompose brings controls: [UICompose].
	TypeUICompose = "ninchat.com/ui/compose"
	// TypeUIAction says that somebody has used a control: [UIAction].
	TypeUIAction = "ninchat.com/ui/action"
)

// Types returns the message types that have contents of their own, sorted.
func Types() []string {
	types := []string{
		TypeText, TypeNotice, TypeFile, TypeLink, TypeMetadata, TypeJSON,
		TypeInfoUser, TypeInfoChannel, TypeInfoJoin, TypeInfoPart, TypeInfoMember, TypeInfoAccess,
		TypeInfoTransferSource, TypeInfoTransferTarget,
		TypeRTCOffer, TypeRTCAnswer, TypeRTCICECandidate, TypeRTCCall, TypeRTCPickUp, TypeRTCHangUp,
		TypeUICompose, TypeUIAction,
	}
	slices.Sort(types)
	return types
}

// Reserved reports whether the service has the say over a message type: whether
// it begins with "ninchat.com/". Applications use other names.
func Reserved(messageType string) bool { return Match("ninchat.com/*", messageType) }

// Known reports whether a message type has a content of its own in this package.
func Known(messageType string) bool { return newContent(messageType) != nil }

// ServerOnly reports whether only the server can send messages of a type, those
// of "ninchat.com/info/*": they have no author.
func ServerOnly(messageType string) bool { return Match("ninchat.com/info/*", messageType) }
