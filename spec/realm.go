package spec

// realmDomain is about realms: organizations, to which channels, queues and users belong.
var realmDomain = Domain{
	Name: "realm",
	Doc:  "Realms: organizations, to which channels, queues and users belong.",
	Actions: []Action{
		{
			Name:   "create_realm",
			Doc:    "Creates a realm, of which the caller becomes the owner and a member.",
			Note:   "With channel_attrs a channel is created as well, and told of by a second reply.",
			Anchor: "#create_realm",
			Params: []Param{
				{Name: "realm_attrs", Type: TypeObject, Structure: "realm_attrs", Doc: "Initial attributes of the realm."},
				{Name: "realm_settings", Type: TypeObject, Structure: "realm_settings", Doc: "Initial settings of the realm."},
				{Name: "channel_attrs", Type: TypeObject, Structure: "channel_attrs", Doc: "Initial attributes of a channel to be created in the realm."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"realm_joined", "channel_joined"},
			Rule:     RuleAll,
		},
		{
			Name:   "describe_realm",
			Doc:    "Asks about a realm.",
			Anchor: "#describe_realm",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"realm_found"},
			ReadOnly: true,
			Public:   true,
		},
		{
			Name:   "describe_realm_queues",
			Doc:    "Asks about the queues of a realm.",
			Note:   "From now on the session gets queue_updated events for these queues, until an audience is requested. Each time is counted in the statistics of the queues.",
			Anchor: "#describe_realm_queues",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm."},
				{Name: "queue_ids", Type: TypeStringArray, Doc: "The queues wanted, by default all.", Note: "Unknown ones are ignored."},
				{Name: "track_stage", Type: TypeString, Doc: "The stage which the visitor has reached."},
				{Name: "track_metadata", Type: TypeObject, Doc: "Data about the visit."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"realm_queues_found"},
			ReadOnly: true,
			Public:   true,
		},
		{
			Name:   "update_realm",
			Doc:    "Changes the attributes and settings of a realm.",
			Anchor: "#update_realm",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm."},
				{Name: "realm_attrs", Type: TypeObject, Structure: "realm_attrs", Doc: "Attributes to be changed."},
				{Name: "realm_settings", Type: TypeObject, Structure: "realm_settings", Doc: "Settings to be changed."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"realm_updated"},
		},
		{
			Name:   "delete_realm",
			Doc:    "Deletes a realm.",
			Anchor: "#delete_realm",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"realm_deleted"},
		},
	},
	Events: []Event{
		{
			Name:   "realm_found",
			Doc:    "Answers describe_realm.",
			Anchor: "#realm_found",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm."},
				{Name: "realm_attrs", Type: TypeObject, Structure: "realm_attrs", Required: true, Doc: "Attributes of the realm."},
				{Name: "realm_settings", Type: TypeObject, Structure: "realm_settings", Required: true, Doc: "Settings of the realm.", Note: "Older declarations call it optional."},
				{Name: "realm_members", Type: TypeObject, Structure: "realm_members", Condition: "the session's user is a member", Doc: "The members of the realm."},
			},
			ActionID: Optional,
		},
		{
			Name:   "realm_queues_found",
			Doc:    "Answers describe_realm_queues.",
			Anchor: "#realm_queues_found",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm."},
				{Name: "realm_queues", Type: TypeObject, Structure: "realm_queues", Required: true, Doc: "The queues of the realm."},
			},
			ActionID: Always,
		},
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
		{
			Name:   "realm_updated",
			Doc:    "Says that the attributes or settings of a realm have changed.",
			Anchor: "#realm_updated",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm."},
				{Name: "realm_attrs", Type: TypeObject, Structure: "realm_attrs", Required: true, Doc: "All attributes of the realm."},
				{Name: "realm_settings", Type: TypeObject, Structure: "realm_settings", Required: true, Doc: "All settings of the realm.", Note: "Older declarations call it optional."},
			},
			ActionID: Optional,
		},
		{
			Name:   "realm_deleted",
			Doc:    "Says that a realm no longer exists.",
			Anchor: "#realm_deleted",
			Params: []Param{
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
				{Name: "queue_position", Type: TypeInt, NonNegative: true, Doc: "The place in the queue, 1 being next."},
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
			Name:   "realm",
			Doc:    "A realm.",
			Anchor: "#realm",
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
