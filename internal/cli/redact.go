package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/mask"
	"github.com/ninchat-community/ninchat/spec"
)

// hidden takes the place of secrets.
const hidden = mask.Hidden

// secretNames has the names of parameters, and members of objects, that are
// secret. None of them has another meaning elsewhere.
var secretNames = sync.OnceValue(func() map[string]bool {
	names := make(map[string]bool)
	add := func(params []spec.Param) {
		for _, param := range params {
			if param.Secret {
				names[param.Name] = true
			}
		}
	}
	for action := range spec.Actions() {
		add(action.Params)
	}
	for event := range spec.Events() {
		add(event.Params)
	}
	for object := range spec.Objects() {
		add(object.Params)
	}
	return names
})

// redacted is a header without secrets, on one line. What is in error_reason, and in
// parameters that nobody knows, has no secret that the set knows, either: whoever made it
// might repeat anything.
func redacted(header jsontext.Value, secrets *mask.Set) jsontext.Value {
	repeats := secrets.Hide(string(header)) != string(header)
	if !repeats && !mayHaveSecrets(header) {
		return compact(header)
	}
	if !repeats {
		secrets = nil
	}
	var out bytes.Buffer
	err := hideSecrets(jsontext.NewEncoder(&out), jsontext.NewDecoder(bytes.NewReader(header)), secrets)
	if err != nil {
		// It isn't what the session lets through.
		return jsontext.Value(`{}`)
	}
	return safeJSON(bytes.TrimSpace(out.Bytes()))
}

// mayHaveSecrets is a quick look, which errs on the safe side.
func mayHaveSecrets(header []byte) bool {
	if bytes.IndexByte(header, '\\') >= 0 {
		return true
	}
	for name := range secretNames() {
		if bytes.Contains(header, []byte(name)) {
			return true
		}
	}
	return false
}

// hideSecrets copies a JSON text without the secrets.
func hideSecrets(out *jsontext.Encoder, in *jsontext.Decoder, secrets *mask.Set) error {
	for {
		if secretNext(in) {
			if err := in.SkipValue(); err != nil {
				return err
			}
			if err := out.WriteToken(jsontext.String(hidden)); err != nil {
				return err
			}
			continue
		}
		token, err := in.ReadToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if secrets != nil && token.Kind() == '"' && isAnything(in, token.String()) {
			token = jsontext.String(secrets.Hide(token.String()))
		}
		if err := out.WriteToken(token); err != nil {
			return err
		}
	}
}

// secretNext reports whether the next token is the value of a secret member.
func secretNext(in *jsontext.Decoder) bool {
	return mask.AtMember(in) && secretNames()[in.StackPointer().LastToken()]
}

// isAnything reports whether the string that was read last is error_reason, or the name of
// an event that nobody knows, or belongs to a parameter that nobody knows, as its name
// does.
func isAnything(in *jsontext.Decoder, text string) bool {
	path := strings.SplitN(string(in.StackPointer()), "/", 3)
	switch {
	case len(path) < 2:
		return true
	case path[1] == "event":
		return !isEvent(text)
	}
	return path[1] == "error_reason" || path[1] == "error_type" && !isErrorType(text) || !paramNames()[path[1]]
}

func isErrorType(name string) bool {
	_, known := spec.LookUpErrorType(name)
	return known || name == "error_type"
}

func isEvent(name string) bool {
	_, known := spec.LookUpEvent(name)
	return known || name == "event"
}

// paramNames has the names of all parameters of events.
var paramNames = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{"event": true}
	for event := range spec.Events() {
		for _, param := range event.Params {
			names[param.Name] = true
		}
	}
	return names
})

// compact puts JSON on one line. Its numbers stay as they are.
func compact(value jsontext.Value) jsontext.Value {
	value = value.Clone()
	if err := value.Compact(); err != nil {
		return jsontext.Value("null")
	}
	return safeJSON(value)
}

// safeJSON escapes characters in strings that a terminal shouldn't get.
func safeJSON(value jsontext.Value) jsontext.Value {
	if bytes.IndexFunc(value, isHarmful) < 0 {
		return value
	}
	safe := make([]byte, 0, len(value)+64)
	for i := 0; i < len(value); {
		r, size := utf8.DecodeRune(value[i:])
		if isHarmful(r) {
			safe = fmt.Appendf(safe, `\u%04x`, r)
		} else {
			safe = append(safe, value[i:i+size]...)
		}
		i += size
	}
	return safe
}

// eventLine is the JSON line for an event: its name, its payload if it has any,
// and its header without secrets: see redacted.
func eventLine(event *api.Event, secrets *mask.Set) []byte {
	if !isEvent(event.Name) {
		event = &api.Event{Name: secrets.Hide(event.Name), Header: event.Header, Payload: event.Payload}
	}
	return eventLineWith(event, redacted(event.Header, secrets))
}

// eventLineWith is an event's JSON line with the given header.
func eventLineWith(event *api.Event, header jsontext.Value) []byte {
	line := append([]byte(nil), `{"event":`...)
	line = append(line, quote(event.Name)...)
	if payload := payloadJSON(event.Payload); payload != nil {
		line = append(line, `,"payload":`...)
		line = append(line, payload...)
	}
	line = append(line, `,"header":`...)
	line = append(line, header...)
	return append(line, '}', '\n')
}

// payloadJSON is a payload of one part as the part's value, one of several as an
// array, and nil for none.
func payloadJSON(parts [][]byte) []byte {
	switch len(parts) {
	case 0:
		return nil
	case 1:
		return partJSON(parts[0])
	}
	array := []byte{'['}
	for i, part := range parts {
		if i > 0 {
			array = append(array, ',')
		}
		array = append(array, partJSON(part)...)
	}
	return append(array, ']')
}

// partJSON is a part as it is if it is JSON, else as a string if it is text,
// else as an object with its bytes.
func partJSON(part []byte) []byte {
	switch {
	case jsontext.Value(part).IsValid():
		return compact(part)
	case utf8.Valid(part):
		return quote(string(part))
	}
	return fmt.Appendf(nil, `{"base64":"%s"}`, encodeBase64(part))
}

// quote is a string in JSON. What isn't UTF-8 in it is replaced.
func quote(text string) jsontext.Value {
	quoted, _ := jsontext.AppendQuote(nil, text)
	return safeJSON(quoted)
}
