package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ninchat-community/ninchat/server"
)

func TestFaults(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	// Nobody has had a session of which the server might not know yet that it is over.
	output := filepath.Join(w.dir, "seeded.json")
	r, l := alice.serve("--seed", exampleSeed, "--seed-output", output)
	r.seeded()
	alice.env["NINCHAT_ADDRESS"] = ""
	alice.become(l, "bert", alice.secretsOf(output)["user bert"])
	listening := alice.start(nil, "listen")
	listening.says("listening")
	listening.rest()
	user := alice.stored().UserID
	if got := alice.ok("", "faults", "delay", "--user", user, "--delay", "1ms"); got != "1\n" {
		t.Errorf("got %q", got)
	}
	if got := alice.ok("", "faults", "cut", "--user", "nobody", "--json"); got != `{"matched":0}`+"\n" {
		t.Errorf("got %q", got)
	}
	alice.ok("", "faults", "lie", "--hosts", "a.example:1,b.example")
	alice.ok("", "faults", "random", "--seed", "7", "--for", "0s")
	alice.ok("", "faults", "error", "--action", "update_realm", "--nth", "3", "--reason", "on purpose")
	want := "lie hosts=a.example:1,b.example\nrandom seed=7\nerror action=update_realm nth=3 error-type=internal reason=on purpose\n"
	if got := alice.ok("", "faults", "list"); !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q first", got, want)
	}
	if got := alice.ok("", "faults", "list", "--json"); !strings.HasPrefix(got, `{"fault":"lie","hosts":["a.example:1","b.example"]}`+"\n") {
		t.Errorf("got %q", got)
	}
	alice.ok("", "faults", "clear")
	if got := alice.ok("", "faults", "list"); got != "" {
		t.Errorf("got %q", got)
	}
	// What goes wrong does: the answer is an error, the second time.
	alice.ok("", "faults", "error", "--action", "describe_user", "--nth", "2", "--error-type", "permission_denied")
	alice.ok("", "call", "describe_user")
	alice.fails(statusFailed, "", []string{"call", "describe_user"}, "permission_denied")
	alice.ok("", "call", "describe_user")
	alice.ok("", "faults", "refuse")
	alice.fails(statusFailed, "", []string{"call", "describe_user", "--timeout", "300ms"}, "")
	alice.ok("", "faults", "refuse", "--status", "0")
	alice.ok("", "call", "describe_user")

	alice.fails(statusUsage, "", []string{"faults", "refuse", "--status", "200"}, "status: not from 400 to 599")
	alice.fails(statusUsage, "", []string{"faults", "cut-at"}, "action: missing")
	alice.fails(statusUsage, "", []string{"faults", "error", "--nth", "0"}, "--nth must be more than 0")
	alice.fails(statusUsage, "", []string{"faults", "error", "--action", "send_mesage"}, "did you mean send_message?")
	alice.fails(statusUsage, "", []string{"faults"}, "needs a subcommand")
	alice.fails(statusUsage, "", []string{"faults", "fire"}, "has no subcommand")
	alice.fails(statusUsage, "", []string{"faults", "cut", "--bytes", "7"}, "unknown flag")
	listening.cancel()
	listening.end()
	r.cancel()
	if status := r.end(); status != 0 {
		t.Errorf("status %d", status)
	}
	alice.fails(statusFailed, "", []string{"faults", "list"}, "no local server at "+l.URL, "connection refused", "ninchat serve")
	alice.fails(statusFailed, "", []string{"outbox"}, "ninchat serve")
}

// Every fault has a subcommand that says what it does.
func TestFaultHelp(t *testing.T) {
	for _, name := range server.FaultNames() {
		if help := faultHelp(name); help.short == "" || help.long == "" {
			t.Errorf("%s: no help", name)
		}
	}
	w := newWorld(t)
	if help := w.newcomer("alice").ok("", "faults", "close", "--help"); !strings.Contains(help, "--code") || strings.Contains(help, "--bytes") {
		t.Errorf("got %s", help)
	}
}

func TestNoFaults(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	r, l := alice.serve("--debug=false")
	alice.fails(statusFailed, "", []string{"faults", "cut", "--address", l.URL}, "404")
	r.cancel()
	r.end()
	r, l = alice.serve("--fault-seed", "7")
	if got := alice.ok("", "faults", "list", "--address", l.URL); !strings.Contains(got, "random seed=7\n") {
		t.Errorf("got %q", got)
	}
	r.cancel()
	r.end()
}
