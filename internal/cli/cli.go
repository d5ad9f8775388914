// Package cli is the ninchat command: a client for people and scripts, and the
// local server.
//
// [Run] runs one command line. There is one file for each group of commands;
// what they have in common is in session.go (opening sessions), credentials.go
// (the file with the user's id and token), output.go and visible.go (text for
// people), and redact.go (JSON for programs, without secrets).
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat/internal/mask"
)

// The exit statuses.
const (
	statusOK     = 0
	statusFailed = 1
	statusUsage  = 2
)

// app is one run of the command: where it reads and writes, and the flags that
// all commands share.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	openStore      func(path string) (closableStore, error)

	address     string
	caFile      string
	credentials string
	timeout     time.Duration
	json        bool
	verbose     bool

	// secrets are those that the command knows. They aren't written to stderr, nor
	// to stdout where the server says more than it should.
	secrets mask.Set

	// running says that the command line made sense: errors that come later
	// aren't about usage, unless they say so.
	running bool
}

// Run runs the command line args, without the program's name, and returns the
// exit status: 0 if all is well, 1 if the operation failed, 2 if the command
// line makes no sense. Ending ctx interrupts the command. getenv looks up
// environment variables.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	out := &sharedWriter{out: stdout}
	a := &app{stdin: stdin, stdout: out, getenv: getenv, openStore: openSQLite}
	a.stderr = &sharedWriter{out: stderr, secrets: &a.secrets}
	root := a.rootCommand()
	root.SetArgs(append([]string{}, args...)) // not nil, which would mean those of the process
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(a.stderr)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		// Not all that writes looks whether it could.
		err = out.failed()
		a.running = true // it isn't about usage
	}
	if err == nil {
		return statusOK
	}
	return a.report(ctx, command, err)
}

// report says on stderr what went wrong.
func (a *app) report(ctx context.Context, command *cobra.Command, err error) int {
	if errors.Is(err, errReported) {
		return statusFailed
	}
	_, isUsage := errors.AsType[*usageError](err)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	a.diagnose("%s", a.explain(err))
	if isUsage || !a.running {
		fmt.Fprintf(a.stderr, "Run '%s --help' for help.\n", command.CommandPath())
		return statusUsage
	}
	return statusFailed
}

// diagnose writes a line for people to stderr. Line breaks in it remain, other
// things that don't belong into a terminal are made visible.
func (a *app) diagnose(format string, args ...any) {
	lines := strings.Split(fmt.Sprintf(format, args...), "\n")
	for i, line := range lines {
		lines[i] = visible(line)
	}
	fmt.Fprintf(a.stderr, "ninchat: %s\n", strings.Join(lines, "\n  "))
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "ninchat",
		Short: "Client and local server for the Ninchat chat API",
		Long: `ninchat sends and receives messages, calls any action of the Ninchat API, and
runs a local server to develop against.

Without an account, begin like this:

  ninchat serve                                   in one terminal, and in another:
  export NINCHAT_ADDRESS=http://127.0.0.1:8228
  ninchat user create Alice
  channel=$(ninchat channel create lobby)
  echo hello | ninchat send $channel
  ninchat history $channel

Secrets never appear on the command line or in what is printed: the user's token
is in the credentials file (see 'ninchat user create --help'). Instead of a file the
environment can have an email address and its password, NINCHAT_IDENTITY_NAME and
NINCHAT_IDENTITY_AUTH; NINCHAT_IDENTITY_TYPE says so if it is no email address.

A proxy is taken from the environment: HTTPS_PROXY (HTTP_PROXY for http addresses),
else ALL_PROXY, is a URL that begins with http, https, socks5 or socks5h; NO_PROXY
has hosts that are reached without it.

Files that are read may be pipes, such as <(…), which have 30 seconds to give all.
Text is in UTF-8, lines end in LF or CRLF; with a byte order mark it may be in UTF-16.

The first Ctrl-C or SIGTERM has a command end in an orderly way; a second one, made
later than a program would pass the first one on, ends it at once.

Exit status: 0 if all is well, 1 if the operation failed, 2 if the command line
makes no sense. ninchat isn't affiliated with Somia Reality Oy.`,
		Example: `  ninchat demo
  ninchat serve --json
  ninchat listen --json --count 1 CHANNEL`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          unknownCommand,
	}
	root.SetOut(a.stdout)
	a.globalFlags(root)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddGroup(&cobra.Group{ID: groupChat, Title: "Chat:"}, &cobra.Group{ID: groupDevelop, Title: "Develop:"})
	root.AddCommand(
		a.userCommand(),
		a.channelCommand(),
		inGroup(groupChat, a.joinCommand()),
		inGroup(groupChat, a.partCommand()),
		a.sendCommand(),
		a.listenCommand(),
		a.historyCommand(),
		a.callCommand(),
		a.messageCommand(),
		a.specCommand(),
		a.masterCommand(),
		a.serveCommand(),
		a.outboxCommand(),
		a.faultsCommand(),
		a.demoCommand(),
		a.versionCommand(),
	)
	finishBuiltIn(root)
	a.finish(root)
	return root
}

