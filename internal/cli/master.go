package cli

import (
	"errors"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/ninchat-community/ninchat/internal/textfile"
	"github.com/ninchat-community/ninchat/master"
)

// masterFlags are what the commands for master keys share.
type masterFlags struct {
	keyFile string
	at      string
	expires time.Duration
	format  string
	userID  string
	// channelIDs has one item, except for tokens.
	channelIDs []string
	attrs      []string
	userName   string
	subject    string
}

func (a *app) masterCommand() *cobra.Command {
	m := new(masterFlags)
	command := &cobra.Command{
		Use:     "master",
		GroupID: groupDevelop,
		Short:   "Sign and verify with master keys, encrypt and decrypt metadata",
		Long: `Make what a backend makes with a master key: signatures, encrypted metadata and
JSON Web Tokens; and find out what is wrong with those that others have made.
Nothing is sent anywhere.

The key comes from --key-file, a file like {"id":"…","secret":"…"} that only you
can use, or from the environment: ` + master.EnvKeyID + ` and
` + master.EnvKeySecret + `. Its secret is in base64, as Ninchat shows it, and is
never printed. What is printed is nearly as good as the key while it lasts.`,
		Example: `  ninchat master sign create-session --puppet-attr name=Alice --expires 10m
  echo '{"action":"create_session","puppet_attrs":{"name":"Alice"}}' |
      ninchat master verify SIGNATURE
  echo '{"customer":42}' | ninchat master encrypt`,
	}
	command.AddCommand(a.masterSignCommand(m), a.masterVerifyCommand(m), a.masterEncryptCommand(m), a.masterDecryptCommand(m), a.masterJWTCommand(m))
	flags := command.PersistentFlags()
	flags.StringVar(&m.keyFile, "key-file", "", "JSON `file` with the id and secret of the key (default: from the environment)")
	flags.StringVar(&m.at, "at", "", "judge expiry as of this `time`, such as 2015-10-05T20:38:00Z (default: now)")
	return command
}

func (m *masterFlags) addExpires(command *cobra.Command) {
	command.Flags().DurationVar(&m.expires, "expires", 10*time.Minute, "how long it can be used, at most a week (168h)")
}

func (m *masterFlags) addFormat(command *cobra.Command) {
	command.Flags().StringVar(&m.format, "format", "url", "url, which is recommended, or dash, the older form")
}

func (m *masterFlags) addUserID(command *cobra.Command, usage string) {
	command.Flags().StringVar(&m.userID, "user-id", "", usage)
}

func (m *masterFlags) addUserName(command *cobra.Command) {
	command.Flags().StringVar(&m.userName, "preferred-username", "", "the `name` that the user is to have")
}

// check refuses flags that are given without a value: an empty variable of a
// script mustn't turn what is for one user into something for anybody.
func (m *masterFlags) check(command *cobra.Command) error {
	for name, value := range map[string]string{
		"user-id": m.userID, "preferred-username": m.userName, "subject": m.subject, "key-file": m.keyFile, "at": m.at,
	} {
		if value == "" && command.Flags().Changed(name) {
			return usagef("--%s is empty", name)
		}
	}
	return nil
}

// now is the time as of which expiry is judged.
func (m *masterFlags) now() (time.Time, error) {
	if m.at == "" {
		return time.Now(), nil
	}
	t, err := time.Parse(time.RFC3339, m.at)
	if err != nil {
		return t, usagef("--at: %s isn't a time like 2015-10-05T20:38:00Z", visible(m.at))
	}
	return t, nil
}

// making is what is needed to make something.
type making struct {
	expire  time.Time
	options []master.Option
}

func (m *masterFlags) making(command *cobra.Command) (making, error) {
	if err := m.check(command); err != nil {
		return making{}, err
	}
	now, err := m.now()
	if err != nil {
		return making{}, err
	}
	options := []master.Option{master.At(now)}
	switch m.format {
	case "", "url":
	case "dash":
		options = append(options, master.Dash)
	default:
		return making{}, usagef("--format is neither url nor dash")
	}
	if m.expires <= 0 || m.expires > master.MaxLifetime {
		return making{}, usagef("--expires must be more than 0, and at most a week (168h)")
	}
	return making{now.Add(m.expires).Truncate(time.Second), options}, nil
}

// key loads the key for signatures.
func (a *app) masterKey(m *masterFlags) (*master.Key, error) {
	if m.keyFile != "" {
		key, err := master.LoadKey(m.keyFile)
		return key, adviseOnKey(err)
	}
	if err := a.needKey(); err != nil {
		return nil, err
	}
	return master.KeyFromEnv(a.getenv)
}

// jwtKey loads the key for tokens.
func (a *app) jwtKey(m *masterFlags) (*master.JWTKey, error) {
	if m.keyFile != "" {
		key, err := master.LoadJWTKey(m.keyFile)
		return key, adviseOnKey(err)
	}
	if err := a.needKey(); err != nil {
		return nil, err
	}
	return master.JWTKeyFromEnv(a.getenv)
}

