package session_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat"
)

func TestFileTokenStore(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "token.json")
	store := ninchat.FileTokenStore(path)
	if token, err := store.Load(t.Context()); err != nil || !token.IsZero() {
		t.Fatalf("without file: %v, %v", token, err)
	}
	if err := store.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	token := ninchat.Token{Address: "https://x", SessionID: "s", UserID: "u", UserAuth: "a", EventID: 1 << 60, NextActionID: 8, Host: "h"}
	for range 2 {
		if err := store.Save(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		token.EventID++
	}
	token.EventID--
	if loaded, err := store.Load(t.Context()); err != nil || loaded != token {
		t.Fatalf("loaded %v, %v", loaded, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Fatalf("mode is %v", info.Mode())
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Fatalf("the directory has %v, %v", entries, err)
	}
	if err := store.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Fatalf("after Delete: %v", err)
	}
}

func TestBadTokenFile(t *testing.T) {
	const good = `{"version":1,"token":{"address":"https://x","session_id":"5ecret","user_id":"u","event_id":0,"next_action_id":1}}`
	for name, test := range map[string]struct {
		text, want string
		mode       os.FileMode
	}{
		"good":      {good, "", 0o600},
		"marked":    {"\ufeff" + strings.ReplaceAll(good, ",", ",\r\n") + "\r\n", "", 0o600},
		"UTF-16":    {"{\x00}\x00", "UTF-16", 0o600},
		"readable":  {good, "mode 0640", 0o640},
		"writable":  {good, "mode 0602", 0o602},
		"empty":     {"", "isn't the file of a token", 0o600},
		"cut off":   {good[:60], "isn't the file of a token", 0o600},
		"version":   {strings.Replace(good, `"version":1`, `"version":2`, 1), "version 2", 0o600},
		"too large": {good + strings.Repeat(" ", 64<<10), "isn't the file of a token", 0o600},
		"no user":   {strings.Replace(good, `"u"`, `""`, 1), "no user_id", 0o600},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" && test.mode != 0o600 {
				t.Skip("there are no such modes")
			}
			path := filepath.Join(t.TempDir(), "token.json")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			// Not what the umask leaves of it.
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			token, err := ninchat.FileTokenStore(path).Load(t.Context())
			switch {
			case test.want == "" && (err != nil || token.UserID != "u"):
				t.Fatalf("loaded %v, %v", token, err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || !token.IsZero()):
				t.Fatalf("loaded %v, %v", token, err)
			case err != nil && strings.Contains(err.Error(), "5ecret"):
				t.Fatalf("the error shows a secret: %v", err)
			}
		})
	}
}

// What is no file isn't replaced by one.
func TestTokenFileIsNoFile(t *testing.T) {
	dir := t.TempDir()
	store := ninchat.FileTokenStore(dir)
	if err := store.Save(t.Context(), ninchat.Token{UserID: "u"}); err == nil || !strings.Contains(err.Error(), "isn't a regular file") {
		t.Errorf("saved: %v", err)
	}
	if _, err := store.Load(t.Context()); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("loaded: %v", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(entries) != 1 {
		t.Errorf("beside it there is %v, %v", entries, err)
	}
}

// A file that can't be written leaves the one before alone.
func TestTokenFileCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "token.json")
	if err := ninchat.FileTokenStore(path).Save(t.Context(), ninchat.Token{UserID: "u"}); err == nil {
		t.Fatal("saved in a directory that isn't there")
	}
}
