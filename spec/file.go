package spec

// fileDomain is about files that were sent to channels and dialogues.
var fileDomain = Domain{
	Name: "file",
	Doc:  "Files that were sent to channels and dialogues.",
	Objects: []Object{
		{
			Name: "file_thumbnail",
			Doc:  "The size of a small version of an image.",
			Params: []Param{
				{Name: "width", Type: TypeInt, Required: true, Doc: "The width in pixels."},
				{Name: "height", Type: TypeInt, Required: true, Doc: "The height in pixels."},
			},
		},
	},
	Entities: []Entity{
		{
			Name: "file",
			Doc:  "A file.",
			Attrs: []Attr{
				{Name: "name", Type: TypeString, Initable: true, WritableBy: "owner", Doc: "The name of the file.", Note: "send_file needs it."},
				{Name: "type", Type: TypeString, Doc: "The MIME type."},
				{Name: "size", Type: TypeInt, Doc: "The size in bytes."},
				{Name: "thumbnail", Type: TypeObject, Structure: "file_thumbnail", Doc: "The size of a small version of the image."},
			},
		},
	},
}
