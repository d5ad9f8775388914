package spec

// dialogueDomain is about dialogues: the conversations of two users.
var dialogueDomain = Domain{
	Name: "dialogue",
	Doc:  "Dialogues: the conversations of two users.",
	Actions: []Action{
		{
			Name:   "update_dialogue",
			Doc:    "Changes how the session's user takes part in a dialogue.",
			Note:   "Only one's own attributes and view can be changed.",
			Anchor: "#update_dialogue",
			Params: []Param{
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The other user of the dialogue."},
				{Name: "member_attrs", Type: TypeObject, Structure: "dialogue_member_attrs", Doc: "Attributes of the session's user in the dialogue."},
				{Name: "dialogue_status", Type: TypeString, Enum: "dialogue_status", Doc: "The new state of the dialogue: visible or hidden."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"dialogue_updated"},
		},
	},
	Events: []Event{
		{
			Name:   "dialogue_updated",
			Doc:    "Says that a dialogue has begun or changed.",
			Anchor: "#dialogue_updated",
			Params: []Param{
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The other user of the dialogue."},
				{Name: "dialogue_members", Type: TypeObject, Structure: "dialogue_members", Required: true, Doc: "The two members of the dialogue."},
				{Name: "dialogue_status", Type: TypeString, Enum: "dialogue_status", Condition: "the dialogue is hidden or has unread messages", Doc: "The state of the dialogue in the view of the session's user.", Note: "A client library expects it to be there always."},
				{Name: "message_time", Type: TypeFloat, NonNegative: true, Condition: "there are messages", Doc: "When the latest message was sent, in seconds since 1970."},
				{Name: "audience_metadata", Type: TypeObject, Structure: "audience_metadata", Condition: "the session's user accepted this user from a queue", Doc: "Data about the audience."},
				{Name: "dialogue_metadata", Type: TypeObject, Condition: "the session's user accepted this user from a queue", Doc: "Data about the dialogue."},
			},
			ActionID: Optional,
		},
	},
	Objects: []Object{
		{
			Name: "user_dialogues",
			Kind: KindMap,
			Doc:  "The dialogues of a user.",
			Key:  "the id of the other user",
			Item: Param{Type: TypeObject, Structure: "user_dialogue", Required: true},
		},
		{
			Name: "user_dialogue",
			Doc:  "A dialogue of a user.",
			Params: []Param{
				{Name: "dialogue_members", Type: TypeObject, Structure: "dialogue_members", Doc: "The two members of the dialogue."},
				{Name: "dialogue_status", Type: TypeString, Enum: "dialogue_status", Doc: "The state of the dialogue in the view of the session's user."},
				{Name: "audience_metadata", Type: TypeObject, Structure: "audience_metadata", Doc: "Data about the audience."},
				{Name: "dialogue_metadata", Type: TypeObject, Doc: "Data about the dialogue."},
			},
		},
		{
			Name: "dialogue_members",
			Kind: KindMap,
			Doc:  "The two members of a dialogue.",
			Note: "The attributes may be empty for those who do not take part.",
			Key:  "the id of the user",
			Item: Param{Type: TypeObject, Structure: "dialogue_member_attrs", Required: true},
		},
	},
	Entities: []Entity{
		{
			Name:   "dialogue_member",
			Doc:    "A member of a dialogue.",
			Anchor: "#dialogue-membership",
			Attrs: []Attr{
				{Name: "audience_ended", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "self", Doc: "Whether the user considers the audience finished.", Note: "Older declarations call it read-only."},
				{Name: "audience_id", Type: TypeString, Doc: "The audience of which the user is the customer."},
				{Name: "queue_id", Type: TypeString, Doc: "The queue through which the customer came."},
				{Name: "rating", Type: TypeInt, Initable: true, Settable: true, Unsettable: true, WritableBy: "self", Enum: "rating", Doc: "The rating that the customer gave: -1, 0 or 1."},
				{Name: "writing", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "self", Doc: "Whether the user is writing a message."},
			},
		},
	},
	Enums: []Enum{
		{
			Name: "dialogue_status",
			Doc:  "The states of a dialogue.",
			Values: []EnumValue{
				{Value: "visible", Doc: "Nothing special, the default."},
				{Value: "hidden", Doc: "The user does not want to see it."},
				{Value: "unread", Doc: "There are unread messages."},
				{Value: "highlight", Doc: "There are unread messages, highlights among them."},
			},
		},
	},
}
