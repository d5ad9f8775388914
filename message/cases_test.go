package message_test

import "github.com/ninchat-community/ninchat/message"

// accepted is a payload of a message type that is fine.
type accepted struct {
	payload string
	// text is what people should see.
	text string
	// loose says that only Parse accepts it, not ParseStrict.
	loose bool
}

// refused is a payload that isn't fine.
type refused struct {
	payload string
	path    string
	rule    message.Rule
}

type typeCases struct {
	accepted []accepted
	refused  []refused
}

// join puts tables together.
func join[T any](tables ...[]T) (all []T) {
	for _, table := range tables {
		all = append(all, table...)
	}
	return all
}

// notObjects are refused as the payload of any type that is an object.
var notObjects = []refused{
	{``, "", message.ErrSyntax},
	{` `, "", message.ErrSyntax},
	{`null`, "", message.ErrKind},
	{`true`, "", message.ErrKind},
	{`1`, "", message.ErrKind},
	{`"x"`, "", message.ErrKind},
	{`[]`, "", message.ErrKind},
	{`[{}]`, "", message.ErrKind},
	{`{`, "", message.ErrSyntax},
	{`{}{}`, "", message.ErrSyntax},
	{`{} x`, "", message.ErrSyntax},
	{`{"x":1,}`, "", message.ErrSyntax},
	{`{'x':1}`, "", message.ErrSyntax},
	{"{\"x\":\"\xff\"}", "", message.ErrSyntax},
	{`{"x":"\ud800"}`, "", message.ErrSyntax},
	{`{"x":NaN}`, "", message.ErrSyntax},
	{`{"x":01}`, "", message.ErrSyntax},
	{`{"x":1,"x":2}`, "", message.ErrDuplicate},
	{`{"x":1,"\u0078":2}`, "", message.ErrDuplicate},
	{"\ufeff{}", "", message.ErrSyntax},
}

// wrongKinds are payloads with a property of each kind but the right ones. The
// template has # where the value goes.
func wrongKinds(template, path string, right ...string) (all []refused) {
	for kind, value := range map[string]string{
		"null": `null`, "bool": `true`, "string": `"x"`, "number": `1.5`, "object": `{"x":1}`, "array": `[1]`,
	} {
		if !contains(right, kind) {
			all = append(all, refused{fill(template, value), path, message.ErrKind})
		}
	}
	return all
}

func contains(all []string, one string) bool {
	for _, other := range all {
		if other == one {
			return true
		}
	}
	return false
}

func fill(template, value string) string {
	for i := range template {
		if template[i] == '#' {
			return template[:i] + value + template[i+1:]
		}
	}
	return template
}

// sdpCases are for offers and answers.
func sdpCases(text string) typeCases {
	return typeCases{
		[]accepted{
			{`{"sdp":{"type":"offer","sdp":"v=0\r\n"}}`, text, false},
			{`{"sdp":{}}`, text, false},
			{`{"sdp":{},"x":[null]}`, text, true},
		},
		join([]refused{{`{}`, "sdp", message.ErrRequired}, {`{"SDP":{}}`, "sdp", message.ErrRequired}},
			wrongKinds(`{"sdp":#}`, "sdp", "object")),
	}
}

// memberCases are for joining and changes of memberships.
func memberCases(before, after string) typeCases {
	return typeCases{
		[]accepted{
			{`{"user_id":"1"}`, before + "1" + after + ".", false},
			{`{"user_id":"1","user_name":"Bob"}`, before + "Bob" + after + ".", false},
			{`{"user_id":"1","user_name":""}`, before + "1" + after + ".", false},
			{`{"user_id":"1","user_name":"Bob","member_invitee":true}`, before + "Bob" + after + " (invited).", false},
			{`{"user_id":"1","user_name":"Bob","member_silenced":true}`, before + "Bob" + after + " (silenced).", false},
			{`{"user_id":"1","user_name":"Bob","member_invitee":true,"member_silenced":true}`, before + "Bob" + after + " (invited, silenced).", false},
			{`{"user_id":"1","member_invitee":false,"member_silenced":false}`, before + "1" + after + ".", false},
			{`{"user_id":"1","member_operator":true}`, before + "1" + after + ".", true},
		},
		join([]refused{{`{}`, "user_id", message.ErrRequired}, {`{"user_name":"Bob"}`, "user_id", message.ErrRequired}},
			wrongKinds(`{"user_id":#}`, "user_id", "string"),
			wrongKinds(`{"user_id":"1","user_name":#}`, "user_name", "string"),
			wrongKinds(`{"user_id":"1","member_invitee":#}`, "member_invitee", "bool"),
			wrongKinds(`{"user_id":"1","member_silenced":#}`, "member_silenced", "bool")),
	}
}

