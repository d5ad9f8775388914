package spec

// searchDomain is about searching for users and channels.
var searchDomain = Domain{
	Name: "search",
	Doc:  "Searching for users and channels.",
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
