package frompython_test

import (
	"errors"
	"fmt"

	"github.com/ninchat-community/ninchat/message"
)

// The examples are those of ninchat.api.messages in docs/from-python.md, in the
// same order.

func Example_fromPythonMessage() {
	var content message.Content = message.NewText("hi")
	fmt.Println(content.Type(), content.Text())
	// Output:
	// ninchat.com/text hi
}

func Example_fromPythonMessageType() {
	content, err := message.Parse("example.com/x", [][]byte{[]byte("anything")})
	fmt.Println(content.Type(), err)
	// Output:
	// example.com/x <nil>
}

func Example_fromPythonMessagePayload() {
	payload, err := message.NewText("hi").Encode()
	fmt.Printf("%s %v\n", payload, err)
	// Output:
	// [{"text":"hi"}] <nil>
}

func Example_fromPythonMessageValidate() {
	_, err := message.Parse(message.TypeText, [][]byte{[]byte(`{"text":1}`)})
	fmt.Println(err)
	_, err = message.ParseStrict(message.TypeText, [][]byte{[]byte(`{"text":"hi","x":1}`)})
	fmt.Println(err, errors.Is(err, message.ErrUnknown))
	fmt.Println((&message.UICompose{}).Validate())
	// Output:
	// ninchat.com/text: text: want a string, got a number
	// ninchat.com/text: x: there is no such property true
	// ninchat.com/ui/compose: there must be at least one element
}

func Example_fromPythonMessageStringify() {
	content, err := message.Parse(message.TypeInfoJoin, [][]byte{[]byte(`{"user_id":"1","user_name":"Bob"}`)})
	fmt.Println(content.Text(), err)
	// Output:
	// Bob joined. <nil>
}

func Example_fromPythonMessageGetProperty() {
	content, err := message.Parse(message.TypeText, [][]byte{[]byte(`{"text":"hi","x":[1]}`)})
	text, _ := content.Property("text")
	x, _ := content.Property("x")
	_, ok := content.Property("y")
	fmt.Println(text, x, ok, err)
	// Output:
	// hi [1] false <nil>
}

func Example_fromPythonFactories() {
	content, err := message.Parse("ninchat.com/rtc/future", [][]byte{[]byte("{}")})
	_, isRaw := content.(*message.Raw)
	fmt.Println(isRaw, err, len(message.Types()))
	// Output:
	// true <nil> 22
}

func Example_fromPythonDeclareMessagetype() {
	types := message.Registry{
		"example.com/*": func(messageType string, payload [][]byte) (message.Content, error) {
			return message.NewText(string(payload[0])), nil
		},
	}
	content, err := types.Parse("example.com/greeting", [][]byte{[]byte("hi")})
	fmt.Println(content.Text(), err)
	// Output:
	// hi <nil>
}

