package message_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/ninchat-community/ninchat/message"
)

// Contents that were built wrongly can't be encoded.
func TestInvalidContents(t *testing.T) {
	element := func(e message.Element) *message.UICompose {
		return &message.UICompose{Elements: []message.Element{e}}
	}
	for _, c := range []struct {
		content message.Content
		path    string
		rule    message.Rule
	}{
		{message.NewText("\xff"), "text", message.ErrSyntax},
		{&message.Text{Unknown: jsontext.Value(`[]`)}, "", message.ErrSyntax},
		{&message.Text{Unknown: jsontext.Value(`{`)}, "", message.ErrSyntax},
		{&message.Text{Unknown: jsontext.Value(``)}, "", message.ErrSyntax},
		{&message.Text{Unknown: jsontext.Value(`{"text":"other"}`)}, "", message.ErrDuplicate},
		{&message.Text{Unknown: jsontext.Value(`{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`)}, "", message.ErrDepth},
		{&message.File{}, "files", message.ErrRequired},
		{&message.File{Files: []message.FileRef{{FileID: "1"}}}, "files[0].file_attrs", message.ErrRequired},
		{&message.File{Files: []message.FileRef{{FileID: "\xff"}}}, "files[0].file_id", message.ErrSyntax},
		{&message.Metadata{}, "data", message.ErrRequired},
		{&message.Metadata{Data: message.Object(`[]`)}, "data", message.ErrSyntax},
		{&message.Metadata{Data: message.Object(`{`)}, "data", message.ErrSyntax},
		{&message.Metadata{Data: message.Object(`{}`), Time: new(0.0)}, "time", message.ErrRange},
		{&message.Metadata{Data: message.Object(`{}`), Time: new(math.NaN())}, "time", message.ErrRange},
		{&message.Metadata{Data: message.Object(`{}`), Time: new(math.Inf(1))}, "time", message.ErrRange},
		{&message.JSON{}, "json", message.ErrRequired},
		{&message.RTCOffer{}, "sdp", message.ErrRequired},
		{&message.RTCCall{Unknown: jsontext.Value(`1`)}, "", message.ErrSyntax},
		{&message.InfoChannel{ChannelAttrsOld: message.Object(`{}`)}, "channel_attrs_new", message.ErrRequired},
		{&message.UIAction{Target: message.Object(`{}`)}, "action", message.ErrValue},
		{&message.UICompose{}, "", message.ErrCount},
		{element(message.Element{}), "[0].element", message.ErrValue},
		{element(message.Element{Element: "a", Label: new("\xff")}), "[0].label", message.ErrSyntax},
		{element(message.Element{Element: "a", Href: new("x")}), "[0].href", message.ErrLink},
		{element(message.Element{Element: "select"}), "[0].options", message.ErrRequired},
		{element(message.Element{Element: "select", Options: make([]message.Option, 21)}), "[0].options", message.ErrCount},
	} {
		payload, err := c.content.Encode()
		mistake, ok := errors.AsType[*message.Error](err)
		if !ok || mistake.Path != c.path || mistake.Rule != c.rule || mistake.Type != c.content.Type() || payload != nil {
			t.Errorf("%s %+v: %q, %v, want %s at %q", c.content.Type(), c.content, payload, err, c.rule, c.path)
		}
		if again := c.content.Validate(); again == nil || again.Error() != err.Error() {
			t.Errorf("%s %+v: %v, but %v", c.content.Type(), c.content, again, err)
		}
	}
}

func TestProperty(t *testing.T) {
	for _, c := range []struct {
		kind, payload, name string
		want                any
	}{
		{message.TypeText, `{"text":"hello"}`, "text", "hello"},
		{message.TypeText, `{"text":"hello"}`, "Text", nil},
		{message.TypeText, `{"text":"hello"}`, "", nil},
		{message.TypeText, `{"text":"hello","x":[1],"y":2}`, "x", jsontext.Value(`[1]`)},
		{message.TypeText, `{"text":"hello","x":[1],"y":2}`, "y", jsontext.Value(`2`)},
		{message.TypeText, `{"text":"hello","x":[1],"y":2}`, "z", nil},
		{message.TypeNotice, `{"text":""}`, "text", ""},
		{message.TypeLink, `{"name":"a","size":7,"icon":"i","url":"u"}`, "size", int64(7)},
		{message.TypeLink, `{"name":"a","size":7,"icon":"i","url":"u"}`, "thumbnail", nil},
		{message.TypeLink, `{"name":"a","size":7,"icon":"i","url":"u","thumbnail":"t"}`, "thumbnail", "t"},
		{message.TypeMetadata, `{"data":{"a":1},"time":1.5}`, "data", message.Object(`{"a":1}`)},
		{message.TypeMetadata, `{"data":{"a":1},"time":1.5}`, "time", 1.5},
		{message.TypeMetadata, `{"data":{"a":1}}`, "time", nil},
		{message.TypeRTCPickUp, `{"answer":false,"busy":true}`, "answer", false},
		{message.TypeRTCPickUp, `{"answer":false,"busy":true}`, "busy", true},
		{message.TypeRTCPickUp, `{"answer":false,"busy":true}`, "unsupported", nil},
		{message.TypeRTCICECandidate, `{"candidate":null}`, "candidate", nil},
		{message.TypeRTCCall, `{"x":null}`, "x", jsontext.Value(`null`)},
		{message.TypeInfoAccess, `{"user_id":"1","access_key":"k","channel_id":"2","channel_attrs":{}}`, "access_key", message.Secret("k")},
		{message.TypeFile, `{"files":[{"file_id":"1","file_attrs":{}}]}`, "files", []message.FileRef{{FileID: "1", FileAttrs: message.Object(`{}`)}}},
		{message.TypeFile, `{"files":[{"file_id":"1","file_attrs":{}}]}`, "text", nil},
		{message.TypeUICompose, `[{"element":"a"}]`, "element", nil},
		{message.TypeUIAction, `{"action":"click","target":{}}`, "action", "click"},
	} {
		content, err := message.Parse(c.kind, parts(c.payload))
		if err != nil {
			t.Fatal(err)
		}
		got, ok := content.Property(c.name)
		if diff := cmp.Diff(c.want, got); diff != "" || ok != (c.want != nil) {
			t.Errorf("%s %s, property %q: %v %v\n%s", c.kind, c.payload, c.name, got, ok, diff)
		}
	}
}

