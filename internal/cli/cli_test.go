package cli

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestHelp(t *testing.T) {
	a := &app{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }}
	var commands []*cobra.Command
	var collect func(*cobra.Command)
	collect = func(command *cobra.Command) {
		commands = append(commands, command)
		for _, child := range command.Commands() {
			collect(child)
		}
	}
	collect(a.rootCommand())
	if len(commands) < 17 {
		t.Errorf("there are only %d commands", len(commands))
	}
	for _, command := range commands {
		path := command.CommandPath()
		if command.Short == "" || command.Long == "" {
			t.Errorf("%s: no help", path)
		}
		if !strings.Contains(command.Example, path[:len("ninchat")]) || command.Example == "" {
			t.Errorf("%s: no example", path)
		}
		args := append(strings.Fields(path)[1:], "--help")
		who := &actor{&world{t: t}, nil}
		help := who.ok("", args...)
		if !strings.Contains(help, "Examples:") || !strings.Contains(help, strings.TrimSpace(lines(command.Example)[0])) {
			t.Errorf("%s: the help shows no example:\n%s", path, help)
		}
	}
}

func TestUsage(t *testing.T) {
	w := newWorld(t)
	alice := w.user("alice")
	for _, test := range []struct {
		args string
		says string
	}{
		{"sned", `there is no command "sned": did you mean send`},
		{"help sned", `there is no command "sned": did you mean send`},
		{"xyzzyx", `there is no command "xyzzyx"`},
		{"completion", "needs a subcommand: bash"},
		{"completion sh", `no subcommand "sh"`},
		{"channel", "needs a subcommand: create, join, part"},
		{"channel delete", `no subcommand "delete"`},
		{"user", "needs a subcommand"},
		{"user create", "something is missing: ninchat user create NAME"},
		{"user delete", "needs --yes"},
		{"user show a b", "there are 2 arguments: ninchat user show [USER]"},
		{"channel create", "something is missing: ninchat channel create NAME"},
		{"join", "something is missing: ninchat join CHANNEL"},
		{"part a b", "there are 2 arguments: ninchat part CHANNEL"},
		{"send", "whom to send to?"},
		{"send c --stall-timeout 0s", "--stall-timeout"},
		{"listen --count -1", "--count"},
		{"listen --count x", "--count"},
		{"listen --colour", "unknown flag: --colour"},
		{"history", "name a channel"},
		{"history c --user u", "name a channel"},
		{"history c --length -1", "--length"},
		{"call", "something is missing: ninchat call ACTION"},
		{"call send_mesage", "did you mean send_message?"},
		{"call create_session", "sent by the session itself"},
		{"call describe_channel", "channel_id"},
		{"call describe_channel channel_id", "isn't of the form"},
		{"call describe_channel =x", "isn't of the form"},
		{"call describe_channel channel_id:x", "isn't of the form"},
		{"call describe_channel channel_id=x channel_id=y", "given twice"},
		{"call describe_channel chanel_id=x", "did you mean channel_id?"},
		{"call describe_channel channel_id:=x", "isn't JSON"},
		{"call describe_channel channel_id:=1", "channel_id=…"},
		{"call load_history channel_id=x history_length=5", "history_length:=…"},
		{"call send_message channel_id=x message_type=t", "needs a payload"},
		{"call describe_channel channel_id=x --payload -", "has no payload"},
		{"call join_channel access_key=secret", "is a secret"},
		{"call join_channel access_key@env:NOTHING", "isn't set"},
		{"serve --addr 8228", "HOST:PORT"},
		{"serve --addr 0.0.0.0:0", "--allow-remote"},
		{"serve --addr :0", "--allow-remote"},
		{"serve --addr example.com:0", "--allow-remote"},
		{"serve --ca-dir x", "needs --tls"},
		{"demo x", `ninchat demo takes no arguments, and "x" is one`},
		{"version x", "takes no arguments"},
		{"user show --timeout 0s", "--timeout"},
		{"user show --address ftp://x", "isn't the address of a server"},
		{"user show --address http://", "isn't the address of a server"},
		{"user show --address http://me:hunter2@127.0.0.1", "more in it than a host, a port and a path"},
		{"user show --address http://127.0.0.1/ninchat?token=hunter2", "more in it than a host, a port and a path"},
		{"faults list --address http://me:hun%ter2@127.0.0.1", "more in it than a host, a port and a path"},
	} {
		r := alice.fails(statusUsage, "", strings.Fields(test.args), test.says, "--help' for help")
		if r.stdout != "" {
			t.Errorf("%s: stdout has %q", test.args, r.stdout)
		}
	}
	alice.fails(statusUsage, "", []string{"user", "create", ""}, "empty")
	alice.fails(statusUsage, "", []string{"call", "describe_channel", "channel_id=\xff"}, "UTF-8")
}

// Without a command, and by help, ninchat teaches.
func TestHelpCommand(t *testing.T) {
	who := &actor{&world{t: t}, nil}
	before := os.Args
	t.Cleanup(func() { os.Args = before })
	os.Args = []string{"ninchat", "of the process"} // not of the call
	for _, args := range [][]string{nil, {"help"}} {
		if text := who.ok("", args...); !strings.Contains(text, "ninchat user create Alice") {
			t.Errorf("%q: got %s", args, text)
		}
	}
	if text := who.ok("", "help", "channel", "create"); !strings.Contains(text, "ninchat channel create NAME") {
		t.Errorf("got %s", text)
	}
}

func TestVersion(t *testing.T) {
	who := &actor{&world{t: t}, nil}
	if text := who.ok("", "version"); !strings.HasPrefix(text, "ninchat ") {
		t.Errorf("got %q", text)
	}
	if text := who.ok("", "version", "--json"); !strings.Contains(text, `"version":`) {
		t.Errorf("got %q", text)
	}
}

func TestCompletion(t *testing.T) {
	who := &actor{&world{t: t}, nil}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if text := who.ok("", "completion", shell); !strings.Contains(text, "ninchat") {
			t.Errorf("%s: got %q", shell, text)
		}
	}
	actions := who.ok("", "__complete", "call", "")
	if !strings.Contains(actions, "send_message\t") || strings.Contains(actions, "create_session") {
		t.Errorf("actions are completed as %s", actions)
	}
	params := who.ok("", "__complete", "call", "join_channel", "")
	if !strings.Contains(params, "channel_id=\t") || !strings.Contains(params, "access_key@\t") {
		t.Errorf("parameters are completed as %s", params)
	}
}
