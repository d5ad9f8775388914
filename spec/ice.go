package spec

// iceDomain is about what two parties need for establishing a call.
var iceDomain = Domain{
	Name: "ice",
	Doc:  "What two parties need for establishing a call.",
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
