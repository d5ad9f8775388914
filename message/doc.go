// Package message is about what messages say: there is a content type for each
// message type of the [API reference], which can be built, checked, parsed,
// encoded and shown as text.
//
// [Parse] makes a content of the type and payload of a message, as they are in
// the event message_received; [Content] goes the other way by its methods Type
// and Encode, for the action send_message:
//
//	content := message.NewText("hi")
//	payload, err := content.Encode()
//	...
//	sent, err := session.SendMessage(ctx, api.SendMessage{
//		ChannelID: &id, MessageType: content.Type(), Payload: payload,
//	})
//	...
//	content, err := message.Parse(sent.MessageType, sent.Payload)
//
// Messages of types that the package doesn't know are [Raw]: they pass through
// as they are. A [Registry] adds types of an application's own. A message that
// came without its payload, because the session doesn't accept its type, is
// [Absent].
//
// Properties that a type doesn't have are kept in the content's field Unknown,
// and encoded again. [ParseStrict] refuses them.
//
// The fields of contents have the names of the properties, except that the
// property text is the field Body. Optional properties are pointers, nil when
// they are left out: new("Alice") makes one.
//
// Texts of messages are written by other people. Before printing one on a
// terminal, pass it through [Visible].
//
// The functions of the package may be called concurrently; a content may be
// used by several goroutines as long as none changes it. Nothing here does I/O.
//
// [API reference]: https://ninchat.com/docs/api
package message
