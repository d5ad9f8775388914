package spec

// queueDomain is about queues: where customers wait to be served.
var queueDomain = Domain{
	Name: "queue",
	Doc:  "Queues: where customers wait to be served.",
	Events: []Event{
		{
			Name:   "queue_joined",
			Doc:    "Says that the session's user has become a member of a queue.",
			Note:   "The reference lists no action_id, but it may answer add_member.",
			Anchor: "#queue_joined",
			Params: []Param{
				{Name: "queue_id", Type: TypeString, Required: true, Doc: "The queue."},
				{Name: "queue_attrs", Type: TypeObject, Structure: "queue_attrs", Required: true, Doc: "Attributes of the queue."},
				{Name: "queue_settings", Type: TypeObject, Structure: "queue_settings", Required: true, Doc: "Settings of the queue."},
				{Name: "realm_id", Type: TypeString, Condition: "it belongs to a realm", Doc: "The realm that the queue belongs to."},
			},
			ActionID: Optional,
		},
		{
			Name:   "queue_parted",
			Doc:    "Says that the session's user is no longer a member of a queue.",
			Note:   "The reference lists no action_id, but it may answer remove_member.",
			Anchor: "#queue_parted",
			Params: []Param{
				{Name: "event_cause", Type: TypeString, Enum: "event_cause", Condition: "there is a known cause", Doc: "Why it happened."},
				{Name: "queue_id", Type: TypeString, Required: true, Doc: "The queue."},
				{Name: "realm_id", Type: TypeString, Condition: "it belongs to a realm", Doc: "The realm that the queue belongs to."},
			},
			ActionID: Optional,
		},
	},
	Objects: []Object{
		{
			Name: "user_queues",
			Kind: KindMap,
			Doc:  "The queues of a user.",
			Key:  "the id of the queue",
			Item: Param{Type: TypeObject, Structure: "user_queue", Required: true},
		},
		{
			Name: "user_queue",
			Doc:  "A queue that a user waits in or serves.",
			Params: []Param{
				{Name: "queue_attrs", Type: TypeObject, Structure: "queue_attrs", Required: true, Doc: "Attributes of the queue."},
				{Name: "queue_position", Type: TypeInt, Doc: "The place in the queue, 1 being next.", Note: "Without it the user is a member of the queue."},
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm that the queue belongs to."},
			},
		},
		{
			Name: "queue_stats",
			Kind: KindMap,
			Doc:  "Figures of a queue, hour by hour.",
			Key:  "the hour in UTC, as YYYYMMDDHH",
			Item: Param{Type: TypeObject, Structure: "queue_stats_hour", Required: true},
		},
		{
			Name: "queue_stats_hour",
			Doc:  "Figures of a queue in one hour.",
			Params: []Param{
				{Name: "describe_count", Type: TypeInt, Required: true, Doc: "How often the queue was described."},
				{Name: "request_count", Type: TypeInt, Required: true, Doc: "How many audiences were requested."},
				{Name: "audiences", Type: TypeObjectArray, Structure: "queue_stats_audiences", Required: true, Doc: "The audiences that were accepted."},
				{Name: "accept_delay_avg", Type: TypeFloat, Doc: "How long those who were accepted had waited, on average, in seconds."},
				{Name: "drop_count", Type: TypeInt, Required: true, Doc: "How many gave up."},
				{Name: "drop_delay_avg", Type: TypeFloat, Doc: "How long those who gave up had waited, on average, in seconds."},
			},
		},
		{
			Name: "queue_stats_audiences",
			Kind: KindList,
			Doc:  "Figures for each agent and kind of audience.",
			Item: Param{Type: TypeObject, Structure: "queue_stats_audience", Required: true},
		},
		{
			Name: "queue_stats_audience",
			Doc:  "Figures of audiences that have agent, tags and variables in common.",
			Params: []Param{
				{Name: "agent_id", Type: TypeString, Required: true, Doc: "The user who served the customer."},
				{Name: "tag_ids", Type: TypeStringArray, Doc: "The tags of the audience."},
				{Name: "vars", Type: TypeObject, Structure: "string_map", Doc: "The variables of the audiences."},
				{Name: "accept_count", Type: TypeInt, Required: true, Doc: "How many were accepted."},
				{Name: "finish_count", Type: TypeInt, Required: true, Doc: "How many were finished."},
				{Name: "finish_duration_avg", Type: TypeFloat, Doc: "How long it took to finish them, on average, in seconds."},
				{Name: "ratings", Type: TypeObject, Structure: "queue_stats_ratings", Required: true, Doc: "How often each rating was given."},
			},
		},
		{
			Name: "queue_stats_ratings",
			Kind: KindMap,
			Doc:  "How often each rating was given.",
			Key:  "the rating",
			Item: Param{Type: TypeInt, Required: true},
		},
	},
	Entities: []Entity{
		{
			Name: "queue",
			Doc:  "A queue.",
			Attrs: []Attr{
				{Name: "capacity", Type: TypeInt, Initable: true, Settable: true, Unsettable: true, WritableBy: "queue members", Doc: "How many customers can wait."},
				{Name: "closed", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "queue members", Doc: "Whether no more customers can enter."},
				{Name: "ignore_secure_metadata", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "queue members", VisibleTo: "queue members and realm operators", Doc: "Whether secure metadata is ignored."},
				{Name: "length", Type: TypeInt, Doc: "How many customers are waiting."},
				{Name: "name", Type: TypeString, Initable: true, Settable: true, Unsettable: true, WritableBy: "queue members", Doc: "The name of the queue."},
				{Name: "ninchat_metadata", Type: TypeStringArray, Initable: true, Settable: true, Unsettable: true, WritableBy: "queue members", VisibleTo: "queue members and realm operators", Enum: "ninchat_metadata", Doc: "What the server adds to the metadata of audiences."},
				{Name: "schedule", Type: TypeObject, Structure: "schedule", Initable: true, Settable: true, Unsettable: true, WritableBy: "queue members", Doc: "When the queue is open."},
				{Name: "screensharing", Type: TypeString, Initable: true, Settable: true, Unsettable: true, WritableBy: "queue members", Enum: "queue_screensharing", Doc: "Who may share the screen."},
				{Name: "secure_metadata", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "queue members", Doc: "Whether customers need secure metadata to enter."},
				{Name: "suspended", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "realm operators", Doc: "Whether the queue is out of use.", Note: "Unlike closed, it takes a realm operator."},
				{Name: "upload", Type: TypeString, Initable: true, Settable: true, Unsettable: true, WritableBy: "queue members", Enum: "queue_upload", Doc: "Who may send files."},
				{Name: "video", Type: TypeString, Initable: true, Settable: true, Unsettable: true, WritableBy: "queue members", Enum: "queue_video", Doc: "Who may begin video calls."},
			},
			Settings: []Attr{
				{Name: "audience_registration", Type: TypeBool, Initable: true, Settable: true, Unsettable: true, WritableBy: "realm operators", Doc: "Whether customers can leave a message when nobody serves them."},
				{Name: "transcript_delete_delay", Type: TypeInt, Initable: true, Settable: true, Unsettable: true, WritableBy: "realm operators", Doc: "How long transcripts are kept after completion, in seconds.", Note: "A change has an effect on future audiences only."},
				{Name: "transfer_queue_ids", Type: TypeStringArray, Initable: true, Settable: true, Unsettable: true, WritableBy: "realm operators", Doc: "The queues to which customers can be transferred."},
			},
			SettingsWritableBy: "realm operators",
		},
	},
	Enums: []Enum{
		{
			Name: "queue_upload",
			Doc:  "Who may send files in the audiences of a queue.",
			Values: []EnumValue{
				{Value: "member", Doc: "Both parties."},
				{Value: "moderator", Doc: "The agent."},
				{Value: "agent", Doc: "The agent; an older name of moderator.", Deprecated: true},
				{Value: "customer", Doc: "The customer, in dialogues.", Deprecated: true},
			},
		},
		{
			Name: "queue_video",
			Doc:  "Who may begin video calls in the audiences of a queue.",
			Values: []EnumValue{
				{Value: "agent", Doc: "The agent."},
				{Value: "agent_first", Doc: "The customer too, once the agent has."},
				{Value: "customer", Doc: "The customer."},
				{Value: "group", Doc: "Both parties, for all."},
				{Value: "member", Doc: "Both parties."},
			},
		},
		{
			Name: "queue_screensharing",
			Doc:  "Who may share the screen in the audiences of a queue.",
			Values: []EnumValue{
				{Value: "agent", Doc: "The agent."},
				{Value: "customer", Doc: "The customer."},
				{Value: "member", Doc: "Both parties."},
			},
		},
		{
			Name: "ninchat_metadata",
			Doc:  "What the server may add to the metadata of an audience.",
			Values: []EnumValue{
				{Value: "geoip", Doc: "The place that the network address suggests."},
			},
		},
	},
}
