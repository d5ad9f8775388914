package cli

import (
	"fmt"
	"strings"
	"testing"
)

func TestHistory(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	id := alice.channel("lobby")
	var text strings.Builder
	// More than a page.
	const count = 1234
	for i := range count {
		fmt.Fprintf(&text, "line %d\n", i)
	}
	alice.ok(text.String(), "send", id)
	for _, test := range []struct {
		args  string
		first string
		last  string
		count int
	}{
		{"", "line 1233", "line 1134", 100},
		{"--length 3", "line 1233", "line 1231", 3},
		{"--length 3 --oldest-first", "line 0", "line 2", 3},
		{"--length 0", "line 1233", "line 0", count},
		{"--length 0 --oldest-first", "line 0", "line 1233", count},
		{"--length 777 --oldest-first", "line 0", "line 776", 777},
		{"--length 5000", "line 1233", "line 0", count},
		{"--contains LINE --length 2", "line 1233", "line 1232", 2},
		{"--contains 77 --oldest-first", "line 77", "line 1177", 21},
	} {
		got := lines(alice.ok("", append([]string{"history", id}, strings.Fields(test.args)...)...))
		if len(got) != test.count || got[0] != "<alice> "+test.first || got[len(got)-1] != "<alice> "+test.last {
			t.Errorf("%s: %d lines from %q to %q", test.args, len(got), got[0], got[len(got)-1])
		}
	}
	info := lines(alice.ok("", "history", id, "--type", "ninchat.com/info/*", "--json"))
	if len(info) != 1 {
		t.Fatalf("there are %d info messages", len(info))
	}
	if p := parseLine(t, info[0]); p.Event != "message_received" || p.Header.Type != "ninchat.com/info/join" {
		t.Errorf("got %+v", p)
	}
	if got := alice.ok("", "history", id, "--contains", "nothing like that"); got != "" {
		t.Errorf("got %q", got)
	}
	// Bob's joining comes last, and doesn't count.
	bob.ok("", "join", id)
	if got := alice.ok("", "history", id, "--length", "1"); got != "<alice> line 1233\n" {
		t.Errorf("got %q", got)
	}
	bob.ok("", "part", id)
	bob.fails(statusFailed, "", []string{"history", id}, "load_history: permission_denied", "ninchat join")
	bob.fails(statusFailed, "", []string{"history", "nowhere"}, "channel_not_found")
	bob.fails(statusFailed, "", []string{"history", "--user", "nobody"}, "user_not_found")
}
