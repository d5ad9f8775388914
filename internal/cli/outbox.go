package cli

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat/server"
)

func (a *app) outboxCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "outbox",
		GroupID: groupDevelop,
		Short:   "Show the mail of a local server",
		Long: `Show what a local server would have sent by mail: for each message the address,
what the access key is for, and the key. The server shows them only to those who run
it: the command has to be on the same computer and needs the debug token of the server,
which it finds in a file that the server leaves for its user. For a server that runs as
somebody else, or within a program, NINCHAT_DEBUG_TOKEN has it.

With --json there is a line for each message:

  {"time":"…","to":"a@example.com","access_type":"identity_verify","access_key":"…"}`,
		Example: `  ninchat outbox
  ninchat outbox --json --address http://127.0.0.1:8228`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return a.outbox(command.Context()) },
	}
}

// mail is a message that a local server would have sent.
type mail struct {
	Event      string    `json:"event,omitzero"`
	Time       time.Time `json:"time"`
	To         string    `json:"to"`
	AccessType string    `json:"access_type"`
	AccessKey  string    `json:"access_key"`
}

func newMail(m server.Mail) mail {
	return mail{"mail", m.Time, m.To, m.AccessType, m.AccessKey.Reveal()}
}

// printMail prints a message for people, or a line of JSON.
func (a *app) printMail(m mail) error {
	if a.json {
		return a.printJSON(m)
	}
	return a.printf("Mail to %s, for %s: %s\n", visible(m.To), visible(m.AccessType), visible(m.AccessKey))
}

func (a *app) outbox(ctx context.Context) error {
	text, err := a.askServer(ctx, http.MethodGet, "/debug/outbox", nil)
	if err != nil {
		return err
	}
	var mails []mail
	if err := json.Unmarshal(text, &mails); err != nil {
		return fmt.Errorf("/debug/outbox: the answer isn't that of a local server: %w", err)
	}
	for _, m := range mails {
		if err := a.printMail(m); err != nil {
			return err
		}
	}
	return nil
}
