package spec

// masterKeyDomain is about master keys: secrets with which an organization signs on behalf of its users.
var masterKeyDomain = Domain{
	Name: "masterkey",
	Doc:  "Master keys: secrets with which an organization signs on behalf of its users.",
	Actions: []Action{
		{
			Name:   "describe_master_keys",
			Doc:    "Asks about master keys.",
			Anchor: "#describe_master_keys",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Doc: "The realm that the keys belong to."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"master_keys_found"},
			ReadOnly: true,
		},
		{
			Name:       "describe_master",
			Doc:        "Asks about the master keys of the user.",
			Note:       "Superseded by describe_master_keys. Older declarations are without it.",
			Anchor:     "#describe_master",
			ActionID:   Always,
			Puppet:     true,
			Replies:    []string{"master_found"},
			ReadOnly:   true,
			Deprecated: true,
		},
		{
			Name:   "create_master_key",
			Doc:    "Creates a master key.",
			Note:   "For a realm it takes an operator. Id and secret of a key of type ninchat are generated.",
			Anchor: "#create_master_key",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Doc: "The realm that the key is to belong to."},
				{Name: "master_key_type", Type: TypeString, Enum: "master_key_type", Doc: "The type of the key."},
				{Name: "master_key_id", Type: TypeString, Doc: "The id of the key.", Note: "It is needed if the type is jwt."},
			},
			ActionID:   Always,
			Puppet:     true,
			Payload:    PayloadOptional,
			PayloadDoc: "The secret, if the type is jwt.",
			Replies:    []string{"master_key_created"},
		},
		{
			Name:   "delete_master_key",
			Doc:    "Deletes a master key.",
			Note:   "A key that does not belong to a realm needs master_key_secret or user_auth.",
			Anchor: "#delete_master_key",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Doc: "The realm that the key belongs to."},
				{Name: "master_key_type", Type: TypeString, Enum: "master_key_type", Doc: "The type of the key.", Note: "The default is ninchat."},
				{Name: "master_key_id", Type: TypeString, Required: true, Doc: "The id of the master key."},
				{Name: "master_key_secret", Type: TypeString, Secret: true, Doc: "The secret of the key, as a confirmation."},
				{Name: "user_auth", Type: TypeString, Secret: true, Doc: "The user's password token, as a confirmation."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"master_key_deleted"},
		},
	},
	Events: []Event{
		{
			Name:   "master_keys_found",
			Doc:    "Answers describe_master_keys.",
			Anchor: "#master_keys_found",
			Params: []Param{
				{Name: "master_keys", Type: TypeObject, Structure: "master_keys", Required: true, Doc: "The keys, by type and id."},
			},
			ActionID: Always,
		},
		{
			Name:   "master_found",
			Doc:    "Answers describe_master.",
			Note:   "Older declarations are without it.",
			Anchor: "#master_found",
			Params: []Param{
				{Name: "master_keys", Type: TypeObject, Structure: "master_keys_2", Required: true, Doc: "The keys of type ninchat, by id."},
			},
			ActionID:   Always,
			Deprecated: true,
		},
		{
			Name:   "master_key_created",
			Doc:    "Says that a master key was created.",
			Anchor: "#master_key_created",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Condition: "the key belongs to a realm", Doc: "The realm that the key belongs to."},
				{Name: "master_key_type", Type: TypeString, Required: true, Enum: "master_key_type", Doc: "The type of the master key."},
				{Name: "master_key_id", Type: TypeString, Required: true, Doc: "The id of the master key."},
				{Name: "master_key_secret", Type: TypeString, Secret: true, Condition: "the server generated it", Doc: "The secret of the master key."},
			},
			ActionID: Optional,
		},
		{
			Name:   "master_key_deleted",
			Doc:    "Says that a master key was deleted.",
			Anchor: "#master_key_deleted",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Condition: "the key belongs to a realm", Doc: "The realm that the key belonged to."},
				{Name: "master_key_type", Type: TypeString, Required: true, Enum: "master_key_type", Doc: "The type of the master key."},
				{Name: "master_key_id", Type: TypeString, Required: true, Doc: "The id of the master key."},
			},
			ActionID: Optional,
		},
	},
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
