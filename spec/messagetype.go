package spec

import "iter"

// MessageType describes a type of message: what may be in the payload of
// send_message and message_received.
type MessageType struct {
	// Name is the value of message_type: "ninchat.com/text".
	Name string
	// Doc is a sentence about the messages.
	Doc string
	// Note has details, like that of [Action].
	Note string
	// Anchor is the place in the API reference, empty for undocumented types.
	Anchor string
	// Array says that the payload is an array of objects with the parameters,
	// at least one. Otherwise it is one such object.
	Array bool
	// Params has the members of the object in the only payload part. Their
	// structures are among Objects or those that [LookUpObject] and
	// [LookUpAttrs] find.
	Params []Param
	// Objects has the structures that only this type of message has.
	Objects []Object
	// Sender says who may send such messages.
	Sender string
	// Deprecated says that the type should no longer be used.
	Deprecated bool
	// Undocumented says that the API reference doesn't have the type.
	Undocumented bool
}

// MessageTypes goes through all types of messages that have a meaning.
// Applications may use others, of any name that doesn't begin with
// "ninchat.com/".
func MessageTypes() iter.Seq[*MessageType] { return pointers(messageTypes) }

// LookUpMessageType returns the type of message called name.
func LookUpMessageType(name string) (messageType *MessageType, ok bool) {
	return find(messageTypeIndex, name)
}

var messageTypeIndex = index(MessageTypes, func(t *MessageType) string { return t.Name })

// Param returns the member called name of the payload.
func (t *MessageType) Param(name string) (param *Param, ok bool) { return findParam(t.Params, name) }

const (
	senderClients = "members of the conversation"
	senderServer  = "the server only"
	infoNote      = "It has no author."
)

