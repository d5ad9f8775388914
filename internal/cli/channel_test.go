package cli

import (
	"strings"
	"testing"
)

func TestChannel(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	id := alice.channel("lobby")
	if id == "" || strings.ContainsAny(id, " \n") {
		t.Fatalf("the id is %q", id)
	}
	if got := bob.ok("", "join", id); got != "joined "+id+" (lobby, 2 members)\n" {
		t.Errorf("got %q", got)
	}
	if shown := bob.ok("", "user", "show"); !strings.Contains(shown, "channel:  "+id+" lobby") {
		t.Errorf("got %s", shown)
	}
	if got := bob.ok("", "part", id); got != "parted "+id+"\n" {
		t.Errorf("got %q", got)
	}
	for _, test := range []struct {
		event string
		args  []string
	}{
		{"channel_joined", []string{"channel", "join", id, "--json"}},
		{"channel_parted", []string{"channel", "part", id, "--json"}},
		{"channel_joined", []string{"channel", "create", "other", "--topic", "things", "--json"}},
	} {
		p := parseLine(t, bob.ok("", test.args...))
		if p.Event != test.event || p.Header.Event != test.event || p.Header.ChannelID == "" {
			t.Errorf("%q: got %+v", test.args, p)
		}
	}
	private := strings.TrimSpace(alice.ok("", "channel", "create", "staff", "--private"))
	bob.fails(statusFailed, "", []string{"join", private}, "join_channel:")
	bob.fails(statusFailed, "", []string{"join", "nowhere"}, "channel_not_found", "named by their ids")
	bob.fails(statusFailed, "", []string{"part", "nowhere"}, "channel_not_found")
}
