package master

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha512"
	"sync"
	"time"
)

// Encrypt encrypts metadata for whoever gets it, for the parameter
// audience_metadata among others: there it is the member secure, a string. The
// metadata must be an object, as described at [Pair], usually a [Map], or nil for
// none; anything else is [ErrValue]. It has at most 256 KiB as JSON.
//
// Only those who have the key can read or change it. It can be used once, by anyone
// who gets hold of it, until expire, which must be at most a week ahead
// ([MaxLifetime]); fractions of seconds are kept, as by the Python library. Errors are those of
// [Key.SignCreateSession].
func (k *Key) Encrypt(expire time.Time, metadata any, options ...Option) (string, error) {
	return k.encrypt(expire, metadata, "", options)
}

// EncryptForUser is like [Key.Encrypt], but only one user can use the result.
func (k *Key) EncryptForUser(expire time.Time, metadata any, userID string, options ...Option) (string, error) {
	switch {
	case userID == "":
		return "", unsuitable("the user's id is missing")
	case len(userID) > maxID:
		return "", unsuitable("an id is longer than %d bytes", maxID)
	}
	return k.encrypt(expire, metadata, userID, options)
}

func (k *Key) encrypt(expire time.Time, metadata any, userID string, list []Option) (string, error) {
	secret, err := k.usable()
	if err != nil {
		return "", err
	}
	o, err := newOptions(list)
	if err != nil {
		return "", err
	}
	if err := o.noUserName(); err != nil {
		return "", err
	}
	if err := checkExpiry(expire, o.now); err != nil {
		return "", err
	}
	// Space for the initialization vector, the digest and the JSON text.
	const before = aes.BlockSize + sha512.Size
	memory := k.scratch.Get().(*scratch)
	e := encoder{dst: memory.sealed[:before]}
	if err := e.envelope(expire, metadata, userID); err != nil {
		return "", err
	}
	if len(e.dst)-before > maxMetadata {
		return "", unsuitable("the metadata is longer than %d bytes", maxMetadata)
	}
	sum := sha512.Sum512(e.dst[before:])
	copy(e.dst[aes.BlockSize:], sum[:])
	for len(e.dst)%aes.BlockSize != 0 {
		e.dst = append(e.dst, 0)
	}
	if o.iv != nil {
		copy(e.dst, o.iv)
	} else {
		_, _ = rand.Read(e.dst[:aes.BlockSize]) // never fails
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return "", ErrKey
	}
	body := e.dst[aes.BlockSize:]
	cipher.NewCBCEncrypter(block, e.dst[:aes.BlockSize]).CryptBlocks(body, body)
	memory.sealed = e.dst
	result := memory.encode(o.format, k.id)
	if cap(memory.sealed) <= maxScratch {
		k.scratch.Put(memory)
	}
	return result, nil
}

// envelope writes the object that is encrypted.
func (e *encoder) envelope(expire time.Time, metadata any, userID string) error {
	e.dst = append(e.dst, '{')
	if userID != "" {
		e.dst = append(e.dst, `"user_id":`...)
		if err := e.text(userID); err != nil {
			return err
		}
		e.dst = append(e.dst, ',')
	}
	e.dst = append(e.dst, `"expire":`...)
	e.dst = appendTime(e.dst, expire)
	e.dst = append(e.dst, `,"metadata":`...)
	if err := e.metadata(metadata); err != nil {
		return err
	}
	e.dst = append(e.dst, '}')
	return nil
}

// metadata writes a value that must be metadata.
func (e *encoder) metadata(value any) error {
	start := len(e.dst)
	if err := e.value(value); err != nil {
		return err
	}
	if text := e.dst[start:]; text[0] != '{' && text[0] != 'n' {
		return unsuitable("the metadata must be an object or null")
	}
	return nil
}

// scratch is memory that is used again.
type scratch struct {
	sealed, text []byte
}

// maxScratch is how large memory can be that is kept.
const maxScratch = 16 << 10

func newScratch() *sync.Pool {
	return &sync.Pool{New: func() any { return &scratch{sealed: make([]byte, 2<<10)} }}
}

// encode puts the parts together.
func (m *scratch) encode(format Format, keyID string) string {
	text := append(m.text[:0], keyID...)
	text = append(text, format.delimiter())
	m.text = format.encoding().AppendEncode(text, m.sealed)
	return string(m.text)
}
