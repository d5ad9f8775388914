package master

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestDefect19Secrets(t *testing.T) {
	url := strings.NewReplacer("+", "-", "/", "_").Replace(testSecret)
	for _, secret := range []string{testSecret, url, strings.TrimRight(testSecret, "="), strings.TrimRight(url, "=")} {
		key, err := ParseKey(testID, secret)
		if err != nil || key.ID() != testID || !bytes.Equal(key.secret(), testKey(t, testSecret).secret()) {
			t.Errorf("%q: %v", secret, err)
		}
	}
	for _, test := range []struct{ name, id, secret string }{
		{"no id", "", testSecret},
		{"dash", "a-b", testSecret},
		{"dot", "a.b", testSecret},
		{"space", "a b", testSecret},
		{"line break", "a\n", testSecret},
		{"letters of others", "ä", testSecret},
		{"long id", strings.Repeat("a", 65), testSecret},
		{"no secret", testID, ""},
		{"short secret", testID, base64.StdEncoding.EncodeToString(make([]byte, 31))},
		{"long secret", testID, base64.StdEncoding.EncodeToString(make([]byte, 33))},
		{"very long secret", testID, strings.Repeat("A", 10_000)},
		{"garbled", testID, testSecret[:10] + "!" + testSecret[11:]},
		{"lost bits", testID, testSecret[:42] + "1="},
		{"mixed", testID, strings.Replace(testSecret, "+", "-", 1) + "+"},
		{"wrapped", testID, testSecret[:10] + "\n" + testSecret[10:]},
		{"too much padding", testID, testSecret + "="},
		{"hexadecimal", testID, strings.Repeat("0b", 32)},
	} {
		key, err := ParseKey(test.id, test.secret)
		wantError(t, test.name, err, ErrKey)
		if key != nil {
			t.Errorf("%s: there is a key", test.name)
		}
		if err != nil && test.secret != "" && strings.Contains(err.Error(), test.secret) {
			t.Errorf("%s: the error has the secret", test.name)
		}
	}
}

