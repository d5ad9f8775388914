package master

import (
	"crypto/hmac"
	"crypto/sha512"
	"hash"
	"sync"
)

// digester computes the HMAC-SHA512 of a text. It can be used by several
// goroutines.
type digester func(dst *[sha512.Size]byte, text []byte)

// newDigester returns a digester for a secret. It keeps what is used for one
// digest for the next ones: half of the work is the same for all texts.
func newDigester(secret []byte) digester {
	pool := &sync.Pool{New: func() any { return hmac.New(sha512.New, secret) }}
	return func(dst *[sha512.Size]byte, text []byte) {
		mac := pool.Get().(hash.Hash)
		mac.Write(text)
		mac.Sum(dst[:0])
		mac.Reset()
		pool.Put(mac)
	}
}
