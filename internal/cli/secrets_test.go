package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A server that repeats the secrets that it gets, in whatever it says, gets none of them
// onto the terminal.
func TestEchoedSecretsAreNotWritten(t *testing.T) {
	const auth, key = `t0ken+of/"user"`, "acc3ss&key"
	echo := func() string {
		var b strings.Builder
		for _, secret := range []string{auth, key} {
			fmt.Fprintf(&b, "%s %q %s %s\x1b[31m\u202e ", secret, secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte("user:"+secret)))
		}
		return b.String()
	}()
	quoted, err := json.Marshal(echo)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	stored, err := json.Marshal(map[string]string{"user_id": "u", "user_auth": auth})
	if err != nil {
		t.Fatal(err)
	}
	credentials, keyFile := file("credentials.json", string(stored)), file("key", key)
	for name, answer := range map[string]string{
		"an error":        `{"event":"error","error_type":` + string(quoted) + `,"error_reason":` + string(quoted) + `}`,
		"another event":   `{"event":` + string(quoted) + `}`,
		"a new parameter": `{"event":"channel_joined","channel_id":"c","brand_new":{` + string(quoted) + `:[` + string(quoted) + `]}}`,
		"no JSON":         echo,
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, answer)
			}))
			defer srv.Close()
			getenv := func(name string) string {
				return map[string]string{"NINCHAT_ADDRESS": srv.URL, "NINCHAT_CREDENTIALS": credentials}[name]
			}
			var out bytes.Buffer
			for _, args := range [][]string{
				{"call", "join_channel", "access_key@" + keyFile, "--verbose"},
				{"call", "join_channel", "access_key@" + keyFile, "--json"},
				{"user", "show", "--timeout", "100ms", "--verbose"},
			} {
				Run(t.Context(), args, strings.NewReader(""), &out, &out, getenv)
			}
			text := out.String()
			if text == "" {
				t.Fatal("nothing was written")
			}
			for _, secret := range []string{auth, key} {
				digits := base64.StdEncoding.EncodeToString([]byte("user:" + secret))
				for _, form := range []string{secret, url.QueryEscape(secret), strings.Trim(fmt.Sprintf("%q", secret), `"`), digits[8 : len(digits)-4]} {
					if strings.Contains(text, form) || strings.Contains(strings.ReplaceAll(text, `\\`, `\`), form) {
						t.Errorf("%q is in: %s", form, text)
					}
				}
			}
			if strings.ContainsAny(text, "\x1b\u202e") {
				t.Errorf("tricks on the terminal: %q", text)
			}
		})
	}
}

// An address with a password in it isn't repeated.
func TestPasswordInAddress(t *testing.T) {
	for _, address := range []string{"https://user:5ecret@example.com", "ftp://user:5ecret@example.com", "user:5ecret@example.com", "https://user:5ecret@%"} {
		var out bytes.Buffer
		status := Run(t.Context(), []string{"user", "create", "x", "--address", address, "--credentials", filepath.Join(t.TempDir(), "c")}, strings.NewReader(""), &out, &out, func(string) string { return "" })
		if status == 0 || strings.Contains(out.String(), "5ecret") {
			t.Errorf("%s: status %d: %s", address, status, out.String())
		}
	}
}

// Two listeners can't go on with the same session.
func TestListenResumeInUse(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	id := alice.channel("lobby")
	path := filepath.Join(t.TempDir(), "session.json")
	first := bob.start(nil, "listen", id, "--resume", path, "--count", "1")
	first.says("listening to 1 channel")
	first.rest()
	bob.fails(1, "", []string{"listen", id, "--resume", path}, path+" is in use by another 'ninchat listen'")
	alice.ok("hello\n", "send", id)
	if got := first.line(); got != "<alice> hello" {
		t.Errorf("got %q", got)
	}
	if status := first.end(); status != 0 {
		t.Errorf("status %d", status)
	}
	alice.ok("again\n", "send", id)
	second := bob.start(nil, "listen", id, "--resume", path, "--count", "1")
	second.says("resumed")
	second.rest()
	if got := second.line(); got != "<alice> again" {
		t.Errorf("got %q", got)
	}
	if status := second.end(); status != 0 {
		t.Errorf("status %d", status)
	}
}
