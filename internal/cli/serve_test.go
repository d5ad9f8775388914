package cli

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/internal/test/deserted"
)

// serve starts a server by the command, and returns its first line.
func (a *actor) serve(args ...string) (*running, listening) {
	a.t.Helper()
	r := a.start(nil, append([]string{"serve", "--json", "--addr", "127.0.0.1:0"}, args...)...)
	r.rest()
	var l listening
	if err := json.Unmarshal([]byte(r.line()), &l); err != nil {
		a.t.Fatal(err)
	}
	return r, l
}

func TestServe(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	r, l := alice.serve()
	if l.Event != "listening" || !strings.HasPrefix(l.URL, "http://127.0.0.1:") || l.CAFile != "" {
		t.Errorf("got %+v", l)
	}
	alice.env["NINCHAT_ADDRESS"] = l.URL
	alice.ok("", "user", "create", "Alice")
	alice.noteSecrets()
	alice.fails(statusFailed, "", []string{"serve", "--addr", strings.TrimPrefix(l.URL, "http://")}, "address already in use", "picks a free port")
	// A client that doesn't leave by itself doesn't keep the server.
	listening := alice.start(nil, "listen")
	listening.says("listening")
	listening.rest()
	r.cancel()
	if status := r.end(); status != 0 {
		t.Errorf("status %d", status)
	}
	listening.cancel()
	if status := listening.end(); status != 0 {
		t.Errorf("listen: status %d", status)
	}
}

func TestServeForPeople(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	dir := filepath.Join(w.dir, "it's")
	r := alice.start(nil, "serve", "--addr", "localhost:0", "--tls", "--ca-dir", dir)
	r.rest()
	for _, want := range []string{"listening at https://", "", "", "", "export NINCHAT_ADDRESS=https://", `export NINCHAT_CA_FILE='` + w.dir + `/it'\''s/ca.pem'`, "ninchat user create"} {
		if got := r.line(); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	r.cancel()
	if status := r.end(); status != 0 {
		t.Errorf("status %d", status)
	}
}

func TestServeTLS(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	dir := filepath.Join(w.dir, "ca")
	r, l := alice.serve("--tls", "--ca-dir", dir)
	if !strings.HasPrefix(l.URL, "https://127.0.0.1:") || l.CAFile != filepath.Join(dir, "ca.pem") {
		t.Errorf("got %+v", l)
	}
	host := strings.TrimPrefix(l.URL, "https://")
	create := []string{"user", "create", "Alice", "--address", host}
	alice.fails(statusFailed, "", create, "no session at https://"+host, "--ca-file")
	alice.fails(statusFailed, "", append(create, "--ca-file", "/nowhere.pem"), "certificate authority:")
	notPEM := filepath.Join(w.dir, "not.pem")
	if err := os.WriteFile(notPEM, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	alice.fails(statusFailed, "", append(create, "--ca-file", notPEM), "no certificate in PEM form")
	alice.fails(statusFailed, "", []string{"user", "create", "Alice", "--address", "http://" + host, "--timeout", "500ms"}, "no session at http://")
	alice.env["NINCHAT_CA_FILE"] = l.CAFile
	alice.ok("", create...)
	alice.noteSecrets()
	if shown := alice.ok("", "user", "show", "--address", l.URL); !strings.Contains(shown, "Alice") {
		t.Errorf("got %s", shown)
	}
	r.cancel()
	if status := r.end(); status != 0 {
		t.Errorf("status %d", status)
	}
}

// TestNoServer is about servers that aren't there, or aren't servers.
func TestNoServer(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := ln.Addr().String()
	show := []string{"user", "show", "--timeout", "200ms", "--address"}
	// Nobody ever accepts.
	alice.fails(statusFailed, "", append(show, "http://"+host), "no session at http://"+host, "within 200ms")
	_ = ln.Close()
	alice.fails(statusFailed, "", []string{"user", "show", "--address", "http://" + deserted.Address(t)}, "connection refused", "ninchat serve")
	// A plain server isn't one that speaks TLS.
	show[3] = "500ms"
	alice.fails(statusFailed, "", append(show, w.server.Host()), "no session at https://", "write http://")
	// Another user's credentials.
	other := newWorld(t)
	alice.env["NINCHAT_ADDRESS"] = other.server.URL()
	alice.fails(statusFailed, "", []string{"user", "show"}, "doesn't accept the credentials")
}

func TestServerURL(t *testing.T) {
	for in, want := range map[string]string{
		"127.0.0.1:80": "http://127.0.0.1:80",
		"[::1]:80":     "http://[::1]:80",
		"0.0.0.0:80":   "http://localhost:80",
		"[::]:80":      "http://localhost:80",
	} {
		addr, err := net.ResolveTCPAddr("tcp", in)
		if err != nil {
			t.Fatal(err)
		}
		if got := serverURL(addr, nil); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
