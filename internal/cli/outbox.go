package cli

import (
	"context"
	"fmt"
	"io"
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
what the access key is for, and the key. The server shows them only to programs on
its own computer.

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

// maxOutbox bounds what is read of a server, in bytes.
const maxOutbox = 16 << 20

func (a *app) outbox(ctx context.Context) error {
	// Nobody in particular asks: the credentials may have the address, no more.
	stored, _ := a.readCredentials()
	address, err := a.serverAddress(firstOf(stored.Address, "http://"+localAddress))
	if err != nil {
		return err
	}
	config, err := a.tlsConfig()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/debug/outbox", nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("no outbox at %s (%s): only local servers have one", address, response.Status)
	}
	var mails []mail
	if err := json.UnmarshalRead(io.LimitReader(response.Body, maxOutbox), &mails); err != nil {
		return fmt.Errorf("%s/debug/outbox: the answer isn't that of a local server: %w", address, err)
	}
	for _, m := range mails {
		if err := a.printMail(m); err != nil {
			return err
		}
	}
	return nil
}
