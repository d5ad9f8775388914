package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/textfile"
)

func (a *app) userCommand() *cobra.Command {
	command := &cobra.Command{
		Use:     "user",
		GroupID: groupChat,
		Short:   "Create, show and delete users",
		Long:    "Create, show and delete users.",
		Example: "  ninchat user create Alice\n  ninchat user show",
	}
	command.AddCommand(a.userCreateCommand(), a.userShowCommand(), a.userDeleteCommand())
	return command
}

func (a *app) userCreateCommand() *cobra.Command {
	var guest, force bool
	command := &cobra.Command{
		Use:   "create NAME",
		Short: "Create a user and store the credentials",
		Long: `Create a user, print the user's id, and store the credentials in the credentials
file, which only you can read. Other commands act as the user whose credentials
the file has. The file also remembers the address of the server, so that it need
not be given again.

A user lasts until deleted. A guest is deleted some time after leaving.`,
		Example: `  ninchat user create Alice --address http://127.0.0.1:8228
  ninchat user create Bob --credentials bob.json
  bob=$(NINCHAT_CREDENTIALS=bob.json ninchat user create Bob)`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if args[0] == "" {
				return usagef("the name is empty")
			}
			return a.createUser(command.Context(), args[0], guest, force)
		},
	}
	command.Flags().BoolVar(&guest, "guest", false, "create a guest, who doesn't last")
	command.Flags().BoolVar(&force, "force", false, "overwrite the credentials that are there")
	return command
}

func (a *app) createUser(ctx context.Context, name string, guest, force bool) error {
	address, err := a.serverAddress("")
	if err != nil {
		return err
	}
	file, err := a.prepareCredentials(force)
	if err != nil {
		return err
	}
	defer file.discard()
	login := ninchat.NewUser(name)
	login.UserAttrs.Guest = api.Set(guest)
	session, err := a.openAt(ctx, "", ninchat.Config{Login: login, DiscardEvents: true})
	if err != nil {
		return err
	}
	defer shut(session)
	user := session.Credentials()
	stored := storedCredentials{Address: address, UserID: user.UserID, UserAuth: user.UserAuth.Reveal()}
	if err := file.commit(stored); err != nil {
		return errors.Join(err, a.undoCreateUser(session))
	}
	return a.printCreated(user.UserID, file.path)
}

// undoCreateUser deletes a user whose credentials couldn't be stored: nobody
// would ever be able to log in. ctx isn't asked: an interruption must not leave
// the user behind.
func (a *app) undoCreateUser(session *ninchat.Session) error {
	ctx, cancel := a.within(context.Background())
	defer cancel()
	if err := deleteUser(ctx, session, session.Credentials().UserAuth); err != nil {
		return fmt.Errorf("the user %s remains, without anybody who knows the credentials: %w", session.UserID(), err)
	}
	return errors.New("the user was deleted again")
}

func (a *app) printCreated(id, path string) error {
	if a.json {
		return a.printJSON(struct {
			UserID      string `json:"user_id"`
			Credentials string `json:"credentials"`
		}{id, path})
	}
	fmt.Fprintf(a.stderr, "The credentials are in %s.\n", visible(path))
	return a.printf("%s\n", visible(id))
}

// deleteUser deletes the session's user.
func deleteUser(ctx context.Context, session *ninchat.Session, auth api.Secret) error {
	_, err := session.DeleteUser(ctx, api.DeleteUser{UserAuth: &auth})
	if errors.Is(err, ninchat.ErrUserDeleted) {
		return nil
	}
	return err
}

func (a *app) userShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show [USER]",
		Short: "Show a user",
		Long:  "Show what the server tells about a user: yourself, if no id is given.",
		Example: `  ninchat user show
  ninchat user show --json | jq .header.user_channels`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return a.withSession(command.Context(), func(ctx context.Context, session *ninchat.Session) error {
				id := session.UserID()
				if len(args) > 0 {
					id = args[0]
				}
				found, err := session.DescribeUser(ctx, api.DescribeUser{UserID: &id})
				if err != nil {
					return err
				}
				return a.printUser(found)
			})
		},
	}
}

