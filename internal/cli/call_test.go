package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/api"
)

func TestCall(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	id := alice.channel("lobby")
	p := parseLine(t, alice.ok("", "call", "describe_channel", "channel_id="+id))
	if p.Event != "channel_found" || p.Payload != nil || p.Header.ChannelID != id {
		t.Errorf("got %+v", p)
	}
	file := filepath.Join(w.dir, "part")
	if err := os.WriteFile(file, []byte(`{"text":"from a file"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	p = parseLine(t, alice.ok("", "call", "--session", "send_message", "channel_id="+id, "message_type=ninchat.com/text", "--payload", file))
	if p.Event != "message_received" || p.text(t) != "from a file" {
		t.Errorf("got %+v", p)
	}
	p = parseLine(t, alice.ok("\xff", "call", "--session", "send_message", "channel_id="+id, "message_type=example.com/x", "--payload", file, "--payload", "-"))
	if string(p.Payload) != `[{"text":"from a file"},{"base64":"/w=="}]` {
		t.Errorf("got %s", p.Payload)
	}
	// Replies of which there are several.
	got := lines(alice.ok("", "call", "load_history", "channel_id="+id, "history_length:=2", "history_order:=1", `message_types:=["ninchat.com/text","example.com/x"]`))
	if len(got) != 3 || parseLine(t, got[0]).Event != "history_results" || parseLine(t, got[2]).Header.Type != "example.com/x" {
		t.Errorf("got %q", got)
	}
	// A name with a special character in it, from a file and the environment.
	name := filepath.Join(w.dir, "name")
	if err := os.WriteFile(name, []byte(id+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	alice.env["CHANNEL"] = id
	for _, argument := range []string{"channel_id@" + name, "channel_id@env:CHANNEL", "channel_id@-"} {
		p = parseLine(t, alice.ok(id+"\r\n", "call", "describe_channel", argument))
		if p.Header.ChannelID != id {
			t.Errorf("%s: got %+v", argument, p)
		}
	}
	if got := alice.ok("", "call", "update_session", "session_idle:=true"); got != "" {
		t.Errorf("update_session was answered: %q", got)
	}
}

func TestCallFailures(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	alice.fails(statusFailed, "", []string{"call", "describe_channel", "channel_id=nowhere"}, "describe_channel: channel_not_found")
	r := alice.run("", "call", "describe_channel", "channel_id=nowhere", "--json")
	if p := parseLine(t, r.stderr); r.status != statusFailed || p.Event != "error" || p.Header.ErrorType != "channel_not_found" {
		t.Errorf("got %+v", r)
	}
	alice.fails(statusFailed, "", []string{"call", "no_such_action", "--force"}, "no_such_action:")
	alice.fails(statusFailed, "", []string{"call", "describe_channel", "--force"}, "describe_channel: request_malformed")
	alice.fails(statusFailed, "", []string{"call", "join_channel", "access_key@/nowhere"}, "access_key:")
	alice.fails(statusFailed, "", []string{"call", "send_message", "channel_id=x", "message_type=t", "--payload", "/nowhere"}, "--payload:")
	alice.fails(statusUsage, "", []string{"call", "create_session", "--force"}, "sent by the session itself")
	alice.fails(statusFailed, "", []string{"call", "ping", "--secrets", "/nowhere/x"}, "--secrets:")
}

// TestReplies has a secret in a reply.
func TestReplies(t *testing.T) {
	var stdout bytes.Buffer
	a := &app{stdout: &stdout}
	file := filepath.Join(t.TempDir(), "secrets")
	out, err := a.openReplies(file)
	if err != nil {
		t.Fatal(err)
	}
	if !out.write(&api.Event{Name: "access_created", Header: jsontext.Value(`{"event":"access_created", "access_key":"sesame"}`)}) {
		t.Error(out.err)
	}
	if err := out.close(); err != nil {
		t.Error(err)
	}
	if want := `{"event":"access_created","header":{"event":"access_created","access_key":"[hidden]"}}` + "\n"; stdout.String() != want {
		t.Errorf("printed %s", &stdout)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), `"access_key":"sesame"`) {
		t.Errorf("the file has %s: %v", text, err)
	}
	if info, _ := os.Stat(file); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v", info.Mode())
	}
	if _, err := a.openReplies(file); err == nil {
		t.Error("the file would be overwritten")
	}
}

// TestCallSecrets has a secret in an action, with everything logged.
func TestCallSecrets(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	alice.env["TOKEN"] = alice.stored().UserAuth
	r := alice.run("", "call", "delete_user", "user_auth@env:TOKEN", "-v")
	if r.status != 0 || parseLine(t, r.stdout).Event != "user_deleted" {
		t.Errorf("got %+v", r)
	}
}

func TestNearest(t *testing.T) {
	candidates := []string{"send_message", "send_file", "update_message", "ping"}
	for name, want := range map[string]string{
		"send_mesage":            ": did you mean send_message?",
		"pong":                   ": did you mean ping?",
		"message":                ": did you mean send_message or update_message?",
		"zzzzz":                  "",
		strings.Repeat("x", 999): "",
	} {
		if got := nearest(name, candidates); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestCallWithoutSession has calls with credentials, without, and with wrong ones.
func TestCallWithoutSession(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	before := w.server.Stats()
	id := parseLine(t, alice.ok("", "call", "create_channel")).Header.ChannelID
	if id == "" || w.server.Stats().Calls != before.Calls+1 {
		t.Errorf("channel %q after %d calls", id, w.server.Stats().Calls-before.Calls)
	}
	p := parseLine(t, alice.ok("", "call", "--session", "describe_channel", "channel_id="+id))
	if p.Header.ChannelID != id || w.server.Stats().Calls != before.Calls+1 {
		t.Errorf("in a session: %+v", p)
	}
	// A puppet of hers, or a user who is nobody's.
	if got := alice.ok("", "call", "create_user"); strings.Contains(got, "user_auth") {
		t.Errorf("got %s", got)
	}
	for _, args := range [][]string{{"call", "create_user", "--no-credentials"}, {"call", "create_user", "--credentials", filepath.Join(w.dir, "none")}} {
		if got := alice.ok("", args...); !strings.Contains(got, `"user_auth":"[hidden]"`) {
			t.Errorf("%q: got %s", args, got)
		}
	}
	if got := alice.ok("", "call", "describe_channel", "channel_id="+id, "--no-credentials"); strings.Contains(got, "channel_members") {
		t.Errorf("as nobody: got %s", got)
	}
	alice.fails(statusFailed, "", []string{"call", "part_channel", "channel_id=" + id, "--no-credentials"}, "needs credentials")
	alice.fails(statusFailed, "", []string{"call", "part_channel", "channel_id=" + id, "--credentials", filepath.Join(w.dir, "none")}, "there are no credentials", "user create")
	alice.fails(statusUsage, "", []string{"call", "update_session", "session_idle:=true", "--no-credentials"}, "takes credentials")
	alice.fails(statusUsage, "", []string{"call", "ping", "--session", "--no-credentials"}, "session")
	alice.fails(statusFailed, "", []string{"call", "ping", "--address", "http://ninchat.test"}, "TLS", "https://")
	alice.fails(statusFailed, "", []string{"call", "ping", "--address", "http://127.0.0.1:1"}, "ping at http://127.0.0.1:1", "ninchat serve")
	stored := alice.stored()
	forged := filepath.Join(w.dir, "forged.json")
	if err := os.WriteFile(forged, []byte(`{"user_id":"`+stored.UserID+`","user_auth":"forged"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	alice.fails(statusFailed, "", []string{"call", "describe_channel", "channel_id=" + id, "--credentials", forged}, "access_denied")
}
