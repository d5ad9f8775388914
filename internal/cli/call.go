package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/mask"
	"github.com/ninchat-community/ninchat/internal/textfile"
	"github.com/ninchat-community/ninchat/message"
	"github.com/ninchat-community/ninchat/spec"
)

// callRequest is what the command line says about an action.
type callRequest struct {
	name      string
	arguments []string
	payload   []string
	// secrets is a file for the replies with everything in them.
	secrets string
	force   bool
	// session says that the action is to be sent in a session, nobody that it is
	// to be sent without credentials.
	session, nobody bool
}

func (a *app) callCommand() *cobra.Command {
	var r callRequest
	command := &cobra.Command{
		Use:     "call ACTION [NAME=TEXT | NAME:=JSON | NAME@FILE]...",
		GroupID: groupDevelop,
		Short:   "Send any action and print the replies",
		Long: `Send an action of the API and print each reply as a line of JSON, like those of
'ninchat listen --json'. Parameters are given as

  NAME=TEXT      a string
  NAME:=JSON     any value: a number, true, an array, an object
  NAME@FILE      a string that is read from a file (the end of its last line doesn't
                 count, be it LF or CRLF), or from the standard input if FILE is -
  NAME@env:VAR   a string that is read from an environment variable

Secrets can't be given on the command line, where others may see them: use
NAME@FILE or NAME@env:VAR. Secrets in replies are hidden; --secrets FILE writes the
complete replies to a file that only you can read.

Files with text may be in UTF-8 or, with a byte order mark, in UTF-16; the mark
doesn't count. The payload of a message of a type of ninchat.com/ is text; any other
payload is sent as it is.

The action is checked before it is sent. --force sends what seems wrong, too.

The call is an HTTP request of its own, with the credentials in it: nobody sees the
user come and go, and what changes nothing is tried again if it fails on its way.
With --session a session is opened for it, as other commands do; what is about the
session itself, update_session and follow_channel, always gets one. Actions that
need no user, such as describe_access and create_user, and those that only show what
is public, such as describe_channel, work without credentials; --no-credentials
leaves those out that there are.`,
		Example: `  ninchat call describe_channel channel_id=CHANNEL
  ninchat call load_history channel_id=CHANNEL history_length:=5
  ninchat call create_user --no-credentials --secrets user.json
  echo '{"text":"hello"}' | ninchat call send_message channel_id=CHANNEL \
      message_type=ninchat.com/text --payload -
  ninchat call send_file channel_id=CHANNEL file_attrs:='{"name":"a.png"}' --payload a.png
  ninchat call create_identity identity_type=email identity_name=a@example.com \
      identity_auth_new@password.txt`,
		ValidArgsFunction: completeCall,
		Args:              cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			r.name, r.arguments = args[0], args[1:]
			return a.call(command.Context(), r)
		},
	}
	flags := command.Flags()
	flags.StringArrayVar(&r.payload, "payload", nil, "`file` with a part of the payload, - for the standard input (can be repeated)")
	flags.StringVar(&r.secrets, "secrets", "", "write the replies, secrets included, to this new `file`")
	flags.BoolVar(&r.session, "session", false, "open a session for the call")
	flags.BoolVar(&r.nobody, "no-credentials", false, "call without credentials, as nobody")
	flags.BoolVar(&r.force, "force", false, "send the action even if it seems wrong")
	command.MarkFlagsMutuallyExclusive("session", "no-credentials")
	return command
}

