package message_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ninchat-community/ninchat/message"
)

// parts is a payload.
func parts(texts ...string) (payload [][]byte) {
	for _, text := range texts {
		payload = append(payload, []byte(text))
	}
	return payload
}

func TestAccepted(t *testing.T) {
	for name, table := range cases() {
		for _, c := range table.accepted {
			content, err := message.Parse(name, parts(c.payload))
			if err != nil {
				t.Errorf("%s %s: %v", name, c.payload, err)
				continue
			}
			if content.Type() != name || content.Text() != c.text {
				t.Errorf("%s %s: type %s, text %q, want %q", name, c.payload, content.Type(), content.Text(), c.text)
			}
			if err := content.Validate(); err != nil {
				t.Errorf("%s %s isn't valid: %v", name, c.payload, err)
			}
			checkRoundTrip(t, content)
			_, err = message.ParseStrict(name, parts(c.payload))
			if loose := errors.Is(err, message.ErrUnknown) || errors.Is(err, message.ErrValue); loose != c.loose || (err != nil) != c.loose {
				t.Errorf("%s %s, strictly: %v", name, c.payload, err)
			}
		}
	}
}

// checkRoundTrip encodes a content and parses the result.
func checkRoundTrip(t interface {
	Helper()
	Errorf(string, ...any)
}, content message.Content) {
	t.Helper()
	payload, err := content.Encode()
	if err != nil {
		t.Errorf("%s %+v can't be encoded: %v", content.Type(), content, err)
		return
	}
	again, err := message.Parse(content.Type(), payload)
	if err != nil {
		t.Errorf("%s %s: %v", content.Type(), payload, err)
	}
	if diff := cmp.Diff(content, again); diff != "" {
		t.Errorf("%s %s, parsed again:\n%s", content.Type(), payload, diff)
	}
}

func TestDefect18Refused(t *testing.T) {
	for name, table := range cases() {
		all := table.refused
		if name != message.TypeUICompose {
			all = join(all, notObjects)
		}
		for _, c := range all {
			content, err := message.Parse(name, parts(c.payload))
			mistake, ok := errors.AsType[*message.Error](err)
			if !ok || !errors.Is(err, c.rule) || mistake.Path != c.path || mistake.Type != name || mistake.Detail == "" {
				t.Errorf("%s %s: %v, want %s at %q", name, c.payload, err, c.rule, c.path)
			}
			raw, ok := content.(*message.Raw)
			if !ok || raw.MessageType != name || string(raw.Payload[0]) != c.payload {
				t.Errorf("%s %s: got %v", name, c.payload, content)
			}
		}
	}
}

// Each type can be without payload, and with too many parts.
func TestDefect18PayloadParts(t *testing.T) {
	for _, name := range append(message.Types(), "ninchat.com/rtc/future", "example.com/x") {
		for _, payload := range [][][]byte{nil, {}} {
			content, err := message.Parse(name, payload)
			if _, ok := content.(*message.Absent); !ok || err != nil || content.Type() != name || content.Text() != "" {
				t.Errorf("%s without payload: %v, %v", name, content, err)
			}
			if _, ok := content.Property("text"); ok {
				t.Errorf("%s without payload has a property", name)
			}
			if _, err := content.Encode(); !errors.Is(err, message.ErrAbsent) || !errors.Is(content.Validate(), message.ErrAbsent) {
				t.Errorf("%s without payload: %v", name, err)
			}
		}
		two := parts(`{}`, `{}`)
		content, err := message.ParseStrict(name, two)
		if raw, ok := content.(*message.Raw); !ok || len(raw.Payload) != 2 || message.Known(name) != errors.Is(err, message.ErrParts) {
			t.Errorf("%s with two parts: %v, %v", name, content, err)
		}
	}
}

// Published clients send more parts than the reference allows: the first one counts.
func TestFurtherParts(t *testing.T) {
	for _, further := range []string{`{"text":"two"}`, "", "\xff"} {
		payload := parts(`{"text":"one"}`, further)
		content, err := message.Parse(message.TypeText, payload)
		if text, ok := content.(*message.Text); !ok || err != nil || text.Body != "one" {
			t.Errorf("with %q: %v, %v", further, content, err)
		}
		if _, err := message.ParseStrict(message.TypeText, payload); !errors.Is(err, message.ErrParts) {
			t.Errorf("with %q, strictly: %v", further, err)
		}
	}
	content, err := message.Parse(message.TypeText, parts("", `{"text":"two"}`))
	if _, ok := content.(*message.Raw); !ok || !errors.Is(err, message.ErrSyntax) {
		t.Errorf("got %v, %v", content, err)
	}
}

