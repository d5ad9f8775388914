package spec

// tagDomain is about tags: the labels of audiences in a realm, which form trees.
var tagDomain = Domain{
	Name: "tag",
	Doc:  "Tags: the labels of audiences in a realm, which form trees.",
	Actions: []Action{
		{
			Name:   "create_tag",
			Doc:    "Creates a tag in a realm.",
			Anchor: "#create_tag",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Required: true, Doc: "The realm that the tag is to belong to."},
				{Name: "tag_attrs", Type: TypeObject, Structure: "tag_attrs", Required: true, Doc: "Initial attributes of the tag."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"tag_created"},
		},
		{
			Name:   "describe_tag",
			Doc:    "Asks about a tag.",
			Anchor: "#describe_tag",
			Params: []Param{
				{Name: "tag_id", Type: TypeString, Required: true, Doc: "The tag."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"tag_found"},
			ReadOnly: true,
		},
		{
			Name:   "describe_tags",
			Doc:    "Asks about the tags of a realm, or those below a tag.",
			Anchor: "#describe_tags",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Doc: "The realm."},
				{Name: "tag_id", Type: TypeString, Doc: "The tag whose children are wanted."},
				{Name: "tag_depth", Type: TypeInt, NonNegative: true, Doc: "How many generations are wanted, from 1 to 10."},
			},
			Choices: []Choice{
				{AtLeastOne, []string{"realm_id", "tag_id"}},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"tags_found"},
			ReadOnly: true,
		},
		{
			Name:   "update_tag",
			Doc:    "Changes the attributes of a tag.",
			Anchor: "#update_tag",
			Params: []Param{
				{Name: "tag_id", Type: TypeString, Required: true, Doc: "The tag."},
				{Name: "tag_attrs", Type: TypeObject, Structure: "tag_attrs", Required: true, Doc: "Attributes to be changed."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"tag_updated"},
		},
		{
			Name:   "delete_tag",
			Doc:    "Deletes a tag.",
			Anchor: "#delete_tag",
			Params: []Param{
				{Name: "tag_id", Type: TypeString, Required: true, Doc: "The tag."},
			},
			ActionID: Always,
			Puppet:   true,
			Replies:  []string{"tag_deleted"},
		},
	},
	Events: []Event{
		{
			Name:   "tag_created",
			Doc:    "Says that a tag was created.",
			Anchor: "#tag_created",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Condition: "it belongs to a realm", Doc: "The realm that the tag belongs to."},
				{Name: "tag_id", Type: TypeString, Required: true, Doc: "The tag."},
				{Name: "tag_attrs", Type: TypeObject, Structure: "tag_attrs", Required: true, Doc: "Attributes of the tag."},
			},
			ActionID: Optional,
		},
		{
			Name:   "tag_found",
			Doc:    "Answers describe_tag.",
			Anchor: "#tag_found",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Condition: "it belongs to a realm", Doc: "The realm that the tag belongs to."},
				{Name: "tag_id", Type: TypeString, Required: true, Doc: "The tag."},
				{Name: "tag_attrs", Type: TypeObject, Structure: "tag_attrs", Required: true, Doc: "Attributes of the tag."},
			},
			ActionID: Optional,
		},
		{
			Name:   "tags_found",
			Doc:    "Answers describe_tags.",
			Anchor: "#tags_found",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Condition: "it belongs to a realm", Doc: "The realm that the tags belong to."},
				{Name: "tag_id", Type: TypeString, Condition: "the action had a tag_id", Doc: "The tag whose children are told."},
				{Name: "tag_attrs", Type: TypeObject, Structure: "tag_attrs", Condition: "the action had a tag_id", Doc: "Attributes of the tag whose children are told."},
				{Name: "tag_children", Type: TypeObject, Structure: "tag_children", Required: true, Doc: "The tags, by id."},
			},
			ActionID: Optional,
		},
		{
			Name:   "tag_updated",
			Doc:    "Says that the attributes of a tag have changed.",
			Anchor: "#tag_updated",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Condition: "it belongs to a realm", Doc: "The realm that the tag belongs to."},
				{Name: "tag_id", Type: TypeString, Required: true, Doc: "The tag."},
				{Name: "tag_attrs", Type: TypeObject, Structure: "tag_attrs", Required: true, Doc: "All attributes of the tag."},
			},
			ActionID: Optional,
		},
		{
			Name:   "tag_deleted",
			Doc:    "Says that a tag no longer exists.",
			Anchor: "#tag_deleted",
			Params: []Param{
				{Name: "realm_id", Type: TypeString, Condition: "it belongs to a realm", Doc: "The realm that the tag belonged to."},
				{Name: "tag_id", Type: TypeString, Required: true, Doc: "The tag."},
				{Name: "tag_attrs", Type: TypeObject, Structure: "tag_attrs", Required: true, Doc: "The last attributes of the tag."},
			},
			ActionID: Optional,
		},
	},
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
			Name:   "tag",
			Doc:    "A tag.",
			Anchor: "#tag",
			Attrs: []Attr{
				{Name: "name", Type: TypeString, Initable: true, Settable: true, Unsettable: true, WritableBy: "realm operators", Doc: "The name of the tag."},
				{Name: "parent_id", Type: TypeString, Initable: true, InitableBy: "realm operators", Doc: "The tag above."},
				{Name: "theme", Type: TypeObject, Structure: "theme", Initable: true, Settable: true, Unsettable: true, WritableBy: "realm operators", Doc: "How the tag looks."},
			},
		},
	},
}