// emptyCases are for types without properties.
func emptyCases(text string) typeCases {
	return typeCases{
		[]accepted{{`{}`, text, false}, {" {\n}\t", text, false}, {`{"x":1}`, text, true}}, nil,
	}
}

var textCases = typeCases{
	[]accepted{
		{`{"text":"hello"}`, "hello", false},
		{`{"text":""}`, "", false},
		{" {\r\n\t\"text\" : \"a\" } ", "a", false},
		{`{"text":"\u00e4\ud83d\ude00\n\"\\\/\u0000"}`, "ä😀\n\"\\/\x00", false},
		{`{"te\u0078t":"a"}`, "a", false},
		{`{"text":"a","x":{"y":[1,2]},"z":null}`, "a", true},
	},
	join([]refused{
		{`{}`, "text", message.ErrRequired},
		{`{"Text":"a"}`, "text", message.ErrRequired},
		{`{"text":"a","text":"b"}`, "", message.ErrDuplicate},
	}, wrongKinds(`{"text":#}`, "text", "string")),
}

func cases() map[string]typeCases {
	return map[string]typeCases{
		message.TypeText:   textCases,
		message.TypeNotice: textCases,
		message.TypeFile: {
			[]accepted{
				{`{"files":[{"file_id":"1","file_attrs":{}}]}`, "1", false},
				{`{"text":"Look","files":[{"file_id":"1","file_attrs":{"name":"a.png","size":999}},{"file_id":"2","file_attrs":{"name":"b.png","size":1234567}}]}`, "Look: a.png (999 bytes), b.png (1.2 MB)", false},
				{`{"text":"","files":[{"file_id":"1","file_attrs":{"name":3,"size":"big"}}]}`, "1", false},
				{`{"files":[{"file_id":"1","file_attrs":{"size":999950}}]}`, "1 (1.0 MB)", false},
				{`{"files":[{"file_id":"1","file_attrs":{},"x":1}],"y":2}`, "1", true},
			},
			join([]refused{
				{`{}`, "files", message.ErrRequired},
				{`{"text":"x"}`, "files", message.ErrRequired},
				{`{"files":[]}`, "files", message.ErrCount},
				{`{"files":[{}]}`, "files[0].file_id", message.ErrRequired},
				{`{"files":[{"file_id":"1"}]}`, "files[0].file_attrs", message.ErrRequired},
				{`{"files":[{"file_id":"1","file_attrs":{}},{"file_attrs":{}}]}`, "files[1].file_id", message.ErrRequired},
			},
				wrongKinds(`{"files":#}`, "files", "array"),
				wrongKinds(`{"files":[#]}`, "files[0]", "object"),
				wrongKinds(`{"files":[{"file_id":"1","file_attrs":{}}],"text":#}`, "text", "string"),
				wrongKinds(`{"files":[{"file_id":#,"file_attrs":{}}]}`, "files[0].file_id", "string"),
				wrongKinds(`{"files":[{"file_id":"1","file_attrs":#}]}`, "files[0].file_attrs", "object")),
		},
		message.TypeLink: {
			[]accepted{
				{`{"name":"a.pdf","size":12000,"icon":"i","url":"https://x.example/a"}`, "a.pdf (12.0 kB) https://x.example/a", false},
				{`{"name":"","size":-1,"icon":"","url":"u","thumbnail":"t"}`, " u", false},
				{`{"name":"a","size":9223372036854775807,"icon":"i","url":"u"}`, "a (9223372.0 TB) u", false},
				{`{"name":"a","size":0,"icon":"i","url":"u","x":1}`, "a (0 bytes) u", true},
			},
			join([]refused{
				{`{"size":1,"icon":"i","url":"u"}`, "name", message.ErrRequired},
				{`{"name":"a","icon":"i","url":"u"}`, "size", message.ErrRequired},
				{`{"name":"a","size":1,"url":"u"}`, "icon", message.ErrRequired},
				{`{"name":"a","size":1,"icon":"i"}`, "url", message.ErrRequired},
				{`{"name":"a","size":1e3,"icon":"i","url":"u"}`, "size", message.ErrKind},
				{`{"name":"a","size":1.0,"icon":"i","url":"u"}`, "size", message.ErrKind},
				{`{"name":"a","size":9223372036854775808,"icon":"i","url":"u"}`, "size", message.ErrRange},
			},
				wrongKinds(`{"name":#,"size":1,"icon":"i","url":"u"}`, "name", "string"),
				wrongKinds(`{"name":"a","size":#,"icon":"i","url":"u"}`, "size"),
				wrongKinds(`{"name":"a","size":1,"icon":#,"url":"u"}`, "icon", "string"),
				wrongKinds(`{"name":"a","size":1,"icon":"i","url":#}`, "url", "string"),
				wrongKinds(`{"name":"a","size":1,"icon":"i","url":"u","thumbnail":#}`, "thumbnail", "string")),
		},
		message.TypeMetadata: {
			[]accepted{
				{`{"data":{}}`, "", false},
				{`{"data":{"rating":1,"note":"fine","tag_ids":["b", "a"],"x":{"b":1,"a":null}},"time":1500000000.5}`,
					`note: fine; rating: 1; tag_ids: ["b","a"]; x: {"a":null,"b":1}`, false},
				{`{"data":{"n":12345678901234567890},"time":1}`, "n: 12345678901234567890", false},
				{`{"data":{},"x":1}`, "", true},
			},
			join([]refused{
				{`{}`, "data", message.ErrRequired},
				{`{"data":{},"time":0}`, "time", message.ErrRange},
				{`{"data":{},"time":-1}`, "time", message.ErrRange},
				{`{"data":{},"time":1e999}`, "time", message.ErrRange},
			},
				wrongKinds(`{"data":#}`, "data", "object"),
				wrongKinds(`{"data":{},"time":#}`, "time", "number")),
		},
		message.TypeJSON: {
			[]accepted{
				{`{"json":{}}`, "{}", false},
				{`{"json":{"b":[1, 2],"a":"\u00e4<"}}`, `{"a":"ä<","b":[1,2]}`, false},
				{`{"json":{},"x":1}`, "{}", true},
			},
			join([]refused{{`{}`, "json", message.ErrRequired}}, wrongKinds(`{"json":#}`, "json", "object")),
		},
		message.TypeInfoUser: {
			[]accepted{
				{`{"user_id":"1"}`, "1 has changed.", false},
				{`{"user_id":"1","user_name":"Bo","user_name_old":"Al"}`, "Al is now called Bo.", false},
				{`{"user_id":"1","user_name":"Bo"}`, "1 is now called Bo.", false},
				{`{"user_id":"1","user_name_old":"Al"}`, "Al no longer has a name.", false},
				{`{"user_id":"1","user_name":"Bo","user_deleted":true}`, "Bo was deleted.", false},
				{`{"user_id":"1","user_deleted":false}`, "1 has changed.", false},
				{`{"user_id":"1","x":1}`, "1 has changed.", true},
			},
			join([]refused{{`{}`, "user_id", message.ErrRequired}, {`{"user_deleted":true}`, "user_id", message.ErrRequired}},
				wrongKinds(`{"user_id":#}`, "user_id", "string"),
				wrongKinds(`{"user_id":"1","user_name":#}`, "user_name", "string"),
				wrongKinds(`{"user_id":"1","user_name_old":#}`, "user_name_old", "string"),
				wrongKinds(`{"user_id":"1","user_deleted":#}`, "user_deleted", "bool")),
		},
		message.TypeInfoChannel: {
			[]accepted{
				{`{"channel_attrs_old":{},"channel_attrs_new":{}}`, "The channel has changed.", false},
				{`{"channel_attrs_old":{"name":"a","topic":"t","x":[1]},"channel_attrs_new":{"name":"b","closed":true,"x":[ 1 ]}}`,
					`The channel has changed: closed true, name "a" → "b", topic "t" removed.`, false},
				{`{"channel_attrs_old":{"a":1},"channel_attrs_new":{"b":2}}`, "The channel has changed: a 1 removed, b 2.", false},
				{`{"channel_attrs_old":{},"channel_attrs_new":{},"cause":"audience_transfer"}`, "The channel has changed.", false},
				{`{"channel_attrs_old":{},"channel_attrs_new":{},"cause":"weather"}`, "The channel has changed.", true},
			},
			join([]refused{
				{`{"channel_attrs_new":{}}`, "channel_attrs_old", message.ErrRequired},
				{`{"channel_attrs_old":{}}`, "channel_attrs_new", message.ErrRequired},
			},
				wrongKinds(`{"channel_attrs_old":#,"channel_attrs_new":{}}`, "channel_attrs_old", "object"),
				wrongKinds(`{"channel_attrs_old":{},"channel_attrs_new":#}`, "channel_attrs_new", "object"),
				wrongKinds(`{"channel_attrs_old":{},"channel_attrs_new":{},"cause":#}`, "cause", "string")),
		},
		message.TypeInfoJoin:   memberCases("", " joined"),
		message.TypeInfoMember: memberCases("The membership of ", " has changed"),
		message.TypeInfoPart: {
			[]accepted{
				{`{"user_id":"1"}`, "1 left.", false},
				{`{"user_id":"1","user_name":"Bob"}`, "Bob left.", false},
				{`{"user_id":"1","user_name":"Bob","cause":"member_remove"}`, "Bob was removed.", false},
				{`{"user_id":"1","user_name":"Bob","cause":"audience_transfer"}`, "Bob left: the customer was transferred.", false},
				{`{"user_id":"1","cause":"boredom"}`, "1 left (boredom).", true},
			},
			join([]refused{{`{}`, "user_id", message.ErrRequired}},
				wrongKinds(`{"user_id":#}`, "user_id", "string"),
				wrongKinds(`{"user_id":"1","user_name":#}`, "user_name", "string"),
				wrongKinds(`{"user_id":"1","cause":#}`, "cause", "string")),
		},
		message.TypeInfoAccess: {
			[]accepted{
				{`{"user_id":"1","access_key":"key","channel_id":"2","channel_attrs":{}}`, "You are invited to the channel 2.", false},
				{`{"user_id":"1","access_key":"key","channel_id":"2","channel_attrs":{"name":"lobby"},"realm_id":"3","realm_attrs":{"name":"office"},"realm_member":true}`,
					"You are invited to the channel lobby in the realm office, and to be a member of the realm.", false},
				{`{"user_id":"1","access_key":"","channel_id":"2","channel_attrs":{},"realm_id":"3","realm_member":false}`, "You are invited to the channel 2 in the realm 3.", false},
				{`{"user_id":"1","access_key":"key","channel_id":"2","channel_attrs":{},"x":1}`, "You are invited to the channel 2.", true},
			},
			join([]refused{
				{`{"access_key":"k","channel_id":"2","channel_attrs":{}}`, "user_id", message.ErrRequired},
				{`{"user_id":"1","channel_id":"2","channel_attrs":{}}`, "access_key", message.ErrRequired},
				{`{"user_id":"1","access_key":"k","channel_attrs":{}}`, "channel_id", message.ErrRequired},
				{`{"user_id":"1","access_key":"k","channel_id":"2"}`, "channel_attrs", message.ErrRequired},
			},
				wrongKinds(`{"user_id":#,"access_key":"k","channel_id":"2","channel_attrs":{}}`, "user_id", "string"),
				wrongKinds(`{"user_id":"1","access_key":#,"channel_id":"2","channel_attrs":{}}`, "access_key", "string"),
				wrongKinds(`{"user_id":"1","access_key":"k","channel_id":#,"channel_attrs":{}}`, "channel_id", "string"),
				wrongKinds(`{"user_id":"1","access_key":"k","channel_id":"2","channel_attrs":#}`, "channel_attrs", "object"),
				wrongKinds(`{"user_id":"1","access_key":"k","channel_id":"2","channel_attrs":{},"realm_id":#}`, "realm_id", "string"),
				wrongKinds(`{"user_id":"1","access_key":"k","channel_id":"2","channel_attrs":{},"realm_attrs":#}`, "realm_attrs", "object"),
				wrongKinds(`{"user_id":"1","access_key":"k","channel_id":"2","channel_attrs":{},"realm_member":#}`, "realm_member", "bool")),
		},
		message.TypeInfoTransferSource: {
			[]accepted{
				{`{"queue_id":"1","audience_id":"2","channel_id":"3","user_id":"4"}`, "Transferred from queue 1, channel 3, by user 4.", false},
				{`{"queue_id":"1","audience_id":"2","channel_id":"3","user_id":"4","x":1}`, "Transferred from queue 1, channel 3, by user 4.", true},
			},
			join([]refused{
				{`{"audience_id":"2","channel_id":"3","user_id":"4"}`, "queue_id", message.ErrRequired},
				{`{"queue_id":"1","channel_id":"3","user_id":"4"}`, "audience_id", message.ErrRequired},
				{`{"queue_id":"1","audience_id":"2","user_id":"4"}`, "channel_id", message.ErrRequired},
				{`{"queue_id":"1","audience_id":"2","channel_id":"3"}`, "user_id", message.ErrRequired},
			},
				wrongKinds(`{"queue_id":#,"audience_id":"2","channel_id":"3","user_id":"4"}`, "queue_id", "string"),
				wrongKinds(`{"queue_id":"1","audience_id":#,"channel_id":"3","user_id":"4"}`, "audience_id", "string"),
				wrongKinds(`{"queue_id":"1","audience_id":"2","channel_id":#,"user_id":"4"}`, "channel_id", "string"),
				wrongKinds(`{"queue_id":"1","audience_id":"2","channel_id":"3","user_id":#}`, "user_id", "string")),
		},
		message.TypeInfoTransferTarget: {
			[]accepted{
				{`{"queue_id":"1","user_id":"4"}`, "Transferred to queue 1 by user 4.", false},
				{`{"queue_id":"1","user_id":"4","x":1}`, "Transferred to queue 1 by user 4.", true},
			},
			join([]refused{{`{"user_id":"4"}`, "queue_id", message.ErrRequired}, {`{"queue_id":"1"}`, "user_id", message.ErrRequired}},
				wrongKinds(`{"queue_id":#,"user_id":"4"}`, "queue_id", "string"),
				wrongKinds(`{"queue_id":"1","user_id":#}`, "user_id", "string")),
		},
		message.TypeRTCOffer:  sdpCases("Sent the offer of a call."),
		message.TypeRTCAnswer: sdpCases("Answered the offer of a call."),
		message.TypeRTCICECandidate: {
			[]accepted{
				{`{"candidate":{"candidate":"candidate:1 1 UDP 1 192.0.2.1 1 typ host","sdpMLineIndex":0}}`, "Sent a candidate for the call.", false},
				{`{"candidate":null}`, "Has no more candidates for the call.", false},
				{`{"candidate":{},"x":1}`, "Sent a candidate for the call.", true},
			},
			join([]refused{{`{}`, "candidate", message.ErrRequired}}, wrongKinds(`{"candidate":#}`, "candidate", "object", "null")),
		},
		message.TypeRTCCall:   emptyCases("Is calling."),
		message.TypeRTCHangUp: emptyCases("Hung up."),
		message.TypeRTCPickUp: {
			[]accepted{
				{`{"answer":true}`, "Took the call.", false},
				{`{"answer":false}`, "Didn't take the call.", false},
				{`{"answer":false,"busy":true}`, "Didn't take the call: busy.", false},
				{`{"answer":false,"unsupported":true,"busy":false}`, "Didn't take the call: calls aren't supported.", false},
				{`{"answer":true,"x":1}`, "Took the call.", true},
			},
			join([]refused{{`{}`, "answer", message.ErrRequired}, {`{"busy":true}`, "answer", message.ErrRequired}},
				wrongKinds(`{"answer":#}`, "answer", "bool"),
				wrongKinds(`{"answer":true,"busy":#}`, "busy", "bool"),
				wrongKinds(`{"answer":true,"unsupported":#}`, "unsupported", "bool")),
		},
		message.TypeUICompose: composeCases(),
		message.TypeUIAction: {
			[]accepted{
				{`{"action":"click","target":{"class":"x y z","element":"a","href":"https://example.net","label":"L"}}`, "Clicked [L].", false},
				{`{"action":"click","target":{"element":"button","id":"I"}}`, "Clicked [I].", false},
				{`{"action":"click","target":{"element":"select","label":"Colour","options":[{"label":"Red","value":"r"},{"label":"Blue","value":"b","selected":true}]}}`, "Chose [Blue] in Colour.", false},
				{`{"action":"click","target":{"element":"select","name":"N","options":[{"label":"Red","value":"r"}]}}`, "Chose nothing in N.", false},
				{`{"action":"click","target":{}}`, "Clicked.", false},
				{`{"action":"click","target":{"element":7}}`, "Clicked.", false},
				{`{"action":"click","target":{},"x":1}`, "Clicked.", true},
			},
			join([]refused{
				{`{"target":{}}`, "action", message.ErrRequired},
				{`{"action":"click"}`, "target", message.ErrRequired},
				{`{"action":"tap","target":{}}`, "action", message.ErrValue},
				{`{"action":"Click","target":{}}`, "action", message.ErrValue},
				{`{"action":"","target":{}}`, "action", message.ErrValue},
			},
				wrongKinds(`{"action":#,"target":{}}`, "action", "string"),
				wrongKinds(`{"action":"click","target":#}`, "target", "object")),
		},
	}
}

