package cli

import "github.com/ninchat-community/ninchat/message"

// visible makes a text of somebody else fit for a line on a terminal.
func visible(text string) string { return message.Visible(text) }

// visibleName is for names, which mustn't look like the end of the name either.
func visibleName(name string) string { return message.VisibleName(name) }

// isHarmful reports whether a terminal, or the eyes of who sits before it, may
// be misled by a character.
func isHarmful(r rune) bool { return message.Misleading(r) }
