package master

import (
	"crypto/aes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
)

// What identifies a use is what can't be changed without the key, however it is
// written: one who has a signature or metadata must not get a second one by
// spelling it differently.

// useSize is the number of bytes that tell uses of a key apart.
const useSize = 32

// use identifies the signature. The digest covers everything but the key's id,
// which chose the secret. Half of it is enough to tell signatures apart, and isn't
// a signature.
func (s *signature) use() string { return useID(s.keyID, s.digest[:useSize]) }

// sealedUse identifies encrypted metadata. The initialization vector and the
// encrypted digest determine the plaintext. What follows isn't looked at, as a
// block of padding at the end may be there or not.
func sealedUse(keyID string, sealed []byte) string {
	sum := sha256.Sum256(sealed[:aes.BlockSize+sha512.Size])
	return useID(keyID, sum[:])
}

// tokenUse identifies a JWE, of which there is one way only to write it. It
// names its key itself, whose id may have characters that aren't for the id of a use.
func tokenUse(token string) string {
	sum := sha256.Sum256([]byte(token))
	return useID(typeJWT, sum[:])
}

func useID(prefix string, sum []byte) string {
	var id [maxKeyID + 1 + useSize/3*4 + 4]byte
	text := append(append(id[:0], prefix...), '.')
	return string(base64.RawURLEncoding.AppendEncode(text, sum))
}
