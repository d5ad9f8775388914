package spec

// memberDomain is about the memberships of channels, realms and queues.
var memberDomain = Domain{
	Name: "member",
	Doc:  "The memberships of channels, realms and queues.",
	Actions: []Action{
		{
			Name:   "add_member",
			Doc:    "Makes a user a member of a realm, queue or audience channel.",
			Note:   "It takes a realm operator, or for a channel a channel operator or moderator and a user who is a member of the realm. When the user is the one of the session, the event is the one for joining oneself.",
			Anchor: "#add_member",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Doc: "The realm."},
				{Name: "queue_id", Type: TypeString, Doc: "The queue."},
				{Name: "channel_id", Type: TypeString, Doc: "The channel.", Note: "Older declarations are without it."},
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The user to be made a member."},
				{Name: "member_attrs", Type: TypeObject, Structure: "member_attrs", Doc: "Initial attributes of the membership.", Note: "Older declarations are without it."},
			},
			Choices: []Choice{
				{ExactlyOne, []string{"realm_id", "queue_id", "channel_id"}},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"realm_member_joined", "queue_member_joined", "channel_member_joined", "realm_joined", "queue_joined", "channel_joined"},
			Rule:     RuleOneOf,
		},
		{
			Name:   "update_member",
			Doc:    "Changes the attributes of a channel or realm membership.",
			Anchor: "#update_member",
			Params: []Param{
				{Name: "channel_id", Type: TypeString, Doc: "The channel."},
				{Name: "realm_id", Type: TypeString, Doc: "The realm."},
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The member."},
				{Name: "member_attrs", Type: TypeObject, Structure: "member_attrs", Required: true, Doc: "Attributes to be changed."},
				{Name: "interval_end", Type: TypeFloat, Doc: "When the attribute is to be unset again, in seconds since 1970.", Note: "It is for channel memberships, and member_attrs must have exactly one attribute."},
			},
			Choices: []Choice{
				{ExactlyOne, []string{"channel_id", "realm_id"}},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"channel_member_updated", "realm_member_updated"},
			Rule:     RuleOneOf,
		},
		{
			Name:   "remove_member",
			Doc:    "Ends the membership of a user in a channel, realm or queue.",
			Note:   "It takes the member, an operator or moderator of the channel, or an operator of the realm. When the user is the one of the session, the event is the one for parting oneself.",
			Anchor: "#remove_member",
			Params: []Param{
				{Name: "channel_id", Type: TypeString, Doc: "The channel."},
				{Name: "realm_id", Type: TypeString, Doc: "The realm."},
				{Name: "queue_id", Type: TypeString, Doc: "The queue."},
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The member."},
			},
			Choices: []Choice{
				{ExactlyOne, []string{"channel_id", "realm_id", "queue_id"}},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"channel_member_parted", "realm_member_parted", "queue_member_parted", "channel_parted", "realm_parted", "queue_parted"},
			Rule:     RuleOneOf,
		},
	},
	Events: []Event{
		{
			Name:   "channel_member_joined",
			Doc:    "Says that somebody else has become a member of a channel.",
			Note:   "The reference lists no action_id, but it answers add_member.",
			Anchor: "#channel_member_joined",
			Params: []Param{
				{Name: "channel_id", Type: TypeString, Required: true, Doc: "The channel."},
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The new member."},
				{Name: "user_attrs", Type: TypeObject, Structure: "user_attrs", Required: true, Doc: "Attributes of the new member."},
				{Name: "member_attrs", Type: TypeObject, Structure: "channel_member_attrs", Required: true, Doc: "Attributes of the membership."},
				{Name: "member_metadata", Type: TypeObject, Condition: "there is any", Doc: "Data about the member.", Note: "Older declarations are without it."},
				{Name: "puppet_attrs", Type: TypeObject, Structure: "puppet_attrs", Condition: "the member is a puppet of the channel's owner", Doc: "Attributes which the master gives to the puppet."},
			},
			ActionID: Optional,
		},
		{
			Name:   "channel_member_parted",
			Doc:    "Says that somebody else is no longer a member of a channel.",
			Anchor: "#channel_member_parted",
			Params: []Param{
				{Name: "event_cause", Type: TypeString, Enum: "event_cause", Condition: "there is a known cause", Doc: "Why it happened."},
				{Name: "channel_id", Type: TypeString, Required: true, Doc: "The channel."},
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The former member."},
			},
			ActionID: Optional,
		},
		{
			Name:   "channel_member_updated",
			Doc:    "Says that the attributes of a channel membership have changed.",
			Anchor: "#channel_member_updated",
			Params: []Param{
				{Name: "channel_id", Type: TypeString, Required: true, Doc: "The channel."},
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The member."},
				{Name: "member_attrs", Type: TypeObject, Structure: "channel_member_attrs", Required: true, Doc: "All attributes of the membership."},
			},
			ActionID: Optional,
		},
		{
			Name:   "realm_member_joined",
			Doc:    "Says that somebody else has become a member of a realm.",
			Anchor: "#realm_member_joined",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm."},
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The new member."},
				{Name: "user_attrs", Type: TypeObject, Structure: "user_attrs", Required: true, Doc: "Attributes of the new member."},
				{Name: "member_attrs", Type: TypeObject, Structure: "realm_member_attrs", Required: true, Doc: "Attributes of the membership."},
				{Name: "puppet_attrs", Type: TypeObject, Structure: "puppet_attrs", Condition: "the member is a puppet of the realm's owner", Doc: "Attributes which the master gives to the puppet."},
			},
			ActionID: Optional,
		},
		{
			Name:   "realm_member_parted",
			Doc:    "Says that somebody else is no longer a member of a realm.",
			Anchor: "#realm_member_parted",
			Params: []Param{
				{Name: "event_cause", Type: TypeString, Enum: "event_cause", Condition: "there is a known cause", Doc: "Why it happened."},
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm."},
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The former member."},
			},
			ActionID: Optional,
		},
		{
			Name:   "realm_member_updated",
			Doc:    "Says that the attributes of a realm membership have changed.",
			Anchor: "#realm_member_updated",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm."},
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The member."},
				{Name: "member_attrs", Type: TypeObject, Structure: "realm_member_attrs", Required: true, Doc: "All attributes of the membership."},
			},
			ActionID: Optional,
		},
		{
			Name:   "queue_member_joined",
			Doc:    "Says that somebody else has become a member of a queue.",
			Anchor: "#queue_member_joined",
			Params: []Param{
				{Name: "queue_id", Type: TypeString, Required: true, Doc: "The queue."},
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The new member."},
				{Name: "user_attrs", Type: TypeObject, Structure: "user_attrs", Required: true, Doc: "Attributes of the new member."},
				{Name: "member_attrs", Type: TypeObject, Structure: "queue_member_attrs", Required: true, Doc: "Attributes of the membership."},
			},
			ActionID: Optional,
		},
		{
			Name:   "queue_member_parted",
			Doc:    "Says that somebody else is no longer a member of a queue.",
			Anchor: "#queue_member_parted",
			Params: []Param{
				{Name: "event_cause", Type: TypeString, Enum: "event_cause", Condition: "there is a known cause", Doc: "Why it happened."},
				{Name: "queue_id", Type: TypeString, Required: true, Doc: "The queue."},
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The former member."},
			},
			ActionID: Optional,
		},
	},
	Objects: []Object{
		{
			Name:  "member_attrs",
			Kind:  KindUnion,
			Doc:   "The attributes of a membership of any kind.",
			Union: []string{"channel_member_attrs", "realm_member_attrs", "queue_member_attrs"},
		},
		{
			Name: "channel_members",
			Kind: KindMap,
			Doc:  "The members of a channel.",
			Key:  "the id of the user",
			Item: Param{Type: TypeObject, Structure: "channel_member", Required: true},
		},
		{
			Name: "channel_member",
			Doc:  "A member of a channel.",
			Params: []Param{
				{Name: "user_attrs", Type: TypeObject, Structure: "user_attrs", Required: true, Doc: "Attributes of the user."},
				{Name: "member_attrs", Type: TypeObject, Structure: "channel_member_attrs", Required: true, Doc: "Attributes of the membership."},
				{Name: "puppet_attrs", Type: TypeObject, Structure: "puppet_attrs", Doc: "Attributes which the master gave to the puppet.", Note: "It is there for puppets of the channel's owner."},
			},
		},
		{
			Name: "realm_members",
			Kind: KindMap,
			Doc:  "The members of a realm.",
			Key:  "the id of the user",
			Item: Param{Type: TypeObject, Structure: "realm_member", Required: true},
		},
		{
			Name: "realm_member",
			Doc:  "A member of a realm.",
			Params: []Param{
				{Name: "user_attrs", Type: TypeObject, Structure: "user_attrs", Required: true, Doc: "Attributes of the user."},
				{Name: "member_attrs", Type: TypeObject, Structure: "realm_member_attrs", Required: true, Doc: "Attributes of the membership."},
				{Name: "puppet_attrs", Type: TypeObject, Structure: "puppet_attrs", Doc: "Attributes which the master gave to the puppet.", Note: "It is there for puppets of the realm's owner."},
			},
		},
		{
			Name: "queue_members",
			Kind: KindMap,
			Doc:  "The members of a queue.",
			Key:  "the id of the user",
			Item: Param{Type: TypeObject, Structure: "queue_member", Required: true},
		},
		{
			Name: "queue_member",
			Doc:  "A member of a queue.",
			Params: []Param{
				{Name: "user_attrs", Type: TypeObject, Structure: "user_attrs", Required: true, Doc: "Attributes of the user."},
				{Name: "member_attrs", Type: TypeObject, Structure: "queue_member_attrs", Required: true, Doc: "Attributes of the membership."},
				{Name: "puppet_attrs", Type: TypeObject, Structure: "puppet_attrs", Doc: "Attributes which the master gives to the puppet."},
			},
		},
	},
	Entities: []Entity{
		{
			Name:   "channel_member",
			Doc:    "A member of a channel.",
			Anchor: "#channel-membership",
			Attrs: []Attr{
				{Name: "autohide", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "operators and moderators", Doc: "Whether messages of the member are hidden until an operator or moderator shows them."},
				{Name: "invitee", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "self", Doc: "Whether the member has been invited and has not come yet.", Note: "Only the member unsets it. Older declarations are without it."},
				{Name: "moderator", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "operators", Doc: "Whether the member is a moderator."},
				{Name: "operator", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "operators", Doc: "Whether the member is an operator."},
				{Name: "silenced", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "operators and moderators", Doc: "Whether the member cannot send messages."},
				{Name: "since", Type: TypeTime, Doc: "When the membership began.", Note: "Older declarations call its type int."},
				{Name: "writing", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "self", Doc: "Whether the member is writing a message."},
			},
		},
		{
			Name:   "realm_member",
			Doc:    "A member of a realm.",
			Anchor: "#realm-membership",
			Attrs: []Attr{
				{Name: "operator", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "realm operators", Doc: "Whether the member is an operator.", Note: "The reference calls it read-only, which would leave update_member without a purpose."},
			},
		},
		{
			Name: "queue_member",
			Doc:  "A member of a queue.",
		},
	},
}
