package message_test

import (
	"errors"
	"testing"

	"github.com/ninchat-community/ninchat/message"
)

// order is a content of an application.
type order struct {
	message.Raw
	by string
}

func (o *order) Text() string { return "order by " + o.by }

func orderBy(by string) message.ParseFunc {
	return func(messageType string, payload [][]byte) (message.Content, error) {
		return &order{message.Raw{MessageType: messageType, Payload: payload}, by}, nil
	}
}

func TestRegistry(t *testing.T) {
	bad := errors.New("bad")
	types := message.Registry{
		"*":                   orderBy("*"),
		"example.com/*":       orderBy("example.com/*"),
		"example.com/order":   orderBy("example.com/order"),
		"example.com/order/*": orderBy("example.com/order/*"),
		"example.com/bad":     func(string, [][]byte) (message.Content, error) { return nil, bad },
		"example.com/nil":     nil,
		"ninchat.com/text":    orderBy("ninchat.com/text"),
		"ninchat.com/*":       orderBy("ninchat.com/*"),
	}
	for kind, want := range map[string]string{
		"example.com/order":      "order by example.com/order",
		"example.com/order/x":    "order by example.com/order/*",
		"example.com/orders":     "order by example.com/*",
		"example.com/order/*":    "order by example.com/order/*",
		"x":                      "order by *",
		"ninchat.com/text":       "hello",
		"ninchat.com/rtc/future": "order by ninchat.com/*",
	} {
		content, err := types.Parse(kind, parts(`{"text":"hello"}`))
		if err != nil || content.Text() != want || content.Type() != kind {
			t.Errorf("%s: %v, %v", kind, content, err)
		}
	}
	content, err := types.Parse("example.com/bad", parts("x"))
	if _, ok := content.(*message.Raw); !ok || !errors.Is(err, bad) {
		t.Errorf("%v, %v", content, err)
	}
	content, err = types.Parse("example.com/nil", parts("x"))
	if _, ok := content.(*message.Raw); !ok || err != nil {
		t.Errorf("%v, %v", content, err)
	}
	content, err = types.Parse("example.com/order", nil)
	if _, ok := content.(*message.Absent); !ok || err != nil {
		t.Errorf("%v, %v", content, err)
	}
	content, err = message.Registry(nil).Parse("x", parts("x"))
	if _, ok := content.(*message.Raw); !ok || err != nil {
		t.Errorf("%v, %v", content, err)
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "", true},
		{"*", "x", true},
		{"", "", true},
		{"", "x", false},
		{"a/x", "a/x", true},
		{"a/x", "a/xx", false},
		{"a/x", "a", false},
		{"a/*", "a/", true},
		{"a/*", "a/x/y", true},
		{"a/*", "a", false},
		{"a*", "ab", true},
		{"a*b", "axb", false},
		{"**", "*x", true},
		{"**", "x", false},
		{"ninchat.com/info/*", "ninchat.com/info/join", true},
		{"ninchat.com/info/*", "ninchat.com/infos", false},
		{"NINCHAT.COM/*", "ninchat.com/text", false},
	} {
		if got := message.Match(c.pattern, c.name); got != c.want {
			t.Errorf("%q, %q: %v", c.pattern, c.name, got)
		}
		if got := (message.Patterns{"no", c.pattern}).Match(c.name); got != (c.want || c.name == "no") {
			t.Errorf("%q, %q: %v", c.pattern, c.name, got)
		}
	}
	if (message.Patterns(nil)).Match("") {
		t.Error("nothing fits")
	}
	for pattern, fine := range map[string]bool{"*": true, "a": true, "a/*": true, "": false, "a*b": false, "**": false, "*a": false} {
		if err := message.CheckPattern(pattern); (err == nil) != fine {
			t.Errorf("%q: %v", pattern, err)
		}
	}
	for name, want := range map[string][3]bool{
		"ninchat.com/text": {true, true, false}, "ninchat.com/info/join": {true, true, true}, "ninchat.com/info/new": {false, true, true},
		"ninchat.com/x": {false, true, false}, "ninchat.com": {false, false, false}, "example.com/ninchat.com/info/x": {false, false, false},
	} {
		if got := [3]bool{message.Known(name), message.Reserved(name), message.ServerOnly(name)}; got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
