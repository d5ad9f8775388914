package cli

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain":             "plain",
		"héllo 日本 👩‍👩‍👧 ":   "héllo 日本 👩‍👩‍👧 ",
		"two\nlines":        "two⏎lines",
		"\x1b[2J":           `\u001b[2J`,
		"over\rwritten":     `over\u000dwritten`,
		"\x00\t\x7f\u009b":  `\u0000\u0009\u007f\u009b`,
		"\u202egnp.exe":     `\u202egnp.exe`,
		"\u2066x\u2069":     `\u2066x\u2069`,
		"\u200f\u061c":      `\u200f\u061c`,
		"a\u2028b\u2029c":   `a\u2028b\u2029c`,
		"\ufeffx":           `\ufeffx`,
		"bad \xff\xfe utf8": `bad \xff\xfe utf8`,
		"real \ufffd":       "real \ufffd",
		"<name>":            "<name>",
	} {
		if got := visible(in); got != want {
			t.Errorf("visible(%q) = %q, want %q", in, got, want)
		}
	}
	if got := visibleName("Bob> hi\n<Eve\u200b"); got != `Bob\u003e hi⏎\u003cEve\u200b` {
		t.Errorf("visibleName gives %q", got)
	}
}

func FuzzVisible(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b[2J\r\n\u202e\xff")
	f.Fuzz(func(t *testing.T, text string) {
		got := visible(text)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, isHarmful) {
			t.Errorf("visible(%q) = %q", text, got)
		}
		quoted := quote(text)
		if !quoted.IsValid() || strings.ContainsFunc(string(quoted), isHarmful) {
			t.Errorf("quote(%q) = %s", text, quoted)
		}
		back, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil || utf8.ValidString(text) && string(back) != text {
			t.Errorf("quote(%q) = %s: %v", text, quoted, err)
		}
	})
}
