package spec

// trackDomain is about following what visitors do before they ask for service.
var trackDomain = Domain{
	Name: "track",
	Doc:  "Following what visitors do before they ask for service.",
	Events: []Event{
		{
			Name:     "ack",
			Doc:      "Answers track.",
			Anchor:   "#ack",
			ActionID: Always,
		},
	},
}
