package message

import "strconv"

// Parse makes the content of a message from its type and payload, as they are in
// the event message_received. The result is never nil:
//
//   - a pointer to the struct for the message type, without an error;
//   - an *[Absent] without an error, if there is no payload;
//   - a *[Raw] without an error, if the package doesn't know the type;
//   - a *[Raw] with an *[Error], if the payload isn't what it should be.
//
// Properties that the type doesn't have are kept. Messages of the types of this
// package have one payload part, which is JSON of up to [MaxSize] bytes, nested
// up to [MaxDepth] times. Some client software sends more: further parts aren't
// looked at, and aren't in the content. A Raw has the payload itself, other
// contents have copies.
func Parse(messageType string, payload [][]byte) (Content, error) {
	return parse(messageType, payload, false)
}

// ParseStrict is like [Parse], but refuses properties that the type doesn't have
// ([ErrUnknown]), causes that aren't in the API reference ([ErrValue]), and more
// than one part ([ErrParts]). It is for tests: the API grows.
func ParseStrict(messageType string, payload [][]byte) (Content, error) {
	return parse(messageType, payload, true)
}

func parse(messageType string, payload [][]byte, strict bool) (Content, error) {
	if len(payload) == 0 {
		return &Absent{messageType}, nil
	}
	content := newContent(messageType)
	if content == nil {
		return &Raw{messageType, payload}, nil
	}
	err := checkPayload(payload, strict)
	if err == nil {
		err = content.parse(payload[0], strict)
	}
	if err != nil {
		return &Raw{messageType, payload}, err.of(messageType)
	}
	return content, nil
}

func checkPayload(payload [][]byte, strict bool) *Error {
	if strict && len(payload) != 1 {
		return fault(ErrParts, "want 1 part, got "+strconv.Itoa(len(payload)))
	}
	return checkJSON(payload[0])
}

// parsable is a content of this package.
type parsable interface {
	Content
	// parse reads a part that is valid JSON.
	parse(part []byte, strict bool) *Error
}

// newContent makes an empty content, nil if the package has none for the type.
func newContent(messageType string) parsable {
	switch messageType {
	case TypeText:
		return new(Text)
	case TypeNotice:
		return new(Notice)
	case TypeFile:
		return new(File)
	case TypeLink:
		return new(Link)
	case TypeMetadata:
		return new(Metadata)
	case TypeJSON:
		return new(JSON)
	case TypeUICompose:
		return new(UICompose)
	case TypeUIAction:
		return new(UIAction)
	}
	if ServerOnly(messageType) {
		return newInfo(messageType)
	}
	return newRTC(messageType)
}

func newInfo(messageType string) parsable {
	switch messageType {
	case TypeInfoUser:
		return new(InfoUser)
	case TypeInfoChannel:
		return new(InfoChannel)
	case TypeInfoJoin:
		return new(InfoJoin)
	case TypeInfoPart:
		return new(InfoPart)
	case TypeInfoMember:
		return new(InfoMember)
	case TypeInfoAccess:
		return new(InfoAccess)
	case TypeInfoTransferSource:
		return new(InfoTransferSource)
	case TypeInfoTransferTarget:
		return new(InfoTransferTarget)
	}
	return nil
}

func newRTC(messageType string) parsable {
	switch messageType {
	case TypeRTCOffer:
		return new(RTCOffer)
	case TypeRTCAnswer:
		return new(RTCAnswer)
	case TypeRTCICECandidate:
		return new(RTCICECandidate)
	case TypeRTCCall:
		return new(RTCCall)
	case TypeRTCPickUp:
		return new(RTCPickUp)
	case TypeRTCHangUp:
		return new(RTCHangUp)
	}
	return nil
}
