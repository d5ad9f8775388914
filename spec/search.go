package spec

// searchDomain is about searching for users and channels.
var searchDomain = Domain{
	Name: "search",
	Doc:  "Searching for users and channels.",
	Actions: []Action{
		{
			Name:   "search",
			Doc:    "Searches for users and channels by the beginning of their names.",
			Note:   "The last reply has neither users nor channels.",
			Anchor: "#search",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Doc: "The realm to search in."},
				{Name: "search_term", Type: TypeString, Required: true, Doc: "The beginning of a name."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"search_results"},
			Rule:     RuleRepeated,
			ReadOnly: true,
		},
		{
			Name:   "search_users",
			Doc:    "Searches for users by the beginning of their names.",
			Note:   "The last reply has no users.",
			Anchor: "#search_users",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Doc: "The realm to search in."},
				{Name: "search_term", Type: TypeString, Required: true, Doc: "The beginning of a name."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"search_results"},
			Rule:     RuleRepeated,
			ReadOnly: true,
		},
		{
			Name:   "search_channels",
			Doc:    "Searches for channels by the beginning of their names.",
			Note:   "The last reply has no channels.",
			Anchor: "#search_channels",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Doc: "The realm to search in."},
				{Name: "search_term", Type: TypeString, Required: true, Doc: "The beginning of a name."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"search_results"},
			Rule:     RuleRepeated,
			ReadOnly: true,
		},
	},
	Events: []Event{
		{
			Name:   "search_results",
			Doc:    "Brings users and channels that were found.",
			Note:   "The last one has neither.",
			Anchor: "#search_results",
			Params: []Param{
				{Name: "users", Type: TypeObject, Structure: "users", Condition: "users were found", Doc: "Users that were found, by id."},
				{Name: "channels", Type: TypeObject, Structure: "channels", Condition: "channels were found", Doc: "Channels that were found, by id."},
			},
			ActionID: Always,
		},
	},
	Objects: []Object{
		{
			Name: "users",
			Kind: KindMap,
			Doc:  "Users found.",
			Key:  "the id of the user",
			Item: Param{Type: TypeObject, Structure: "user_result", Required: true},
		},
		{
			Name: "user_result",
			Doc:  "A user found.",
			Params: []Param{
				{Name: "user_attrs", Type: TypeObject, Structure: "user_attrs", Required: true, Doc: "Attributes of the user."},
				{Name: "weight", Type: TypeFloat, Required: true, Doc: "How well it matches; more is better."},
			},
		},
		{
			Name: "channels",
			Kind: KindMap,
			Doc:  "Channels found.",
			Key:  "the id of the channel",
			Item: Param{Type: TypeObject, Structure: "channel_result", Required: true},
		},
		{
			Name: "channel_result",
			Doc:  "A channel found.",
			Params: []Param{
				{Name: "channel_attrs", Type: TypeObject, Structure: "channel_attrs", Required: true, Doc: "Attributes of the channel."},
				{Name: "realm_id", Type: TypeString, Doc: "The realm that the channel belongs to."},
				{Name: "weight", Type: TypeFloat, Required: true, Doc: "How well it matches; more is better."},
			},
		},
	},
}