// finishBuiltIn makes the commands that come with the command-line library like the
// others: they have examples, and complain about what they don't know.
func finishBuiltIn(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, command := range root.Commands() {
		switch command.Name() {
		case "help":
			command.Example = "  ninchat help channel create"
			command.Run = nil
			command.RunE = func(_ *cobra.Command, args []string) error {
				about, _, err := root.Find(args)
				if err != nil || about == root && len(args) > 0 {
					return unknownCommand(root, args)
				}
				return about.Help()
			}
		case "completion":
			command.Example = "  source <(ninchat completion bash)"
			for _, shell := range command.Commands() {
				shell.Example = "  ninchat completion " + shell.Name()
			}
		}
	}
}

const (
	groupChat    = "chat"
	groupDevelop = "develop"
)

func inGroup(group string, command *cobra.Command) *cobra.Command {
	command.GroupID = group
	return command
}

func (a *app) globalFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVar(&a.address, "address", "", "server: a URL, perhaps with a path, or a host for https (environment: NINCHAT_ADDRESS; default: that of the credentials, then the service)")
	flags.StringVar(&a.caFile, "ca-file", "", "PEM `file` with a certificate authority to trust, for a local server (environment: NINCHAT_CA_FILE)")
	flags.StringVar(&a.credentials, "credentials", "", "`file` with the user's credentials (environment: NINCHAT_CREDENTIALS, or NINCHAT_IDENTITY_NAME and NINCHAT_IDENTITY_AUTH; default: in your configuration directory)")
	flags.DurationVar(&a.timeout, "timeout", 10*time.Second, "how long to wait for the session to open, and for the answer to an action")
	flags.BoolVar(&a.json, "json", false, "print JSON, for programs")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "log what happens to stderr")
}

// finish makes each command note that it has begun, and groups of commands
// complain about subcommands that they don't have.
func (a *app) finish(command *cobra.Command) {
	for _, child := range command.Commands() {
		a.finish(child)
	}
	if check := command.Args; check != nil {
		command.Args = func(command *cobra.Command, args []string) error { return checkArgs(command, args, check) }
	}
	switch {
	case command.HasSubCommands() && command.RunE == nil:
		command.Args = cobra.ArbitraryArgs
		command.RunE = func(command *cobra.Command, args []string) error { return subcommandNeeded(command, args) }
	case command.RunE != nil:
		run := command.RunE
		command.RunE = func(command *cobra.Command, args []string) error {
			if a.timeout <= 0 {
				return usagef("--timeout must be more than 0")
			}
			a.running = true
			return run(command, args)
		}
	}
}

// checkArgs says how the command is written if the number of its arguments is wrong.
func checkArgs(command *cobra.Command, args []string, check cobra.PositionalArgs) error {
	if check(command, args) == nil {
		return nil
	}
	form := strings.TrimSuffix(command.UseLine(), " [flags]")
	switch {
	case form == command.CommandPath():
		return usagef("%s takes no arguments, and %q is one", form, args[0])
	case len(args) == 0:
		return usagef("something is missing: %s", form)
	}
	return usagef("there are %d arguments: %s", len(args), form)
}

// unknownCommand is what ninchat does by itself: it teaches, or complains about a
// command that it doesn't have.
func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return root.Help()
	}
	var names []string
	for _, command := range root.Commands() {
		names = append(names, command.Name())
	}
	return usagef("there is no command %q%s", args[0], nearest(args[0], names))
}

// subcommandNeeded is what a group of commands does by itself.
func subcommandNeeded(command *cobra.Command, args []string) error {
	var names []string
	for _, child := range command.Commands() {
		names = append(names, child.Name())
	}
	list := strings.Join(names, ", ")
	if len(args) == 0 {
		return usagef("%s needs a subcommand: %s", command.CommandPath(), list)
	}
	return usagef("%s has no subcommand %q; there are: %s", command.CommandPath(), args[0], list)
}
