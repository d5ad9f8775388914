package reference

import (
	"strings"
	"unicode/utf8"
)

// WriteText returns the page as text, with lines of at most width characters as
// far as possible. Titles go through bold.
func (p *Page) WriteText(width int, bold func(string) string) string {
	var b strings.Builder
	title := bold(p.Topic.Name) + " (" + p.Topic.Kind.String() + ")"
	b.WriteString(title + "\n")
	for _, text := range p.Text {
		b.WriteString("\n" + Wrap(plain(text), width, "") + "\n")
	}
	for i := range p.Sections {
		p.Sections[i].writeText(&b, width, bold)
	}
	return b.String()
}

func (s *Section) writeText(b *strings.Builder, width int, bold func(string) string) {
	b.WriteString("\n" + bold(s.Title) + "\n")
	for _, text := range s.Text {
		b.WriteString(Wrap(plain(text), width, "  ") + "\n")
	}
	for _, item := range s.Items {
		b.WriteString("  " + plain(item.Name))
		if item.Properties != "" {
			b.WriteString(" (" + plain(item.Properties) + ")")
		}
		b.WriteString("\n" + Wrap(plain(item.Text), width, "      ") + "\n")
	}
	if s.Code != "" {
		b.WriteString("  " + strings.ReplaceAll(s.Code, "\n", "\n  ") + "\n")
	}
}

// plain replaces references by names.
func plain(text string) string {
	return resolve(text, func(_, name string) string { return name })
}

// Wrap breaks a text into lines, of at most width characters as far
// as possible, each behind an indentation.
func Wrap(text string, width int, indent string) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		size := utf8.RuneCountInString(word)
		switch {
		case column == 0:
			b.WriteString(indent)
			column = len(indent)
		case column+1+size > width:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteString(" ")
			column++
		}
		b.WriteString(word)
		column += size
	}
	return b.String()
}
