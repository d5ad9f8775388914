package spec

// audienceDomain is about audiences: customers being served through a queue.
var audienceDomain = Domain{
	Name: "audience",
	Doc:  "Audiences: customers being served through a queue.",
	Objects: []Object{
		{
			Name: "audience_metadata",
			Doc:  "Data about an audience.",
			Note: "It may have any other members.",
			Params: []Param{
				{Name: "rating", Type: TypeInt, Enum: "rating", Doc: "The rating that the customer gave: -1, 0 or 1."},
				{Name: "secure", Type: TypeStringOrObject, Doc: "Data from the organization that the customer could not change."},
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
