package spec

// transcriptDomain is about transcripts: complete conversations, for reading after the fact.
var transcriptDomain = Domain{
	Name: "transcript",
	Doc:  "Transcripts: complete conversations, for reading after the fact.",
	Objects: []Object{
		{
			Name: "transcript_messages",
			Kind: KindList,
			Doc:  "The messages of a transcript, oldest first.",
			Item: Param{Type: TypeObject, Structure: "transcript_message", Required: true},
		},
		{
			Name: "transcript_message",
			Doc:  "A message of a transcript.",
			Params: []Param{
				{Name: "message_id", Type: TypeString, Required: true, Doc: "The message."},
				{Name: "message_time", Type: TypeFloat, Required: true, Doc: "When the message was sent, in seconds since 1970."},
				{Name: "message_type", Type: TypeString, Required: true, Doc: "The type of the message."},
				{Name: "message_user_id", Type: TypeString, Doc: "The author of the message."},
				{Name: "message_user_name", Type: TypeString, Doc: "The name of the author at the time of the message."},
				{Name: "message_fold", Type: TypeBool, Doc: "Whether the message was sent folded."},
				{Name: "payload", Type: TypeAny, Required: true, Doc: "The content of the message, decoded."},
			},
		},
		{
			Name: "audience_members",
			Kind: KindMap,
			Doc:  "Who took part in an audience.",
			Key:  "the id of the user",
			Item: Param{Type: TypeObject, Structure: "audience_member", Required: true},
		},
		{
			Name: "audience_member",
			Doc:  "How somebody took part in an audience.",
			Note: "Exactly one of the members is there, and it is true.",
			Params: []Param{
				{Name: "agent", Type: TypeBool, Doc: "Whether the user served the customer."},
				{Name: "customer", Type: TypeBool, Doc: "Whether the user is the customer."},
			},
		},
		{
			Name: "queue_transcripts",
			Kind: KindList,
			Doc:  "The audiences of a queue, in the order of their completion.",
			Item: Param{Type: TypeObject, Structure: "queue_transcript", Required: true},
		},
		{
			Name: "queue_transcript",
			Doc:  "An audience of a queue.",
			Note: "There is at most one of channel_id and dialogue_id.",
			Params: []Param{
				{Name: "request_time", Type: TypeFloat, Required: true, Doc: "When the audience was requested, in seconds since 1970."},
				{Name: "accept_time", Type: TypeFloat, Required: true, Doc: "When the audience was accepted, in seconds since 1970."},
				{Name: "finish_time", Type: TypeFloat, Doc: "When the audience was finished, in seconds since 1970."},
				{Name: "complete_time", Type: TypeFloat, Doc: "When the audience became complete, in seconds since 1970."},
				{Name: "delete_time", Type: TypeFloat, Doc: "When the transcript was or will be deleted, in seconds since 1970."},
				{Name: "channel_id", Type: TypeString, Doc: "The channel of the audience."},
				{Name: "dialogue_id", Type: TypeStringArray, Doc: "The two users of the dialogue of the audience."},
				{Name: "audience_id", Type: TypeString, Doc: "The audience."},
				{Name: "agent_id", Type: TypeString, Doc: "The user who served the customer."},
				{Name: "rating", Type: TypeInt, Enum: "rating", Doc: "The rating that the customer gave: -1, 0 or 1."},
			},
		},
	},
}
