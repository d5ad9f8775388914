package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/server"
)

func TestUser(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	alice.env["NINCHAT_CREDENTIALS"] = filepath.Join(w.dir, "new", "folder", "alice.json")
	created := alice.run("", "user", "create", "Alice")
	alice.noteSecrets()
	stored := alice.stored()
	if created.status != 0 || created.stdout != stored.UserID+"\n" {
		t.Errorf("got %+v", created)
	}
	if !strings.Contains(created.stderr, alice.env["NINCHAT_CREDENTIALS"]) {
		t.Errorf("stderr doesn't say where the credentials are: %s", created.stderr)
	}
	if stored.Address != w.server.URL() || stored.UserAuth == "" {
		t.Errorf("the credentials are incomplete")
	}
	// The file remembers the address.
	alice.env["NINCHAT_ADDRESS"] = ""
	shown := alice.ok("", "user", "show")
	if !strings.Contains(shown, "name:     Alice") || strings.Contains(shown, "guest") {
		t.Errorf("got %s", shown)
	}
	p := parseLine(t, alice.ok("", "user", "show", stored.UserID, "--json"))
	if p.Event != "user_found" || p.Header.UserID != stored.UserID {
		t.Errorf("got %+v", p)
	}
	alice.fails(statusFailed, "", []string{"user", "show", "nobody"}, "user_not_found")

	if got := alice.ok("", "user", "delete", "--yes"); got != "deleted "+stored.UserID+"\n" {
		t.Errorf("got %q", got)
	}
	if _, err := os.Stat(alice.env["NINCHAT_CREDENTIALS"]); !os.IsNotExist(err) {
		t.Errorf("the credentials are still there: %v", err)
	}
	alice.fails(statusFailed, "", []string{"user", "show"}, "no credentials at", "ninchat user create")
	if n := w.server.Stats().Users; n != 0 {
		t.Errorf("there are %d users", n)
	}
}

func TestUserJSON(t *testing.T) {
	w := newWorld(t)
	bob := w.newcomer("bob")
	created := bob.ok("", "user", "create", "Bob", "--guest", "--json")
	bob.noteSecrets()
	if !strings.Contains(created, `"user_id":"`+bob.stored().UserID+`"`) || !strings.Contains(created, "bob.json") {
		t.Errorf("got %s", created)
	}
	if shown := bob.ok("", "user", "show"); !strings.Contains(shown, "guest") {
		t.Errorf("got %s", shown)
	}
	if got := bob.ok("", "user", "delete", "--yes", "--json"); !strings.Contains(got, `"user_id":`) {
		t.Errorf("got %s", got)
	}
}

func TestDefect20CredentialsFile(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	path := alice.env["NINCHAT_CREDENTIALS"]
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v", info.Mode())
	}

	// An existing file isn't overwritten, and no user is made for nothing.
	before := alice.stored()
	alice.fails(statusFailed, "", []string{"user", "create", "Alice"}, "is there already", "--force")
	if alice.stored() != before || w.server.Stats().Users != 1 {
		t.Error("the credentials have changed, or a user was left behind")
	}
	alice.ok("", "user", "create", "Alice", "--force")
	alice.noteSecrets()
	if alice.stored() == before {
		t.Error("the credentials haven't changed")
	}
	if entries, _ := os.ReadDir(w.dir); len(entries) != 1 {
		t.Errorf("files were left behind: %v", entries)
	}

	if runtime.GOOS != "windows" {
		for _, mode := range []os.FileMode{0o604, 0o640, 0o620} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			alice.fails(statusFailed, "", []string{"user", "show"}, "others can use", "chmod 600")
		}
	}
	for text, says := range map[string]string{
		"not JSON {sesame":                        "isn't a JSON object",
		`{"user_id":7,"user_auth":"sesame"}`:      "isn't a JSON object",
		`{"user_id":"x"}`:                         "no user_auth",
		`{"user_auth":"sesame"}`:                  "no user_id",
		`{"user_id":"x","user_auth":"sesame123"}`: "doesn't accept the credentials",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
		alice.secret("sesame")
		alice.fails(statusFailed, "", []string{"user", "show"}, says)
	}
}

