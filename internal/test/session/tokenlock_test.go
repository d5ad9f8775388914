//go:build !js

package session_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat"
)

// A link to a token file isn't another one.
func TestLinkToTokenFile(t *testing.T) {
	dir := t.TempDir()
	path, link, second := filepath.Join(dir, "token.json"), filepath.Join(dir, "link"), filepath.Join(dir, "second")
	for name, target := range map[string]string{link: "token.json", second: link} {
		if err := os.Symlink(target, name); err != nil {
			t.Skipf("there are no links: %v", err)
		}
	}
	token := ninchat.Token{Address: "http://a.test", SessionID: "session", UserID: "u", NextActionID: 1}
	names := []string{path, link, second}
	for i, name := range names {
		store := ninchat.FileTokenStore(name)
		unlock, err := store.Lock(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, other := range names {
			if _, err := ninchat.FileTokenStore(other).Lock(t.Context()); !errors.Is(err, ninchat.ErrTokenInUse) || !strings.Contains(err.Error(), other) {
				t.Errorf("%s is used: %s: got %v", name, other, err)
			}
		}
		unlock()
		token.EventID = int64(i + 1)
		if err := store.Save(t.Context(), token); err != nil {
			t.Error(err)
		}
		for _, other := range names {
			if got, err := ninchat.FileTokenStore(other).Load(t.Context()); err != nil || got != token {
				t.Errorf("%s: got event %d, %v", other, got.EventID, err)
			}
		}
	}
	if err := ninchat.FileTokenStore(second).Delete(t.Context()); err != nil {
		t.Error(err)
	}
	for _, name := range names {
		if got, err := ninchat.FileTokenStore(name).Load(t.Context()); err != nil || !got.IsZero() {
			t.Errorf("%s: got event %d, %v", name, got.EventID, err)
		}
	}
}

// A token file is for one session at a time, and the second one is told so at once.
func TestTokenFileInUse(t *testing.T) {
	inBubbles(t, func(t *testing.T, srv *routed) {
		path := filepath.Join(t.TempDir(), "token.json")
		c := discarding(config(srv, "Alice"))
		c.TokenStore = ninchat.FileTokenStore(path)
		first := open(t, c)
		c.TokenStore = ninchat.FileTokenStore(path)
		refused := func() {
			t.Helper()
			_, err := ninchat.Open(t.Context(), c)
			failure, ok := errors.AsType[*ninchat.TokenError](err)
			if !ok || failure.Op != "lock" || !errors.Is(err, ninchat.ErrTokenInUse) || !strings.Contains(err.Error(), path) {
				t.Fatalf("error is %v", err)
			}
		}
		refused()
		token, err := first.Suspend()
		if err != nil {
			t.Fatal(err)
		}
		second := open(t, c)
		if second.SessionID() != token.SessionID {
			t.Error("the session is another one")
		}
		refused()
		if err := second.Close(); err != nil {
			t.Fatal(err)
		}
		// An Open that fails, be it before or after it has begun, doesn't keep the lock.
		bad := c
		bad.Login.UserID, bad.Login.UserAuth = new("nobody"), nil
		for range 2 {
			if _, err := ninchat.Open(t.Context(), bad); err == nil || errors.Is(err, ninchat.ErrTokenInUse) {
				t.Fatalf("error is %v", err)
			}
		}
		if err := os.WriteFile(path, []byte("no token"), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := ninchat.Open(t.Context(), c); err == nil || errors.Is(err, ninchat.ErrTokenInUse) {
				t.Fatalf("error is %v", err)
			}
		}
		if info, err := os.Stat(path + ".lock"); err != nil || info.Size() != 0 {
			t.Errorf("the locked file: %v, %v", info, err)
		}
	})
}

// TestTokenFileHolder isn't a test but the other process of TestTokenLockEndsWithProcess.
func TestTokenFileHolder(t *testing.T) {
	path := os.Getenv("NINCHAT_TEST_TOKEN_FILE")
	if path == "" {
		t.Skip("only as a process of its own")
	}
	if _, err := ninchat.FileTokenStore(path).Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	fmt.Println("locked")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
}

// The lock of a process that is killed is gone with it.
func TestTokenLockEndsWithProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token.json")
	holder := exec.Command(os.Args[0], "-test.run", "^TestTokenFileHolder$")
	holder.Env = append(os.Environ(), "NINCHAT_TEST_TOKEN_FILE="+path)
	stdin, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || line != "locked\n" {
		t.Fatalf("%q, %v", line, err)
	}
	locker := ninchat.FileTokenStore(path)
	if _, err := locker.Lock(t.Context()); !errors.Is(err, ninchat.ErrTokenInUse) {
		t.Fatalf("error is %v", err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	unlock, err := locker.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}
