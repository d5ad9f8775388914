package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/ninchat-community/ninchat/internal/textfile"
	"github.com/ninchat-community/ninchat/server"
)

// texts are what is said in a channel, oldest first.
func (a *actor) texts(channel string) []string {
	a.t.Helper()
	var texts []string
	for _, line := range lines(a.ok("", "history", channel, "--oldest-first", "--length", "0", "--json")) {
		p := parseLine(a.t, line)
		texts = append(texts, p.text(a.t))
	}
	return texts
}

func sameTexts(t *testing.T, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("text %d of %d is %.200q, want %.200q", i+1, len(got), got[i], want[i])
		}
	}
	t.Fatalf("there are %d texts, want %d", len(got), len(want))
}

func TestSend(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	for _, test := range []struct {
		name, stdin string
		want        []string
	}{
		{"nothing", "", nil},
		{"one line", "hello\n", []string{"hello"}},
		{"no line feed at the end", "a\nb", []string{"a", "b"}},
		{"empty lines", "\n\nx\n\n", []string{"", "", "x", ""}},
		{"carriage returns elsewhere", "a\rb\r\r\n\r", []string{"a\rb\r", "\r"}},
		{"a byte order mark", "\ufeffa\n\ufeffb\n", []string{"a", "\ufeffb"}},
		{"UTF-16", "\xff\xfea\x00\r\x00\n\x00=\xd8\x00\xde", []string{"a", "😀"}},
		{"other bytes", "a\r\n\r\n\x00\t\"\\\x1b\u2028\u202e\ufeff\n", []string{"a", "", "\x00\t\"\\\x1b\u2028\u202e\ufeff"}},
		{"a long line", strings.Repeat("x", 900_000) + "\nshort\n", []string{strings.Repeat("x", 900_000), "short"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			id := alice.channel("lobby")
			r := alice.run(test.stdin, "send", id)
			if r.status != 0 || r.stdout != "" || !strings.Contains(r.stderr, "sent "+plural(len(test.want), "message")+" to 1 channel in ") {
				t.Fatalf("got %+v", r)
			}
			sameTexts(t, alice.texts(id), test.want)
		})
	}
}

func TestSendToSeveral(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	one, two := alice.channel("one"), alice.channel("two")
	var text strings.Builder
	var want []string
	for i := range 500 {
		line := strings.Repeat("=", i%50)
		text.WriteString(line + "\n")
		want = append(want, line)
	}
	got := alice.ok(text.String(), "send", one, two, "--user", bob.stored().UserID, "--json")
	var result sendResult
	if err := json.Unmarshal([]byte(got), &result); err != nil {
		t.Fatal(err)
	}
	if result.Sent != 1500 || result.Failed != 0 || result.Channels != 2 || result.Users != 1 || result.Errors != nil {
		t.Errorf("got %s", got)
	}
	sameTexts(t, alice.texts(one), want)
	sameTexts(t, alice.texts(two), want)
	dialogue := lines(bob.ok("", "history", "--user", alice.stored().UserID, "--length", "0"))
	if len(dialogue) != 500 || dialogue[499] != "<alice> " || dialogue[0] != "<alice> "+want[499] {
		t.Errorf("bob got %d messages, the last one %q", len(dialogue), dialogue[0])
	}
	for args, says := range map[string]string{
		"--user " + bob.stored().UserID:           "to 1 user",
		one + " --user " + bob.stored().UserID:    "to 1 channel and 1 user",
		one + " " + two:                           "to 2 channels",
		"--user " + alice.stored().UserID + "000": "user_not_found",
	} {
		if r := alice.run("x\n", append([]string{"send"}, strings.Fields(args)...)...); !strings.Contains(r.stderr, says) {
			t.Errorf("send %s: got %+v", args, r)
		}
	}
}

func TestSendFailures(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	id := alice.channel("lobby")

	alice.fails(statusFailed, "one\ntw\xffo\nthree\n", []string{"send", id}, "line 2: not valid UTF-8", "sent 2 messages to 1 channel")
	sameTexts(t, alice.texts(id), []string{"one", "three"})

	// A line that the server doesn't take, and one that is too long to be read.
	alice.fails(statusFailed, "four\n"+strings.Repeat("x", 1<<20)+"\nfive\n"+strings.Repeat("y", maxLine+1)+"\nsix", []string{"send", id},
		"line 2: send_message: message_part_too_long", "line 4: longer than", "sent 3 messages to 1 channel")
	sameTexts(t, alice.texts(id), []string{"one", "three", "four", "five", "six"})

	// Nothing more is sent where nothing is taken, but elsewhere it is.
	own := bob.channel("own")
	text := strings.Repeat("x\n", 1000)
	bob.fails(statusFailed, text, []string{"send", id, own}, "line 1: send_message: permission_denied", "999 more messages not sent to "+id, "ninchat join", "sent 1000 messages to 2 channels")
	if n := len(bob.texts(own)); n != 1000 {
		t.Errorf("bob's channel has %d messages", n)
	}
	r := bob.fails(statusFailed, text, []string{"send", "nowhere", "--json"}, "channel_not_found")
	var result sendResult
	if err := json.Unmarshal([]byte(r.stdout), &result); err != nil {
		t.Fatal(err)
	}
	if result.Sent != 0 || result.Failed == 0 || len(result.Errors) == 0 || result.Errors[0].Line != 1 || result.Errors[0].ChannelID != "nowhere" {
		t.Errorf("got %s", r.stdout)
	}

	// Many failures are counted, not listed.
	r = alice.fails(statusFailed, strings.Repeat("\xff\n", 100)+"seven", []string{"send", id}, "line 1: not valid UTF-8", "and 80 more failures", "sent 1 message to")
	if n := strings.Count(r.stderr, "not valid"); n != maxFailures {
		t.Errorf("%d failures are listed", n)
	}

	bob.fails(statusFailed, "", []string{"send", id, "--credentials", "/nowhere/x.json"}, "no credentials at")
}

