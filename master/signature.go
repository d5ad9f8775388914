package master

import (
	"crypto/sha512"
	"encoding/base64"
	"strconv"
	"strings"
)

// Format is how signatures and encrypted metadata are written. It is an
// [Option].
type Format uint8

const (
	// URLSafe is what the API reference recommends: parts are separated by dots,
	// and can be used in URLs as they are. It is the default.
	URLSafe Format = iota
	// Dash is the older form, which the Python library writes: parts are
	// separated by dashes and use the usual base64, so that they need escaping in
	// URLs.
	Dash
)

// String returns "url" or "dash".
func (f Format) String() string {
	if f == Dash {
		return "dash"
	}
	return "url"
}

func (f Format) encoding() *base64.Encoding {
	if f == Dash {
		return base64.StdEncoding
	}
	return base64.RawURLEncoding
}

func (f Format) delimiter() byte {
	if f == Dash {
		return '-'
	}
	return '.'
}

const (
	maxSignature = 1024
	maxNonce     = 128
	maxExpire    = 12 // digits
)

// signature is the content of a signature.
type signature struct {
	format Format
	keyID  string
	expire int64
	nonce  string
	digest [sha512.Size]byte
	// personal is the flag that says that the signature is for one user. There
	// is none for create_session.
	personal bool
}

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// encode writes the signature.
func (s *signature) encode() string {
	encoding, delimiter := s.format.encoding(), s.format.delimiter()
	dst := make([]byte, 0, len(s.keyID)+len(s.nonce)+encoding.EncodedLen(sha512.Size)+24)
	dst = append(dst, s.keyID...)
	dst = append(dst, delimiter)
	dst = appendInt(dst, s.expire)
	dst = append(dst, delimiter)
	dst = append(dst, s.nonce...)
	dst = append(dst, delimiter)
	dst = encoding.AppendEncode(dst, s.digest[:])
	if s.format == URLSafe || s.personal {
		dst = append(dst, delimiter)
	}
	if s.personal {
		dst = append(dst, '1')
	}
	return string(dst)
}

// parseSignature reads a signature in either form. There is only one way to write
// each: what is spent once can't come again in another guise.
func parseSignature(text string) (s signature, err error) {
	if len(text) > maxSignature {
		return s, malformed("the signature is too long")
	}
	parts, rest := [3]string{}, text
	if s.format = Dash; strings.IndexByte(text, '.') >= 0 {
		s.format = URLSafe
	}
	delimiter := string(s.format.delimiter())
	for i := range parts {
		var ok bool
		if parts[i], rest, ok = strings.Cut(rest, delimiter); !ok {
			return s, malformed("the signature has too few parts")
		}
	}
	digest, flag, flagged := strings.Cut(rest, delimiter)
	s.keyID, s.nonce, s.personal = parts[0], parts[2], flag == "1"
	switch {
	case s.keyID == "" || len(s.keyID) > maxKeyID || strings.ContainsFunc(s.keyID, notInKeyID):
		return s, malformed("the signature has no proper key id")
	case !s.format.goodNonce(s.nonce):
		return s, malformed("the signature has no proper nonce")
	case !s.goodFlag(flag, flagged):
		return s, malformed("the signature has no proper flag")
	case !s.parseExpire(parts[1]):
		return s, malformed("the signature has no proper expiry")
	case !s.parseDigest(digest):
		return s, malformed("the signature has no proper digest")
	}
	return s, nil
}

func (s *signature) goodFlag(flag string, flagged bool) bool {
	if s.format == URLSafe {
		return flagged && (flag == "" || flag == "1")
	}
	return !flagged || flag == "1"
}

func (f Format) goodNonce(nonce string) bool {
	if nonce == "" || len(nonce) > maxNonce {
		return false
	}
	extra := "-_"
	if f == Dash {
		extra = "_+/="
	}
	for _, r := range nonce {
		if notInKeyID(r) && !strings.ContainsRune(extra, r) {
			return false
		}
	}
	return true
}

func (s *signature) parseExpire(text string) (ok bool) {
	if text == "" || len(text) > maxExpire || len(text) > 1 && text[0] == '0' {
		return false
	}
	expire, err := strconv.ParseUint(text, 10, 63)
	s.expire = int64(expire)
	return err == nil
}

func (s *signature) parseDigest(text string) (ok bool) {
	encoding := s.format.encoding().Strict()
	if len(text) != encoding.EncodedLen(sha512.Size) || strings.ContainsAny(text, "\r\n") {
		return false
	}
	var buffer [sha512.Size + 3]byte
	n, err := encoding.Decode(buffer[:], []byte(text))
	copy(s.digest[:], buffer[:])
	return err == nil && n == sha512.Size
}
