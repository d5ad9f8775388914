package cli

import (
	"context"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

func TestDemo(t *testing.T) {
	who := &actor{&world{t: t}, nil}
	got := who.ok("", "demo")
	for _, want := range []string{
		"1. A server is started", "Alice → GET /v2/endpoint", `Alice → {"action":"create_session"`, `"user_auth":"[hidden]"`,
		`Bob   → {"action":"join_channel"`, `payload {"text":"Hello Bob`, `Bob   → {"action":"load_history"`,
		"Bob   ✂ the connection is gone", `{"action":"resume_session","event_id":`, `"error_type":"session_not_found"`, "11 steps, all checked",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in it", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
	for _, line := range lines(got) {
		if visible(line) != line {
			t.Errorf("a line isn't fit for a terminal: %q", line)
		}
	}
}

func TestDemoJSON(t *testing.T) {
	who := &actor{&world{t: t}, nil}
	got := lines(who.ok("", "demo", "--json"))
	if len(got) != 11 {
		t.Fatalf("there are %d steps", len(got))
	}
	for i, line := range got {
		var step demoStep
		if err := json.Unmarshal([]byte(line), &step); err != nil {
			t.Fatal(err)
		}
		if step.Step != i+1 || !step.OK || step.Title == "" || i > 0 && len(step.Wire) == 0 {
			t.Errorf("got %s", line)
		}
	}
}

// TestDemoLogs looks for secrets, all of which go over the wire, in the log.
func TestDemoLogs(t *testing.T) {
	who := &actor{&world{t: t}, nil}
	r := who.run("", "demo", "-v", "--wide")
	if r.status != 0 || !strings.Contains(r.stderr, "session online") {
		t.Fatalf("got %+v", r)
	}
	for _, name := range []string{"session_id", "user_auth"} {
		for _, line := range lines(r.stdout + r.stderr) {
			for _, separator := range []string{`":"`, "="} {
				_, value, found := strings.Cut(line, name+separator)
				if found && !strings.HasPrefix(value, hidden) {
					t.Errorf("%s is written: %s", name, line)
				}
			}
		}
	}
}

func TestDemoInterrupted(t *testing.T) {
	who := &actor{&world{t: t}, nil}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := who.runContext(ctx, "", "demo"); r.status != statusFailed || !strings.Contains(r.stderr, "interrupted") {
		t.Errorf("got %+v", r)
	}
}

func TestWireLine(t *testing.T) {
	tape := new(tape)
	l := listenIn{who: "x", way: "sent", tape: tape}
	// Everything in pieces of one byte: a handshake, a text frame in three
	// fragments, one of them masked, a ping between them, an empty frame, and a payload part.
	for _, b := range []byte("GET /v2/socket HTTP/1.1\r\n\r\n" +
		"\x01\x85\x00\x00\x00\x00{\"fra" + "\x89\x00" + "\x00\x06mes\":1" + "\x80\x01}" + "\x82\x02{}" + "\x82\x00") {
		l.feed([]byte{b})
	}
	got := tape.take()
	if len(got) != 2 || got[0].Request != "GET /v2/socket" || string(got[1].Header) != `{"frames":1}` || string(got[1].Payload) != "{}" {
		t.Errorf("got %+v", got)
	}
}
