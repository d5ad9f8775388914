package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// serving is a server in a process of its own, which keeps its state.
type serving struct {
	*process
	operator *actor
	addr     string
	state    string
}

func (s *serving) begin() {
	t := s.operator.t
	t.Helper()
	s.process = s.operator.spawn(nil, "serve", "--json", "--addr", s.addr, "--state", s.state)
	s.rest()
	line, _ := s.line()
	addr, found := strings.CutPrefix(line, `{"event":"listening","url":"http://`)
	if !found {
		t.Fatalf("the first line is %q: %s", line, s.said.String())
	}
	s.addr, _, _ = strings.Cut(addr, `"`)
}

// TestProcessesWithKills kills the server during traffic, again and again. Nothing
// is missing, out of order or there twice, and no session is lost.
func TestProcessesWithKills(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the address isn't free at once")
	}
	w := newWorld(t)
	s := &serving{operator: &actor{w, map[string]string{}}, addr: "127.0.0.1:0", state: filepath.Join(w.dir, "state.db")}
	s.begin()
	e := &exchange{world: w}
	for name, who := range map[string]**actor{"listener": &e.listener, "sender": &e.sender} {
		*who = w.newcomer(name)
		(*who).env["NINCHAT_ADDRESS"] = "http://" + s.addr
		(*who).ok("", "user", "create", name)
		(*who).noteSecrets()
	}
	e.channel = e.sender.channel("lobby")
	e.listener.ok("", "join", e.channel)
	kills := 0
	losses := e.run(longText(3)[:2500], func(count int) {
		if count%600 != 0 {
			return
		}
		if err := s.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		s.end()
		s.begin()
		kills++
	})
	if kills != 4 || losses != 0 {
		t.Errorf("%d kills, %d lost sessions", kills, losses)
	}
}

func TestServeState(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	state := filepath.Join(w.dir, "state.db")
	r, l := alice.serve("--state", state)
	if l.State != state {
		t.Errorf("got %+v", l)
	}
	alice.fails(statusFailed, "", []string{"serve", "--addr", "127.0.0.1:0", "--state", state}, "state.db", "in use by another server")
	alice.env["NINCHAT_ADDRESS"] = l.URL
	alice.ok("", "user", "create", "Alice")
	alice.noteSecrets()
	id := alice.channel("lobby")
	r.cancel()
	if status := r.end(); status != 0 {
		t.Errorf("status %d", status)
	}
	r, l = alice.serve("--state", state)
	alice.env["NINCHAT_ADDRESS"] = l.URL
	if out := alice.ok("", "call", "describe_channel", "channel_id="+id); !strings.Contains(out, "lobby") {
		t.Errorf("got %s", out)
	}
	r.cancel()
	r.end()
	if err := os.WriteFile(filepath.Join(w.dir, "text"), []byte(strings.Repeat("no state ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	alice.fails(statusFailed, "", []string{"serve", "--addr", "127.0.0.1:0", "--state", filepath.Join(w.dir, "text")}, "isn't the state of a server")
}
