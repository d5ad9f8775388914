package message

import (
	"fmt"
	"log/slog"
)

// Secret is a string that must not be shown, such as the key of an invitation.
// Formatting and logging it shows a placeholder; the payload of the message has
// the string itself.
type Secret string

const hidden = "[hidden]"

// Reveal returns the string itself.
func (s Secret) Reveal() string { return string(s) }

// String returns a placeholder.
func (s Secret) String() string { return hidden }

// GoString returns a placeholder.
func (s Secret) GoString() string { return hidden }

// Format writes a placeholder, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// LogValue returns a placeholder.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
