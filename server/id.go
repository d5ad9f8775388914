package server

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"

	"github.com/ninchat-community/ninchat/api"
)

// newID makes an identifier of a user or channel: unguessable enough not to be
// stumbled upon, short enough to be read out.
func newID() string {
	return strings.ToLower(rand.Text()[:13])
}

// newToken makes a secret of 128 bits.
func newToken() string { return rand.Text() }

// digest is what the server keeps of a secret.
type digest [sha256.Size]byte

// secrets turns secrets into digests. The key lives as long as the server: what
// a memory dump shows is of no use elsewhere.
type secrets struct {
	key [32]byte
}

func newSecrets() secrets {
	var s secrets
	// crypto/rand never fails: it ends the program instead.
	_, _ = rand.Read(s.key[:])
	return s
}

func (s *secrets) digest(secret api.Secret) digest {
	h := sha256.New()
	h.Write(s.key[:])
	h.Write([]byte(secret.Reveal()))
	return digest(h.Sum(nil))
}

// match compares in constant time.
func (s *secrets) match(known digest, given api.Secret) bool {
	d := s.digest(given)
	return subtle.ConstantTimeCompare(known[:], d[:]) == 1
}

// messageIDs makes message ids: times in microseconds, made unique by counting
// on, in a fixed width and an alphabet that is in the order of ASCII. So they
// sort by age as text, which clients rely on.
type messageIDs struct {
	last uint64
}

var messageIDEncoding = base32.HexEncoding.WithPadding(base32.NoPadding)

func (ids *messageIDs) next(now time.Time) string {
	ids.last = max(ids.last+1, uint64(now.UnixMicro()))
	return messageID(ids.last)
}

// since is the present in seconds since 1970, as ids have it: when the clock has
// been set back, it is after the newest one.
func (ids *messageIDs) since(now time.Time) int64 {
	if newest := int64(ids.last / 1e6); newest > now.Unix() {
		return newest + 1
	}
	return now.Unix()
}

// nextMessageID is the id of a message of that time.
func (h *hub) nextMessageID(now time.Time) string {
	h.touch(&h.ids)
	return h.ids.next(now)
}

func messageID(n uint64) string {
	return messageIDEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, n))
}

// messageIDAt is the largest id that a message of that time could have, give or
// take those that were counted on.
func messageIDAt(t time.Time) string { return messageID(uint64(max(t.UnixMicro(), 0))) }
