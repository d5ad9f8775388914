package cli

import (
	"bytes"
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat/master"
)

func (a *app) masterEncryptCommand(m *masterFlags) *cobra.Command {
	command := &cobra.Command{
		Use:   "encrypt",
		Short: "Encrypt metadata",
		Long: `Encrypt metadata, which is a JSON object on the standard input, and print the
result: that is what a client sends as the member "secure" of audience_metadata. It
can be used once. An empty input, or null, stands for no metadata.`,
		Example: "  echo '{\"customer\":42}' | ninchat master encrypt --expires 1h\n  echo '{\"customer\":42}' | ninchat master encrypt --user-id USER --json",
		Args:    cobra.NoArgs,
		RunE:    func(command *cobra.Command, _ []string) error { return a.masterEncrypt(command, m) },
	}
	m.addExpires(command)
	m.addFormat(command)
	m.addUserID(command, "who may use it (default: anybody)")
	return command
}

func (a *app) masterEncrypt(command *cobra.Command, m *masterFlags) error {
	made, err := m.making(command)
	if err != nil {
		return err
	}
	key, err := a.masterKey(m)
	if err != nil {
		return err
	}
	metadata, err := a.readMetadata()
	if err != nil {
		return err
	}
	var secured string
	if m.userID == "" {
		secured, err = key.Encrypt(made.expire, metadata, made.options...)
	} else {
		secured, err = key.EncryptForUser(made.expire, metadata, m.userID, made.options...)
	}
	if err != nil {
		return err
	}
	c := contents{Secured: secured, KeyType: keyTypeNinchat, KeyID: key.ID(), UserID: m.userID, Format: m.format, Metadata: metadataJSON(metadata)}
	return a.printResult(secured, c, made.expire)
}

// readMetadata reads JSON from the standard input, nil if there is none.
func (a *app) readMetadata() (any, error) {
	text, err := a.readRequest()
	text = bytes.TrimSpace(text)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	return json.RawMessage(text), nil
}

func metadataJSON(metadata any) jsontext.Value {
	raw, ok := metadata.(json.RawMessage)
	if !ok {
		return jsontext.Value("null")
	}
	return compact(jsontext.Value(raw))
}

func (a *app) masterDecryptCommand(m *masterFlags) *cobra.Command {
	command := &cobra.Command{
		Use:   "decrypt STRING",
		Short: "Decrypt metadata",
		Long: `Decrypt metadata, in any form, that was encrypted with the key, and print it as
JSON.

What is wrong is said in detail; don't pass that on to those who don't have the
key. Nothing is sent, so the metadata isn't used up, and nobody knows here whether
it has been used.`,
		Example: "  ninchat master decrypt STRING\n  ninchat master decrypt STRING --user-id USER --at 2015-10-05T20:38:00Z --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			key, err := a.masterKey(m)
			if err != nil {
				return err
			}
			verifier, err := m.verifier(key, nil)
			if err != nil {
				return err
			}
			return a.masterDecrypt(command, m, verifier, key.ID(), args[0])
		},
	}
	m.addUserID(command, "who presents it (default: not known)")
	return command
}

func (a *app) masterDecrypt(command *cobra.Command, m *masterFlags, verifier *master.Verifier, keyID, text string) error {
	if err := m.check(command); err != nil {
		return err
	}
	found, err := verifier.Decrypt(command.Context(), text, m.userID)
	if err != nil {
		return diagnosis(err, keyID)
	}
	value := safeJSON(jsontext.Value(found.JSON))
	return a.printResult(string(value), contents{
		KeyType: found.KeyType, KeyID: found.KeyID, UserID: found.UserID, UserName: found.UserName, Metadata: jsontext.Value(found.JSON), Valid: true,
	}, found.Expire)
}
