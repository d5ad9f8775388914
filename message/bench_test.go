package message_test

import (
	"testing"

	"github.com/ninchat-community/ninchat/message"
)

var textPayload = [][]byte{[]byte(`{"text":"The quick brown fox jumps over the lazy dog, as usual."}`)}

func BenchmarkParseText(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		content, err := message.Parse(message.TypeText, textPayload)
		if err != nil || content.Text() == "" {
			b.Fatal(content, err)
		}
	}
}

func BenchmarkParseCompose(b *testing.B) {
	payload := [][]byte{[]byte(`[{"element":"a","href":"https://example.com/help","label":"Help"},` +
		`{"element":"select","label":"Colour","options":[{"label":"red","value":"r"},{"label":"blue","value":"b"}]}]`)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := message.Parse(message.TypeUICompose, payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeText(b *testing.B) {
	content := message.NewText("The quick brown fox jumps over the lazy dog, as usual.")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := content.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkComposeText(b *testing.B) {
	content := &message.UICompose{Elements: []message.Element{{Element: message.ElementButton, Label: new("Yes")}, {Element: message.ElementButton, Label: new("No")}}}
	b.ReportAllocs()
	for b.Loop() {
		if content.Text() != "[Yes] [No]" {
			b.Fatal(content.Text())
		}
	}
}

// Parsing and validating a text message makes at most 3 allocations, and its
// text none.
func TestAllocations(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		if content, err := message.Parse(message.TypeText, textPayload); err != nil || content.Text() == "" {
			t.Fatal(err)
		}
	}); n > 3 {
		t.Errorf("%v allocations, want at most 3", n)
	}
	content, err := message.Parse(message.TypeText, textPayload)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() {
		if content.Text() == "" {
			t.Fatal("no text")
		}
	}); n != 0 {
		t.Errorf("Text makes %v allocations", n)
	}
}
