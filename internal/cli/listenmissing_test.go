package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
)

// When the server has left events out, that is said, and the messages among them are
// fetched from the history; those that come as events, too, aren't printed again.
func TestListenWithEventsMissing(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	id := alice.channel("lobby")
	alice.ok("one\ntwo\n", "send", id)
	var out, diagnosis bytes.Buffer
	a := &app{stdout: &out, stderr: &diagnosis, getenv: func(name string) string { return alice.env[name] }, timeout: time.Minute, json: true}
	session, err := a.open(t.Context(), ninchat.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer shut(session)
	at := conversation{channelID: id}
	l := &listener{
		app: a, session: session, out: newLineWriter(t.Context(), &out), printer: printer{json: true}, types: wanted{api.MessageTypeText},
		conversations: map[conversation]*place{at: {}}, started: true,
	}
	if err := l.take(t.Context(), &api.Event{Name: ninchat.EventsMissing}); err != nil {
		t.Fatal(err)
	}
	second := &received{MessageReceived: &api.MessageReceived{ChannelID: &id, MessageID: l.conversations[at].seen}}
	if err := l.message(second); err != nil {
		t.Fatal(err)
	}
	if err := l.out.close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 || lines[0] != `{"event":"events_missing"}` || !strings.Contains(lines[1], `"one"`) || !strings.Contains(lines[2], `"two"`) {
		t.Errorf("printed %q", lines)
	}
	if !strings.Contains(diagnosis.String(), "left events out") {
		t.Errorf("said %q", diagnosis.String())
	}
}
