package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat/internal/reference"
	"github.com/ninchat-community/ninchat/spec"
)

// offline runs a command that needs no server.
func offline(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := Run(t.Context(), args, strings.NewReader(""), &stdout, &stderr, func(string) string { return "" })
	return result{stdout.String(), stderr.String(), status}
}

// prints runs a command that must succeed and print all of texts.
func prints(t *testing.T, args []string, texts ...string) string {
	t.Helper()
	r := offline(t, args...)
	if r.status != statusOK || r.stderr != "" {
		t.Fatalf("ninchat %q: status %d: %s", args, r.status, r.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(r.stdout, text) {
			t.Errorf("ninchat %q: stdout is without %q:\n%s", args, text, r.stdout)
		}
	}
	return r.stdout
}

func TestSpecOverview(t *testing.T) {
	prints(t, []string{"spec"}, "channel ", "join_channel", "   75 actions", "   67 events", "   74 attributes", "   22 messages", "   46 errors", spec.Reference)
}

func TestSpecPages(t *testing.T) {
	prints(t, []string{"spec", "join_channel"}, "join_channel (action)", "\nWho may\n", "master_sign (string, secret)", "At least one of", "realm_joined", "channel_not_found",
		"ninchat call join_channel channel_id=channel1", "session.JoinChannel(ctx, api.JoinChannel{", "#join_channel")
	prints(t, []string{"spec", "message_received"}, "message_received (event)", "Present when", "send_message", "api.As[*api.MessageReceived](received)")
	prints(t, []string{"spec", "queue.upload"}, "queue.upload (attribute)", "Writable by")
	prints(t, []string{"spec", "channel"}, "channel (entity)", "topic (string)")
	prints(t, []string{"spec", "user_account"}, "user_account (object)", "subscriptions", "session_created")
	prints(t, []string{"spec", "ninchat.com/ui/compose"}, "ninchat.com/ui/compose (message type)", `[{"element":"button"}]`, "Members of compose_option")
	prints(t, []string{"spec", "channel_not_found"}, "channel_not_found (error)", "errors.Is(err, api.ErrChannelNotFound)", "part_channel")
	prints(t, []string{"spec", "search"}, "search (action)")
	prints(t, []string{"spec", "search", "--json"}, `{"kind":"action","name":"search",`)
	prints(t, []string{"spec", "ping", "pong"}, "ping (action)", "pong (event)")
	prints(t, []string{"spec", "access_key"}, "An access key of type session", "An access key of type channel or audience.", "create_session (string, secret)")
	prints(t, []string{"spec", "--json", "access_key"}, `{"kind":"action","name":"verify_identity","required":true,"doc":"An access key of type identity_verify."}`)
	// Each topic has a page.
	for topic := range spec.Topics() {
		prints(t, []string{"spec", topic.Name}, topic.Name+" ("+topic.Kind.String()+")")
	}
}

func TestSpecSearch(t *testing.T) {
	out := prints(t, []string{"spec", "search", "join", "channel"})
	if first, _, _ := strings.Cut(out, "\n"); !strings.HasPrefix(first, "action ") || !strings.Contains(first, " join_channel ") {
		t.Errorf("the first line is %q", first)
	}
	out = prints(t, []string{"spec", "search", "channel", "--length", "3"}, "more: see --length")
	if len(lines(out)) != 4 {
		t.Errorf("got %q", out)
	}
	all := prints(t, []string{"spec", "search", "channel", "--length", "0", "--json"})
	var line topicLine
	if err := json.Unmarshal([]byte(lines(all)[0]), &line); err != nil || line.Name == "" || len(lines(all)) != len(spec.Search("channel")) {
		t.Errorf("got %d lines, the first %+v: %v", len(lines(all)), line, err)
	}
	if r := offline(t, "spec", "search", "zzzzz"); r.status != statusFailed || !strings.Contains(r.stderr, "nothing was found") {
		t.Errorf("got %+v", r)
	}
}

// A name that is no topic but occurs in one leads there.
func TestSpecUnknown(t *testing.T) {
	for name, want := range map[string]string{
		"timezone":    `there is no "timezone" in the API: it has to do with the object schedule; see 'ninchat spec search'`,
		"joinchannel": "did you mean join_channel",
	} {
		if r := offline(t, "spec", name); r.status != statusUsage || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: got %+v", name, r)
		}
	}
}

