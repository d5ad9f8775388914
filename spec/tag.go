package spec

// tagDomain is about tags: the labels of audiences in a realm, which form trees.
var tagDomain = Domain{
	Name: "tag",
	Doc:  "Tags: the labels of audiences in a realm, which form trees.",
	Objects: []Object{
		{
			Name: "tag_children",
			Kind: KindMap,
			Doc:  "Tags that have the same parent, or none.",
			Key:  "the id of the tag",
			Item: Param{Type: TypeObject, Structure: "tag_child", Required: true},
		},
		{
			Name: "tag_child",
			Doc:  "A tag, and the tags below it.",
			Params: []Param{
				{Name: "tag_attrs", Type: TypeObject, Structure: "tag_attrs", Required: true, Doc: "Attributes of the tag."},
				{Name: "tag_children", Type: TypeObject, Structure: "tag_children", Doc: "The tags below.", Note: "It is left out beyond tag_depth, and empty if there are none."},
			},
		},
	},
	Entities: []Entity{
		{
			Name: "tag",
			Doc:  "A tag.",
			Attrs: []Attr{
				{Name: "name", Type: TypeString, Initable: true, Settable: true, Unsettable: true, WritableBy: "realm operators", Doc: "The name of the tag."},
				{Name: "parent_id", Type: TypeString, Initable: true, InitableBy: "realm operators", Doc: "The tag above."},
				{Name: "theme", Type: TypeObject, Structure: "theme", Initable: true, Settable: true, Unsettable: true, WritableBy: "realm operators", Doc: "How the tag looks."},
			},
		},
	},
}
