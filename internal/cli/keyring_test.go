package cli

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/test/deserted"
	"github.com/ninchat-community/ninchat/ninchattest"
	"github.com/ninchat-community/ninchat/server"
)

func TestKeyring(t *testing.T) {
	k := keyring{filepath.Join(t.TempDir(), "made", "if need be")}
	at := netip.MustParseAddrPort
	keep := func(address string, token api.Secret) string {
		t.Helper()
		path, err := k.keep(at(address), token)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v, %v", path, info.Mode(), err)
			}
		}
		return path
	}
	finds := func(reached string, want api.Secret) {
		t.Helper()
		if got, err := k.find(at(reached)); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", reached, got.Reveal(), err, want.Reveal())
		}
	}
	finds("127.0.0.1:1", "")
	keep("127.0.0.1:1", "one")
	keep("[::1]:1", "six")
	keep("[::]:2", "all")
	keep("0.0.0.0:3", "four")
	for reached, want := range map[string]api.Secret{
		"127.0.0.1:1": "one", "127.0.0.2:1": "", "[::1]:1": "six", "[::1]:2": "all", "127.0.0.1:2": "all", "127.0.0.1:3": "four", "127.0.0.1:4": "",
	} {
		finds(reached, want)
	}
	// The next server at an address has another token, and the first leaves it alone.
	keep("127.0.0.1:1", "two")
	finds("127.0.0.1:1", "two")
	k.forget(at("127.0.0.1:1"), "one")
	finds("127.0.0.1:1", "two")
	k.forget(at("127.0.0.1:1"), "two")
	finds("127.0.0.1:1", "")
	// Who listens everywhere is alone at the port.
	keep("127.0.0.1:1", "three")
	keep("0.0.0.0:1", "four")
	finds("127.0.0.1:1", "four")
	finds("[::1]:1", "six")
	keep("[::]:1", "all")
	finds("127.0.0.1:1", "all")
	finds("[::1]:1", "all")
	entries, err := os.ReadDir(k.dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("there are %v, %v", entries, err)
	}
}

