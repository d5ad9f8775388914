package api

import (
	"bytes"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

const password = "correct-horse"

// holders has values with a secret in different places.
func holders() []any {
	secret := Secret(password)
	return []any{
		secret,
		&secret,
		[]Secret{secret},
		map[string]Secret{"a": secret},
		struct{ S Secret }{secret},
		CreateSession{UserAuth: &secret},
		&CreateSession{UserAuth: &secret, IdentityAuth: &secret},
		&SessionCreated{SessionID: secret, UserAuth: &secret},
		&ICEBegun{TURNServers: []TURNServer{{Username: "a", Credential: secret}}},
		TURNServer{Credential: secret},
	}
}

func TestSecretIsNotFormatted(t *testing.T) {
	for _, holder := range holders() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			if text := fmt.Sprintf(verb, holder); shows(text) {
				t.Errorf("%s of %T: %s", verb, holder, text)
			}
		}
		if text := fmt.Sprint(holder) + fmt.Errorf("%v", holder).Error(); shows(text) {
			t.Errorf("%T: %s", holder, text)
		}
	}
	secret := Secret(password)
	if secret.String() != hidden || secret.GoString() != hidden {
		t.Errorf("got %s, %s", secret.String(), secret.GoString())
	}
}

func TestSecretIsNotLogged(t *testing.T) {
	secret := Secret(password)
	values := []any{secret, CreateSession{UserAuth: &secret}, &SessionCreated{SessionID: secret}, TURNServer{Credential: secret}, &ICEBegun{TURNServers: []TURNServer{{Credential: secret}}}}
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		for _, value := range values {
			out.Reset()
			slog.New(handler).Info("test", "value", value)
			if text := out.String(); shows(text) || !strings.Contains(text, hidden) {
				t.Errorf("%T of %T: %s", handler, value, text)
			}
		}
	}
}

// shows reports whether the password is in a text, also as hexadecimal digits.
func shows(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, password) || strings.Contains(text, fmt.Sprintf("%x", password))
}

// TestSecretIsSent checks that the server gets the secret itself.
func TestSecretIsSent(t *testing.T) {
	action, err := CreateSession{UserAuth: new(Secret(password))}.Action()
	if err != nil || !shows(string(action.Params)) {
		t.Errorf("got %s, %v", action.Params, err)
	}
	var decoded CreateSession
	if err := json.Unmarshal(action.Params, &decoded); err != nil || decoded.UserAuth.Reveal() != password {
		t.Errorf("got %+v, %v", decoded, err)
	}
}

// TestLogValueOfUnencodable checks that logging can't fail.
func TestLogValueOfUnencodable(t *testing.T) {
	value := CreateSession{Unknown: []byte(`{`), UserAuth: new(Secret(password))}.LogValue()
	if value.Kind() != slog.KindString || shows(value.String()) {
		t.Errorf("got %s", value)
	}
}

// TestAllSecretsAreHidden puts secrets into all actions and events that can
// have some.
func TestAllSecretsAreHidden(t *testing.T) {
	count := 0
	check := func(v any) {
		if !fillSecrets(reflect.ValueOf(v).Elem(), 5) {
			return
		}
		count++
		var out bytes.Buffer
		slog.New(slog.NewJSONHandler(&out, nil)).Info("test", "value", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("test", "value", v)
		fmt.Fprintf(&out, "%v %+v %#v %s", v, v, v, v)
		if shows(out.String()) {
			t.Errorf("%T: %s", v, out.String())
		}
	}
	for _, name := range actionNames {
		check(newTypedAction(name))
	}
	for _, name := range eventNames {
		check(newTypedEvent(name))
	}
	if count < 15 {
		t.Errorf("only %d actions and events have secrets", count)
	}
}

// fillSecrets sets all secrets in a value, and reports whether there are any.
func fillSecrets(v reflect.Value, depth int) bool {
	found := false
	switch {
	case v.Type() == reflect.TypeFor[Secret]():
		v.SetString(password)
		return true
	case depth == 0 || isAttr(v.Type()):
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return fillSecrets(v.Elem(), depth-1)
	case v.Kind() == reflect.Slice && v.Type() != rawType && v.Type() != objectType:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		return fillSecrets(v.Index(0), depth-1)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if fillSecrets(v.Field(i), depth-1) {
				found = true
			}
		}
	}
	return found
}
