package master

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/json"
	"strings"
	"time"
)

// maxSealed bounds encrypted metadata: 256 KiB of JSON and what comes with it, in
// base64.
const maxSealed = (maxMetadata + 1<<10) / 3 * 4

// Metadata is what was encrypted.
type Metadata struct {
	// KeyType is "ninchat" or "jwt".
	KeyType string
	// KeyID is the key that it was encrypted with.
	KeyID string
	// Expire is when it expires.
	Expire time.Time
	// UserID is the user for whom it was encrypted, empty if that can be anyone.
	UserID string
	// UserName is the user's name according to a JWE, empty if there is none.
	UserName string
	// JSON is the metadata itself as it was written, compacted: an object, or
	// null if there is none.
	JSON json.RawMessage
}

// Decrypt decrypts what [Key.Encrypt], [Key.EncryptForUser] or [JWTKey.Encrypt]
// returns, in any form, and uses it up. userID is who presents it, empty if that
// isn't known: metadata that was encrypted for one user is refused for others, and
// isn't used up by them. What was encrypted must be an object, or null; the empty
// array, which is how PHP writes an empty object, is read as one.
//
// Every error is a [*RefusedError]: they all look the same, and those that an
// attacker could cause by altering the text take the same time. The digest is
// checked before anything else is.
func (v *Verifier) Decrypt(ctx context.Context, text, userID string) (*Metadata, error) {
	metadata, err := v.decrypt(ctx, text, userID)
	if err != nil {
		return nil, &RefusedError{err}
	}
	return metadata, nil
}

func (v *Verifier) decrypt(ctx context.Context, text, userID string) (*Metadata, error) {
	if len(text) > maxSealed {
		return nil, malformed("the metadata is too long")
	}
	var metadata *Metadata
	var id string
	var err error
	// This is how the API tells the types apart.
	if strings.Count(text, ".") >= 2 {
		metadata, id, err = v.openJWE(text)
	} else {
		metadata, id, err = v.open(text)
	}
	if err != nil {
		return nil, err
	}
	now, skew := v.now(), v.skew()
	if err := judge(metadata.Expire, now, skew); err != nil {
		return nil, err
	}
	if metadata.UserID != "" && metadata.UserID != userID {
		return nil, ErrWrongUser
	}
	if err := v.spend(ctx, id, metadata.Expire, now); err != nil {
		return nil, err
	}
	return metadata, nil
}

// open decrypts what a [Key] has encrypted. id identifies its use.
func (v *Verifier) open(text string) (m *Metadata, id string, err error) {
	format := Dash
	if strings.IndexByte(text, '.') >= 0 {
		format = URLSafe
	}
	keyID, encoded, ok := strings.Cut(text, string(format.delimiter()))
	if !ok || keyID == "" || len(keyID) > maxKeyID || strings.ContainsFunc(keyID, notInKeyID) || strings.ContainsAny(encoded, "\r\n") {
		return nil, "", malformed("the metadata has no proper key id")
	}
	sealed, err := format.encoding().Strict().DecodeString(encoded)
	if err != nil {
		return nil, "", malformed("the metadata isn't base64")
	}
	if len(sealed)%aes.BlockSize != 0 || len(sealed) <= aes.BlockSize+sha512.Size {
		return nil, "", malformed("the metadata has an impossible length")
	}
	id = sealedUse(keyID, sealed) // of what unseal replaces
	secret, known := v.secret(keyID)
	plaintext, genuine := unseal(secret, sealed)
	switch {
	case !known:
		return nil, "", ErrUnknownKey
	case !genuine:
		return nil, "", ErrMismatch
	}
	m, err = parseEnvelope(keyID, plaintext)
	return m, id, err
}

// unseal decrypts in place and checks the digest. How long it takes depends on
// the length only.
func unseal(secret, sealed []byte) (plaintext []byte, genuine bool) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, false
	}
	body := sealed[aes.BlockSize:]
	cipher.NewCBCDecrypter(block, sealed[:aes.BlockSize]).CryptBlocks(body, body)
	want, padded := body[:sha512.Size], body[sha512.Size:]
	length := len(padded) - padding(padded)
	sum := sha512.Sum512(padded[:length])
	burn(hashBlocks(len(padded)) - hashBlocks(length))
	if subtle.ConstantTimeCompare(sum[:], want) != 1 {
		return nil, false
	}
	return padded[:length], true
}

// padding counts the zeros at the end, up to a block of them, in constant time.
func padding(padded []byte) int {
	count, still := 0, 1
	for i := 1; i <= aes.BlockSize; i++ {
		still &= subtle.ConstantTimeByteEq(padded[len(padded)-i], 0)
		count += still
	}
	return count
}

// hashBlocks is how many blocks SHA-512 processes.
func hashBlocks(length int) int {
	return (length + 1 + 16 + sha512.BlockSize - 1) / sha512.BlockSize
}

// burn takes as long as hashing more blocks.
func burn(blocks int) {
	var block [sha512.BlockSize]byte
	h := sha512.New()
	for range blocks {
		h.Write(block[:])
	}
}

// parseEnvelope reads what was encrypted.
func parseEnvelope(keyID string, text []byte) (*Metadata, error) {
	value, err := parseJSON(text, maxMetadata)
	if err != nil {
		return nil, err
	}
	members, ok := value.(Pairs)
	if !ok {
		return nil, malformed("the plaintext isn't an object")
	}
	m := &Metadata{KeyType: typeNinchat, KeyID: keyID}
	if m.Expire, ok = members.time("expire"); !ok {
		return nil, malformed("the plaintext has no proper expire")
	}
	if value, there := members.get("user_id"); there {
		if m.UserID, ok = value.(string); !ok || m.UserID == "" {
			return nil, malformed("the plaintext has no proper user_id")
		}
	}
	metadata, ok := members.get("metadata")
	if !ok {
		return nil, malformed("the plaintext has no metadata")
	}
	switch v := metadata.(type) {
	case nil, Pairs:
	case []any:
		if len(v) > 0 {
			return nil, malformed("the metadata is an array, must be an object or null")
		}
		metadata = Pairs{} // PHP doesn't know empty objects
	default:
		return nil, malformed("the metadata must be an object or null")
	}
	m.JSON, err = rawJSON(metadata)
	return m, err
}

// The types of keys.
const (
	typeNinchat = "ninchat"
	typeJWT     = "jwt"
)

// time returns the member with a name, if it is a time in seconds.
func (p Pairs) time(name string) (time.Time, bool) {
	value, _ := p.get(name)
	number, ok := value.(json.Number)
	if !ok {
		return time.Time{}, false
	}
	return parseTime(string(number))
}

// rawJSON writes a parsed value with its numbers as they were.
func rawJSON(value any) (json.RawMessage, error) {
	e := encoder{dialect: node, raw: true}
	if err := e.value(value); err != nil {
		return nil, err
	}
	return e.dst, nil
}
