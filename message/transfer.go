package message

import "github.com/go-json-experiment/json/jsontext"

// InfoTransferSource says in a channel where the customer has come from:
// ninchat.com/info/transfer/source, see
// https://ninchat.com/docs/api#ninchatcominfotransfersource. Only the server
// sends it. Which of both messages is for which channel is a reading of their
// names.
type InfoTransferSource struct {
	// QueueID is the queue that the customer was in before.
	QueueID string
	// AudienceID is the audience.
	AudienceID string
	// ChannelID is the earlier channel.
	ChannelID string
	// UserID is the user concerned.
	UserID string
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var infoTransferSourceForm = form[InfoTransferSource]{
	members: []member[InfoTransferSource]{
		{name: "queue_id", required: true, at: func(i *InfoTransferSource) any { return &i.QueueID }},
		{name: "audience_id", required: true, at: func(i *InfoTransferSource) any { return &i.AudienceID }},
		{name: "channel_id", required: true, at: func(i *InfoTransferSource) any { return &i.ChannelID }},
		{name: "user_id", required: true, at: func(i *InfoTransferSource) any { return &i.UserID }},
	},
	unknown: func(i *InfoTransferSource) *jsontext.Value { return &i.Unknown },
}

// Text returns a sentence: "Transferred from queue 1, channel 2, by user 3."
func (i *InfoTransferSource) Text() string {
	return "Transferred from queue " + i.QueueID + ", channel " + i.ChannelID + ", by user " + i.UserID + "."
}

// Type returns [TypeInfoTransferSource].
func (*InfoTransferSource) Type() string { return TypeInfoTransferSource }

// Validate implements [Content].
func (i *InfoTransferSource) Validate() error {
	return infoTransferSourceForm.validate(TypeInfoTransferSource, i)
}

// Property implements [Content].
func (i *InfoTransferSource) Property(name string) (value any, ok bool) {
	return infoTransferSourceForm.property(i, name)
}

// Encode implements [Content].
func (i *InfoTransferSource) Encode() (payload [][]byte, err error) {
	return infoTransferSourceForm.encode(TypeInfoTransferSource, i)
}

func (i *InfoTransferSource) parse(part []byte, strict bool) *Error {
	return infoTransferSourceForm.parse(part, i, strict)
}

// InfoTransferTarget says in a channel where the customer has gone:
// ninchat.com/info/transfer/target, see
// https://ninchat.com/docs/api#ninchatcominfotransfertarget. Only the server
// sends it.
type InfoTransferTarget struct {
	// QueueID is the queue that the customer is in now.
	QueueID string
	// UserID is the user concerned.
	UserID string
	// Unknown has the other properties as a JSON object, nil if there are none.
	Unknown jsontext.Value
}

var infoTransferTargetForm = form[InfoTransferTarget]{
	members: []member[InfoTransferTarget]{
		{name: "queue_id", required: true, at: func(i *InfoTransferTarget) any { return &i.QueueID }},
		{name: "user_id", required: true, at: func(i *InfoTransferTarget) any { return &i.UserID }},
	},
	unknown: func(i *InfoTransferTarget) *jsontext.Value { return &i.Unknown },
}

// Text returns a sentence: "Transferred to queue 1 by user 2."
func (i *InfoTransferTarget) Text() string {
	return "Transferred to queue " + i.QueueID + " by user " + i.UserID + "."
}

// Type returns [TypeInfoTransferTarget].
func (*InfoTransferTarget) Type() string { return TypeInfoTransferTarget }

// Validate implements [Content].
func (i *InfoTransferTarget) Validate() error {
	return infoTransferTargetForm.validate(TypeInfoTransferTarget, i)
}

// Property implements [Content].
func (i *InfoTransferTarget) Property(name string) (value any, ok bool) {
	return infoTransferTargetForm.property(i, name)
}

// Encode implements [Content].
func (i *InfoTransferTarget) Encode() (payload [][]byte, err error) {
	return infoTransferTargetForm.encode(TypeInfoTransferTarget, i)
}

func (i *InfoTransferTarget) parse(part []byte, strict bool) *Error {
	return infoTransferTargetForm.parse(part, i, strict)
}
