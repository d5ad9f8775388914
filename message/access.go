package message

import "github.com/go-json-experiment/json/jsontext"

// InfoAccess is an invitation to a channel, in the dialogue with whoever
// invites: ninchat.com/info/access, see
// https://ninchat.com/docs/api#ninchatcominfoaccess. Only the server sends it.
type InfoAccess struct {
	// UserID is the user who invites.
	UserID string
	// AccessKey is the key for join_channel.
	AccessKey Secret
	// ChannelID is the channel.
	ChannelID string
	// ChannelAttrs has attributes of the channel.
	ChannelAttrs Object
	// RealmID is the realm of the channel. Optional.
	RealmID *string
	// RealmAttrs has attributes of the realm. Optional.
	RealmAttrs Object
	// RealmMember says that joining makes a member of the realm, too. Optional.
	RealmMember *bool
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var infoAccessForm = form[InfoAccess]{
	members: []member[InfoAccess]{
		{name: "user_id", required: true, at: func(i *InfoAccess) any { return &i.UserID }},
		{name: "access_key", required: true, at: func(i *InfoAccess) any { return &i.AccessKey }},
		{name: "channel_id", required: true, at: func(i *InfoAccess) any { return &i.ChannelID }},
		{name: "channel_attrs", required: true, at: func(i *InfoAccess) any { return &i.ChannelAttrs }},
		{name: "realm_id", at: func(i *InfoAccess) any { return &i.RealmID }},
		{name: "realm_attrs", at: func(i *InfoAccess) any { return &i.RealmAttrs }},
		{name: "realm_member", at: func(i *InfoAccess) any { return &i.RealmMember }},
	},
	unknown: func(i *InfoAccess) *jsontext.Value { return &i.Unknown },
}

// Text returns a sentence: "You are invited to the channel lobby in the realm
// office." It never has the key.
func (i *InfoAccess) Text() string {
	text := "You are invited to the channel " + nameIn(i.ChannelAttrs, i.ChannelID)
	if i.RealmID != nil {
		text += " in the realm " + nameIn(i.RealmAttrs, *i.RealmID)
	}
	if isTrue(i.RealmMember) {
		text += ", and to be a member of the realm"
	}
	return text + "."
}

// nameIn is the name among attributes, or else the id.
func nameIn(attrs Object, id string) string {
	if name := stringIn(attrs, "name"); name != "" {
		return name
	}
	return id
}

// Type returns [TypeInfoAccess].
func (*InfoAccess) Type() string { return TypeInfoAccess }

// Validate implements [Content].
func (i *InfoAccess) Validate() error { return infoAccessForm.validate(TypeInfoAccess, i) }

// Property implements [Content].
func (i *InfoAccess) Property(name string) (value any, ok bool) {
	return infoAccessForm.property(i, name)
}

// Encode implements [Content].
func (i *InfoAccess) Encode() (payload [][]byte, err error) {
	return infoAccessForm.encode(TypeInfoAccess, i)
}

func (i *InfoAccess) parse(part []byte, strict bool) *Error {
	return infoAccessForm.parse(part, i, strict)
}
