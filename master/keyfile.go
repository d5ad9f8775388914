package master

import (
	"context"
	"fmt"

	"github.com/ninchat-community/ninchat/internal/textfile"
)

const (
	// EnvKeyID is the environment variable with the id of a key.
	EnvKeyID = "NINCHAT_MASTER_KEY_ID"
	// EnvKeySecret is the environment variable with the secret of a key in base64.
	EnvKeySecret = "NINCHAT_MASTER_KEY_SECRET"
)

// maxKeyFile is the largest size of a key file.
const maxKeyFile = 4 << 10

// LoadKey reads a key from a file that has a JSON object: {"id":…,"secret":…}.
// Nobody but the owner of the file may have access to it (its mode is 0600 or
// 0400), except on Windows, where that can't be checked. The text is in UTF-8 or, with a
// byte order mark, in UTF-16. The path may be that of a pipe, which has 30 seconds to
// give it all. Errors wrap [ErrKeyFile]
// or [ErrKey], never quote the file's content, and may wrap those of package os.
func LoadKey(path string) (*Key, error) {
	id, secret, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	return ParseKey(id, secret)
}

// LoadJWTKey reads a key for tokens, in the same way as [LoadKey].
func LoadJWTKey(path string) (*JWTKey, error) {
	id, secret, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	return ParseJWTKey(id, secret)
}

// KeyFromEnv makes a key of the environment variables [EnvKeyID] and
// [EnvKeySecret]. getenv looks them up; it is usually [os.Getenv]. Errors wrap
// [ErrKey].
func KeyFromEnv(getenv func(string) string) (*Key, error) {
	return ParseKey(getenv(EnvKeyID), getenv(EnvKeySecret))
}

// JWTKeyFromEnv makes a key for tokens, in the same way as [KeyFromEnv].
func JWTKeyFromEnv(getenv func(string) string) (*JWTKey, error) {
	return ParseJWTKey(getenv(EnvKeyID), getenv(EnvKeySecret))
}

func readKeyFile(path string) (id, secret string, err error) {
	text, err := textfile.ReadText(context.Background(), path, textfile.Options{Limit: maxKeyFile, Private: true})
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	id, secret, ok := parseKeyFile(text)
	if !ok {
		return "", "", fmt.Errorf("%w: %s isn't a JSON object with id and secret", ErrKeyFile, path)
	}
	return id, secret, nil
}

func parseKeyFile(text []byte) (id, secret string, ok bool) {
	value, err := parseJSON(text, maxKeyFile)
	members, isObject := value.(Pairs)
	if err != nil || !isObject || len(members) != 2 {
		return "", "", false
	}
	id, ok1 := members.text("id")
	secret, ok2 := members.text("secret")
	return id, secret, ok1 && ok2
}