// Other properties are kept, in their order, and come out again.
func TestDefect18UnknownProperties(t *testing.T) {
	const payload = `{"b": {"c" : 12345678901234567890}, "text":"x", "\u0061":null}`
	content, err := message.Parse(message.TypeText, parts(payload))
	if err != nil {
		t.Fatal(err)
	}
	text, ok := content.(*message.Text)
	if !ok || string(text.Unknown) != `{"b":{"c" : 12345678901234567890},"\u0061":null}` {
		t.Fatalf("got %+v", content)
	}
	text.Body = "y"
	encoded, err := text.Encode()
	if want := `{"text":"y","b":{"c" : 12345678901234567890},"\u0061":null}`; err != nil || string(encoded[0]) != want {
		t.Errorf("got %s, %v", encoded, err)
	}
	if _, ok := text.Property("a"); !ok {
		t.Error("an escaped name isn't found")
	}
	text.Unknown = jsontext.Value(`{}`)
	if encoded, err = text.Encode(); err != nil || string(encoded[0]) != `{"text":"y"}` {
		t.Errorf("got %s, %v", encoded, err)
	}
}

// What is parsed doesn't change when the payload's memory is used again.
func TestCopies(t *testing.T) {
	for name, table := range cases() {
		for _, c := range table.accepted {
			payload := parts(c.payload)
			content, err := message.Parse(name, payload)
			if err != nil {
				t.Fatal(err)
			}
			for i := range payload[0] {
				payload[0][i] = 'x'
			}
			if content.Text() != c.text || content.Validate() != nil {
				t.Errorf("%s %s: text %q after the payload has changed", name, c.payload, content.Text())
			}
		}
	}
}

// The key of an invitation isn't shown by printing and logging.
func TestSecret(t *testing.T) {
	access := &message.InfoAccess{UserID: "1", AccessKey: "sesame", ChannelID: "2", ChannelAttrs: message.Object(`{}`)}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", access.AccessKey)
	text := fmt.Sprintf("%v %+v %#v %s %q %x", access, access, access, access.AccessKey, access.AccessKey, access.AccessKey) +
		access.Text() + access.AccessKey.String() + access.AccessKey.GoString() + log.String()
	if strings.Contains(text, "sesame") || strings.Contains(text, "736573616d65") || !strings.Contains(text, "[hidden]") {
		t.Error(text)
	}
	payload, err := access.Encode()
	if err != nil || !strings.Contains(string(payload[0]), `"access_key":"sesame"`) || access.AccessKey.Reveal() != "sesame" {
		t.Errorf("%s, %v", payload, err)
	}
}

func TestObject(t *testing.T) {
	object, err := message.NewObject(map[string]any{"b": 1, "a": "x"})
	if err != nil || object.String() != `{"a":"x","b":1}` {
		t.Errorf("%s, %v", object, err)
	}
	var decoded struct {
		A string `json:"a"`
	}
	if err := object.Decode(&decoded); err != nil || decoded.A != "x" {
		t.Errorf("%v, %v", decoded, err)
	}
	for _, v := range []any{1, nil, []int{}, func() {}, math.NaN()} {
		if object, err := message.NewObject(v); err == nil {
			t.Errorf("%v gives %s", v, object)
		}
	}
	if err := message.Object(`[]`).Decode(&decoded); err == nil {
		t.Error("an array was decoded")
	}
}

func TestElement(t *testing.T) {
	action := &message.UIAction{Action: message.ActionClick, Target: message.Object(`{"element":"button","label":"x","more":1}`)}
	element, err := action.Element()
	if err != nil || *element.Label != "x" || string(element.Unknown) != `{"more":1}` {
		t.Errorf("%+v, %v", element, err)
	}
	for target, path := range map[string]string{``: "target", `{`: "target", `{}`: "target.element", `{"element":"a","href":"x"}`: "target.href"} {
		action.Target = message.Object(target)
		_, err := action.Element()
		if mistake, ok := errors.AsType[*message.Error](err); !ok || mistake.Path != path {
			t.Errorf("%s: %v", target, err)
		}
		if action.Text() != "Clicked." {
			t.Errorf("%s: %s", target, action.Text())
		}
	}
}

// Text never fails, whatever is in the fields.
func TestTextOfEmptyContents(t *testing.T) {
	for _, content := range []message.Content{
		&message.File{Files: []message.FileRef{{FileAttrs: message.Object("{")}}}, &message.Metadata{Data: message.Object("[1")}, &message.JSON{JSON: message.Object("x")},
		&message.Link{}, &message.InfoUser{}, &message.InfoChannel{ChannelAttrsOld: message.Object("{")}, &message.InfoAccess{ChannelAttrs: message.Object(`{"name":`)},
		&message.UICompose{Elements: make([]message.Element, 2)}, &message.UIAction{}, &message.Raw{}, &message.Absent{},
	} {
		_ = content.Text()
	}
}
