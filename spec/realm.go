package spec

// realmDomain is about realms: organizations, to which channels, queues and users belong.
var realmDomain = Domain{
	Name: "realm",
	Doc:  "Realms: organizations, to which channels, queues and users belong.",
	Events: []Event{
		{
			Name:   "realm_joined",
			Doc:    "Says that the session's user has become a member of a realm.",
			Anchor: "#realm_joined",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm."},
				{Name: "realm_attrs", Type: TypeObject, Structure: "realm_attrs", Required: true, Doc: "Attributes of the realm."},
				{Name: "realm_settings", Type: TypeObject, Structure: "realm_settings", Required: true, Doc: "Settings of the realm."},
				{Name: "realm_members", Type: TypeObject, Structure: "realm_members", Required: true, Doc: "The members of the realm."},
			},
			ActionID: Optional,
		},
		{
			Name:   "realm_parted",
			Doc:    "Says that the session's user is no longer a member of a realm.",
			Anchor: "#realm_parted",
			Params: []Param{
				{Name: "event_cause", Type: TypeString, Enum: "event_cause", Condition: "there is a known cause", Doc: "Why it happened."},
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm."},
			},
			ActionID: Optional,
		},
	},
	Objects: []Object{
		{
			Name: "user_realms",
			Kind: KindMap,
			Doc:  "The realms of a user.",
			Key:  "the id of the realm",
			Item: Param{Type: TypeObject, Structure: "realm_attrs", Required: true},
		},
		{
			Name: "user_realms_member",
			Kind: KindMap,
			Doc:  "The realm memberships of a user.",
			Key:  "the id of the realm",
			Item: Param{Type: TypeObject, Structure: "realm_member_attrs", Required: true},
		},
		{
			Name: "realm_owner_account",
			Doc:  "What the account of the owner of a realm allows and uses.",
			Params: []Param{
				{Name: "channels", Type: TypeObject, Structure: "user_account_objects", Required: true, Doc: "The channels that may be owned."},
				{Name: "queues", Type: TypeObject, Structure: "user_account_objects", Required: true, Doc: "The queues that may be owned."},
				{Name: "queue_members", Type: TypeObject, Structure: "user_account_members", Required: true, Doc: "The members that the queues may have."},
			},
		},
		{
			Name: "realm_queues",
			Kind: KindMap,
			Doc:  "The queues of a realm.",
			Key:  "the id of the queue",
			Item: Param{Type: TypeObject, Structure: "realm_queue", Required: true},
		},
		{
			Name: "realm_queue",
			Doc:  "A queue of a realm.",
			Params: []Param{
				{Name: "queue_attrs", Type: TypeObject, Structure: "queue_attrs", Required: true, Doc: "Attributes of the queue."},
				{Name: "queue_position", Type: TypeInt, Doc: "The place in the queue, 1 being next."},
			},
		},
		{
			Name: "theme",
			Doc:  "How something looks.",
			Params: []Param{
				{Name: "color", Type: TypeString, Doc: "A colour, as #rrggbb."},
			},
		},
	},
	Entities: []Entity{
		{
			Name: "realm",
			Doc:  "A realm.",
			Attrs: []Attr{
				{Name: "name", Type: TypeString, Initable: true, InitableBy: "the caller of create_realm", Doc: "The name of the realm.", Note: "It is given to create_realm. The reference calls it read-only."},
				{Name: "owner_account", Type: TypeObject, Structure: "realm_owner_account", VisibleTo: "realm operators", Doc: "What the owner's account allows and uses."},
				{Name: "owner_id", Type: TypeString, Doc: "The user who owns the realm."},
				{Name: "suspended", Type: TypeBool, Doc: "Whether the realm is out of use."},
				{Name: "theme", Type: TypeObject, Structure: "theme", Initable: true, Settable: true, Unsettable: true, WritableBy: "operators", Doc: "How the realm looks."},
			},
			Settings: []Attr{
				{Name: "default_queue_settings", Type: TypeObject, Structure: "queue_settings", Initable: true, Settable: true, Unsettable: true, WritableBy: "realm operators", Doc: "Settings for queues that have none of their own.", Note: "Only transcript_delete_delay has an effect."},
			},
			SettingsWritableBy: "realm operators",
		},
	},
}
