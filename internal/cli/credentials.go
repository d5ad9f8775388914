package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ninchat-community/ninchat"
	"github.com/ninchat-community/ninchat/api"
	"github.com/ninchat-community/ninchat/internal/textfile"
)

// storedCredentials is what is in a credentials file.
type storedCredentials struct {
	// Address is the server where the user was created, "" for the service.
	Address string `json:"address,omitzero"`
	// UserID and UserAuth are a user and the token, if there is no identity.
	UserID   string `json:"user_id,omitzero"`
	UserAuth string `json:"user_auth,omitzero"`
	// IdentityType, IdentityName and IdentityAuth are an identity and its
	// password. The type is "email" if it is left out.
	IdentityType string `json:"identity_type,omitzero"`
	IdentityName string `json:"identity_name,omitzero"`
	IdentityAuth string `json:"identity_auth,omitzero"`
}

// check refuses credentials that aren't complete, or of two users.
func (c *storedCredentials) check() error {
	user, identity := c.UserID != "" || c.UserAuth != "", c.IdentityType != "" || c.IdentityName != "" || c.IdentityAuth != ""
	switch {
	case user && identity:
		return errors.New("both a user and an identity")
	case identity && c.IdentityName == "":
		return errors.New("no identity_name")
	case identity && c.IdentityAuth == "":
		return errors.New("no identity_auth")
	case !identity && (c.UserID == "" || c.UserAuth == ""):
		return errors.New("no user_id or no user_auth")
	}
	return nil
}

func (c *storedCredentials) identityType() string { return cmp.Or(c.IdentityType, "email") }

// login is what a session is opened with.
func (c *storedCredentials) login() api.CreateSession {
	if c.IdentityName != "" {
		return ninchat.Identity(c.identityType(), c.IdentityName, api.Secret(c.IdentityAuth))
	}
	return ninchat.ExistingUser(c.UserID, api.Secret(c.UserAuth))
}

// callerAuth is what single calls are made with.
func (c *storedCredentials) callerAuth() ninchat.CallerAuth {
	if c.IdentityName != "" {
		return ninchat.IdentityAuth(c.identityType(), c.IdentityName, api.Secret(c.IdentityAuth))
	}
	if c.UserID == "" {
		return ninchat.CallerAuth{}
	}
	return ninchat.UserAuth(c.UserID, api.Secret(c.UserAuth))
}

// credentialsPath is where the credentials are.
func (a *app) credentialsPath() (string, error) {
	if path := cmp.Or(a.credentials, a.getenv("NINCHAT_CREDENTIALS")); path != "" {
		return path, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("there is no configuration directory (%w): say where the credentials are with --credentials", err)
	}
	return filepath.Join(dir, "ninchat", "credentials.json"), nil
}

// credentialsName is for messages: where the credentials come from.
func (a *app) credentialsName() string {
	if a.identityInEnvironment() {
		return "NINCHAT_IDENTITY_NAME and NINCHAT_IDENTITY_AUTH"
	}
	path, err := a.credentialsPath()
	if err != nil {
		return "the credentials file"
	}
	return path
}

var errNoCredentials = errors.New("there are no credentials")

// identityInEnvironment reports whether the credentials are those of an identity in
// the environment. A file that was named on the command line comes first.
func (a *app) identityInEnvironment() bool {
	return a.getenv("NINCHAT_IDENTITY_NAME") != "" && a.credentials == ""
}

// readCredentials takes the credentials from the environment, or from the file, and
// notes what is secret in them.
func (a *app) readCredentials(ctx context.Context) (storedCredentials, error) {
	stored, err := a.findCredentials(ctx)
	a.secrets.Own(stored.UserAuth, stored.IdentityAuth)
	return stored, err
}