func TestSpecList(t *testing.T) {
	for _, name := range append(listNames(), "action", "message type") {
		out := prints(t, []string{"spec", "list", name})
		asJSON := prints(t, []string{"spec", "list", name, "--json"})
		if len(lines(out)) == 0 || len(lines(out)) != len(lines(asJSON)) {
			t.Errorf("%s: %d lines, %d of JSON", name, len(lines(out)), len(lines(asJSON)))
		}
	}
	if out := prints(t, []string{"spec", "list", "causes"}, "member_remove"); len(lines(out)) != 11 {
		t.Errorf("got %q", out)
	}
}

func TestSpecJSON(t *testing.T) {
	out := prints(t, []string{"spec", "--json"})
	var table map[string]jsontext.Value
	if err := json.Unmarshal([]byte(out), &table); err != nil || len(table) != 9 || len(lines(out)) != 1 {
		t.Errorf("%d members on %d lines: %v", len(table), len(lines(out)), err)
	}
	var entry struct {
		Entry struct {
			Replies []string `json:"replies"`
			Params  map[string]struct {
				Required bool `json:"required"`
			} `json:"params"`
		} `json:"entry"`
	}
	out = prints(t, []string{"spec", "send_message", "--json"})
	if err := json.Unmarshal([]byte(out), &entry); err != nil || strings.Join(entry.Entry.Replies, " ") != "message_received" || !entry.Entry.Params["message_type"].Required {
		t.Errorf("got %s: %v", out, err)
	}
	for topic := range spec.Topics() {
		for _, line := range lines(prints(t, []string{"spec", "--json", topic.Name})) {
			if !jsontext.Value(line).IsValid() {
				t.Errorf("%s: %s", topic.Name, line)
			}
		}
	}
}

func TestSpecExport(t *testing.T) {
	for format, member := range map[string]string{"jsonschema": `"$schema"`, "asyncapi": `"asyncapi": "3.0.0"`, "openapi": `"openapi": "3.1.0"`} {
		if out := prints(t, []string{"spec", "export", format}, member); !jsontext.Value(out).IsValid() {
			t.Errorf("%s isn't JSON", format)
		}
	}
}

func TestSpecUsage(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"spec joinchannel", `there is no "joinchannel" in the API: did you mean join_channel?`},
		{"spec ping topick", `there is no "topick" in the API: did you mean topic`},
		{"spec xxxxxxxxxxx", `there is no "xxxxxxxxxxx" in the API` + "\n"},
		{"spec a\x1bb", `there is no "a\\u001bb" in the API`},
		{"spec list", "name one kind: actions,"},
		{"spec list acions", `there is no kind "acions": did you mean actions?; there are: actions,`},
		{"spec export", "name one format: jsonschema, asyncapi, openapi"},
		{"spec export opnapi", `there is no format "opnapi": did you mean openapi`},
		{"spec search x --length -1", "--length must not be less than 0"},
		{"call joinchannel", `there is no action "joinchannel": did you mean join_channel?`},
		{"call join_channel chanel_id=1", "did you mean channel_id?"},
	} {
		if r := offline(t, strings.Split(test.args, " ")...); r.status != statusUsage || !strings.Contains(r.stderr, test.want) || r.stdout != "" {
			t.Errorf("%s: got %+v, want %q", test.args, r, test.want)
		}
	}
}

// TestSpecCommandLines checks that all examples are what 'ninchat
// call' accepts.
func TestSpecCommandLines(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("secret.txt", []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	examples := make(map[string]string) // names of actions by command line
	for action := range spec.Actions() {
		examples[reference.CommandLine(action)] = action.Name
	}
	for topic := range spec.Topics() {
		if usage := reference.UsageOf(topic); usage != nil {
			examples[usage.CommandLine] = usage.Action.Name
		}
	}
	delete(examples, "")
	for line, name := range examples {
		input, line, piped := strings.Cut(line, " | ")
		if !piped {
			input, line = "", input
		}
		words := shellWords(line)
		r := callRequest{name: words[2]}
		for i := 3; i < len(words); i++ {
			if words[i] == "--payload" {
				r.payload = append(r.payload, words[i+1])
				i++
				continue
			}
			r.arguments = append(r.arguments, words[i])
		}
		a := &app{stdin: strings.NewReader(input), getenv: func(string) string { return "" }}
		built, err := a.buildAction(t.Context(), r)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if built.Name != name {
			t.Errorf("%s: it is %s", line, built.Name)
		}
	}
}

// shellWords splits a command line as shells do, as far as examples need it.
func shellWords(line string) (words []string) {
	word, quoted := "", false
	for _, c := range line + " " {
		switch {
		case c == '\'':
			quoted = !quoted
		case c == ' ' && !quoted:
			words = append(words, word)
			word = ""
		default:
			word += string(c)
		}
	}
	return words
}