func (a *app) printUser(found *api.UserFound) error {
	if a.json {
		return a.printEvent(found)
	}
	attrs := &found.UserAttrs
	lines := []string{"id:       " + visible(found.UserID)}
	if name := attrs.Name.Or(""); name != "" {
		lines = append(lines, "name:     "+visible(name))
	}
	if name := attrs.Realname.Or(""); name != "" {
		lines = append(lines, "realname: "+visible(name))
	}
	for _, flag := range []struct {
		name string
		on   bool
	}{
		{"guest", attrs.Guest.Or(false)},
		{"connected", attrs.Connected.Or(false)},
		{"deleted", attrs.Deleted.Or(false)},
	} {
		if flag.on {
			lines = append(lines, flag.name)
		}
	}
	for _, id := range sortedKeys(found.UserChannels) {
		channel := found.UserChannels[id]
		lines = append(lines, "channel:  "+strings.TrimSpace(visible(id)+" "+visible(channel.ChannelAttrs.Name.Or(""))))
	}
	return a.printf("%s\n", strings.Join(lines, "\n"))
}

func (a *app) userDeleteCommand() *cobra.Command {
	var yes bool
	command := &cobra.Command{
		Use:   "delete",
		Short: "Delete your user",
		Long: `Delete the user in the credentials file, and then the file. It can't be undone. On
a terminal you are asked; elsewhere --yes is needed.`,
		Example: "  ninchat user delete\n  ninchat user delete --yes --credentials bob.json",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			stored, err := a.readCredentialsFile(command.Context())
			if err != nil {
				return err
			}
			if stored.UserID == "" {
				return errors.New("only a user who is in the credentials file with user_id and user_auth can be deleted")
			}
			if !yes && !isTerminal(a.stdin) {
				return usagef("deleting the user %s needs --yes", stored.UserID)
			}
			if !yes && !a.confirm(command.Context(), fmt.Sprintf("Delete the user %s for good?", stored.UserID)) {
				return errors.New("nothing was deleted")
			}
			return a.deleteOwnUser(command.Context(), stored)
		},
	}
	command.Flags().BoolVar(&yes, "yes", false, "don't ask")
	return command
}

func (a *app) deleteOwnUser(ctx context.Context, stored storedCredentials) error {
	session, err := a.openAs(ctx, stored, ninchat.Config{DiscardEvents: true})
	if err != nil {
		return err
	}
	err = a.inSession(ctx, session, func(ctx context.Context, session *ninchat.Session) error {
		return deleteUser(ctx, session, api.Secret(stored.UserAuth))
	})
	if err != nil {
		return err
	}
	path, err := a.credentialsPath()
	if file, refusal := textfile.Replaceable(path); err == nil && refusal == nil {
		// A pipe or a device isn't ours.
		err = os.Remove(file)
	}
	if err != nil {
		return fmt.Errorf("the user was deleted, the credentials weren't: %w", err)
	}
	if a.json {
		return a.printJSON(struct {
			UserID string `json:"user_id"`
		}{stored.UserID})
	}
	return a.printf("deleted %s\n", visible(stored.UserID))
}

// confirm asks a person. No answer means no.
func (a *app) confirm(ctx context.Context, question string) bool {
	fmt.Fprintf(a.stderr, "%s [y/N] ", visible(question))
	answers := make(chan string, 1)
	go func() {
		answer, _ := bufio.NewReader(a.stdin).ReadString('\n')
		answers <- answer
	}()
	select {
	case answer := <-answers:
		answer = strings.ToLower(strings.TrimSpace(answer))
		return answer == "y" || answer == "yes"
	case <-ctx.Done():
		return false
	}
}