func composeCases() typeCases {
	const twenty = `{"label":"a","value":"b"},{"label":"a","value":"b"},{"label":"a","value":"b"},{"label":"a","value":"b"},{"label":"a","value":"b"},` +
		`{"label":"a","value":"b"},{"label":"a","value":"b"},{"label":"a","value":"b"},{"label":"a","value":"b"},{"label":"a","value":"b"},` +
		`{"label":"a","value":"b"},{"label":"a","value":"b"},{"label":"a","value":"b"},{"label":"a","value":"b"},{"label":"a","value":"b"},` +
		`{"label":"a","value":"b"},{"label":"a","value":"b"},{"label":"a","value":"b"},{"label":"a","value":"b"},{"label":"a","value":"b"}`
	const as = `[a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a] [a]`
	return typeCases{
		[]accepted{
			{`[{"element":"button"}]`, "[button]", false},
			{`[{"element":"button","id":"x y z","label":"L M"}]`, "[L M]", false},
			{`[{"element":"button","id":"I","label":"","name":"N"},{"element":"button","id":"I"}]`, "[N] [I]", false},
			{`[{"class":"x y z","element":"a","href":"https://example.net","id":null,"label":"L","name":null}]`, "L <https://example.net>", false},
			{`[{"class":"a b c d e","element":"a"}]`, "a", false},
			{`[{"class":"  a  b c  d e ","element":"a","label":"L"}]`, "L", false},
			{`[{"class":"","element":"a","href":"mailto:a@b.example","label":"Mail"},{"element":"a","href":"tel:+1 (2) 3-4","label":"Call"}]`, "Mail <mailto:a@b.example> Call <tel:+1 (2) 3-4>", false},
			{`[{"element":"select","label":"Pick","options":[{"label":"A","value":"1"},{"label":"","value":""}]}]`, "Pick: [A] []", false},
			{`[{"element":"select","options":[` + twenty + `]}]`, "select: " + as, false},
			{`[{"element":"button","x":1}]`, "[button]", true},
			{`[{"element":"select","options":[{"label":"A","value":"1","selected":true}]}]`, "select: [A]", true},
		},
		join([]refused{
			{``, "", message.ErrSyntax},
			{`[`, "", message.ErrSyntax},
			{`[{"element":"button"}`, "", message.ErrSyntax},
			{`{}`, "", message.ErrKind},
			{`{"element":"button"}`, "", message.ErrKind},
			{`null`, "", message.ErrKind},
			{`"button"`, "", message.ErrKind},
			{`[]`, "", message.ErrCount},
			{`[{}]`, "[0].element", message.ErrRequired},
			{`[{"element":"button"},{"label":"x"}]`, "[1].element", message.ErrRequired},
			{`[{"element":"input"}]`, "[0].element", message.ErrValue},
			{`[{"element":"A"}]`, "[0].element", message.ErrValue},
			{`[{"element":""}]`, "[0].element", message.ErrValue},
			{`[{"element":"a","class":"a b c d e f"}]`, "[0].class", message.ErrCount},
			{`[{"element":"button","href":"https://example.net"}]`, "[0].href", message.ErrTogether},
			{`[{"element":"select","href":"https://example.net","options":[{"label":"a","value":"b"}]}]`, "[0].href", message.ErrTogether},
			{`[{"element":"a","options":[{"label":"a","value":"b"}]}]`, "[0].options", message.ErrTogether},
			{`[{"element":"button","options":[{"label":"a","value":"b"}]}]`, "[0].options", message.ErrTogether},
			{`[{"element":"button","options":[]}]`, "[0].options", message.ErrCount},
			{`[{"element":"select"}]`, "[0].options", message.ErrRequired},
			{`[{"element":"select","options":[]}]`, "[0].options", message.ErrCount},
			{`[{"element":"select","options":[` + twenty + `,{"label":"a","value":"b"}]}]`, "[0].options", message.ErrCount},
			{`[{"element":"select","options":[{"value":"b"}]}]`, "[0].options[0].label", message.ErrRequired},
			{`[{"element":"select","options":[{"label":"a","value":"b"},{"label":"a"}]}]`, "[0].options[1].value", message.ErrRequired},
			{`[{"element":"a","href":"http://example.net"}]`, "[0].href", message.ErrLink},
			{`[{"element":"a","href":""}]`, "[0].href", message.ErrLink},
			{`[{"element":"button","element":"a"}]`, "", message.ErrDuplicate},
		},
			wrongKinds(`[#]`, "[0]", "object"),
			wrongKinds(`[{"element":#}]`, "[0].element", "string"),
			wrongKinds(`[{"element":"a","class":#}]`, "[0].class", "string"),
			wrongKinds(`[{"element":"a","href":#}]`, "[0].href", "string"),
			wrongKinds(`[{"element":"a","id":#}]`, "[0].id", "string", "null"),
			wrongKinds(`[{"element":"a","label":#}]`, "[0].label", "string"),
			wrongKinds(`[{"element":"a","name":#}]`, "[0].name", "string", "null"),
			wrongKinds(`[{"element":"select","options":#}]`, "[0].options", "array"),
			wrongKinds(`[{"element":"select","options":[#]}]`, "[0].options[0]", "object"),
			wrongKinds(`[{"element":"select","options":[{"label":#,"value":"b"}]}]`, "[0].options[0].label", "string"),
			wrongKinds(`[{"element":"select","options":[{"label":"a","value":#}]}]`, "[0].options[0].value", "string")),
	}
}
