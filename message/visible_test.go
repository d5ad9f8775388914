package message_test

import (
	"testing"

	"github.com/ninchat-community/ninchat/message"
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
		if got := message.Visible(in); got != want {
			t.Errorf("Visible(%q) = %q, want %q", in, got, want)
		}
	}
	if got := message.VisibleName("Bob> hi\n<Eve\u200b"); got != `Bob\u003e hi⏎\u003cEve\u200b` {
		t.Errorf("VisibleName gives %q", got)
	}
}