func TestParseJWTKey(t *testing.T) {
	for _, id := range []string{"a", "my-key.2026", "ä"} {
		if _, err := ParseJWTKey(id, testSecret); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, id := range []string{"", "a b", "a\x00", "\xff", strings.Repeat("a", 65)} {
		_, err := ParseJWTKey(id, testSecret)
		wantError(t, id, err, ErrKey)
	}
	for size, ok := range map[int]bool{0: false, 31: false, 32: true, 64: true, 128: true, 129: false} {
		if _, err := NewJWTKey("a", make([]byte, size)); (err == nil) != ok {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	secret := make([]byte, 32)
	key := must[*JWTKey](t)(NewJWTKey("a", secret))
	secret[0] = 1
	if key.secret()[0] != 0 {
		t.Error("the secret isn't a copy")
	}
}

// exposed holds keys in every way that could make something print them.
type exposed struct {
	Value   Key
	Pointer *Key
	JWT     JWTKey
	hidden  Key
	pointer *Key
	jwt     *JWTKey
	any     any
	slice   []Key
	dict    map[string]*Key
}

func TestSecretIsNeverShown(t *testing.T) {
	key, jwtKey := testKey(t, testSecret), testJWTKey(t, testSecret)
	secret := key.secret()
	all := exposed{*key, key, *jwtKey, *key, key, jwtKey, *key, []Key{*key}, map[string]*Key{"a": key}}
	var out bytes.Buffer
	for _, value := range []any{key, *key, jwtKey, *jwtKey, all, &all} {
		for _, flag := range []string{"", "+", "#", " ", "0", "-10.3"} {
			for verb := byte('A'); verb <= 'z'; verb++ {
				fmt.Fprintf(&out, "%"+flag+string(verb), value)
			}
		}
		fmt.Fprintln(&out, value)
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "key", value)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "key", value)
		text, _ := json.Marshal(value)
		out.Write(text)
		text, _ = xml.Marshal(value)
		out.Write(text)
	}
	text := out.String()
	for name, secret := range map[string]string{
		"base64": testSecret[:40], "raw": string(secret[:4]), "hexadecimal": fmt.Sprintf("%x", secret[:4]),
		"upper case": fmt.Sprintf("%X", secret[:4]), "decimal": strings.Trim(fmt.Sprint(secret[:4]), "[]"),
		"Go": strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", secret[:4]), "[]byte{"), "}"),
	} {
		if strings.Contains(text, secret) {
			t.Errorf("the secret is shown (%s)", name)
		}
	}
	if got := fmt.Sprint(key); got != "master key 22nlihvg (secret hidden)" {
		t.Errorf("got %s", got)
	}
	if got, _ := json.Marshal(jwtKey); string(got) != `"master key 22nlihvg (secret hidden)"` {
		t.Errorf("got %s", got)
	}
}

func TestZeroKey(t *testing.T) {
	for _, key := range []*Key{nil, {}} {
		_, err := key.SignCreateSession(soon, nil, At(noon))
		wantError(t, "sign", err, ErrKey)
		_, err = key.Encrypt(soon, nil, At(noon))
		wantError(t, "encrypt", err, ErrKey)
	}
	for _, key := range []*JWTKey{nil, {}} {
		_, err := key.Sign(soon, Claims{Subject: "a"}, At(noon))
		wantError(t, "sign", err, ErrKey)
		_, err = key.Encrypt(soon, nil, At(noon))
		wantError(t, "encrypt", err, ErrKey)
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.json")
	good := `{"id":"` + testID + `","secret":"` + testSecret + `"}` + "\n"
	write := func(text string, mode os.FileMode) {
		t.Helper()
		_ = os.Remove(path)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	write(good, 0o600)
	if key, err := LoadKey(path); err != nil || key.ID() != testID {
		t.Error(err)
	}
	if key, err := LoadJWTKey(path); err != nil || key.ID() != testID {
		t.Error(err)
	}
	write("\ufeff"+strings.ReplaceAll(good, "\n", "\r\n"), 0o600)
	if key, err := LoadKey(path); err != nil || key.ID() != testID {
		t.Error(err)
	}
	write(strings.ReplaceAll(good, "", "\x00"), 0o600)
	if _, err := LoadKey(path); !errors.Is(err, ErrKeyFile) || !strings.Contains(err.Error(), "UTF-16") {
		t.Errorf("got %v", err)
	}
	if runtime.GOOS != "windows" {
		for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o620, 0o601} {
			write(good, mode)
			_, err := LoadKey(path)
			wantError(t, mode.String(), err, ErrKeyFile)
		}
	}
	for _, text := range []string{
		"", "{}", "null", testSecret, `["` + testID + `"]`, good + good, `{"id":"a","id":"b","secret":"` + testSecret + `"}`,
		`{"id":1,"secret":"` + testSecret + `"}`, `{"id":"a","secret":"` + testSecret + `","more":1}`, strings.Repeat(" ", 5000) + good,
	} {
		write(text, 0o600)
		_, err := LoadKey(path)
		wantError(t, text, err, ErrKeyFile)
		if err != nil && strings.Contains(err.Error(), testSecret[:20]) {
			t.Errorf("%s: the error has the secret", text)
		}
	}
	write(`{"id":"a-b","secret":"`+testSecret+`"}`, 0o600)
	_, err := LoadKey(path)
	wantError(t, "bad id", err, ErrKey)
	_, err = LoadKey(filepath.Join(t.TempDir(), "none"))
	wantError(t, "no file", err, os.ErrNotExist)
}

func TestKeyFromEnv(t *testing.T) {
	env := map[string]string{"NINCHAT_MASTER_KEY_ID": testID, "NINCHAT_MASTER_KEY_SECRET": testSecret}
	getenv := func(name string) string { return env[name] }
	if key, err := KeyFromEnv(getenv); err != nil || key.ID() != testID {
		t.Error(err)
	}
	if key, err := JWTKeyFromEnv(getenv); err != nil || key.ID() != testID {
		t.Error(err)
	}
	delete(env, "NINCHAT_MASTER_KEY_SECRET")
	_, err := KeyFromEnv(getenv)
	wantError(t, "no secret", err, ErrKey)
}
