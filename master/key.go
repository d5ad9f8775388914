package master

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

const (
	// secretSize is the number of bytes of a secret that can encrypt.
	secretSize = 32
	// maxSecretSize is more than what anybody needs.
	maxSecretSize = 128
	maxKeyID      = 64
)

// Key is a master key of type ninchat: an id and a secret. It signs with
// HMAC-SHA512 and encrypts with AES-256-CBC. [ParseKey] makes one; the zero Key
// and nil can do nothing.
//
// A Key shows its id but never its secret, whatever way it is formatted, logged
// or encoded. It doesn't change, and can be used by several goroutines.
type Key struct {
	keyCore
	// digest computes the HMAC-SHA512 of a text.
	digest digester
	// scratch has memory for encrypting, which is empty or has what was
	// encrypted.
	scratch *sync.Pool
}

// JWTKey is a master key of type jwt: it signs JSON Web Tokens with HS256 and
// encrypts metadata as JWE. It is a type of its own so that a secret isn't used
// for both purposes by accident. [ParseJWTKey] makes one; the zero JWTKey and nil
// can do nothing.
//
// A JWTKey shows its id but never its secret, as [Key] does. It doesn't change,
// and can be used by several goroutines.
type JWTKey struct{ keyCore }

// keyCore is what both types of keys have in common.
type keyCore struct {
	id string
	// secret returns the secret, which must not be changed. It is a function
	// because what formats values by reflection can't look into functions.
	secret func() []byte
}

// ParseKey makes a key of an id and a secret in base64 (standard or URL-safe,
// with or without padding), as master_key_created has them. The id consists of
// up to 64 letters, digits and underscores: with a dash or a dot in it,
// signatures would be ambiguous. The secret has exactly 32 bytes. Errors wrap
// [ErrKey] and never quote the secret.
func ParseKey(id, secret string) (*Key, error) {
	if id == "" || len(id) > maxKeyID || strings.ContainsFunc(id, notInKeyID) {
		return nil, fmt.Errorf("%w: the id must have 1 to %d letters, digits and underscores", ErrKey, maxKeyID)
	}
	bytes, err := decodeSecret(secret)
	if err != nil {
		return nil, err
	}
	if len(bytes) != secretSize {
		return nil, fmt.Errorf("%w: the secret has %d bytes instead of %d", ErrKey, len(bytes), secretSize)
	}
	return &Key{newKeyCore(id, bytes), newDigester(bytes), newScratch()}, nil
}

func notInKeyID(r rune) bool {
	return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// ParseJWTKey makes a key for tokens of an id, which is the tokens' kid, and a
// secret in base64 (standard or URL-safe, with or without padding). The id has up
// to 64 bytes of visible characters. The secret has 32 to 128 bytes, and exactly
// 32 if it is to encrypt. Errors wrap [ErrKey] and never quote the secret.
func ParseJWTKey(id, secret string) (*JWTKey, error) {
	bytes, err := decodeSecret(secret)
	if err != nil {
		return nil, err
	}
	return newJWTKey(id, bytes)
}

// NewJWTKey is like [ParseJWTKey], but takes the secret itself, which is how the
// action create_master_key sends it. The secret is copied.
func NewJWTKey(id string, secret []byte) (*JWTKey, error) {
	return newJWTKey(id, append([]byte(nil), secret...))
}

func newJWTKey(id string, secret []byte) (*JWTKey, error) {
	if id == "" || len(id) > maxKeyID || !utf8.ValidString(id) || strings.ContainsFunc(id, notVisible) {
		return nil, fmt.Errorf("%w: the id must have 1 to %d bytes of visible characters", ErrKey, maxKeyID)
	}
	if len(secret) < secretSize || len(secret) > maxSecretSize {
		return nil, fmt.Errorf("%w: the secret has %d bytes instead of %d to %d", ErrKey, len(secret), secretSize, maxSecretSize)
	}
	return &JWTKey{newKeyCore(id, secret)}, nil
}

func notVisible(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }

func newKeyCore(id string, secret []byte) keyCore {
	return keyCore{id, func() []byte { return secret }}
}

// decodeSecret reads base64 of any kind. It doesn't accept two kinds mixed, or
// bits that are lost.
func decodeSecret(text string) ([]byte, error) {
	if text == "" {
		return nil, fmt.Errorf("%w: the secret is empty", ErrKey)
	}
	if len(text) > 2*maxSecretSize {
		return nil, fmt.Errorf("%w: the secret is too long", ErrKey)
	}
	encoding := base64.StdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.URLEncoding
	}
	if !strings.HasSuffix(text, "=") {
		encoding = encoding.WithPadding(base64.NoPadding)
	}
	if strings.ContainsAny(text, "\r\n") { // which package base64 ignores
		return nil, fmt.Errorf("%w: the secret isn't base64", ErrKey)
	}
	bytes, err := encoding.Strict().DecodeString(text)
	if err != nil {
		// The error of package base64 would tell where, and so a little about it.
		return nil, fmt.Errorf("%w: the secret isn't base64", ErrKey)
	}
	return bytes, nil
}

// ID is the id of the key, which isn't a secret.
func (k keyCore) ID() string { return k.id }

// usable returns the secret, or [ErrKey] for a zero key.
func (k *keyCore) usable() ([]byte, error) {
	if k.secret == nil {
		return nil, fmt.Errorf("%w: it is empty", ErrKey)
	}
	return k.secret(), nil
}

func (k *Key) usable() ([]byte, error) {
	if k == nil {
		return nil, fmt.Errorf("%w: it is nil", ErrKey)
	}
	return k.keyCore.usable()
}

func (k *JWTKey) usable() ([]byte, error) {
	if k == nil {
		return nil, fmt.Errorf("%w: it is nil", ErrKey)
	}
	return k.keyCore.usable()
}

// String returns the id, and says that there is a secret.
func (k keyCore) String() string { return "master key " + k.id + " (secret hidden)" }

// GoString returns the same as String.
func (k keyCore) GoString() string { return k.String() }

// Format writes the same as String, whatever the verb.
func (k keyCore) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.String())) }

// LogValue returns the same as String.
func (k keyCore) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalJSON encodes the same as String: keys can't be stored by accident.
func (k keyCore) MarshalJSON() ([]byte, error) { return json.Marshal(k.String()) }

// MarshalText returns the same as String.
func (k keyCore) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
