package spec

// masterKeyDomain is about master keys: secrets with which an organization signs on behalf of its users.
var masterKeyDomain = Domain{
	Name: "masterkey",
	Doc:  "Master keys: secrets with which an organization signs on behalf of its users.",
	Objects: []Object{
		{
			Name: "master_keys",
			Kind: KindMap,
			Doc:  "Master keys, by type.",
			Key:  "the type of the key",
			Item: Param{Type: TypeObject, Structure: "master_keys_2", Required: true},
		},
		{
			Name: "master_keys_2",
			Kind: KindMap,
			Doc:  "Master keys of one type.",
			Key:  "the id of the key",
			Item: Param{Type: TypeObject, Structure: "master_key", Required: true},
		},
		{
			Name: "master_key",
			Doc:  "A master key.",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Doc: "The realm that the key belongs to, if any."},
			},
		},
	},
	Enums: []Enum{
		{
			Name: "master_key_type",
			Doc:  "The types of master keys.",
			Values: []EnumValue{
				{Value: "ninchat", Doc: "Signatures in the form of this API."},
				{Value: "jwt", Doc: "JSON Web Tokens."},
			},
		},
	},
}
