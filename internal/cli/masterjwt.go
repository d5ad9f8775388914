package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat/master"
)

func (a *app) masterJWTCommand(m *masterFlags) *cobra.Command {
	command := &cobra.Command{
		Use:   "jwt",
		Short: "Make and check JSON Web Tokens",
		Long: `Make and check JSON Web Tokens, for keys of type jwt: signed ones (HS256) to log in
and to join channels, and encrypted ones (A256GCM) with metadata.`,
		Example: "  ninchat master jwt auth --subject alice@example.net\n  ninchat master jwt verify TOKEN --json",
	}
	command.AddCommand(a.jwtAuthCommand(m), a.jwtChannelCommand(m), a.jwtEncryptCommand(m), a.jwtVerifyCommand(m), a.jwtDecryptCommand(m))
	return command
}

func (a *app) jwtAuthCommand(m *masterFlags) *cobra.Command {
	command := &cobra.Command{
		Use:   "auth",
		Short: "Make a token to log in with",
		Long: `Make a token to log in with, as the puppet that the key's owner knows by the
subject. With --channel-id, the same token is good for joining channels.`,
		Example: "  ninchat master jwt auth --subject alice@example.net --preferred-username Alice\n  ninchat master jwt auth --subject alice@example.net --channel-id CHANNEL",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if m.subject == "" {
				return usagef("who? Give --subject")
			}
			return a.jwtSign(command, m)
		},
	}
	m.addExpires(command)
	command.Flags().StringVar(&m.subject, "subject", "", "what identifies the user to you, such as a customer `number`")
	m.addUserName(command)
	m.addChannelID(command, "a channel that may be joined, too (can be repeated)")
	return command
}

func (a *app) jwtChannelCommand(m *masterFlags) *cobra.Command {
	command := &cobra.Command{
		Use:     "channel",
		Short:   "Make a token to join channels with",
		Long:    "Make a token to join or follow channels with, for anybody who has it.",
		Example: "  ninchat master jwt channel --channel-id CHANNEL",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if len(m.channelIDs) == 0 {
				return usagef("which channel? Give --channel-id")
			}
			return a.jwtSign(command, m)
		},
	}
	m.addExpires(command)
	m.addChannelID(command, "a channel that may be joined (can be repeated)")
	return command
}

func (a *app) jwtSign(command *cobra.Command, m *masterFlags) error {
	made, err := m.making(command)
	if err != nil {
		return err
	}
	key, err := a.jwtKey(m)
	if err != nil {
		return err
	}
	claims := master.Claims{Subject: m.subject, PreferredUsername: m.userName, Channels: m.channelIDs}
	token, err := key.Sign(made.expire, claims, made.options...)
	if err != nil {
		return err
	}
	c := contents{MasterSign: token, KeyType: keyTypeJWT, KeyID: key.ID(), Subject: m.subject, UserName: m.userName}
	for _, id := range m.channelIDs {
		c.Scopes = append(c.Scopes, "channel:"+id)
	}
	return a.printResult(token, c, made.expire)
}

func (a *app) jwtEncryptCommand(m *masterFlags) *cobra.Command {
	command := &cobra.Command{
		Use:     "encrypt",
		Short:   "Encrypt metadata as a token",
		Long:    "Encrypt metadata, which is a JSON object on the standard input, as a token, which\ncan be used once. An empty input stands for no metadata.",
		Example: "  echo '{\"customer\":42}' | ninchat master jwt encrypt --preferred-username Alice",
		Args:    cobra.NoArgs,
		RunE:    func(command *cobra.Command, _ []string) error { return a.jwtEncrypt(command, m) },
	}
	m.addExpires(command)
	m.addUserName(command)
	return command
}

func (a *app) jwtEncrypt(command *cobra.Command, m *masterFlags) error {
	made, err := m.making(command)
	if err != nil {
		return err
	}
	key, err := a.jwtKey(m)
	if err != nil {
		return err
	}
	metadata, err := a.readMetadata()
	if err != nil {
		return err
	}
	token, err := key.Encrypt(made.expire, metadata, append(made.options, master.UserName(m.userName))...)
	if err != nil {
		return err
	}
	c := contents{Secured: token, KeyType: keyTypeJWT, KeyID: key.ID(), UserName: m.userName, Metadata: metadataJSON(metadata)}
	return a.printResult(token, c, made.expire)
}

func (a *app) jwtVerifyCommand(m *masterFlags) *cobra.Command {
	command := &cobra.Command{
		Use:   "verify TOKEN",
		Short: "Check a token",
		Long: `Check a token: whether it is good for logging in, or with --channel-id for joining
that channel.`,
		Example: "  ninchat master jwt verify TOKEN\n  ninchat master jwt verify TOKEN --channel-id CHANNEL --at 2015-10-05T20:38:00Z",
		Args:    cobra.ExactArgs(1),
		RunE:    func(command *cobra.Command, args []string) error { return a.jwtVerify(command, m, args[0]) },
	}
	m.addChannelID(command, "the channel to be joined (default: the token is for logging in)")
	return command
}

func (a *app) jwtVerify(command *cobra.Command, m *masterFlags, text string) error {
	if err := m.check(command); err != nil {
		return err
	}
	if len(m.channelIDs) > 1 {
		return usagef("--channel-id is given twice")
	}
	key, err := a.jwtKey(m)
	if err != nil {
		return err
	}
	verifier, err := m.verifier(nil, key)
	if err != nil {
		return err
	}
	var token *master.Token
	var use string
	if len(m.channelIDs) == 1 {
		token, err = verifier.VerifyChannel(text, m.channelIDs[0])
		use = "joining channel " + visible(m.channelIDs[0])
	} else if token, err = verifier.VerifyLogin(text); err == nil {
		use = "logging in as " + visible(token.Subject)
	}
	if err != nil {
		return diagnosis(err, key.ID())
	}
	result := fmt.Sprintf("valid: %s, until %s", use, token.Expire.UTC().Format(time.RFC3339))
	return a.printResult(result, contents{
		KeyType: keyTypeJWT, KeyID: token.KeyID, Subject: token.Subject, UserName: token.PreferredUsername, Scopes: token.Scopes, Valid: true,
	}, token.Expire)
}

func (a *app) jwtDecryptCommand(m *masterFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "decrypt TOKEN",
		Short:   "Decrypt a token with metadata",
		Long:    "Decrypt a token with metadata, and print the metadata as JSON. Nothing is sent, so\nit isn't used up, and nobody knows here whether it has been used.",
		Example: "  ninchat master jwt decrypt TOKEN --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			key, err := a.jwtKey(m)
			if err != nil {
				return err
			}
			verifier, err := m.verifier(nil, key)
			if err != nil {
				return err
			}
			return a.masterDecrypt(command, m, verifier, key.ID(), args[0])
		},
	}
}
