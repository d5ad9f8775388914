package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/message"
)

func TestMessageCheck(t *testing.T) {
	a := newWorld(t).newcomer("nobody")
	for _, c := range []struct{ args, payload, says string }{
		{"ninchat.com/text", `{"text":"hello","x":1}`, ""},
		{"ninchat.com/text", "{\"text\":\"hello\"}\n", ""},
		{"--strict ninchat.com/text", `{"text":"hello"}`, ""},
		{"--strict ninchat.com/text", `{"text":"hello","x":1}`, "ninchat.com/text: x: there is no such property"},
		{"ninchat.com/text", `{"text":1}`, "ninchat.com/text: text: want a string, got a number"},
		{"ninchat.com/text", ``, "ninchat.com/text: it ends too early to be JSON"},
		{"ninchat.com/text", `{"text":"` + strings.Repeat("x", message.MaxSize) + `"}`, "ninchat.com/text: more than 16777216 bytes"},
		{"ninchat.com/ui/compose", `[{"element":"a"},{"element":"a","href":"http://example.com"}]`, "[1].href: the scheme isn't"},
		{"ninchat.com/ui/compose", `[{"element":"a","href":"https://example.com"}]`, ""},
		{"ninchat.com/info/join", `{"user_id":"1"}`, ""},
		{"ninchat.com/tex", `{}`, `there is no message type "ninchat.com/tex": did you mean ninchat.com/text?`},
		{"text", `{}`, `the message type text is called ninchat.com/text`},
		{"example.com/x", "\xff", ""},
	} {
		args := append([]string{"message", "check"}, strings.Fields(c.args)...)
		if c.says == "" {
			if out := a.ok(c.payload, args...); out != "" {
				t.Errorf("%s: got %q", c.args, out)
			}
			continue
		}
		a.fails(statusFailed, c.payload, args, c.says)
	}
	a.fails(statusFailed, "", []string{"message", "check", ""}, "the message type is empty")
	a.fails(statusUsage, "", []string{"message", "check"}, "something is missing")
	a.fails(statusUsage, "", []string{"message"}, "needs a subcommand: check, show")
	var stderr strings.Builder
	if status := Run(t.Context(), []string{"message", "check", "x"}, brokenReader{}, io.Discard, &stderr, a.getenv); status != statusFailed || !strings.Contains(stderr.String(), "reading the standard input: broken") {
		t.Errorf("status %d: %s", status, &stderr)
	}
}

func TestMessageShow(t *testing.T) {
	a := newWorld(t).newcomer("nobody")
	for _, c := range []struct{ args, payload, want string }{
		{"ninchat.com/text", `{"text":"hello"}`, "hello\n"},
		{"ninchat.com/text", `{"text":""}`, "\n"},
		{"ninchat.com/text", `{"text":"\u001b[2J\n<bob> hi\u202e"}`, "\\u001b[2J⏎<bob> hi\\u202e\n"},
		{"--json ninchat.com/text", `{"text":"\u001b[2J\u202e"}`, `{"type":"ninchat.com/text","text":"\u001b[2J\u202e"}` + "\n"},
		{"ninchat.com/ui/compose", `[{"element":"button","label":"Yes\r"},{"element":"a","href":"tel:112","label":"Help"}]`, "[Yes\\u000d] Help <tel:112>\n"},
		{"ninchat.com/info/join", `{"user_id":"1","user_name":"Bob\n"}`, "Bob⏎ joined.\n"},
		{"ninchat.com/metadata", `{"data":{"b\u001b":1,"a":"\u009b"}}`, "a: \\u009b; b\\u001b: 1\n"},
		{"ninchat.com/metadata", `{"data":{}}`, "[ninchat.com/metadata] {\"data\":{}}\n"},
		{"example.com/x", "{\"a\":\n1}", "[example.com/x] {\"a\":1}\n"},
		{"example.com/\x1b", "\xff", "[example.com/\\u001b] {\"base64\":\"/w==\"}\n"},
	} {
		if got := a.ok(c.payload, append([]string{"message", "show"}, strings.Fields(c.args)...)...); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.args, c.payload, got, c.want)
		}
	}
	a.fails(statusFailed, "[]", []string{"message", "show", "ninchat.com/text"}, "want an object, got an array")
}

func TestSendType(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	id := alice.channel("lobby")
	bob.ok("", "join", id)
	listening := bob.start(nil, "listen", id, "--type", "*")
	listening.says("listening")
	listening.rest()

	button := `[{"element":"button","label":"Yes"}]`
	alice.fails(statusFailed, button+"\n{}\nnonsense\n"+button, []string{"send", "--type", "ninchat.com/ui/compose", id},
		"line 2: ninchat.com/ui/compose: want an array, got an object", "line 3: ninchat.com/ui/compose: it isn't JSON", "sent 2 messages to 1 channel")
	alice.ok("{}", "send", "--type", "ninchat.com/rtc/call", id)
	alice.ok(`{"text":"Look out"}`, "send", "--type", "ninchat.com/notice", id)
	alice.ok("any bytes", "send", "--type", "example.com/x", id)
	for _, want := range []string{"<alice> [Yes]", "<alice> [Yes]", "<alice> Is calling.", "<alice> Look out", `<alice> [example.com/x] "any bytes"`} {
		if got := listening.line(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}

	bob.fails(statusFailed, `{"text":"x"}`, []string{"send", "--type", "ninchat.com/notice", id}, "line 1: send_message: permission_denied")
	alice.fails(statusFailed, `{"user_id":"1"}`, []string{"send", "--type", "ninchat.com/info/join", id}, "line 1: send_message: message_not_supported")
	alice.fails(statusUsage, "", []string{"send", "--type", "ninchat.com/chat", id}, "there is no message type")
	alice.fails(statusUsage, "", []string{"send", "--type", "", id}, "the message type is empty")
}

// A message that isn't what it should be, and one without content, are shown as
// such, without anything that could play tricks.
func TestMalformedMessages(t *testing.T) {
	for _, c := range []struct {
		kind    string
		payload []string
		want    string
	}{
		{"ninchat.com/text", []string{`{"\u001b":1}`}, "[ninchat.com/text] malformed: text: it is missing"},
		{"ninchat.com/text", []string{"\x1b[2J"}, "[ninchat.com/text] malformed: it isn't JSON from byte 0 on"},
		{"ninchat.com/info/access", []string{`{"access_key":"sesame"}`}, "[ninchat.com/info/access] malformed: user_id: it is missing"},
		{"ninchat.com/text", []string{`{"text":"one"}`, `{}`}, "one"},
		{"ninchat.com/text", nil, "[ninchat.com/text]"},
		{"x\n", []string{"\x1b", `{"a":"\u202e"}`}, "[x⏎] [\"\\u001b\",{\"a\":\"\\u202e\"}]"},
	} {
		m := &received{MessageReceived: newReceived(c.kind, c.payload)}
		if got := m.text(); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.kind, c.payload, got, c.want)
		}
	}
	// A name can't look like an author's.
	m := &received{MessageReceived: newReceived("ninchat.com/info/join", []string{`{"user_id":"1","user_name":"<alice> hi\n"}`})}
	if got := string((&printer{}).line(m)); got != "* <alice> hi⏎ joined.\n" {
		t.Errorf("got %q", got)
	}
}

func newReceived(kind string, payload []string) *api.MessageReceived {
	m := &api.MessageReceived{MessageType: kind}
	for _, part := range payload {
		m.Payload = append(m.Payload, []byte(part))
	}
	return m
}
