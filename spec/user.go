package spec

// userDomain is about users, puppets among them.
var userDomain = Domain{
	Name: "user",
	Doc:  "Users, puppets among them.",
	Actions: []Action{
		{
			Name:   "create_user",
			Doc:    "Creates a user, who becomes a puppet of the caller if there is one.",
			Note:   "Without a session and credentials the user stands alone, and the reply has a user_auth. A new user is a guest unless user_attrs has guest set to false.",
			Anchor: "#create_user",
			Params: []Param{
				{Name: "user_attrs", Type: TypeObject, Structure: "user_attrs", Doc: "Initial attributes of the user.", Note: "The API reference calls it a string here, but an object everywhere else."},
				{Name: "user_settings", Type: TypeObject, Structure: "user_settings", Doc: "Initial settings of the user.", Note: "The API reference calls it a string here, but an object everywhere else."},
				{Name: "puppet_attrs", Type: TypeObject, Structure: "puppet_attrs", Doc: "Attributes which the master gives to the puppet."},
			},
			ActionID: Always,
			Puppet:   true,
			Session:  SessionOptional,
			Replies:  []string{"user_created"},
		},
		{
			Name:   "describe_user",
			Doc:    "Asks about a user.",
			Anchor: "#describe_user",
			Params: []Param{
				{Name: "user_id", Type: TypeString, Doc: "The user, by default the one of the session."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"user_found"},
			ReadOnly: true,
		},
		{
			Name:   "update_user",
			Doc:    "Changes the attributes and settings of the session's user.",
			Note:   "An image that cannot be used is answered by the error file_not_supported.",
			Anchor: "#update_user",
			Params: []Param{
				{Name: "user_attrs", Type: TypeObject, Structure: "user_attrs", Doc: "Attributes to be changed."},
				{Name: "user_settings", Type: TypeObject, Structure: "user_settings", Doc: "Settings to be changed."},
				{Name: "payload_attrs", Type: TypeStringArray, Enum: "payload_attrs", Doc: "What the payload parts are, item by item."},
			},
			ActionID:   Always,
			Puppet:     true,
			Payload:    PayloadOptional,
			PayloadDoc: "One part for each item of payload_attrs, in the same order.",
			Replies:    []string{"user_updated"},
		},
		{
			Name:   "delete_user",
			Doc:    "Deletes the session's user, or a puppet.",
			Anchor: "#delete_user",
			Params: []Param{
				{Name: "user_auth", Type: TypeString, Secret: true, Doc: "The user's password token, as a confirmation.", Note: "Guests and puppets need none."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"user_deleted"},
		},
	},
	Events: []Event{
		{
			Name:   "user_created",
			Doc:    "Answers create_user.",
			Anchor: "#user_created",
			Params: []Param{
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The user."},
				{Name: "user_auth", Type: TypeString, Secret: true, Condition: "the user isn't a puppet", Doc: "The user's password token."},
				{Name: "user_attrs", Type: TypeObject, Structure: "user_attrs", Required: true, Doc: "Attributes of the user."},
				{Name: "user_settings", Type: TypeObject, Structure: "user_settings", Required: true, Doc: "Settings of the user."},
				{Name: "puppet_masters", Type: TypeObject, Structure: "puppet_masters", Condition: "the user is a puppet", Doc: "The masters of the user."},
			},
			ActionID: Optional,
		},
		{
			Name:   "user_found",
			Doc:    "Answers describe_user.",
			Anchor: "#user_found",
			Params: []Param{
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The user."},
				{Name: "user_attrs", Type: TypeObject, Structure: "user_attrs", Required: true, Doc: "Attributes of the user."},
				{Name: "user_settings", Type: TypeObject, Structure: "user_settings", Condition: "the session's user is described", Doc: "Settings of the user."},
				{Name: "user_account", Type: TypeObject, Structure: "user_account", Condition: "the session's user is described", Doc: "What the user's account allows and uses."},
				{Name: "user_identities", Type: TypeObject, Structure: "user_identities", Required: true, Doc: "The user's identities."},
				{Name: "user_dialogues", Type: TypeObject, Structure: "user_dialogues", Condition: "the session's user is described", Doc: "The user's dialogues."},
				{Name: "user_channels", Type: TypeObject, Structure: "user_channels", Condition: "the session's user is described", Doc: "The channels that the user is a member of."},
				{Name: "user_realms", Type: TypeObject, Structure: "user_realms", Condition: "the session's user is described", Doc: "The realms that the user is a member of."},
				{Name: "user_realms_member", Type: TypeObject, Structure: "user_realms_member", Condition: "the session's user is described and there are any", Doc: "The attributes of the user's realm memberships."},
				{Name: "user_queues", Type: TypeObject, Structure: "user_queues", Condition: "the session's user is described", Doc: "The queues that the user waits in or serves."},
				{Name: "dialogue_members", Type: TypeObject, Structure: "dialogue_members", Condition: "there is a dialogue with the session's user", Doc: "The two members of the dialogue."},
				{Name: "dialogue_status", Type: TypeString, Enum: "dialogue_status", Condition: "there is a dialogue with the session's user, and it is hidden or has unread messages", Doc: "The state of the dialogue in the view of the session's user."},
				{Name: "message_time", Type: TypeFloat, Condition: "there is a dialogue with the session's user", Doc: "When the message was sent, in seconds since 1970."},
				{Name: "audience_metadata", Type: TypeObject, Structure: "audience_metadata", Condition: "the session's user accepted this user from a queue", Doc: "Data about the audience."},
				{Name: "puppet_masters", Type: TypeObject, Structure: "puppet_masters", Condition: "the user is a puppet", Doc: "The masters of the user."},
			},
			ActionID: Optional,
		},
		{
			Name:   "user_updated",
			Doc:    "Says that the attributes or settings of a user have changed.",
			Anchor: "#user_updated",
			Params: []Param{
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The user."},
				{Name: "user_attrs", Type: TypeObject, Structure: "user_attrs", Required: true, Doc: "All attributes of the user."},
				{Name: "user_settings", Type: TypeObject, Structure: "user_settings", Condition: "the session's user is described", Doc: "All settings of the user."},
				{Name: "user_account", Type: TypeObject, Structure: "user_account", Condition: "the session's user is described", Doc: "What the user's account allows and uses."},
				{Name: "puppet_masters", Type: TypeObject, Structure: "puppet_masters", Condition: "the user is a puppet", Doc: "The masters of the user."},
			},
			ActionID: Optional,
		},
		{
			Name:   "user_deleted",
			Doc:    "Says that a user no longer exists.",
			Note:   "When it is the user of the session, the session has ended.",
			Anchor: "#user_deleted",
			Params: []Param{
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The user."},
			},
			ActionID: Optional,
		},
	},
	Objects: []Object{
		{
			Name: "user_account",
			Doc:  "What the account of a user allows and uses.",
			Params: []Param{
				{Name: "channels", Type: TypeObject, Structure: "user_account_objects", Doc: "The channels that may be owned."},
				{Name: "realms", Type: TypeObject, Structure: "user_account_objects", Doc: "The realms that may be owned."},
				{Name: "queues", Type: TypeObject, Structure: "user_account_objects", Doc: "The queues that may be owned."},
				{Name: "queue_members", Type: TypeObject, Structure: "user_account_members", Doc: "The members that the queues may have."},
				{Name: "uploads", Type: TypeObject, Structure: "user_account_extent", Doc: "The space for files."},
				{Name: "subscriptions", Type: TypeObjectArray, Structure: "user_account_subscriptions", Doc: "What has been bought."},
			},
		},
		{
			Name: "user_account_objects",
			Doc:  "A limit on the number of things.",
			Params: []Param{
				{Name: "quota", Type: TypeInt, Required: true, Doc: "How many are allowed."},
				{Name: "available", Type: TypeInt, Required: true, Doc: "How many more are possible."},
			},
		},
		{
			Name: "user_account_members",
			Doc:  "A limit on the number of members.",
			Params: []Param{
				{Name: "quota", Type: TypeInt, Required: true, Doc: "How many are allowed."},
			},
		},
		{
			Name: "user_account_extent",
			Doc:  "A limit on the space for files.",
			Params: []Param{
				{Name: "quota", Type: TypeFloat, Required: true, Doc: "How many bytes are allowed."},
				{Name: "available", Type: TypeFloat, Required: true, Doc: "How many more bytes are possible."},
			},
		},
		{
			Name: "user_account_subscriptions",
			Kind: KindList,
			Doc:  "What has been bought for an account.",
			Item: Param{Type: TypeObject, Structure: "user_account_subscription", Required: true},
		},
		{
			Name: "user_account_subscription",
			Doc:  "Something bought for an account.",
			Params: []Param{
				{Name: "active", Type: TypeBool, Doc: "Whether the subscription is in force."},
				{Name: "plan", Type: TypeString, Required: true, Doc: "What has been bought."},
				{Name: "expiration", Type: TypeInt, Doc: "When the subscription ends, in seconds since 1970."},
				{Name: "renewal", Type: TypeInt, Doc: "When the subscription is renewed, in seconds since 1970."},
				{Name: "channels", Type: TypeObject, Structure: "user_account_subscription_objects", Doc: "The channels that the subscription adds."},
				{Name: "realms", Type: TypeObject, Structure: "user_account_subscription_objects", Doc: "The realms that the subscription adds."},
				{Name: "queues", Type: TypeObject, Structure: "user_account_subscription_objects", Doc: "The queues that the subscription adds."},
				{Name: "queue_members", Type: TypeObject, Structure: "user_account_members", Doc: "The queue members that the subscription adds."},
				{Name: "uploads", Type: TypeObject, Structure: "user_account_subscription_extent", Doc: "The space for files that the subscription adds."},
			},
		},
		{
			Name: "user_account_subscription_objects",
			Doc:  "What a subscription adds to a limit.",
			Params: []Param{
				{Name: "quota", Type: TypeInt, Required: true, Doc: "How many are allowed."},
				{Name: "suspended", Type: TypeInt, Doc: "How many are out of use, because the subscription is not in force.", Note: "Older declarations have available instead."},
				{Name: "available", Type: TypeInt, Doc: "How many more are possible.", Note: "An older name, instead of suspended."},
			},
		},
		{
			Name: "user_account_subscription_extent",
			Doc:  "What a subscription adds to the space for files.",
			Params: []Param{
				{Name: "quota", Type: TypeInt, Required: true, Doc: "How many bytes are added."},
			},
		},
		{
			Name: "user_info",
			Doc:  "What a user tells about himself or herself.",
			Params: []Param{
				{Name: "company", Type: TypeString, Doc: "The name of the company."},
				{Name: "url", Type: TypeString, Doc: "The address of a web page."},
			},
			Open: true,
		},
		{
			Name: "user_notifications",
			Doc:  "Which notifications a user wants.",
			Params: []Param{
				{Name: "highlight", Type: TypeBool, Doc: "Whether highlighted messages are notified."},
				{Name: "highlight_audio", Type: TypeBool, Doc: "Whether highlighted messages make a sound."},
				{Name: "highlight_email", Type: TypeBool, Doc: "Whether highlighted messages are mailed."},
				{Name: "highlight_mobile", Type: TypeBool, Doc: "Whether highlighted messages are notified on mobile devices."},
				{Name: "private", Type: TypeBool, Doc: "Whether messages in dialogues are notified."},
				{Name: "private_audio", Type: TypeBool, Doc: "Whether messages in dialogues make a sound."},
				{Name: "private_email", Type: TypeBool, Doc: "Whether messages in dialogues are mailed."},
				{Name: "private_mobile", Type: TypeBool, Doc: "Whether messages in dialogues are notified on mobile devices."},
				{Name: "channel", Type: TypeBool, Doc: "Whether messages in channels are notified."},
				{Name: "channel_audio", Type: TypeBool, Doc: "Whether messages in channels make a sound."},
				{Name: "channel_mobile", Type: TypeBool, Doc: "Whether messages in channels are notified on mobile devices."},
			},
			Open: true,
		},
		{
			Name: "puppet_masters",
			Kind: KindMap,
			Doc:  "The masters of a puppet.",
			Key:  "the user id of the master",
			Item: Param{Type: TypeObject, Structure: "puppet_master", Required: true},
		},
		{
			Name: "puppet_master",
			Doc:  "A master of a puppet.",
			Params: []Param{
				{Name: "puppet_attrs", Type: TypeObject, Structure: "puppet_attrs", Required: true, Doc: "Attributes which the master gave to the puppet."},
			},
		},
	},
	Entities: []Entity{
		{
			Name: "user",
			Doc:  "A user.",
			Attrs: []Attr{
				{Name: "admin", Type: TypeBool, Doc: "Whether the user is an administrator of the service."},
				{Name: "connected", Type: TypeBool, Doc: "Whether the user has a session."},
				{Name: "deleted", Type: TypeBool, Doc: "Whether the user no longer exists."},
				{Name: "guest", Type: TypeBool, Initable: true, Unsettable: true, WritableBy: "self", Doc: "Whether the user is temporary, and is deleted some time after leaving.", Note: "Somebody who is not a guest cannot become one."},
				{Name: "iconurl", Type: TypeString, Unsettable: true, UnsettableBy: "self", Doc: "The address of an image of the user.", Note: "It is set by uploading an image with update_user."},
				{Name: "idle", Type: TypeTime, Doc: "Since when nobody has been using any of the sessions."},
				{Name: "info", Type: TypeObject, Structure: "user_info", Initable: true, Settable: true, Unsettable: true, WritableBy: "self", Doc: "What the user tells about himself or herself."},
				{Name: "name", Type: TypeString, Initable: true, Settable: true, Unsettable: true, WritableBy: "self", Doc: "The name that others see."},
				{Name: "realname", Type: TypeString, Initable: true, Settable: true, Unsettable: true, WritableBy: "self", Doc: "The full name."},
			},
			Settings: []Attr{
				{Name: "highlight", Type: TypeStringArray, Initable: true, Settable: true, Unsettable: true, WritableBy: "self", Doc: "Words that make a message a highlight.", Note: "A word that ends in * stands for all words that begin so."},
				{Name: "highlight_name", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "self", Doc: "Whether the user's name makes a message a highlight."},
				{Name: "notifications", Type: TypeObject, Structure: "user_notifications", Initable: true, Settable: true, Unsettable: true, WritableBy: "self", Doc: "Which notifications are wanted."},
				{Name: "proto", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "self", Doc: "Whether the user was invited by mail and has not come yet."},
			},
			SettingsWritableBy: "self",
		},
		{
			Name: "puppet",
			Doc:  "A user in the eyes of the master.",
			Attrs: []Attr{
				{Name: "name", Type: TypeString, Initable: true, Settable: true, Unsettable: true, WritableBy: "master", Doc: "The name that the master knows the user by."},
			},
		},
	},
	Enums: []Enum{
		{
			Name: "payload_attrs",
			Doc:  "What a payload part of update_user is.",
			Values: []EnumValue{
				{Value: "icon", Doc: "An image of the user."},
			},
		},
	},
}