func TestCredentialsCannotBeWritten(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	file := filepath.Join(w.dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	alice.fails(statusFailed, "", []string{"user", "create", "Alice", "--credentials", filepath.Join(file, "x.json")}, "credentials:")
	if n := w.server.Stats().Accepted; n != 0 {
		t.Errorf("the server was asked %d times", n)
	}
}

// TestCredentialsAppear has the credentials file appear while the user is being
// created: it must not be overwritten, and the user must not remain.
func TestCredentialsAppear(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	path := alice.env["NINCHAT_CREDENTIALS"]
	a := &app{getenv: alice.getenv}
	file, err := a.prepareCredentials(false)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	err = file.commit(storedCredentials{UserID: "x", UserAuth: "y"})
	file.discard()
	if err == nil {
		t.Error("the file was overwritten")
	}
	if text, _ := os.ReadFile(path); string(text) != "precious" {
		t.Errorf("the file has %q", text)
	}
	if entries, _ := os.ReadDir(w.dir); len(entries) != 1 {
		t.Errorf("files were left behind: %v", entries)
	}
}

func TestUndoCreateUser(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	a := &app{getenv: alice.getenv, timeout: 5 * time.Minute}
	session, err := a.openCaller(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer shut(session)
	if session.Credentials().UserAuth != api.Secret(alice.stored().UserAuth) {
		t.Error("the session doesn't know its credentials")
	}
	if err := a.undoCreateUser(session); err == nil || !strings.Contains(err.Error(), "deleted again") {
		t.Errorf("got %v", err)
	}
	if n := w.server.Stats().Users; n != 0 {
		t.Errorf("there are %d users", n)
	}
}

// A user may be named by an identity, in the file or in the environment.
func TestIdentityCredentials(t *testing.T) {
	w := newWorld(t)
	if _, err := w.server.AddUser(server.User{
		Attrs:      api.UserAttrs{Name: api.Set("Alice")},
		Identities: []server.Identity{{Type: "email", Name: "alice@example.com", Auth: "pass word"}},
	}); err != nil {
		t.Fatal(err)
	}
	w.secret("pass word")
	stored, environment := w.newcomer("stored"), w.newcomer("environment")
	text := `{"identity_name":"alice@example.com","identity_auth":"pass word"}`
	if err := os.WriteFile(stored.env["NINCHAT_CREDENTIALS"], []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	environment.env["NINCHAT_IDENTITY_NAME"], environment.env["NINCHAT_IDENTITY_AUTH"] = "alice@example.com", "pass word"
	id := stored.channel("lobby")
	listening := environment.start(nil, "listen", id, "--count", "2")
	listening.says("listening to 1 channel")
	listening.rest()
	stored.ok("1\n", "send", id)
	environment.ok("2\n", "send", id)
	for _, want := range []string{"<Alice> 1", "<Alice> 2"} {
		if got := listening.line(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for _, a := range []*actor{stored, environment} {
		for _, args := range [][]string{{"call", "describe_channel", "channel_id=" + id}, {"call", "--session", "ping"}} {
			a.ok("", args...)
		}
	}
	stored.fails(statusFailed, "", []string{"user", "delete", "--yes"}, "only a user who is in the credentials file")
	environment.env["NINCHAT_IDENTITY_AUTH"] = "wrong"
	environment.fails(statusFailed, "", []string{"user", "show"}, "access_denied", "doesn't accept the credentials of NINCHAT_IDENTITY_NAME")
	environment.env["NINCHAT_IDENTITY_AUTH"] = ""
	environment.fails(statusFailed, "", []string{"user", "show"}, "NINCHAT_IDENTITY_AUTH isn't")
	for text, says := range map[string]string{
		`{"identity_name":"a","identity_auth":"b","user_id":"c"}`: "both a user and an identity",
		`{"identity_name":"a"}`:                                   "no identity_auth",
		`{"identity_auth":"a"}`:                                   "no identity_name",
	} {
		if err := os.WriteFile(stored.env["NINCHAT_CREDENTIALS"], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		stored.fails(statusFailed, "", []string{"user", "show"}, says)
	}
}