func TestRaw(t *testing.T) {
	for _, name := range []string{"", "x", "*", "example.com/x", "ninchat.com/rtc/future", "ninchat.com/", "ninchat.com/Text", "ninchat.com/text "} {
		content, err := message.Parse(name, parts("\xff\x00", ""))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := content.(*message.Raw); !ok || content.Type() != name || content.Text() != "" || content.Validate() != nil {
			t.Errorf("%q: %v", name, content)
		}
		payload, err := content.Encode()
		if diff := cmp.Diff(parts("\xff\x00", ""), payload); diff != "" || err != nil {
			t.Errorf("%q: %v\n%s", name, err, diff)
		}
	}
	raw := &message.Raw{MessageType: "x", Payload: parts(`{"a":{"b":1},"c":null}`)}
	if value, ok := raw.Property("a"); !ok || fmt.Sprint(value) != `{"b":1}` {
		t.Errorf("got %v", value)
	}
	for _, payload := range [][][]byte{nil, parts("1"), parts("{"), parts(`{"b":1}`), parts(`{"a":1}`, `{"a":1}`)} {
		raw.Payload = payload
		if value, ok := raw.Property("a"); ok {
			t.Errorf("%q: got %v", payload, value)
		}
	}
	if raw.Payload = nil; !errors.Is(raw.Validate(), message.ErrAbsent) {
		t.Error("valid without payload")
	}
}

func TestLimits(t *testing.T) {
	deep := func(n int) string {
		return `{"data":` + strings.Repeat(`{"[{":`, n-2) + "{}" + strings.Repeat("}", n-2) + "}"
	}
	if _, err := message.Parse(message.TypeMetadata, parts(deep(message.MaxDepth))); err != nil {
		t.Error(err)
	}
	if _, err := message.Parse(message.TypeMetadata, parts(deep(message.MaxDepth+1))); !errors.Is(err, message.ErrDepth) {
		t.Error(err)
	}
	if _, err := message.Parse(message.TypeText, parts(strings.Repeat("[", 1_000_000))); !errors.Is(err, message.ErrDepth) {
		t.Error(err)
	}
	long := strings.Repeat("x", message.MaxSize-len(`{"text":""}`))
	if _, err := message.Parse(message.TypeText, parts(`{"text":"`+long+`"}`)); err != nil {
		t.Error(err)
	}
	if _, err := message.Parse(message.TypeText, parts(`{"text":"`+long+`x"}`)); !errors.Is(err, message.ErrSize) {
		t.Error(err)
	}
	if _, err := message.NewText(long + "x").Encode(); !errors.Is(err, message.ErrSize) {
		t.Error(err)
	}
}

// Errors name the type, the path and the rule, in a form that can be printed,
// and have no values in them.
func TestErrorText(t *testing.T) {
	for want, c := range map[string]struct{ kind, payload string }{
		`ninchat.com/text: text: want a string, got an object`:                            {message.TypeText, `{"text":{"secret":1}}`},
		`ninchat.com/text: want an object, got an array`:                                  {message.TypeText, `["secret"]`},
		`ninchat.com/text: it isn't JSON from byte 1 on`:                                  {message.TypeText, `{secret}`},
		`ninchat.com/text: it ends too early to be JSON`:                                  {message.TypeText, ` `},
		`ninchat.com/text: it isn't JSON from byte 15 on`:                                 {message.TypeText, `{"text":"secret`},
		`ninchat.com/file: files[0].file_id: it is missing`:                               {message.TypeFile, `{"files":[{}]}`},
		`ninchat.com/ui/compose: [1].element: want a or button or select`:                 {message.TypeUICompose, `[{"element":"a"},{"element":"secret"}]`},
		`ninchat.com/ui/compose: [0].href: numeric addresses aren't allowed`:              {message.TypeUICompose, `[{"element":"a","href":"https://192.0.2.1/secret"}]`},
		`ninchat.com/text: "a.b": there is no such property`:                              {message.TypeText, `{"text":"","a.b":1}`},
		`ninchat.com/text: "\x1b[2J\u202e": there is no such property`:                    {message.TypeText, `{"text":"","\u001b[2J\u202e":1}`},
		`ninchat.com/text: ` + strings.Repeat("x", 64) + `…: there is no such property`:   {message.TypeText, `{"text":"","` + strings.Repeat("x", 99) + `":1}`},
		`ninchat.com/metadata: a name occurs twice in the object /data`:                   {message.TypeMetadata, `{"data":{"a":1,"a":2}}`},
		`ninchat.com/metadata: time: it isn't more than 0`:                                {message.TypeMetadata, `{"data":{},"time":0}`},
		`ninchat.com/info/part: cause: want member_remove or audience_transfer`:           {message.TypeInfoPart, `{"user_id":"1","cause":"x"}`},
		`ninchat.com/link: size: want an integer, got a fraction or exponent`:             {message.TypeLink, `{"name":"","size":1.5,"icon":"","url":""}`},
		`ninchat.com/ui/compose: [0].options: it is missing; the element select needs it`: {message.TypeUICompose, `[{"element":"select"}]`},
	} {
		_, err := message.ParseStrict(c.kind, parts(c.payload))
		if err == nil || err.Error() != want {
			t.Errorf("%s %s: %v, want %s", c.kind, c.payload, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("a value is in the error: %v", err)
		}
	}
	if got := message.ErrLink.Error(); got != "ninchat: message: link" {
		t.Error(got)
	}
	if err := (&message.Error{Type: "\x1b", Rule: message.ErrKind, Detail: "d"}).Error(); err != `\u001b: d` {
		t.Error(err)
	}
}
