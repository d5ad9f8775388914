package message

import "github.com/ninchat-community/ninchat/internal/visible"

// Visible makes a text of somebody else fit for a line on a terminal: whatever
// could move the cursor, change colours, begin another line or reverse the order
// of what follows is written as an escape sequence.
func Visible(text string) string { return visible.Text(text) }

// VisibleName is for names. In addition they can't look like the end of the
// name, and have no characters that can't be seen.
func VisibleName(name string) string { return visible.Name(name) }

// Misleading reports whether a terminal, or the eyes of who sits before it, may
// be misled by a character: control characters, line separators, and what
// changes the direction of the text.
func Misleading(r rune) bool { return visible.Misleading(r) }
