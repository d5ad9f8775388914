package cli

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

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
