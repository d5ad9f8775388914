package spec

// identityDomain is about identities: how a user logs in, and is found by others.
var identityDomain = Domain{
	Name: "identity",
	Doc:  "Identities: how a user logs in, and is found by others.",
	Objects: []Object{
		{
			Name: "user_identities",
			Kind: KindMap,
			Doc:  "The identities of a user.",
			Key:  "the type of the identity",
			Item: Param{Type: TypeObject, Structure: "user_identities_2", Required: true},
		},
		{
			Name: "user_identities_2",
			Kind: KindMap,
			Doc:  "The identities of one type.",
			Key:  "the name of the identity",
			Item: Param{Type: TypeObject, Structure: "identity_attrs", Required: true},
		},
	},
	Entities: []Entity{
		{
			Name: "identity",
			Doc:  "An identity of a user.",
			Attrs: []Attr{
				{Name: "auth", Type: TypeBool, Doc: "Whether there is a password."},
				{Name: "blocked", Type: TypeBool, Doc: "Whether the owner of the address wants no mail.", Note: "No action changes it."},
				{Name: "pending", Type: TypeBool, Doc: "Whether it has not been verified yet."},
				{Name: "protected", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "self", Doc: "Whether only the user's contacts can find the user by it.", Note: "The reference calls it read-only, which would leave update_identity without a purpose."},
				{Name: "public", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "self", Doc: "Whether everybody can see it.", Note: "The reference calls it read-only, which would leave update_identity without a purpose."},
				{Name: "rejected", Type: TypeBool, Doc: "Whether the owner of the address said that it is not the user's."},
			},
		},
	},
	Enums: []Enum{
		{
			Name: "identity_type",
			Doc:  "The types of identities.",
			Values: []EnumValue{
				{Value: "email", Doc: "An email address."},
				{Value: "facebook", Doc: "A Facebook user."},
				{Value: "gcm", Doc: "A device for Google Cloud Messaging."},
				{Value: "apns", Doc: "A device for the Apple Push Notification service."},
			},
		},
	},
}
