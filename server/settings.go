package server

import (
	"bytes"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/api"
)

// settings are those of a user, realm or queue. They may have any names.
type settings map[string]jsontext.Value

// maxSettings bounds the settings of one thing, in bytes.
const maxSettings = 64 << 10

// merged returns the settings with an update applied, and whether that makes a
// difference. update is a pointer to a struct such as api.UserSettings; param is
// the name of the parameter that it came in.
func (s settings) merged(param string, update any) (merged settings, changed bool, why *failure) {
	var members settings
	text, err := json.Marshal(update)
	if err == nil {
		err = json.Unmarshal(text, &members)
	}
	if err != nil {
		return nil, false, fail(api.ErrRequestMalformed, "%s: can't be understood", param)
	}
	merged = make(settings, len(s)+len(members))
	for _, source := range []settings{s, members} {
		for name, value := range source {
			merged[name] = value
			if value.Kind() == 'n' {
				delete(merged, name)
			}
			changed = changed || !bytes.Equal(s[name], merged[name])
		}
	}
	size := 0
	for name, value := range merged {
		size += len(name) + len(value)
	}
	if size > maxSettings {
		return nil, false, fail(api.ErrRequestMalformed, "%s: too long", param)
	}
	return merged, changed, nil
}

// text is a JSON object, nil if there are no settings.
func (s settings) text() jsontext.Value {
	if len(s) == 0 {
		return nil
	}
	text, _ := json.Marshal(s, json.Deterministic(true))
	return text
}