// Tokens of servers that were killed go when the next one is started, others stay.
func TestKeyringSweep(t *testing.T) {
	k := keyring{t.TempDir()}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	alive, dead := ln.Addr().(*net.TCPAddr).AddrPort(), netip.MustParseAddrPort(deserted.Address(t))
	for _, address := range []netip.AddrPort{alive, dead, netip.AddrPortFrom(netip.IPv4Unspecified(), dead.Port())} {
		if _, err := k.keep(address, "token"); err != nil {
			t.Fatal(err)
		}
	}
	other := filepath.Join(k.dir, "notes.header")
	if err := os.WriteFile(other, []byte(keyPrefix+"token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	k.sweep(t.Context())
	entries, err := os.ReadDir(k.dir)
	if err != nil || len(entries) != 2 || entries[0].Name() != filepath.Base(k.path(alive)) {
		t.Errorf("there are %v, %v", entries, err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
}

// A file that somebody else can read, or has made, isn't used, and not shown either.
func TestKeyringRefuses(t *testing.T) {
	address := netip.MustParseAddrPort("127.0.0.1:1")
	for name, prepare := range map[string]func(path string) error{
		"others can use": func(path string) error { return os.Chmod(path, 0o640) },
		"isn't a file": func(path string) error {
			if err := os.Rename(path, path+"2"); err != nil {
				return err
			}
			return os.Symlink(path+"2", path)
		},
		"has no token": func(path string) error { return os.WriteFile(path, []byte("Cookie: very-secret\n"), 0o600) },
		"no token":     func(path string) error { return os.WriteFile(path, []byte(keyPrefix+"very-secret\nHost: x\n"), 0o600) },
	} {
		if runtime.GOOS == "windows" && name != "has no token" && name != "no token" {
			continue
		}
		k := keyring{t.TempDir()}
		path, err := k.keep(address, "very-secret")
		if err != nil {
			t.Fatal(err)
		}
		if err := prepare(path); err != nil {
			t.Fatal(err)
		}
		token, err := k.find(address)
		if err == nil || token != "" || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "very-secret") {
			t.Errorf("%s: got %q, %v", name, token.Reveal(), err)
		}
	}
}

// Only the server on this computer that a connection has reached is shown its token.
func TestReachedHere(t *testing.T) {
	for peer, want := range map[string]bool{"127.0.0.1:1": true, "[::1]:1": true, "192.0.2.1:1": false, "[2001:db8::1]:1": false} {
		if _, ok := reachedHere(peerConn{addr: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(peer))}); ok != want {
			t.Errorf("%s: got %v", peer, ok)
		}
	}
}

type peerConn struct {
	net.Conn
	addr net.Addr
}

func (c peerConn) RemoteAddr() net.Addr { return c.addr }

// The command finds the token of a server, however its address is written, and the
// server takes the file along.
func TestServeDebugToken(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	one, l := alice.serve()
	two, other := alice.serve("--addr", "0.0.0.0:0", "--allow-remote")
	if l.DebugToken == "" || l.DebugToken == other.DebugToken {
		t.Errorf("the tokens are %q and %q", l.DebugToken, other.DebugToken)
	}
	text, err := os.ReadFile(l.HeaderFile)
	if err != nil || string(text) != "Authorization: Bearer "+l.DebugToken+"\n" {
		t.Errorf("the file has %q, %v", text, err)
	}
	port := func(url string) string { return url[strings.LastIndex(url, ":"):] }
	for _, address := range []string{
		l.URL, "http://localhost" + port(l.URL), "http://[::ffff:127.0.0.1]" + port(l.URL),
		other.URL, "http://127.0.0.1" + port(other.URL), "http://127.0.0.2" + port(other.URL),
	} {
		if runtime.GOOS != "linux" && strings.Contains(address, "127.0.0.2") {
			continue
		}
		if got := alice.ok("", "faults", "slow", "--delay", "1ms", "--address", address); got != "0\n" {
			t.Errorf("%s: got %q", address, got)
		}
		alice.ok("", "outbox", "--address", address)
	}
	// Somebody else doesn't have the file.
	moved := l.HeaderFile + ".moved"
	if err := os.Rename(l.HeaderFile, moved); err != nil {
		t.Fatal(err)
	}
	list := []string{"faults", "list", "--address", l.URL}
	alice.fails(statusFailed, "", list, "doesn't know us", "NINCHAT_DEBUG_TOKEN")
	alice.env["NINCHAT_DEBUG_TOKEN"] = l.DebugToken
	alice.ok("", list...)
	alice.env["NINCHAT_DEBUG_TOKEN"] = ""
	if err := os.Rename(moved, l.HeaderFile); err != nil {
		t.Fatal(err)
	}
	alice.ok("", list...)
	if runtime.GOOS != "windows" {
		if err := os.Chmod(l.HeaderFile, 0o644); err != nil {
			t.Fatal(err)
		}
		alice.fails(statusFailed, "", list, "others can use", "mode 0644", "Restart the server")
		if err := os.Chmod(l.HeaderFile, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range []*running{one, two} {
		r.cancel()
		if status := r.end(); status != 0 {
			t.Errorf("status %d", status)
		}
	}
	for _, path := range []string{l.HeaderFile, other.HeaderFile} {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s is there still", path)
		}
	}
}

// The token of the environment is that of the server; it is printed with --json only.
func TestServeTokenForPeople(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	alice.env["NINCHAT_DEBUG_TOKEN"] = "short"
	alice.fails(statusFailed, "", []string{"serve", "--addr", "127.0.0.1:0"}, "DebugToken must have 16 to 256 characters")
	const token = "mine-0123456789abcdef"
	alice.env["NINCHAT_DEBUG_TOKEN"] = token
	w.secret(token)
	r := alice.start(nil, "serve", "--addr", "127.0.0.1:0", "--verbose")
	r.rest()
	_, address, _ := strings.Cut(r.line(), "listening at ")
	list := []string{"faults", "list", "--address", address, "--verbose"}
	alice.ok("", list...)
	alice.env["NINCHAT_DEBUG_TOKEN"] = ""
	alice.ok("", list...)
	alice.env["NINCHAT_DEBUG_TOKEN"] = "another-0123456789abcdef"
	alice.fails(statusFailed, "", list, "doesn't know us")
	r.cancel()
	if status := r.end(); status != 0 {
		t.Errorf("status %d", status)
	}
}

// Without a place for files there is a server nevertheless.
func TestServeWithoutCache(t *testing.T) {
	t.Setenv(cacheVariable(), "/dev/null/nowhere")
	w := newWorld(t)
	alice := w.newcomer("alice")
	r := alice.start(nil, "serve", "--json", "--addr", "127.0.0.1:0")
	r.says("the debug token couldn't be stored")
	r.rest()
	var l listening
	if err := json.Unmarshal([]byte(r.line()), &l); err != nil || l.HeaderFile != "" || l.DebugToken == "" {
		t.Errorf("got %+v, %v", l, err)
	}
	alice.env["NINCHAT_DEBUG_TOKEN"] = l.DebugToken
	alice.ok("", "faults", "list", "--address", l.URL)
	r.cancel()
	if status := r.end(); status != 0 {
		t.Errorf("status %d", status)
	}
}

// A server that was killed has left its token, which the next one at the address
// replaces.
func TestKilledServer(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals")
	}
	w := newWorld(t)
	alice := w.newcomer("alice")
	serve := func(addr string) (*process, listening) {
		p := alice.spawn(nil, "serve", "--json", "--addr", addr)
		p.rest()
		first, _ := p.line()
		var l listening
		if err := json.Unmarshal([]byte(first), &l); err != nil {
			t.Fatalf("%q: %v", first, err)
		}
		return p, l
	}
	killed, l := serve("127.0.0.1:0")
	if err := killed.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	killed.end()
	if _, err := os.Lstat(l.HeaderFile); err != nil {
		t.Fatal(err)
	}
	_, next := serve(strings.TrimPrefix(l.URL, "http://"))
	if next.HeaderFile != l.HeaderFile || next.DebugToken == l.DebugToken {
		t.Errorf("got %+v after %+v", next, l)
	}
	alice.ok("", "faults", "list", "--address", next.URL)
}

// The token of a server within a program is known to the program.
func TestTokenOfTestServer(t *testing.T) {
	w := newWorld(t, ninchattest.WithConfig(func(c *server.Config) { c.Debug = true }))
	alice := w.newcomer("alice")
	w.secret(w.server.DebugToken().Reveal())
	alice.fails(statusFailed, "", []string{"faults", "list"}, "doesn't know us")
	alice.env["NINCHAT_DEBUG_TOKEN"] = w.server.DebugToken().Reveal()
	alice.ok("", "faults", "list")
}
