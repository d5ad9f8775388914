package spec

// audienceDomain is about audiences: customers being served through a queue.
var audienceDomain = Domain{
	Name: "audience",
	Doc:  "Audiences: customers being served through a queue.",
	Actions: []Action{
		{
			Name:   "create_audience",
			Doc:    "Creates a channel for serving a user who has not waited in a queue.",
			Note:   "It takes a member of the queue; the user must be a member of the realm. The channel gets the attributes disclosed_since and private, and those of the queue for upload and video. Older declarations are without it.",
			Anchor: "#create_audience",
			Params: []Param{
				{Name: "queue_id", Type: TypeString, Required: true, Doc: "The queue through which the user is served."},
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The user to be served."},
				{Name: "channel_attrs", Type: TypeObject, Structure: "channel_attrs", Doc: "Initial attributes of the channel."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"channel_created"},
		},
		{
			Name:   "request_audience",
			Doc:    "Puts the session's user into a queue, behind those who wait there.",
			Note:   "Secure metadata that has expired is answered by the error permission_expired, and what has been used by permission_already_spent.",
			Anchor: "#request_audience",
			Params: []Param{
				{Name: "queue_id", Type: TypeString, Required: true, Doc: "The queue to enter."},
				{Name: "audience_metadata", Type: TypeObject, Structure: "audience_metadata", Doc: "Data about the audience.", Note: "If there is a member called secure, it must be an encrypted string. It can be used once, within a week."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"audience_enqueued"},
		},
		{
			Name:   "accept_audience",
			Doc:    "Begins to serve a customer who waits in a queue.",
			Note:   "It takes a member of the queue.",
			Anchor: "#accept_audience",
			Params: []Param{
				{Name: "queue_id", Type: TypeString, Required: true, Doc: "The queue."},
				{Name: "audience_id", Type: TypeString, Doc: "The audience to be accepted, by default the first of the queue.", Note: "Older declarations are without it."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"channel_joined", "dialogue_updated"},
			Rule:     RuleOneOf,
		},
		{
			Name:   "transfer_audience",
			Doc:    "Ends serving a customer, who is put into another queue.",
			Note:   "The queue setting transfer_queue_ids says which queues can be chosen.",
			Anchor: "#transfer_audience",
			Params: []Param{
				{Name: "audience_id", Type: TypeString, Doc: "The audience to be transferred.", Note: "The reference requires it, but old client software sends user_id instead."},
				{Name: "queue_id", Type: TypeString, Required: true, Doc: "The queue for the customer to enter."},
				{Name: "user_id", Type: TypeString, Undocumented: true, Doc: "The customer, when the audience is a dialogue."},
			},
			Choices: []Choice{
				{ExactlyOne, []string{"audience_id", "user_id"}},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"channel_parted", "dialogue_updated"},
			Rule:     RuleOneOf,
		},
		{
			Name: "register_audience",
			Doc:  "Registers an audience in a queue, without waiting for service.",
			Note: "The queue needs the setting audience_registration. Secure metadata that has expired is answered by the error permission_expired, and what has been used by permission_already_spent.",
			Params: []Param{
				{Name: "queue_id", Type: TypeString, Required: true, Doc: "The queue."},
				{Name: "audience_metadata", Type: TypeObject, Structure: "audience_metadata", Doc: "Data about the audience."},
			},
			ActionID:     Optional,
			Puppet:       true,
			Replies:      []string{"audience_registered"},
			Undocumented: true,
		},
	},
	Events: []Event{
		{
			Name:   "audience_enqueued",
			Doc:    "Says that the session's user has entered a queue.",
			Anchor: "#audience_enqueued",
			Params: []Param{
				{Name: "queue_id", Type: TypeString, Required: true, Doc: "The queue."},
				{Name: "queue_attrs", Type: TypeObject, Structure: "queue_attrs", Required: true, Doc: "Attributes of the queue."},
				{Name: "queue_position", Type: TypeInt, NonNegative: true, Required: true, Doc: "The place in the queue, 1 being next."},
				{Name: "audience_id", Type: TypeString, Required: true, Doc: "The new audience."},
			},
			ActionID: Optional,
		},
		{
			Name:         "audience_registered",
			Doc:          "Answers register_audience.",
			ActionID:     Optional,
			Undocumented: true,
		},
	},
	Objects: []Object{
		{
			Name: "audience_metadata",
			Doc:  "Data about an audience.",
			Note: "It may have any other members.",
			Params: []Param{
				{Name: "rating", Type: TypeInt, Enum: "rating", Doc: "The rating that the customer gave: -1, 0 or 1."},
				{Name: "secure", Type: TypeStringOrObject, Doc: "Data from the organization that the customer could not change: in request_audience the string that was encrypted with a master key, to agents what is in it.", Note: "The string can be used once, within a week. What was encrypted is an object or null."},
				{Name: "tag_ids", Type: TypeStringArray, Doc: "The tags of the audience."},
				{Name: "vars", Type: TypeObject, Structure: "string_map", Doc: "Variables of the customer."},
				{Name: "ninchat", Type: TypeObject, Undocumented: true, Doc: "Data that the server added."},
			},
			Open: true,
		},
		{
			Name: "string_map",
			Kind: KindMap,
			Doc:  "Texts by name.",
			Key:  "the name of a variable",
			Item: Param{Type: TypeString, Required: true},
		},
	},
	Enums: []Enum{
		{
			Name: "rating",
			Doc:  "The ratings that a customer can give.",
			Values: []EnumValue{
				{Value: "-1", Doc: "Bad."},
				{Value: "0", Doc: "Neither good nor bad."},
				{Value: "1", Doc: "Good."},
			},
		},
	},
}