func Example_fromPythonTextMessage() {
	content, err := message.Parse(message.TypeText, [][]byte{[]byte(`{"text":"hi"}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.Text hi <nil>
}

func Example_fromPythonNoticeMessage() {
	content, err := message.Parse(message.TypeNotice, [][]byte{[]byte(`{"text":"hi"}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.Notice hi <nil>
}

func Example_fromPythonFileMessage() {
	content, err := message.Parse(message.TypeFile, [][]byte{[]byte(`{"files":[{"file_id":"1","file_attrs":{"name":"a.png","size":2100}}]}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.File a.png (2.1 kB) <nil>
}

func Example_fromPythonLinkMessage() {
	content, err := message.Parse(message.TypeLink, [][]byte{[]byte(`{"name":"a","size":1,"icon":"i","url":"https://example.com"}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.Link a (1 byte) https://example.com <nil>
}

func Example_fromPythonMetadataMessage() {
	content, err := message.Parse(message.TypeMetadata, [][]byte{[]byte(`{"data":{"rating":1,"note":"fine"}}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.Metadata note: fine; rating: 1 <nil>
}

func Example_fromPythonJSONMessage() {
	content, err := message.Parse(message.TypeJSON, [][]byte{[]byte(`{"json":{"b":1,"a":2}}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.JSON {"a":2,"b":1} <nil>
}

func Example_fromPythonUserInfoMessage() {
	content, err := message.Parse(message.TypeInfoUser, [][]byte{[]byte(`{"user_id":"1","user_name":"Bo","user_name_old":"Al"}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.InfoUser Al is now called Bo. <nil>
}

func Example_fromPythonChannelInfoMessage() {
	content, err := message.Parse(message.TypeInfoChannel, [][]byte{[]byte(`{"channel_attrs_old":{"name":"a"},"channel_attrs_new":{"name":"b"}}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.InfoChannel The channel has changed: name "a" → "b". <nil>
}

func Example_fromPythonJoinInfoMessage() {
	content, err := message.Parse(message.TypeInfoJoin, [][]byte{[]byte(`{"user_id":"1","user_name":"Bo","member_invitee":true}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.InfoJoin Bo joined (invited). <nil>
}

func Example_fromPythonPartInfoMessage() {
	content, err := message.Parse(message.TypeInfoPart, [][]byte{[]byte(`{"user_id":"1","user_name":"Bo"}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.InfoPart Bo left. <nil>
}

func Example_fromPythonMemberInfoMessage() {
	content, err := message.Parse(message.TypeInfoMember, [][]byte{[]byte(`{"user_id":"1","user_name":"Bo"}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.InfoMember The membership of Bo has changed. <nil>
}

func Example_fromPythonAccessInfoMessage() {
	content, err := message.Parse(message.TypeInfoAccess, [][]byte{[]byte(`{"user_id":"1","access_key":"k","channel_id":"2","channel_attrs":{"name":"lobby"}}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.InfoAccess You are invited to the channel lobby. <nil>
}

func Example_fromPythonTransferSourceInfoMessage() {
	content, err := message.Parse(message.TypeInfoTransferSource, [][]byte{[]byte(`{"queue_id":"1","audience_id":"2","channel_id":"3","user_id":"4"}`)})
	fmt.Printf("%T %v\n", content, err)
	// Output:
	// *message.InfoTransferSource <nil>
}

func Example_fromPythonTransferTargetInfoMessage() {
	content, err := message.Parse(message.TypeInfoTransferTarget, [][]byte{[]byte(`{"queue_id":"1","user_id":"4"}`)})
	fmt.Printf("%T %v\n", content, err)
	// Output:
	// *message.InfoTransferTarget <nil>
}

func Example_fromPythonOfferRTCMessage() {
	content, err := message.Parse(message.TypeRTCOffer, [][]byte{[]byte(`{"sdp":{"type":"offer"}}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.RTCOffer Sent the offer of a call. <nil>
}

func Example_fromPythonAnswerRTCMessage() {
	content, err := message.Parse(message.TypeRTCAnswer, [][]byte{[]byte(`{"sdp":{"type":"answer"}}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.RTCAnswer Answered the offer of a call. <nil>
}

func Example_fromPythonIceCandidateRTCMessage() {
	content, err := message.Parse(message.TypeRTCICECandidate, [][]byte{[]byte(`{"candidate":null}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.RTCICECandidate Has no more candidates for the call. <nil>
}

func Example_fromPythonCallRTCMessage() {
	content, err := message.Parse(message.TypeRTCCall, [][]byte{[]byte(`{}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.RTCCall Is calling. <nil>
}

func Example_fromPythonPickUpRTCMessage() {
	content, err := message.Parse(message.TypeRTCPickUp, [][]byte{[]byte(`{"answer":false,"busy":true}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.RTCPickUp Didn't take the call: busy. <nil>
}

func Example_fromPythonHangUpRTCMessage() {
	content, err := message.Parse(message.TypeRTCHangUp, [][]byte{[]byte(`{}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.RTCHangUp Hung up. <nil>
}

func Example_fromPythonComposeUIMessage() {
	content, err := message.Parse(message.TypeUICompose, [][]byte{[]byte(`[{"element":"button","label":"Yes"}]`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.UICompose [Yes] <nil>
}

func Example_fromPythonActionUIMessage() {
	content, err := message.Parse(message.TypeUIAction, [][]byte{[]byte(`{"action":"click","target":{"element":"button","label":"Yes"}}`)})
	fmt.Printf("%T %v %v\n", content, content.Text(), err)
	// Output:
	// *message.UIAction Clicked [Yes]. <nil>
}
