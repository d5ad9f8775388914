package spec

// fileDomain is about files that were sent to channels and dialogues.
var fileDomain = Domain{
	Name: "file",
	Doc:  "Files that were sent to channels and dialogues.",
	Actions: []Action{
		{
			Name:   "send_file",
			Doc:    "Sends a file to a channel or user.",
			Note:   "It arrives as a ninchat.com/file message. The attribute upload of channel or queue says who may send files.",
			Anchor: "#send_file",
			Params: []Param{
				{Name: "file_attrs", Type: TypeObject, Structure: "file_attrs", Required: true, Doc: "Attributes of the file.", Note: "The name is needed."},
				{Name: "user_id", Type: TypeString, Doc: "The user to send to."},
				{Name: "channel_id", Type: TypeString, Doc: "The channel to send to."},
			},
			Choices: []Choice{
				{ExactlyOne, []string{"user_id", "channel_id"}},
			},
			ActionID:   Always,
			Puppet:     true,
			Payload:    PayloadRequired,
			PayloadDoc: "The content of the file, in the first part.",
			Replies:    []string{"message_received"},
		},
		{
			Name:   "describe_file",
			Doc:    "Asks about a file, and where to get it.",
			Anchor: "#describe_file",
			Params: []Param{
				{Name: "file_id", Type: TypeString, Required: true, Doc: "The file."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"file_found"},
			ReadOnly: true,
		},
	},
	Events: []Event{
		{
			Name:   "file_found",
			Doc:    "Answers describe_file.",
			Anchor: "#file_found",
			Params: []Param{
				{Name: "file_id", Type: TypeString, Required: true, Doc: "The file."},
				{Name: "file_attrs", Type: TypeObject, Structure: "file_attrs", Required: true, Doc: "Attributes of the file."},
				{Name: "file_url", Type: TypeString, Required: true, Doc: "Where to get the file."},
				{Name: "thumbnail_url", Type: TypeString, Condition: "the file is an image of a common type", Doc: "Where to get a small version of the image."},
				{Name: "url_expiry", Type: TypeInt, NonNegative: true, Required: true, Doc: "Until when the addresses are valid, in seconds since 1970."},
			},
			ActionID: Optional,
		},
	},
	Objects: []Object{
		{
			Name: "file_thumbnail",
			Doc:  "The size of a small version of an image.",
			Params: []Param{
				{Name: "width", Type: TypeInt, NonNegative: true, Required: true, Doc: "The width in pixels."},
				{Name: "height", Type: TypeInt, NonNegative: true, Required: true, Doc: "The height in pixels."},
			},
		},
	},
	Entities: []Entity{
		{
			Name:   "file",
			Doc:    "A file.",
			Anchor: "#file",
			Attrs: []Attr{
				{Name: "name", Type: TypeString, Initable: true, WritableBy: "owner", Doc: "The name of the file.", Note: "The action send_file needs it."},
				{Name: "type", Type: TypeString, Doc: "The MIME type."},
				{Name: "size", Type: TypeInt, NonNegative: true, Doc: "The size in bytes.", Note: "Older declarations call its type integer."},
				{Name: "thumbnail", Type: TypeObject, Structure: "file_thumbnail", Doc: "The size of a small version of the image."},
			},
		},
	},
}