func (a *app) needKey() error {
	if a.getenv(master.EnvKeyID) == "" || a.getenv(master.EnvKeySecret) == "" {
		return usagef("which key? Set %s and %s, or give --key-file", master.EnvKeyID, master.EnvKeySecret)
	}
	return nil
}

func adviseOnKey(err error) error {
	if errors.Is(err, master.ErrKeyFile) {
		return &advisedError{err, `A key file is like {"id":"…","secret":"…"}, with mode 0600.`}
	}
	return err
}

// verifier judges as of the time of the flags. It knows no other key.
func (m *masterFlags) verifier(key *master.Key, jwtKey *master.JWTKey) (*master.Verifier, error) {
	now, err := m.now()
	if err != nil {
		return nil, err
	}
	return &master.Verifier{
		Keys: func(id string) *master.Key {
			if key == nil || key.ID() != id {
				return nil
			}
			return key
		},
		JWTKeys: func(id string) *master.JWTKey {
			if jwtKey == nil || jwtKey.ID() != id {
				return nil
			}
			return jwtKey
		},
		Replays: master.Reusable{},
		Now:     func() time.Time { return now },
	}, nil
}

// diagnosis adds to an error what the holder of the key may know.
func diagnosis(err error, keyID string) error {
	if refusal, ok := errors.AsType[*master.RefusedError](err); ok {
		err = refusal.Reason()
	}
	advice := ""
	switch {
	case errors.Is(err, master.ErrUnknownKey):
		advice = "It names another key than " + keyID + ", which is the one that was given."
	case errors.Is(err, master.ErrMismatch):
		advice = "It was made with another secret, was altered, or is for something else than what was given:\n" +
			"compare the action, the channel, the user, and each attribute."
	case errors.Is(err, master.ErrWrongUser):
		advice = "Say with --user-id who presents it."
	case errors.Is(err, master.ErrExpired):
		advice = "It is genuine otherwise: --at judges it as of an earlier time."
	}
	return &advisedError{err, advice}
}

// maxMasterInput bounds what is read from the standard input, in bytes.
const maxMasterInput = 1 << 20

// readRequest reads text from the standard input.
func (a *app) readRequest() ([]byte, error) {
	text, err := a.readStdin(maxMasterInput)
	if err != nil {
		return nil, err
	}
	return textfile.Decode(text)
}

// masterAttrs reads attributes: NAME=TEXT or NAME:=JSON.
func masterAttrs(flag string, arguments []string) (master.Pairs, error) {
	var pairs master.Pairs
	for _, argument := range arguments {
		name, operator, text := splitArgument(argument)
		var value any = text
		switch operator {
		case "=":
		case ":=":
			attrs, err := master.ParseAttrs([]byte(`{"value":` + text + `}`))
			if err != nil || len(attrs) != 1 {
				return nil, usagef("--%s: what follows %s:= isn't JSON (a text is given as %s=TEXT)", flag, visible(name), visible(name))
			}
			value = attrs[0].Value
		default:
			return nil, usagef("--%s: %q isn't of the form NAME=TEXT or NAME:=JSON", flag, visible(argument))
		}
		pairs = append(pairs, master.Pair{Name: name, Value: value})
	}
	return pairs, nil
}

// contents is what --json says about something.
type contents struct {
	MasterSign  string         `json:"master_sign,omitzero"`
	Secured     string         `json:"secure_metadata,omitzero"`
	KeyType     string         `json:"master_key_type"`
	KeyID       string         `json:"master_key_id"`
	Action      string         `json:"action,omitzero"`
	ChannelID   string         `json:"channel_id,omitzero"`
	UserID      string         `json:"user_id,omitzero"`
	PuppetAttrs jsontext.Value `json:"puppet_attrs,omitzero"`
	MemberAttrs jsontext.Value `json:"member_attrs,omitzero"`
	Subject     string         `json:"sub,omitzero"`
	UserName    string         `json:"preferred_username,omitzero"`
	Scopes      []string       `json:"scopes,omitzero"`
	Metadata    jsontext.Value `json:"metadata,omitzero"`
	Format      string         `json:"format,omitzero"`
	Expire      int64          `json:"expire"`
	ExpireTime  string         `json:"expire_time"`
	Valid       bool           `json:"valid,omitzero"`
}

// The types of keys, as the API calls them.
const (
	keyTypeNinchat = "ninchat"
	keyTypeJWT     = "jwt"
)

// printResult prints a result, and with --json what it contains.
func (a *app) printResult(result string, c contents, expire time.Time) error {
	if !a.json {
		return a.printf("%s\n", result)
	}
	c.Expire = expire.Unix()
	c.ExpireTime = expire.UTC().Format(time.RFC3339)
	return a.printJSON(c)
}
