package spec

// accessDomain is about access keys: invitations, and links that prove an identity.
var accessDomain = Domain{
	Name: "access",
	Doc:  "Access keys: invitations, and links that prove an identity.",
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
