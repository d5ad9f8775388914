package message_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/message"
)

// FuzzParse parses anything as a message of each type: nothing panics, what is
// refused has an error with a rule, and what is accepted is valid JSON, has a
// text in UTF-8, and is the same after being encoded.
func FuzzParse(f *testing.F) {
	for name, table := range cases() {
		for _, c := range table.accepted {
			f.Add(name, []byte(c.payload))
		}
		for _, c := range table.refused {
			f.Add(name, []byte(c.payload))
		}
	}
	for _, c := range notObjects {
		f.Add(message.TypeText, []byte(c.payload))
	}
	f.Fuzz(func(t *testing.T, name string, part []byte) {
		content, err := message.Parse(name, [][]byte{part})
		_, strictly := message.ParseStrict(name, [][]byte{part})
		if err != nil {
			mistake, ok := errors.AsType[*message.Error](err)
			if !ok || mistake.Rule == "" || mistake.Detail == "" || strictly == nil {
				t.Fatalf("%s %q: %#v, strictly %v", name, part, err, strictly)
			}
			if text := mistake.Error(); !utf8.ValidString(text) || strings.ContainsFunc(text, message.Misleading) {
				t.Fatalf("%s %q: %q can't be printed", name, part, text)
			}
			return
		}
		if !message.Known(name) {
			return
		}
		if !jsontext.Value(part).IsValid() {
			t.Fatalf("%s %q isn't JSON", name, part)
		}
		if !utf8.ValidString(content.Text()) {
			t.Fatalf("%s %q: text %q", name, part, content.Text())
		}
		_, _ = content.Property("text")
		checkRoundTrip(t, content)
	})
}

// FuzzCheckLink compares what is accepted with how others read addresses.
func FuzzCheckLink(f *testing.F) {
	for _, table := range links {
		for _, address := range table.fine {
			f.Add(address)
		}
		for _, address := range table.refused {
			f.Add(address)
		}
	}
	f.Fuzz(func(t *testing.T, address string) {
		if message.CheckLink(address) != nil {
			return
		}
		if !utf8.ValidString(address) || strings.ContainsFunc(address, message.Misleading) {
			t.Fatalf("%q can't be printed", address)
		}
		scheme, rest, _ := strings.Cut(strings.ToLower(address), ":")
		if scheme != "https" {
			return
		}
		// Escape sequences in the path are nobody's business.
		u, err := url.Parse("https:" + strings.ReplaceAll(rest, "%", ""))
		if err != nil {
			t.Fatalf("%q: %v", address, err)
		}
		host := u.Hostname()
		if u.User != nil || u.Port() != "" || !strings.ContainsAny(host, "abcdefghijklmnopqrstuvwxyz") || host == "localhost" || strings.HasSuffix(host, ".local") {
			t.Fatalf("%q leads to %q", address, u.Host)
		}
	})
}

// FuzzVisible checks that nothing that misleads is left, and that what doesn't
// mislead stays as it is.
func FuzzVisible(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b[2J\r\n\u202e\xff")
	f.Fuzz(func(t *testing.T, text string) {
		harmless := utf8.ValidString(text) && !strings.ContainsFunc(text, message.Misleading)
		for _, got := range []string{message.Visible(text), message.VisibleName(text)} {
			if !utf8.ValidString(got) || strings.ContainsFunc(got, message.Misleading) {
				t.Errorf("%q becomes %q", text, got)
			}
		}
		if got := message.Visible(text); harmless && got != text {
			t.Errorf("%q becomes %q", text, got)
		}
		if name := message.VisibleName(text); strings.ContainsAny(name, "<>") {
			t.Errorf("the name %q becomes %q", text, name)
		}
	})
}
