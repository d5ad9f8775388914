package spec

// iceDomain is about what two parties need for establishing a call.
var iceDomain = Domain{
	Name: "ice",
	Doc:  "What two parties need for establishing a call.",
	Actions: []Action{
		{
			Name:     "begin_ice",
			Doc:      "Asks for the servers that help to establish a call.",
			Note:     "Older declarations are without puppet_id.",
			Anchor:   "#begin_ice",
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"ice_begun"},
			ReadOnly: true,
		},
		{
			Name: "discover_jitsi",
			Doc:  "Asks for the conference that belongs to a channel.",
			Params: []Param{
				{Name: "channel_id", Type: TypeString, Required: true, Doc: "The channel."},
			},
			ActionID:     Optional,
			Puppet:       true,
			Replies:      []string{"jitsi_discovered"},
			Undocumented: true,
		},
	},
	Events: []Event{
		{
			Name:   "ice_begun",
			Doc:    "Answers begin_ice.",
			Anchor: "#ice_begun",
			Params: []Param{
				{Name: "stun_servers", Type: TypeObjectArray, Structure: "stun_servers", Required: true, Doc: "Servers that tell a client its address."},
				{Name: "turn_servers", Type: TypeObjectArray, Structure: "turn_servers", Required: true, Doc: "Servers that relay a call."},
			},
			ActionID: Always,
		},
		{
			Name: "jitsi_discovered",
			Doc:  "Answers discover_jitsi.",
			Params: []Param{
				{Name: "jitsi_room", Type: TypeString, Doc: "The name of the conference."},
				{Name: "jitsi_token", Type: TypeString, Secret: true, Doc: "The token to enter the conference with."},
			},
			ActionID:     Optional,
			Undocumented: true,
		},
	},
	Objects: []Object{
		{
			Name: "stun_servers",
			Kind: KindList,
			Doc:  "Servers that tell a client its address.",
			Item: Param{Type: TypeObject, Structure: "stun_server", Required: true},
		},
		{
			Name: "stun_server",
			Doc:  "A server that tells a client its address.",
			Params: []Param{
				{Name: "urls", Type: TypeStringArray, Required: true, Doc: "The addresses of the server."},
			},
		},
		{
			Name: "turn_servers",
			Kind: KindList,
			Doc:  "Servers that relay a call.",
			Item: Param{Type: TypeObject, Structure: "turn_server", Required: true},
		},
		{
			Name: "turn_server",
			Doc:  "A server that relays a call.",
			Params: []Param{
				{Name: "urls", Type: TypeStringArray, Required: true, Doc: "The addresses of the server."},
				{Name: "username", Type: TypeString, Required: true, Doc: "The name to log in with."},
				{Name: "credential", Type: TypeString, Required: true, Secret: true, Doc: "The password to log in with."},
			},
		},
	},
}
