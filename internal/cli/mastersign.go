package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat/master"
)

func (a *app) masterSignCommand(m *masterFlags) *cobra.Command {
	command := &cobra.Command{
		Use:   "sign",
		Short: "Sign for a client, and print the signature",
		Long: `Sign what a client may do, and print the signature. The client sends it as
master_sign, together with exactly the parameters that were signed. It can be used
once.`,
		Example: "  ninchat master sign create-session --puppet-attr name=Alice\n  ninchat master sign join-channel --channel-id CHANNEL --user-id USER",
	}
	command.AddCommand(a.signCreateSessionCommand(m), a.signJoinChannelCommand(m), a.signFollowChannelCommand(m))
	return command
}

func (a *app) signCreateSessionCommand(m *masterFlags) *cobra.Command {
	command := &cobra.Command{
		Use:   "create-session",
		Short: "Sign for creating a session",
		Long: `Sign for creating a session: as a new puppet of the key's owner, with the given
attributes, or as an existing one.`,
		Example: "  ninchat master sign create-session --puppet-attr name=Alice --expires 1h\n  ninchat master sign create-session --user-id USER --json",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if m.userID != "" && len(m.attrs) > 0 {
				return usagef("--puppet-attr is for new users, not together with --user-id")
			}
			return a.masterSign(command, m, master.CreateSession, "puppet-attr")
		},
	}
	m.addExpires(command)
	m.addFormat(command)
	m.addUserID(command, "the puppet to log in as (default: a new one)")
	command.Flags().StringArrayVar(&m.attrs, "puppet-attr", nil, "`NAME=TEXT` or NAME:=JSON: an attribute of the new puppet (can be repeated)")
	return command
}

func (a *app) signJoinChannelCommand(m *masterFlags) *cobra.Command {
	command := &cobra.Command{
		Use:     "join-channel",
		Short:   "Sign for joining a channel",
		Long:    "Sign for joining a channel, by anybody or by one user.",
		Example: "  ninchat master sign join-channel --channel-id CHANNEL --member-attr silenced:=false\n  ninchat master sign join-channel --channel-id CHANNEL --user-id USER --format dash",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return a.masterSign(command, m, master.JoinChannel, "member-attr")
		},
	}
	a.channelSignFlags(m, command)
	command.Flags().StringArrayVar(&m.attrs, "member-attr", nil, "`NAME=TEXT` or NAME:=JSON: an attribute of the membership (can be repeated)")
	return command
}

func (a *app) signFollowChannelCommand(m *masterFlags) *cobra.Command {
	command := &cobra.Command{
		Use:     "follow-channel",
		Short:   "Sign for following a channel",
		Long:    "Sign for following a channel, by anybody or by one user.",
		Example: "  ninchat master sign follow-channel --channel-id CHANNEL",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return a.masterSign(command, m, master.FollowChannel, "")
		},
	}
	a.channelSignFlags(m, command)
	return command
}

func (a *app) channelSignFlags(m *masterFlags, command *cobra.Command) {
	m.addExpires(command)
	m.addFormat(command)
	m.addUserID(command, "who may use it (default: anybody)")
	m.addChannelID(command, "the channel")
}

func (m *masterFlags) addChannelID(command *cobra.Command, usage string) {
	command.Flags().StringArrayVar(&m.channelIDs, "channel-id", nil, usage)
}

// masterSign makes a signature.
func (a *app) masterSign(command *cobra.Command, m *masterFlags, action, attrFlag string) error {
	made, err := m.making(command)
	if err != nil {
		return err
	}
	attrs, err := masterAttrs(attrFlag, m.attrs)
	if err != nil {
		return err
	}
	channelID := ""
	if action != master.CreateSession {
		if len(m.channelIDs) != 1 || m.channelIDs[0] == "" {
			return usagef("which channel? Give --channel-id once")
		}
		channelID = m.channelIDs[0]
	}
	key, err := a.masterKey(m)
	if err != nil {
		return err
	}
	sign, err := signFor(key, action, channelID, m.userID, attrs, made)
	if err != nil {
		return err
	}
	c := contents{MasterSign: sign, KeyType: keyTypeNinchat, KeyID: key.ID(), Action: action, ChannelID: channelID, UserID: m.userID, Format: m.format}
	if action == master.CreateSession {
		c.PuppetAttrs = attrsJSON(attrs)
	} else {
		c.MemberAttrs = attrsJSON(attrs)
	}
	return a.printResult(sign, c, made.expire)
}

