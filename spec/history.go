package spec

// historyDomain is about stored messages.
var historyDomain = Domain{
	Name: "history",
	Doc:  "Stored messages.",
	Actions: []Action{
		{
			Name:   "load_history",
			Doc:    "Asks for messages that were sent earlier.",
			Note:   "The replies are history_results and then the messages.",
			Anchor: "#load_history",
			Params: []Param{
				{Name: "channel_id", Type: TypeString, Doc: "The channel."},
				{Name: "user_id", Type: TypeString, Doc: "The other user of the dialogue."},
				{Name: "message_types", Type: TypeStringArray, Doc: "The types of messages wanted, exact or ending in *.", Note: "The default is what create_session said."},
				{Name: "message_id", Type: TypeString, Doc: "The message where to begin; it is not among the results.", Note: "An empty string means the beginning of the history."},
				{Name: "message_fold", Type: TypeBool, Doc: "Whether only folded messages are wanted."},
				{Name: "history_length", Type: TypeInt, NonNegative: true, Doc: "The largest number of messages wanted.", Note: "Default and maximum are up to the server."},
				{Name: "history_order", Type: TypeInt, Enum: "history_order", Doc: "The order of the messages: -1 for newest first, 1 for oldest first.", Note: "The default is -1."},
				{Name: "filter_property", Type: TypeString, Doc: "The property of the message content to be searched.", Note: "The reference lists it as required, but describes it as optional."},
				{Name: "filter_substring", Type: TypeString, Doc: "The text that the property must contain.", Note: "The reference lists it as required, but describes it as optional."},
			},
			Choices: []Choice{
				{ExactlyOne, []string{"channel_id", "user_id"}},
				{Together, []string{"filter_property", "filter_substring"}},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"history_results", "message_received"},
			Rule:     RuleSequence,
			ReadOnly: true,
		},
		{
			Name:   "discard_history",
			Doc:    "Removes the messages of a dialogue up to a point, in the view of the session's user.",
			Note:   "Without action_id there is no reply.",
			Anchor: "#discard_history",
			Params: []Param{
				{Name: "user_id", Type: TypeString, Required: true, Doc: "The other user of the dialogue."},
				{Name: "message_id", Type: TypeString, Required: true, Doc: "The last message that is to be removed."},
			},
			ActionID: Optional,
			Puppet:   true,
			Replies:  []string{"history_discarded"},
			Rule:     RuleOneWithActionID,
		},
	},
	Events: []Event{
		{
			Name:   "history_results",
			Doc:    "Says how many messages follow in answer to load_history.",
			Anchor: "#history_results",
			Params: []Param{
				{Name: "channel_id", Type: TypeString, Condition: "the messages are in a channel", Doc: "The channel."},
				{Name: "user_id", Type: TypeString, Condition: "the messages are in a dialogue", Doc: "The other user of the dialogue."},
				{Name: "history_length", Type: TypeInt, NonNegative: true, Required: true, Doc: "How many messages follow."},
				{Name: "message_id", Type: TypeString, Condition: "there are messages", Doc: "The message that comes last."},
			},
			ActionID: Always,
		},
		{
			Name:   "history_discarded",
			Doc:    "Answers discard_history.",
			Note:   "No action leads to a channel_id.",
			Anchor: "#history_discarded",
			Params: []Param{
				{Name: "channel_id", Type: TypeString, Condition: "the messages are in a channel", Doc: "The channel."},
				{Name: "user_id", Type: TypeString, Condition: "the messages are in a dialogue", Doc: "The other user of the dialogue."},
				{Name: "message_id", Type: TypeString, Required: true, Doc: "The last message that was removed."},
			},
			ActionID: Always,
		},
	},
	Enums: []Enum{
		{
			Name: "history_order",
			Doc:  "The orders of messages.",
			Values: []EnumValue{
				{Value: "-1", Doc: "Newest first."},
				{Value: "1", Doc: "Oldest first."},
			},
		},
	},
}
