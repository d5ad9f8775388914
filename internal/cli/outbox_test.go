package cli

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// Mail is printed by the server when it would be sent, and by outbox.
func TestOutbox(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	served, l := alice.serve()
	alice.env["NINCHAT_ADDRESS"] = ""
	alice.ok("", "user", "create", "Alice", "--address", l.URL)
	alice.noteSecrets()
	if shown := alice.ok("", "outbox"); shown != "" {
		t.Errorf("the outbox has %q", shown)
	}
	alice.ok("", "call", "create_identity", "identity_type=email", "identity_name=alice@example.com")
	var told, shown mail
	if err := json.Unmarshal([]byte(served.line()), &told); err != nil {
		t.Fatal(err)
	}
	if told.Event != "mail" || told.To != "alice@example.com" || told.AccessType != "identity_verify" || told.AccessKey == "" || told.Time.IsZero() {
		t.Errorf("the server told %+v", told)
	}
	if err := json.Unmarshal([]byte(alice.ok("", "outbox", "--json")), &shown); err != nil {
		t.Fatal(err)
	}
	told.Event = ""
	if shown != told {
		t.Errorf("got %+v, want %+v", shown, told)
	}
	if text := alice.ok("", "outbox"); text != "Mail to alice@example.com, for identity_verify: "+told.AccessKey+"\n" {
		t.Errorf("got %q", text)
	}
	alice.env["KEY"] = told.AccessKey
	if reply := alice.ok("", "call", "verify_identity", "access_key@env:KEY", "identity_accept:=true"); !strings.Contains(reply, "identity_updated") {
		t.Errorf("got %s", reply)
	}
	served.cancel()
	if status := served.end(); status != 0 {
		t.Errorf("status %d", status)
	}
}

func TestOutboxOfOthers(t *testing.T) {
	w := newWorld(t)
	alice := w.newcomer("alice")
	answer := "[]"
	other := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if answer == "" {
			http.NotFound(out, r)
			return
		}
		_, _ = out.Write([]byte(answer))
	}))
	defer other.Close()
	args := []string{"outbox", "--address", other.URL}
	if shown := alice.ok("", args...); shown != "" {
		t.Errorf("got %q", shown)
	}
	answer = `[{"to":"\u001b[1m@example.com","access_type":"x","access_key":"y","more":1}]`
	if shown := alice.ok("", args...); strings.Contains(shown, "\x1b") || !strings.Contains(shown, "@example.com") {
		t.Errorf("got %q", shown)
	}
	answer = "{}"
	alice.fails(statusFailed, "", args, "isn't that of a local server")
	answer = ""
	alice.fails(statusFailed, "", args, "404", "only local servers have it")
	other.Close()
	alice.fails(statusFailed, "", args, "connection refused")
	alice.fails(statusUsage, "", []string{"outbox", "x"}, "takes no arguments")
}
