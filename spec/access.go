package spec

// accessDomain is about access keys: invitations, and links that prove an identity.
var accessDomain = Domain{
	Name: "access",
	Doc:  "Access keys: invitations, and links that prove an identity.",
	Actions: []Action{
		{
			Name:   "create_access",
			Doc:    "Creates an access key.",
			Note:   "A key for an audience can be used again and again, as long as there is the audience. When user_id is given, the user gets a ninchat.com/info/access message.",
			Anchor: "#create_access",
			Params: []Param{
				{Name: "access_type", Type: TypeString, Required: true, Enum: "access_type", Doc: "What the key is for: session, channel or audience."},
				{Name: "channel_id", Type: TypeString, Doc: "The channel to which the key admits."},
				{Name: "channel_unsilence", Type: TypeBool, Doc: "Whether who joins with the key is not silenced."},
				{Name: "realm_member", Type: TypeBool, Doc: "Whether who joins with the key becomes a member of the realm."},
				{Name: "user_id", Type: TypeString, Doc: "The only user who can use the key."},
				{Name: "user_attrs", Type: TypeObject, Structure: "user_attrs", Doc: "Attributes of the user who is created by using the key.", Note: "Older declarations are without it."},
				{Name: "user_settings", Type: TypeObject, Structure: "user_settings", Doc: "Settings of the user who is created by using the key.", Note: "Older declarations are without it."},
				{Name: "member_metadata", Type: TypeObject, Doc: "Data about who joins with the key.", Note: "It is for keys of type audience. A member called secure is given in plain form here. Older declarations are without it."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"access_created"},
		},
		{
			Name:   "send_access",
			Doc:    "Sends an access key to somebody.",
			Note:   "Without access_key a pending identity gets another link for verification.",
			Anchor: "#send_access",
			Params: []Param{
				{Name: "access_key", Type: TypeString, Secret: true, Doc: "The key to be sent."},
				{Name: "user_id", Type: TypeString, Doc: "The user to send to."},
				{Name: "identity_type", Type: TypeString, Enum: "identity_type", Doc: "The type of the identity to send to."},
				{Name: "identity_name", Type: TypeString, Doc: "The name of the identity to send to."},
			},
			Choices: []Choice{
				{ExactlyOne, []string{"user_id", "identity_name"}},
				{Together, []string{"identity_type", "identity_name"}},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"access_found"},
		},
		{
			Name:   "describe_access",
			Doc:    "Asks what an access key is for.",
			Note:   "It works without a session too.",
			Anchor: "#describe_access",
			Params: []Param{
				{Name: "access_key", Type: TypeString, Required: true, Secret: true, Doc: "The access key."},
			},
			ActionID: Optional,
			Puppet:   true,
			Session:  SessionOptional,
			Replies:  []string{"access_found"},
			ReadOnly: true,
		},
	},
	Events: []Event{
		{
			Name:   "access_found",
			Doc:    "Answers describe_access and send_access.",
			Anchor: "#access_found",
			Params: []Param{
				{Name: "access_type", Type: TypeString, Required: true, Enum: "access_type", Doc: "What the access key is for."},
				{Name: "access_time", Type: TypeTime, Condition: "it isn't usable yet", Doc: "When the access key becomes usable.", Note: "Older declarations are without it."},
				{Name: "user_id", Type: TypeString, Condition: "it is known", Doc: "The user whose access it is: who logs in, invites, or is served."},
				{Name: "user_attrs", Type: TypeObject, Structure: "user_attrs", Condition: "there is a user_id", Doc: "Attributes of the user."},
				{Name: "identity_type", Type: TypeString, Enum: "identity_type", Condition: "the access is to an identity", Doc: "The type of the identity."},
				{Name: "identity_name", Type: TypeString, Condition: "the access is to an identity", Doc: "The name of the identity, such as an email address."},
				{Name: "channel_id", Type: TypeString, Condition: "the access is to a channel or audience", Doc: "The channel."},
				{Name: "channel_attrs", Type: TypeObject, Structure: "channel_attrs", Condition: "the access is to a channel or audience", Doc: "Attributes of the channel."},
				{Name: "channel_unsilence", Type: TypeBool, Condition: "the access is to a channel and unsilences", Doc: "Whether who joins with the key is not silenced."},
				{Name: "queue_id", Type: TypeString, Condition: "the access is to an audience", Doc: "The queue.", Note: "Older declarations are without it."},
				{Name: "queue_attrs", Type: TypeObject, Structure: "queue_attrs", Condition: "the access is to an audience", Doc: "Attributes of the queue.", Note: "Older declarations are without it."},
				{Name: "realm_id", Type: TypeString, Condition: "the access is to an audience, or to a channel of a realm", Doc: "The realm."},
				{Name: "realm_attrs", Type: TypeObject, Structure: "realm_attrs", Condition: "there is a realm_id", Doc: "Attributes of the realm."},
				{Name: "realm_member", Type: TypeBool, Condition: "the access is to a channel and makes a realm member", Doc: "Whether who joins with the key becomes a member of the realm."},
			},
			ActionID: Optional,
		},
		{
			Name:   "access_created",
			Doc:    "Answers create_access and the requests for mailed keys.",
			Anchor: "#access_created",
			Params: []Param{
				{Name: "access_type", Type: TypeString, Required: true, Enum: "access_type", Doc: "What the access key is for."},
				{Name: "access_time", Type: TypeTime, Condition: "it isn't usable yet", Doc: "When the access key becomes usable.", Note: "Older declarations are without it."},
				{Name: "access_key", Type: TypeString, Secret: true, Condition: "the key isn't mailed instead", Doc: "The access key."},
			},
			ActionID: Optional,
		},
	},
	Enums: []Enum{
		{
			Name: "access_type",
			Doc:  "What an access key is for.",
			Values: []EnumValue{
				{Value: "session", Doc: "Logging in."},
				{Value: "channel", Doc: "Joining a channel."},
				{Value: "audience", Doc: "Joining the channel of an audience."},
				{Value: "identity_verify", Doc: "Verifying an identity."},
				{Value: "identity_auth_reset", Doc: "Setting a new password of an identity."},
			},
		},
	},
}
