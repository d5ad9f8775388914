package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/server"
)

const exampleSeed = "../../docs/seed.example.json"

// seeded reads what the server tells about its seed.
func (r *running) seeded() (event seededEvent) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.line()), &event); err != nil || event.Event != "seeded" {
		r.t.Fatalf("got %+v, %v", event, err)
	}
	return event
}

// secretsOf reads the file of --seed-output.
func (a *actor) secretsOf(path string) map[string]string {
	a.t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		a.t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
		a.t.Errorf("%s has mode %o", path, mode)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		a.t.Fatal(err)
	}
	var seeded server.Seeded
	if err := json.Unmarshal(text, &seeded); err != nil {
		a.t.Fatal(err)
	}
	secrets := make(map[string]string)
	for _, item := range seeded {
		if item.Secret != "" {
			secrets[item.Kind+" "+item.ID] = item.Secret.Reveal()
			a.secret(item.Secret.Reveal())
		}
	}
	return secrets
}

// become makes somebody a user of a server's seed.
func (a *actor) become(l listening, userID, userAuth string) {
	a.t.Helper()
	credentials := `{"address":"` + l.URL + `","user_id":"` + userID + `","user_auth":"` + userAuth + `"}`
	if err := os.WriteFile(a.env["NINCHAT_CREDENTIALS"], []byte(credentials), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// A server begins with a seed, and its generated secrets go to a file only. With
// --state, seeding again changes nothing, and the secrets stay known.
func TestServeSeed(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	output, state := filepath.Join(w.dir, "seeded.json"), filepath.Join(w.dir, "state.db")
	args := []string{"--seed", exampleSeed, "--seed-output", output, "--state", state, "--log-level", "debug"}
	var first map[string]string
	for run := range 2 {
		r, l := alice.serve(args...)
		event := r.seeded()
		made := 0
		for _, item := range event.Items {
			if item.Made {
				made++
			}
		}
		if want := []int{len(event.Items), 0}[run]; made != want || len(event.Items) < 15 {
			t.Errorf("run %d: made %d of %d", run, made, len(event.Items))
		}
		secrets := alice.secretsOf(output)
		if run == 0 {
			first = secrets
		}
		if len(secrets) != 3 || secrets["user bert"] == "" || secrets["user bert"] != first["user bert"] {
			t.Errorf("run %d: %d secrets", run, len(secrets))
		}
		alice.become(l, "bert", secrets["user bert"])
		alice.env["NINCHAT_ADDRESS"] = l.URL
		if shown := alice.ok("", "call", "describe_queue", "queue_id=support"); !strings.Contains(shown, `"Support"`) {
			t.Errorf("got %s", shown)
		}
		r.cancel()
		if line := r.line(); line != `{"event":"ended"}` {
			t.Errorf("the last line is %s", line)
		}
		if status := r.end(); status != 0 {
			t.Errorf("status %d", status)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(w.dir, ".seeded-*")); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

func TestServeSeedForPeople(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	r := alice.start(nil, "serve", "--addr", "127.0.0.1:0", "--seed", exampleSeed)
	r.rest()
	for {
		if line := r.line(); strings.HasPrefix(line, "queue ") {
			if line != "queue      Support              support (made)" {
				t.Errorf("got %q", line)
			}
			break
		}
	}
	r.cancel()
	if status := r.end(); status != 0 {
		t.Errorf("status %d", status)
	}
	if said := r.said.String(); !strings.Contains(said, "3 of the secrets were generated, and nobody knows them: name a file for them with --seed-output") {
		t.Errorf("said %q", said)
	}
}

func TestServeSeedFails(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	bad, output := filepath.Join(w.dir, "bad.json"), filepath.Join(w.dir, "seeded.json")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	serve := []string{"serve", "--json", "--addr", "127.0.0.1:0", "--seed", bad, "--seed-output", output}
	alice.fails(statusFailed, "", serve, "no such file")
	write(`{"users":[{"id":"a","pass":1}]}`)
	alice.fails(statusFailed, "", serve, bad, "users[0].pass: there is nothing of that name here")
	write(`{"users":[{"id":"a"}],"realms":[{"id":"r","owner":"a","queues":[{"id":"q","queue_attrs":{"capacity":-1}}]}]}`)
	alice.fails(statusFailed, "", serve, "realms[0].queues[0].queue_attrs.capacity: not from 0 to")
	if _, err := os.Stat(output); err == nil {
		t.Error("there is an output of what wasn't made")
	}
	if left, _ := filepath.Glob(filepath.Join(w.dir, ".seeded-*")); len(left) > 0 {
		t.Errorf("left %q", left)
	}
	write(`{}`)
	alice.fails(statusFailed, "", append(serve[:5:5], bad, "--seed-output", filepath.Join(w.dir, "nowhere", "x")), "--seed-output", "no such file")
	alice.fails(statusUsage, "", []string{"serve", "--seed-output", output}, "--seed-output needs --seed")
}

// A file that has something else in it isn't replaced: neither a garbled one, which
// may have the only secrets that there are, nor another one.
func TestSeedOutputReplacesItsOwnOnly(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	output, state := filepath.Join(w.dir, "seeded.json"), filepath.Join(w.dir, "state.db")
	for _, text := range []string{`{"key":"something else"}`, `[{"kind":"user","id":"bert","secret":"abc`, "Dear diary!"} {
		if err := os.WriteFile(output, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, more := range [][]string{nil, {"--state", state}} {
			args := append([]string{"serve", "--addr", "127.0.0.1:0", "--seed", exampleSeed, "--seed-output", output}, more...)
			alice.fails(statusFailed, "", args, "--seed-output", "isn't what an earlier run has written")
			if after, err := os.ReadFile(output); err != nil || string(after) != text {
				t.Errorf("it is now %q, %v", after, err)
			}
			if _, err := os.Stat(state); err == nil {
				t.Error("the state was made nevertheless")
			}
		}
	}
}
