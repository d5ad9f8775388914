//go:build linux

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// fifo makes a pipe that has a name.
func (w *world) fifo(name string) (path string) {
	w.t.Helper()
	path = filepath.Join(w.dir, name)
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// substitute is what <(…) is in a shell: a pipe with a text in it.
func substitute(t *testing.T, text string) (path string) {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_, err = writer.WriteString(text)
	if err := errors.Join(err, writer.Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() })
	return fmt.Sprintf("/dev/fd/%d", reader.Fd())
}

func TestPipes(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	credentials, err := os.ReadFile(alice.env["NINCHAT_CREDENTIALS"])
	if err != nil {
		t.Fatal(err)
	}
	const key = `{"id":"k","secret":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}`
	if got := alice.ok("", "user", "show", "--credentials", substitute(t, string(credentials))); !strings.Contains(got, "alice") {
		t.Errorf("got %s", got)
	}
	named := w.fifo("credentials")
	go func() { _ = os.WriteFile(named, credentials, 0) }()
	if got := alice.ok("", "user", "show", "--credentials", named); !strings.Contains(got, "alice") {
		t.Errorf("got %s", got)
	}
	alice.ok("{}", "master", "encrypt", "--key-file", substitute(t, key))
	serving := alice.start(nil, "serve", "--addr", "127.0.0.1:0", "--json", "--seed", substitute(t, `{"users":[{"user_attrs":{"name":"Seeded"}}]}`), "--site", "s="+substitute(t, "{}"))
	serving.rest()
	serving.line()
	if got := serving.line(); !strings.Contains(got, "Seeded") {
		t.Errorf("got %s", got)
	}
	serving.cancel()
	serving.end()
	id := alice.channel("lobby")
	alice.ok("", "call", "send_message", "channel_id="+id, "message_type=ninchat.com/text", "--payload", substitute(t, `{"text":"piped"}`))
	sameTexts(t, alice.texts(id), []string{"piped"})
}

// The credentials of a pipe are read once, also where they are needed twice, and
// whatever they are in isn't removed.
func TestUserDeleteByPipe(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	credentials, err := os.ReadFile(alice.env["NINCHAT_CREDENTIALS"])
	if err != nil {
		t.Fatal(err)
	}
	named := w.fifo("credentials")
	go func() { _ = os.WriteFile(named, credentials, 0) }()
	alice.ok("", "user", "delete", "--yes", "--credentials", named)
	if _, err := os.Lstat(named); err != nil {
		t.Error(err)
	}
	alice.fails(statusFailed, "", []string{"user", "show"}, "doesn't accept the credentials")
}

// Nobody writes to a pipe: interrupting ends the waiting.
func TestPipeNobody(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	named := w.fifo("pipe")
	for _, args := range [][]string{
		{"user", "show", "--credentials", named},
		{"user", "show", "--ca-file", named},
		{"call", "describe_channel", "channel_id@" + named},
		{"call", "send_message", "channel_id=x", "message_type=ninchat.com/text", "--payload", named},
		{"serve", "--addr", "127.0.0.1:0", "--seed", named},
		{"serve", "--addr", "127.0.0.1:0", "--ice", named},
		{"serve", "--addr", "127.0.0.1:0", "--site", "s=" + named},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if r := alice.runContext(ctx, "", args...); r.status != statusFailed || !strings.Contains(r.stderr, "interrupted") {
			t.Errorf("%q: got %+v", args, r)
		}
	}
}

// What can't be understood, or is never to be replaced, is refused and left.
func TestNotFiles(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	id := alice.channel("lobby")
	pipe, dir := w.fifo("pipe"), t.TempDir()
	seed := w.file("seed.json", "{}")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"user", "show", "--credentials", "/dev/null"}, "isn't a JSON object"},
		{[]string{"user", "show", "--credentials", "/dev/zero"}, "/dev/zero: more than"},
		{[]string{"user", "show", "--credentials", dir}, "is a directory"},
		{[]string{"user", "show", "--credentials", substitute(t, "")}, "isn't a JSON object"},
		{[]string{"user", "create", "A", "--force", "--credentials", pipe}, "isn't a regular file"},
		{[]string{"user", "create", "A", "--force", "--credentials", dir}, "isn't a regular file"},
		{[]string{"master", "encrypt", "--key-file", "/dev/zero"}, "/dev/zero: more than"},
		{[]string{"master", "encrypt", "--key-file", "/dev/null"}, "isn't a JSON object"},
		{[]string{"master", "encrypt", "--key-file", dir}, "is a directory"},
		{[]string{"call", "describe_channel", "channel_id@/dev/zero"}, "/dev/zero: more than"},
		{[]string{"listen", id, "--resume", pipe}, "isn't a regular file"},
		{[]string{"listen", id, "--resume", "/dev/null"}, "isn't a regular file"},
		{[]string{"listen", id, "--resume", dir}, "is a directory"},
		{[]string{"user", "show", "--ca-file", "/dev/zero"}, "/dev/zero: more than"},
		{[]string{"serve", "--addr", "127.0.0.1:0", "--seed", "/dev/zero"}, "/dev/zero: more than"},
		{[]string{"serve", "--addr", "127.0.0.1:0", "--seed", seed, "--seed-output", pipe}, "isn't a regular file"},
		{[]string{"serve", "--addr", "127.0.0.1:0", "--seed", seed, "--seed-output", "/dev/stdout"}, "isn't a regular file"},
		{[]string{"serve", "--addr", "127.0.0.1:0", "--ice", "/dev/zero"}, "/dev/zero: more than"},
		{[]string{"serve", "--addr", "127.0.0.1:0", "--site", "s=/dev/zero"}, "/dev/zero: more than"},
		{[]string{"serve", "--addr", "127.0.0.1:0", "--state", pipe}, "not a file"},
		{[]string{"serve", "--addr", "127.0.0.1:0", "--state", "/dev/null"}, "not a file"},
		{[]string{"serve", "--addr", "127.0.0.1:0", "--state", dir}, "not a file"},
	} {
		alice.fails(statusFailed, "", test.args, test.want)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("the pipe has become %v, %v", info, err)
	}
}