func TestSendUnreadableInput(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	id := alice.channel("lobby")
	var stderr bytes.Buffer
	input := io.MultiReader(strings.NewReader("one\ntwo\n"), brokenReader{})
	status := Run(t.Context(), []string{"send", id}, input, io.Discard, &stderr, alice.getenv)
	if status != statusFailed || !strings.Contains(stderr.String(), "reading the standard input: broken") || !strings.Contains(stderr.String(), "sent 2 messages") {
		t.Errorf("status %d: %s", status, &stderr)
	}
}

func TestSendInterrupted(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	id := alice.channel("lobby")
	input, more := io.Pipe()
	defer input.Close()
	sending := alice.start(input, "send", id)
	listening := alice.start(nil, "listen", id)
	listening.says("listening")
	listening.rest()
	if _, err := io.WriteString(more, "one\n"); err != nil {
		t.Fatal(err)
	}
	// Confirmed or not, it has arrived.
	if got := listening.line(); got != "<alice> one" {
		t.Errorf("got %q", got)
	}
	sending.cancel()
	sending.says("interrupted")
	_ = more.Close()
	if status := sending.end(); status != statusFailed {
		t.Errorf("status %d", status)
	}
}

// TestSendSessionLost loses the sender's session again and again.
func TestSendSessionLost(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.user("alice"), w.user("bob")
	id := alice.channel("lobby")
	bob.ok("", "join", id)
	var text strings.Builder
	var want []string
	for i := range 2000 {
		line := strings.Repeat("x", i%7) + plural(i, "sheep")
		text.WriteString(line + "\n")
		want = append(want, line)
	}
	listening := bob.start(nil, "listen", id)
	listening.says("listening")
	listening.rest()
	// The last line comes after the last loss: the sender can't be done before it.
	input, more := io.Pipe()
	defer input.Close()
	var feeding sync.WaitGroup
	const last = "the last one"
	want = append(want, last)
	feeding.Go(func() { _, _ = io.WriteString(more, text.String()) })
	sending := alice.start(input, "send", id)
	sending.rest()
	for i, line := range want {
		if i%500 == 250 {
			w.server.Faults().Lose(server.Match{UserID: alice.stored().UserID})
		}
		if line == last {
			feeding.Wait()
			_, _ = io.WriteString(more, last)
			_ = more.Close()
		}
		if got := listening.line(); got != "<alice> "+line {
			t.Fatalf("line %d: got %q, want %q", i, got, line)
		}
	}
	status, said := sending.end(), sending.said.String()
	if status != 0 || !strings.Contains(said, "session lost") || !strings.Contains(said, "sent 2001 messages") {
		t.Errorf("status %d: %s", status, said)
	}
}

// TestSendEnds has the user deleted while sending.
func TestSendEnds(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	id := alice.channel("lobby")
	input, more := io.Pipe()
	sending := alice.start(input, "send", id)
	listening := alice.start(nil, "listen", id)
	listening.says("listening")
	if _, err := io.WriteString(more, "one\n"); err != nil {
		t.Fatal(err)
	}
	listening.line()
	alice.ok("", "user", "delete", "--yes")
	sending.says("deleted")
	listening.says("deleted")
	_ = more.Close()
	if status := sending.end(); status != statusFailed {
		t.Errorf("send: status %d", status)
	}
	if status := listening.end(); status != statusFailed {
		t.Errorf("listen: status %d", status)
	}
}

func TestSendStalls(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	id := alice.channel("lobby")
	w.server.Faults().CutAt(server.Match{}, "send_message")
	input, more := io.Pipe()
	sending := alice.start(input, "send", id, "--stall-timeout", "1ms")
	// The input is read when there is a session. It doesn't come back after the cut.
	if _, err := io.WriteString(more, "o"); err != nil {
		t.Fatal(err)
	}
	w.server.Faults().Refuse(http.StatusServiceUnavailable)
	go func() { _, _ = io.WriteString(more, "ne\n"); _ = more.Close() }()
	sending.says("nothing was confirmed for 1ms")
	sending.says("1 message not confirmed")
	if status := sending.end(); status != statusFailed {
		t.Errorf("status %d", status)
	}
}

func FuzzReadLines(f *testing.F) {
	f.Add([]byte("a\n\nb\r\n\xff\nlast"))
	f.Add([]byte("\n"))
	f.Add([]byte("\ufeffa\r\r\nb\r"))
	f.Add([]byte("\xfe\xff\x00\r\x00\n\xd8\x00\x00\n\n"))
	f.Fuzz(func(t *testing.T, input []byte) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var back []byte
		number := 0
		for l := range readLines(ctx, bytes.NewReader(input), func(error) {}) {
			number++
			if l.number != number {
				t.Fatalf("line %d has number %d", number, l.number)
			}
			if l.err == nil {
				checkPayload(t, l.text)
			}
			back = append(append(back, l.text...), '\n')
		}
		want, err := io.ReadAll(textfile.NewReader(bytes.NewReader(input)))
		if err != nil {
			t.Skip("not a text")
		}
		want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))
		if len(want) > 0 && want[len(want)-1] != '\n' {
			want = append(want, '\n')
		}
		if !bytes.Equal(back, want) {
			t.Errorf("%q became %q", want, back)
		}
	})
}

func checkPayload(t *testing.T, text []byte) {
	t.Helper()
	payload, err := textPayload(text)
	if err != nil {
		t.Fatal(err)
	}
	var content struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(payload, &content); err != nil || content.Text != string(text) {
		t.Errorf("%q became %s: %v", text, payload, err)
	}
}
