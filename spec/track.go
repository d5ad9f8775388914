package spec

// trackDomain is about following what visitors do before they ask for service.
var trackDomain = Domain{
	Name: "track",
	Doc:  "Following what visitors do before they ask for service.",
	Actions: []Action{
		{
			Name:   "track",
			Doc:    "Tells what a visitor does.",
			Note:   "The reference does not say which stages there are.",
			Anchor: "#track",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm."},
				{Name: "queue_ids", Type: TypeStringArray, Doc: "The queues that the visitor is offered."},
				{Name: "track_stage", Type: TypeString, Required: true, Doc: "The stage which the visitor has reached."},
				{Name: "track_metadata", Type: TypeObject, Required: true, Doc: "Data about the visit."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"ack"},
		},
	},
	Events: []Event{
		{
			Name:     "ack",
			Doc:      "Answers track.",
			Anchor:   "#ack",
			ActionID: Always,
		},
	},
}
