package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat/internal/textfile"
	"github.com/ninchat-community/ninchat/message"
)

func (a *app) messageCommand() *cobra.Command {
	command := &cobra.Command{
		Use:     "message",
		GroupID: groupDevelop,
		Short:   "Check and show the contents of messages",
		Long: `Check what messages say, or show it as people see it, without a server. The types
are those of 'ninchat spec list messages' and any of your own.`,
		Example: `  ninchat message check ninchat.com/ui/compose < buttons.json
  ninchat message show ninchat.com/ui/compose < buttons.json`,
	}
	command.AddCommand(a.messageCheckCommand(), a.messageShowCommand())
	return command
}

func (a *app) messageCheckCommand() *cobra.Command {
	var strict bool
	command := &cobra.Command{
		Use:   "check TYPE",
		Short: "Check a message's payload",
		Long: `Check whether the standard input is the payload of a message of a type. If it
isn't, the exit status is 1, and what is wrong is said with the place in the
payload. Properties that the type doesn't have are fine, unless --strict is given.
Payloads of types that don't begin with ninchat.com/ are never wrong.`,
		Example: `  echo '{"text":"hello"}' | ninchat message check ninchat.com/text
  ninchat message check --strict ninchat.com/ui/compose < buttons.json`,
		ValidArgsFunction: completeMessageType,
		Args:              cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			_, err := a.readContent(args[0], strict)
			return err
		},
	}
	command.Flags().BoolVar(&strict, "strict", false, "refuse properties that the type doesn't have")
	return command
}

func (a *app) messageShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show TYPE",
		Short: "Show a message as people see it",
		Long: `Read the payload of a message of a type from the standard input, and print it as
'ninchat listen' would: what could play tricks on a terminal is made visible. With
--json print an object with type and text. What is wrong with the payload is said
like by 'ninchat message check'.`,
		Example:           `  ninchat message show ninchat.com/ui/compose < buttons.json`,
		ValidArgsFunction: completeMessageType,
		Args:              cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			content, err := a.readContent(args[0], false)
			if err != nil {
				return err
			}
			return a.printContent(content)
		},
	}
}

// readContent reads a payload from the standard input.
func (a *app) readContent(messageType string, strict bool) (message.Content, error) {
	if err := checkMessageType(messageType); err != nil {
		return nil, err
	}
	part, err := a.readStdin(2 * (message.MaxSize + 1)) // it may be UTF-16
	if err == nil && message.Reserved(messageType) {
		part, err = textfile.Decode(part)
	}
	if err != nil {
		return nil, err
	}
	parse := message.Parse
	if strict {
		parse = message.ParseStrict
	}
	return parse(messageType, [][]byte{part})
}

// checkMessageType refuses types that there can't be, with a suggestion.
func checkMessageType(messageType string) error {
	switch {
	case messageType == "":
		return errors.New("the message type is empty")
	case message.Known("ninchat.com/" + messageType):
		return fmt.Errorf("the message type %s is called ninchat.com/%[1]s", messageType)
	case message.Reserved(messageType) && !message.Known(messageType):
		return fmt.Errorf("there is no message type %q%s", visible(messageType), nearest(messageType, message.Types()))
	}
	return nil
}

func (a *app) printContent(content message.Content) error {
	if a.json {
		return a.printJSON(struct {
			Type string `json:"type"`
			Text string `json:"text"`
		}{content.Type(), content.Text()})
	}
	payload, err := content.Encode()
	if err != nil {
		return err
	}
	return a.printf("%s\n", contentText(content, payload))
}

// completeMessageType suggests message types to the shell.
func completeMessageType(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return message.Types(), cobra.ShellCompDirectiveNoFileComp
}