// messageTypes has the types of messages, in the order of the API reference.
var messageTypes = []MessageType{
	{
		Name:   "ninchat.com/file",
		Doc:    "Brings files, with an optional text.",
		Note:   "The server sends it on behalf of the caller of send_file. Whether clients may send it themselves is not documented.",
		Anchor: "#ninchatcomfile",
		Sender: "the server, on behalf of the caller of send_file",
		Params: []Param{
			{Name: "text", Type: TypeString, Doc: "A text about the files."},
			{Name: "files", Type: TypeObjectArray, Structure: "message_files", Required: true, Doc: "The files, at least one."},
		},
		Objects: []Object{
			{Name: "message_files", Kind: KindList, Doc: "The files of a message.", Item: Param{Type: TypeObject, Structure: "message_file", Required: true}},
			{
				Name: "message_file",
				Doc:  "A file of a message.",
				Params: []Param{
					{Name: "file_id", Type: TypeString, Required: true, Doc: "The file."},
					{Name: "file_attrs", Type: TypeObject, Structure: "file_attrs", Required: true, Doc: "Attributes of the file.", Note: "The reference calls it a string, client libraries use an object."},
				},
			},
		},
	},
	{
		Name:   "ninchat.com/info/user",
		Doc:    "Says in a dialogue that the user has changed the name or is gone.",
		Note:   infoNote,
		Anchor: "#ninchatcominfouser",
		Sender: senderServer,
		Params: []Param{
			{Name: "user_id", Type: TypeString, Required: true, Doc: "The user."},
			{Name: "user_name", Type: TypeString, Doc: "The name of the user."},
			{Name: "user_name_old", Type: TypeString, Doc: "The earlier name of the user."},
			{Name: "user_deleted", Type: TypeBool, Doc: "Whether the user was deleted."},
		},
	},
	{
		Name:   "ninchat.com/info/channel",
		Doc:    "Says in a channel that its attributes have changed.",
		Note:   infoNote,
		Anchor: "#ninchatcominfochannel",
		Sender: senderServer,
		Params: []Param{
			{Name: "channel_attrs_old", Type: TypeObject, Structure: "channel_attrs", Required: true, Doc: "The earlier values of the attributes that changed."},
			{Name: "channel_attrs_new", Type: TypeObject, Structure: "channel_attrs", Required: true, Doc: "The new values of the attributes that changed."},
			{Name: "cause", Type: TypeString, Enum: "event_cause", Doc: "Why it happened.", Note: "Only audience_transfer is known."},
		},
	},
	{
		Name:   "ninchat.com/info/join",
		Doc:    "Says in a channel that somebody has become a member.",
		Note:   infoNote,
		Anchor: "#ninchatcominfojoin",
		Sender: senderServer,
		Params: infoMember,
	},
	{
		Name:   "ninchat.com/info/part",
		Doc:    "Says in a channel that somebody is no longer a member.",
		Note:   infoNote,
		Anchor: "#ninchatcominfopart",
		Sender: senderServer,
		Params: []Param{
			{Name: "user_id", Type: TypeString, Required: true, Doc: "The user."},
			{Name: "user_name", Type: TypeString, Doc: "The name of the user."},
			{Name: "cause", Type: TypeString, Enum: "event_cause", Doc: "Why it happened.", Note: "Only member_remove and audience_transfer are known."},
		},
	},
	{
		Name:   "ninchat.com/info/member",
		Doc:    "Says in a channel that a membership has changed.",
		Note:   infoNote,
		Anchor: "#ninchatcominfomember",
		Sender: senderServer,
		Params: infoMember,
	},
	{
		Name:   "ninchat.com/info/transfer/source",
		Doc:    "Says in a channel from where the customer has come.",
		Note:   infoNote + " What is the source and what the target is a reading of the names.",
		Anchor: "#ninchatcominfotransfersource",
		Sender: senderServer,
		Params: []Param{
			{Name: "queue_id", Type: TypeString, Required: true, Doc: "The queue."},
			{Name: "audience_id", Type: TypeString, Required: true, Doc: "The audience."},
			{Name: "channel_id", Type: TypeString, Required: true, Doc: "The channel."},
			{Name: "user_id", Type: TypeString, Required: true, Doc: "The user."},
		},
	},
	{
		Name:   "ninchat.com/info/transfer/target",
		Doc:    "Says in a channel where the customer has gone.",
		Note:   infoNote + " What is the source and what the target is a reading of the names.",
		Anchor: "#ninchatcominfotransfertarget",
		Sender: senderServer,
		Params: []Param{
			{Name: "queue_id", Type: TypeString, Required: true, Doc: "The queue."},
			{Name: "user_id", Type: TypeString, Required: true, Doc: "The user."},
		},
	},
	{
		Name:   "ninchat.com/info/access",
		Doc:    "Brings an invitation to a channel, in a dialogue with whoever invites.",
		Note:   infoNote,
		Anchor: "#ninchatcominfoaccess",
		Sender: senderServer,
		Params: []Param{
			{Name: "user_id", Type: TypeString, Required: true, Doc: "The user who invites."},
			{Name: "access_key", Type: TypeString, Required: true, Secret: true, Doc: "The key for join_channel."},
			{Name: "channel_id", Type: TypeString, Required: true, Doc: "The channel."},
			{Name: "channel_attrs", Type: TypeObject, Structure: "channel_attrs", Required: true, Doc: "Attributes of the channel."},
			{Name: "realm_id", Type: TypeString, Doc: "The realm of the channel."},
			{Name: "realm_attrs", Type: TypeObject, Structure: "realm_attrs", Doc: "Attributes of the realm."},
			{Name: "realm_member", Type: TypeBool, Doc: "Whether accepting makes a member of the realm, too."},
		},
	},
	{
		Name:       "ninchat.com/link",
		Doc:        "Brings a link to a file.",
		Note:       "Official clients ignore it.",
		Anchor:     "#ninchatcomlink",
		Sender:     senderClients,
		Deprecated: true,
		Params: []Param{
			{Name: "name", Type: TypeString, Required: true, Doc: "The name of the file."},
			{Name: "size", Type: TypeInt, Required: true, Doc: "The size in bytes."},
			{Name: "icon", Type: TypeString, Required: true, Doc: "The address of an icon."},
			{Name: "url", Type: TypeString, Required: true, Doc: "The address of the file."},
			{Name: "thumbnail", Type: TypeString, Doc: "The address of a small version of the image."},
		},
	},
	{
		Name:   "ninchat.com/metadata",
		Doc:    "Brings data about the conversation, for programs.",
		Note:   "In the conversation of an audience the server obeys rating by the customer and tag_ids by the agent. It usually replaces the author's previous one.",
		Anchor: "#ninchatcommetadata",
		Sender: senderClients,
		Params: []Param{
			{Name: "data", Type: TypeObject, Required: true, Doc: "The data."},
			{Name: "time", Type: TypeFloat, NonNegative: true, Doc: "When the data was true, in seconds since 1970, more than 0.", Note: "The default is message_time."},
		},
	},
	{
		Name:   "ninchat.com/notice",
		Doc:    "Brings a text that people need not notice.",
		Note:   "It exists in channels only. The action load_history can filter by text.",
		Anchor: "#ninchatcomnotice",
		Sender: "operators of the channel",
		Params: []Param{
			{Name: "text", Type: TypeString, Required: true, Doc: "The text."},
		},
	},
	{
		Name:   "ninchat.com/rtc/answer",
		Doc:    "Answers the offer of a call.",
		Anchor: "#ninchatcomrtcanswer",
		Sender: senderClients,
		Params: []Param{
			{Name: "sdp", Type: TypeObject, Required: true, Doc: "The RTCSessionDescription of the one who answers."},
		},
	},
	{
		Name:   "ninchat.com/rtc/call",
		Doc:    "Says that the author is calling.",
		Note:   "The payload is an empty object.",
		Anchor: "#ninchatcomrtccall",
		Sender: senderClients,
	},
	{
		Name:   "ninchat.com/rtc/hang-up",
		Doc:    "Says that the call is over.",
		Note:   "The payload is an empty object.",
		Anchor: "#ninchatcomrtchang-up",
		Sender: senderClients,
	},
	{
		Name:   "ninchat.com/rtc/ice-candidate",
		Doc:    "Brings a way to reach the author in a call.",
		Anchor: "#ninchatcomrtcice-candidate",
		Sender: senderClients,
		Params: []Param{
			{Name: "candidate", Type: TypeObject, Required: true, Doc: "An RTCIceCandidate."},
		},
	},
	{
		Name:   "ninchat.com/rtc/offer",
		Doc:    "Offers a call.",
		Anchor: "#ninchatcomrtcoffer",
		Sender: senderClients,
		Params: []Param{
			{Name: "sdp", Type: TypeObject, Required: true, Doc: "The RTCSessionDescription of the one who offers."},
		},
	},
	{
		Name:   "ninchat.com/rtc/pick-up",
		Doc:    "Says what becomes of a call.",
		Anchor: "#ninchatcomrtcpick-up",
		Sender: senderClients,
		Params: []Param{
			{Name: "answer", Type: TypeBool, Required: true, Doc: "Whether the call is taken."},
			{Name: "busy", Type: TypeBool, Doc: "Whether the call is not taken because of another one."},
			{Name: "unsupported", Type: TypeBool, Doc: "Whether the call is not taken because it can't be."},
		},
	},
	{
		Name:   "ninchat.com/text",
		Doc:    "Brings a text for people.",
		Note:   "The action load_history can filter by text.",
		Anchor: "#ninchatcomtext",
		Sender: senderClients,
		Params: []Param{
			{Name: "text", Type: TypeString, Required: true, Doc: "The text."},
		},
	},
	{
		Name:   "ninchat.com/ui/action",
		Doc:    "Says that the author has used a control.",
		Anchor: "#ninchatcomuiaction",
		Sender: senderClients,
		Params: []Param{
			{Name: "action", Type: TypeString, Required: true, Doc: "What was done to the control: click."},
			{Name: "target", Type: TypeObject, Required: true, Doc: "The control, as it was in the ninchat.com/ui/compose message.", Note: "Options that were chosen have selected set to true."},
		},
	},
	{
		Name:   "ninchat.com/ui/compose",
		Doc:    "Brings controls: links, buttons and selections.",
		Note:   "Official clients put nui-ext- in front of class, id and name.",
		Anchor: "#ninchatcomuicompose",
		Sender: senderClients,
		Array:  true,
		Params: []Param{
			{Name: "class", Type: TypeString, Doc: "Up to five style classes, with spaces between them."},
			{Name: "element", Type: TypeString, Required: true, Doc: "The kind of control: a, button or select."},
			{Name: "href", Type: TypeString, Doc: "The address that a link leads to: https, mailto or tel.", Note: "Only a has it. The restriction of addresses is known from client libraries."},
			{Name: "id", Type: TypeString, Doc: "An identifier of the control.", Note: "Client libraries accept null."},
			{Name: "label", Type: TypeString, Doc: "The text on the control."},
			{Name: "name", Type: TypeString, Doc: "A name of the control.", Note: "Client libraries accept null."},
			{Name: "options", Type: TypeObjectArray, Structure: "compose_options", Doc: "What can be selected: 1 to 20 options.", Note: "Only select has them, and it must."},
		},
		Objects: []Object{
			{Name: "compose_options", Kind: KindList, Doc: "What can be selected.", Item: Param{Type: TypeObject, Structure: "compose_option", Required: true}},
			{
				Name: "compose_option",
				Doc:  "Something that can be selected.",
				Params: []Param{
					{Name: "label", Type: TypeString, Required: true, Doc: "The text of the option."},
					{Name: "value", Type: TypeString, Required: true, Doc: "What programs call the option."},
				},
			},
		},
	},
	{
		Name:         "ninchat.com/json",
		Doc:          "Brings any JSON.",
		Note:         "It is known from a client library only; servers may refuse it.",
		Sender:       senderClients,
		Undocumented: true,
		Params: []Param{
			{Name: "json", Type: TypeObject, Required: true, Doc: "The JSON."},
		},
	},
}

// infoMember has what messages say about a member.
var infoMember = []Param{
	{Name: "user_id", Type: TypeString, Required: true, Doc: "The user."},
	{Name: "user_name", Type: TypeString, Doc: "The name of the user."},
	{Name: "member_invitee", Type: TypeBool, Doc: "Whether the user was invited."},
	{Name: "member_silenced", Type: TypeBool, Doc: "Whether the user is silenced."},
}
