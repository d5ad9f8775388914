package cli

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/api"
)

func TestRedacted(t *testing.T) {
	for in, want := range map[string]string{
		`{"event":"pong"}`:                              `{"event":"pong"}`,
		` { "n" : 9007199254740993.0e0 } `:              `{"n":9007199254740993.0e0}`,
		`{"user_auth":"x","n":9007199254740993}`:        `{"user_auth":"[hidden]","n":9007199254740993}`,
		`{"user\u005fauth":"x"}`:                        `{"user_auth":"[hidden]"}`,
		`{"a":[{"credential":{"deep":"x"}},"keep"]}`:    `{"a":[{"credential":"[hidden]"},"keep"]}`,
		`{"x":"user_auth","user_auth":null}`:            `{"x":"user_auth","user_auth":"[hidden]"}`,
		"{\"name\":\"\u202e\u009b\"}":                   `{"name":"\u202e\u009b"}`,
		`{"session_id":"s","access_key":"k","k":"v\n"}`: `{"session_id":"[hidden]","access_key":"[hidden]","k":"v\n"}`,
	} {
		if got := string(redacted(jsontext.Value(in), nil)); got != want {
			t.Errorf("redacted(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestEventLine(t *testing.T) {
	for want, parts := range map[string][][]byte{
		`{"event":"e","header":{}}` + "\n":                                          nil,
		`{"event":"e","payload":{"text":"a"},"header":{}}` + "\n":                   {[]byte(`{ "text" : "a" }`)},
		`{"event":"e","payload":[1,2],"header":{}}` + "\n":                          {[]byte(`[1,2]`)},
		`{"event":"e","payload":[1,"two",{"base64":"/w=="},""],"header":{}}` + "\n": {[]byte(`1`), []byte(`two`), {0xff}, {}},
		`{"event":"e","payload":"","header":{}}` + "\n":                             {{}},
	} {
		got := string(eventLine(&api.Event{Name: "e", Header: jsontext.Value(`{}`), Payload: parts}, nil))
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