func (a *app) findCredentials(ctx context.Context) (storedCredentials, error) {
	if !a.identityInEnvironment() {
		return a.readCredentialsFile(ctx)
	}
	stored := storedCredentials{IdentityType: a.getenv("NINCHAT_IDENTITY_TYPE"), IdentityName: a.getenv("NINCHAT_IDENTITY_NAME"), IdentityAuth: a.getenv("NINCHAT_IDENTITY_AUTH")}
	if stored.IdentityAuth == "" {
		return storedCredentials{}, errors.New("credentials: NINCHAT_IDENTITY_NAME is set, and NINCHAT_IDENTITY_AUTH isn't")
	}
	return stored, nil
}

// maxCredentials is the longest credentials file, in bytes.
const maxCredentials = 64 << 10

// readCredentialsFile reads the credentials, and refuses them if others can, too.
func (a *app) readCredentialsFile(ctx context.Context) (storedCredentials, error) {
	path, err := a.credentialsPath()
	if err != nil {
		return storedCredentials{}, err
	}
	text, err := textfile.ReadText(ctx, path, textfile.Options{Limit: maxCredentials, Private: true})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return storedCredentials{}, &advisedError{
			fmt.Errorf("%w at %s", errNoCredentials, path),
			"Create a user with: ninchat user create NAME",
		}
	case errors.Is(err, textfile.ErrShared):
		return storedCredentials{}, &advisedError{
			fmt.Errorf("credentials: %w", err),
			"Run chmod 600 on it, and consider whether somebody has read it.",
		}
	case err != nil:
		return storedCredentials{}, fmt.Errorf("credentials: %w", err)
	}
	var stored storedCredentials
	if err := json.Unmarshal(text, &stored); err != nil {
		// The error might quote the file.
		return storedCredentials{}, fmt.Errorf("credentials: %s isn't a JSON object with user_id and user_auth, or with identity_name and identity_auth", path)
	}
	if err := stored.check(); err != nil {
		return storedCredentials{}, fmt.Errorf("credentials: %s has %w", path, err)
	}
	return stored, nil
}

// newCredentials is a credentials file that is being made: it has been opened
// under another name, so that there can be no nasty surprise once the user has
// been created.
type newCredentials struct {
	path  string
	file  *os.File
	force bool
}

// prepareCredentials begins a credentials file. Unless force is set, there must
// be none yet.
func (a *app) prepareCredentials(force bool) (*newCredentials, error) {
	path, err := a.credentialsPath()
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(path); err == nil && !force {
		return nil, alreadyThere(path)
	}
	if path, err = textfile.Replaceable(path); err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	// Only the owner can use files made by CreateTemp.
	file, err := os.CreateTemp(dir, ".credentials-*")
	if err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	return &newCredentials{path, file, force}, nil
}

func alreadyThere(path string) error {
	return &advisedError{
		fmt.Errorf("credentials: %s is there already", path),
		"Name another file with --credentials, or use --force to lose the credentials in this one.",
	}
}

// commit writes the credentials and gives the file its name, all at once.
func (n *newCredentials) commit(stored storedCredentials) error {
	text, err := json.Marshal(stored, jsontext.Multiline(true))
	if err != nil {
		return err
	}
	_, err = n.file.Write(append(text, '\n'))
	if err == nil {
		err = n.file.Sync()
	}
	if err == nil {
		err = n.place()
	}
	if err != nil {
		return fmt.Errorf("credentials: %w", err)
	}
	return nil
}

// place gives the file its name. A link, other than renaming, never takes the
// place of a file that has appeared meanwhile.
func (n *newCredentials) place() error {
	if n.force {
		return os.Rename(n.file.Name(), n.path)
	}
	err := os.Link(n.file.Name(), n.path)
	if errors.Is(err, fs.ErrExist) {
		return alreadyThere(n.path)
	}
	if err != nil {
		// There are file systems without links.
		return os.Rename(n.file.Name(), n.path)
	}
	return nil
}

// discard removes what is left of the file under its first name.
func (n *newCredentials) discard() {
	_ = n.file.Close()
	_ = os.Remove(n.file.Name())
}
