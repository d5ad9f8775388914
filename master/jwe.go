package master

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// The only kind of JWE that there is here: dir and A256GCM, in compact form (RFC
// 7516). What go-jose does with AES-GCM, FIPS 140-only mode forbids: there the
// cipher must choose the nonce.
const (
	algorithmDirect = "dir"
	encryptionGCM   = "A256GCM"
	gcmNonce        = 12
	gcmTag          = 16
)

// sealJWE encrypts a payload.
func sealJWE(keyID string, secret, payload []byte) (string, error) {
	header, err := json.Marshal(struct {
		Algorithm  string `json:"alg"`
		Encryption string `json:"enc"`
		KeyID      string `json:"kid"`
		Type       string `json:"typ"`
	}{algorithmDirect, encryptionGCM, keyID, "JWT"})
	if err != nil {
		return "", err
	}
	aead, err := newGCM(secret)
	if err != nil {
		return "", fmt.Errorf("%w: it can't encrypt", ErrKey)
	}
	encode := base64.RawURLEncoding.EncodeToString
	protected := encode(header)
	sealed := aead.Seal(nil, nil, payload, []byte(protected))
	nonce, ciphertext, tag := sealed[:gcmNonce], sealed[gcmNonce:len(sealed)-gcmTag], sealed[len(sealed)-gcmTag:]
	// There is no encrypted key between the first two dots.
	return protected + ".." + encode(nonce) + "." + encode(ciphertext) + "." + encode(tag), nil
}

// decryptJWE decrypts a JWE whose header has been checked. genuine is false if it
// was made with another key, or altered.
func decryptJWE(token string, secret []byte) (payload []byte, genuine bool, err error) {
	pieces := strings.Split(token, ".")
	if pieces[1] != "" {
		return nil, false, malformed("the metadata has an encrypted key")
	}
	var sealed []byte
	length := base64.RawURLEncoding.DecodedLen
	if length(len(pieces[2])) != gcmNonce || length(len(pieces[4])) != gcmTag {
		return nil, false, malformed("the metadata isn't encrypted with A256GCM")
	}
	for _, piece := range pieces[2:] {
		if sealed, err = base64.RawURLEncoding.Strict().AppendDecode(sealed, []byte(piece)); err != nil {
			return nil, false, malformed("the metadata isn't base64")
		}
	}
	aead, err := newGCM(secret)
	if err != nil {
		return nil, false, nil
	}
	payload, err = aead.Open(nil, nil, sealed, []byte(pieces[0]))
	return payload, err == nil, nil
}

func newGCM(secret []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
