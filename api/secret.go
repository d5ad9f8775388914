package api

import (
	"fmt"
	"log/slog"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Secret is a string that must not be shown: a password, a token, a key or a
// signature. Formatting and logging it shows a placeholder; encoding it as
// JSON, which is how it travels to the server, writes the string itself.
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

// logValue is the value to be logged for a struct that has secrets: its JSON
// text without them.
func logValue(v any) slog.Value {
	text, err := json.Marshal(v, json.WithMarshalers(hideSecrets))
	if err != nil {
		return slog.StringValue(err.Error())
	}
	return slog.AnyValue(jsontext.Value(text))
}

var hideSecrets = json.MarshalToFunc(func(enc *jsontext.Encoder, _ Secret) error {
	return enc.WriteToken(jsontext.String(hidden))
})