// completeCall completes names of actions, and then of their parameters.
func completeCall(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	if len(args) == 0 {
		for action := range spec.Actions() {
			if action.Scope != spec.ScopeLifecycle {
				found = append(found, cobra.CompletionWithDesc(action.Name, action.Doc))
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
	if action, ok := spec.LookUpAction(args[0]); ok {
		for _, param := range action.Params {
			found = append(found, cobra.CompletionWithDesc(param.Name+operatorFor(&param), param.Doc))
		}
	}
	return found, cobra.ShellCompDirectiveNoSpace
}

// operatorFor is how the parameter is given.
func operatorFor(param *spec.Param) string {
	switch {
	case param.Secret:
		return "@"
	case param.Type == spec.TypeString:
		return "="
	}
	return ":="
}

func (a *app) call(ctx context.Context, r callRequest) error {
	action, err := a.buildAction(ctx, r)
	if err != nil {
		return err
	}
	out, err := a.openReplies(r.secrets)
	if err != nil {
		return err
	}
	invoker, end, err := a.invoker(ctx, r)
	if err != nil {
		return errors.Join(err, out.close())
	}
	defer end()
	ctx, cancel := a.within(ctx)
	defer cancel()
	err = invoker.Invoke(ctx, action, out.write)
	if refusal, ok := errors.AsType[*api.Error](err); ok && a.json && refusal.Event != nil {
		_, _ = a.stderr.Write(eventLine(refusal.Event, &a.secrets))
		err = errReported
	}
	return errors.Join(err, out.err, out.close())
}

// replies is where replies go.
type replies struct {
	out io.Writer
	// complete is the file for replies with secrets, nil if there is none.
	complete *os.File
	// secrets are those that the command knows.
	secrets *mask.Set
	err     error
}

func (a *app) openReplies(path string) (*replies, error) {
	r := &replies{out: a.stdout, secrets: &a.secrets}
	if path == "" {
		return r, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--secrets: %w", err)
	}
	r.complete = file
	return r, nil
}

// write writes a reply. It returns false if that failed.
func (r *replies) write(event *api.Event) bool {
	_, r.err = r.out.Write(eventLine(event, r.secrets))
	if r.err == nil && r.complete != nil {
		_, r.err = r.complete.Write(eventLineWith(event, compact(event.Header)))
	}
	return r.err == nil
}

func (r *replies) close() error {
	if r.complete == nil {
		return nil
	}
	return r.complete.Close()
}

// buildAction makes an action of the command line, and checks it.
func (a *app) buildAction(ctx context.Context, r callRequest) (*api.Action, error) {
	known, ok := spec.LookUpAction(r.name)
	switch {
	case !ok && !r.force:
		return nil, unknownAction(r.name)
	case scopeOf(r.name) == spec.ScopeLifecycle:
		return nil, usagef("%s is sent by the session itself, as each command needs it", r.name)
	case scopeOf(r.name) == spec.ScopeSession && r.nobody:
		return nil, usagef("%s is about the session that it is sent in, which takes credentials", r.name)
	}
	params, err := a.parameters(ctx, known, r.arguments)
	if err != nil {
		return nil, err
	}
	payload, err := a.payload(ctx, r.payload, isText(params))
	if err != nil {
		return nil, err
	}
	if !r.force {
		if err := checkCall(known, params, payload); err != nil {
			return nil, err
		}
	}
	return api.NewAction(r.name, params, payload...)
}

// parameters reads the parameters of an action, which is nil if it isn't known.
func (a *app) parameters(ctx context.Context, action *spec.Action, arguments []string) (map[string]jsontext.Value, error) {
	params := make(map[string]jsontext.Value)
	for _, argument := range arguments {
		name, operator, text := splitArgument(argument)
		if operator == "" {
			return nil, usagef("%q isn't of the form NAME=TEXT, NAME:=JSON or NAME@FILE", visible(argument))
		}
		if _, twice := params[name]; twice {
			return nil, usagef("%s is given twice", name)
		}
		if operator != "@" && secretNames()[name] {
			return nil, usagef("%s is a secret, which others could see on the command line: give it as %s@FILE or %s@env:VAR", name, name, name)
		}
		value, err := a.argumentValue(ctx, name, operator, text)
		if err != nil {
			return nil, err
		}
		if secretNames()[name] {
			a.secrets.Own(mask.Members(fmt.Appendf(nil, `{%q:%s}`, name, value), secretNames())...)
		}
		params[name] = value
	}
	return params, nil
}

// splitArgument splits NAME=TEXT, NAME:=JSON and NAME@FILE. The operator is ""
// if it is none of these.
func splitArgument(argument string) (name, operator, text string) {
	i := strings.IndexAny(argument, "=@:")
	if i <= 0 {
		return "", "", ""
	}
	for _, operator := range []string{":=", "=", "@"} {
		if text, ok := strings.CutPrefix(argument[i:], operator); ok {
			return argument[:i], operator, text
		}
	}
	return "", "", ""
}

func (a *app) argumentValue(ctx context.Context, name, operator, text string) (jsontext.Value, error) {
	switch operator {
	case "=":
		return jsonString(name, text)
	case ":=":
		value := jsontext.Value(text)
		if !value.IsValid() {
			return nil, usagef("%s: %s isn't JSON (a string is given as %s=TEXT)", name, visible(text), name)
		}
		return value, nil
	}
	if variable, ok := strings.CutPrefix(text, "env:"); ok {
		value := a.getenv(variable)
		if value == "" {
			return nil, usagef("%s: the environment variable %s isn't set", name, variable)
		}
		return jsonString(name, value)
	}
	content, err := a.readInput(ctx, text, true)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return jsonString(name, string(trimLineEnd(content)))
}

func jsonString(name, text string) (jsontext.Value, error) {
	value, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return nil, usagef("%s: not valid UTF-8", name)
	}
	return value, nil
}

// maxInput bounds what is read of a file or of the standard input, in bytes. It is
// more than any server takes.
const maxInput = 64 << 20

// readInput reads a file, or the standard input if it is called "-". What is text is
// decoded, anything else remains as it is.
func (a *app) readInput(ctx context.Context, path string, text bool) ([]byte, error) {
	if path == "-" {
		content, err := a.readStdin(maxInput)
		if err == nil && text {
			content, err = textfile.Decode(content)
		}
		return content, err
	}
	read := textfile.Read
	if text {
		read = textfile.ReadText
	}
	return read(ctx, path, textfile.Options{Limit: maxInput})
}

// readStdin reads the standard input to its end, within a limit in bytes.
func (a *app) readStdin(limit int) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(a.stdin, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("reading the standard input: %w", err)
	}
	if len(content) > limit {
		return nil, fmt.Errorf("the standard input has more than %d bytes", limit)
	}
	return content, nil
}

// isText reports whether the payload of an action with such parameters is text: that
// of a message of a type that the service knows. Files, and messages of other types,
// may be anything.
func isText(params map[string]jsontext.Value) bool {
	var messageType string
	return json.Unmarshal(params["message_type"], &messageType) == nil && message.Reserved(messageType)
}

func (a *app) payload(ctx context.Context, paths []string, text bool) ([][]byte, error) {
	var parts [][]byte
	for _, path := range paths {
		part, err := a.readInput(ctx, path, text)
		if err != nil {
			return nil, fmt.Errorf("--payload: %w", err)
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// checkCall compares a call with what the API says.
func checkCall(action *spec.Action, params map[string]jsontext.Value, payload [][]byte) error {
	header, err := json.Marshal(params, json.Deterministic(true))
	if err != nil {
		return err
	}
	if err := spec.CheckAction(action.Name, header, spec.Strict); err != nil {
		return usagef("%s: %w%s (--force sends it anyway)", action.Name, err, paramAdvice(action, err))
	}
	switch {
	case action.Payload == spec.PayloadRequired && len(payload) == 0:
		return usagef("%s needs a payload: see --payload (--force sends it anyway)", action.Name)
	case action.Payload == spec.PayloadNone && len(payload) > 0:
		return usagef("%s has no payload (--force sends it anyway)", action.Name)
	}
	return nil
}

// paramAdvice says how to give a parameter that has the wrong type.
func paramAdvice(action *spec.Action, err error) string {
	fault, ok := errors.AsType[*spec.Error](err)
	if !ok {
		return ""
	}
	switch param, known := action.Param(fault.Path); {
	case fault.Reason == spec.ReasonType && known:
		return fmt.Sprintf(": write %s%s…", param.Name, operatorFor(param))
	case fault.Reason == spec.ReasonUnknown:
		var names []string
		for _, param := range action.Params {
			names = append(names, param.Name)
		}
		return nearest(fault.Path, names)
	}
	return ""
}

func unknownAction(name string) error {
	return usagef("there is no action %q%s (--force sends it anyway)", visible(name), nearest(name, actionNames()))
}

// actionNames are the names of all actions.
func actionNames() []string {
	var names []string
	for action := range spec.Actions() {
		names = append(names, action.Name)
	}
	return names
}