func signFor(key *master.Key, action, channelID, userID string, attrs master.Pairs, made making) (string, error) {
	switch {
	case action == master.CreateSession && userID == "":
		return key.SignCreateSession(made.expire, attrs, made.options...)
	case action == master.CreateSession:
		return key.SignCreateSessionForUser(made.expire, userID, made.options...)
	case action == master.JoinChannel && userID == "":
		return key.SignJoinChannel(made.expire, channelID, attrs, made.options...)
	case action == master.JoinChannel:
		return key.SignJoinChannelForUser(made.expire, channelID, userID, attrs, made.options...)
	case userID == "":
		return key.SignFollowChannel(made.expire, channelID, made.options...)
	}
	return key.SignFollowChannelForUser(made.expire, channelID, userID, made.options...)
}

// attrsJSON is how a client sends the attributes, nil if there are none.
func attrsJSON(attrs master.Pairs) jsontext.Value {
	if len(attrs) == 0 {
		return nil
	}
	members := make(map[string]any, len(attrs))
	for _, attr := range attrs {
		members[attr.Name] = plainValue(attr.Value)
	}
	text, err := json.Marshal(members)
	if err != nil {
		return nil
	}
	return text
}

// plainValue makes maps of objects.
func plainValue(value any) any {
	switch v := value.(type) {
	case master.Pairs:
		members := make(map[string]any, len(v))
		for _, pair := range v {
			members[pair.Name] = plainValue(pair.Value)
		}
		return members
	case []any:
		items := make([]any, len(v))
		for i := range v {
			items[i] = plainValue(v[i])
		}
		return items
	}
	return value
}

func (a *app) masterVerifyCommand(m *masterFlags) *cobra.Command {
	command := &cobra.Command{
		Use:   "verify SIGNATURE",
		Short: "Check a signature",
		Long: `Check a signature, in any form, that was made with the key. The standard input has
the action that a client would send with it, as JSON: its name, and the parameters
channel_id, user_id, puppet_attrs and member_attrs; others are ignored.

What is wrong is said in detail; don't pass that on to those who don't have the
key. Nothing is sent, so the signature isn't used up, and nobody knows here whether
it has been used.`,
		Example: `  echo '{"action":"join_channel","channel_id":"CHANNEL","member_attrs":{"silenced":false}}' |
      ninchat master verify SIGNATURE --user-id USER
  echo '{"action":"create_session"}' | ninchat master verify SIGNATURE --at 2015-10-05T20:38:00Z`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			return a.masterVerify(command, m, args[0])
		},
	}
	m.addUserID(command, "who joins or follows a channel")
	return command
}

func (a *app) masterVerify(command *cobra.Command, m *masterFlags, sign string) error {
	if err := m.check(command); err != nil {
		return err
	}
	key, err := a.masterKey(m)
	if err != nil {
		return err
	}
	verifier, err := m.verifier(key, nil)
	if err != nil {
		return err
	}
	text, err := a.readRequest()
	if err != nil {
		return err
	}
	request, err := master.ParseRequest(text)
	if err != nil {
		return fmt.Errorf("the action on the standard input: %w", err)
	}
	switch {
	case request.Action != master.CreateSession:
		request.UserID = m.userID
	case m.userID != "" && m.userID != request.UserID:
		return usagef("--user-id isn't the user_id on the standard input")
	}
	grant, err := verifier.Verify(command.Context(), sign, request)
	if err != nil {
		return diagnosis(err, key.ID())
	}
	return a.printGrant(grant, &request)
}

func (a *app) printGrant(grant *master.Grant, request *master.Request) error {
	who := "anybody"
	switch {
	case grant.UserID != "":
		who = "user " + visible(grant.UserID)
	case grant.Action == master.CreateSession:
		who = "a new puppet"
	}
	text := fmt.Sprintf("valid: %s by %s, until %s", grant.Action, who, grant.Expire.UTC().Format(time.RFC3339))
	return a.printResult(text, contents{
		KeyType: keyTypeNinchat, KeyID: grant.KeyID, Action: grant.Action, ChannelID: request.ChannelID, UserID: grant.UserID,
		Format: grant.Format.String(), Valid: true,
	}, grant.Expire)
}
