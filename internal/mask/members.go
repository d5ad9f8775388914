package mask

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// Members are the strings in a JSON object, at any depth, whose names are among those
// of secrets.
func Members(object []byte, names map[string]bool) (found []string) {
	if len(object) == 0 {
		return nil
	}
	decoder := jsontext.NewDecoder(bytes.NewReader(object))
	for {
		secret := AtMember(decoder) && names[decoder.StackPointer().LastToken()]
		token, err := decoder.ReadToken()
		if err != nil {
			return found
		}
		if secret && token.Kind() == '"' {
			found = append(found, token.String())
		}
	}
}

// AtMember reports whether the next token is the value of a member: its name and its
// value count as two, so that the value is next after an odd number.
func AtMember(decoder *jsontext.Decoder) bool {
	kind, length := decoder.StackIndex(decoder.StackDepth())
	return kind == '{' && length%2 == 1
}
