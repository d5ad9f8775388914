package master

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"strings"
	"testing"
)

// keep keeps the compiler from leaving out what is measured.
var keep string

// BenchmarkSign compares a signature with its bare primitives: random bytes,
// HMAC-SHA512 and base64.
func BenchmarkSign(b *testing.B) {
	key := testKey(b, testSecret)
	secret := key.secret()
	attrs := Map{"silenced": false}
	example, err := key.SignJoinChannel(soon, "1bfbr0u", attrs, At(noon))
	if err != nil {
		b.Fatal(err)
	}
	parsed, _ := parseSignature(example)
	text := signedText(b, &parsed, attrs)
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var random [nonceSize]byte
			_, _ = rand.Read(random[:])
			keep = base64.RawURLEncoding.EncodeToString(random[:])
			mac := hmac.New(sha512.New, secret)
			mac.Write(text)
			keep = base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
		}
	})
	b.Run("signature", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			keep, _ = key.SignJoinChannel(soon, "1bfbr0u", attrs, At(noon))
		}
	})
}

func signedText(b *testing.B, s *signature, attrs Attrs) []byte {
	b.Helper()
	sorted, err := sortedAttrs(attrs)
	if err != nil {
		b.Fatal(err)
	}
	e := new(encoder)
	if err := e.statement(&statement{action: JoinChannel, channelID: "1bfbr0u", attrs: sorted, expire: s.expire, nonce: s.nonce}); err != nil {
		b.Fatal(err)
	}
	return e.dst
}

// BenchmarkVerify compares verifying with its bare primitives: base64,
// HMAC-SHA512, and comparing.
func BenchmarkVerify(b *testing.B) {
	key := testKey(b, testSecret)
	secret := key.secret()
	request := Request{Action: JoinChannel, ChannelID: "1bfbr0u", UserID: "u", Attrs: Pairs{{"silenced", false}}}
	example, err := key.SignJoinChannel(soon, request.ChannelID, request.Attrs, At(noon))
	if err != nil {
		b.Fatal(err)
	}
	s, _ := parseSignature(example)
	text := signedText(b, &s, request.Attrs)
	encoded := strings.Split(example, ".")[3]
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			want, _ := base64.RawURLEncoding.DecodeString(encoded)
			mac := hmac.New(sha512.New, secret)
			mac.Write(text)
			if !hmac.Equal(mac.Sum(nil), want) {
				b.Fatal("it doesn't fit")
			}
		}
	})
	b.Run("signature", func(b *testing.B) {
		v := newVerifier(b)
		v.Replays = Reusable{}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.Verify(b.Context(), example, request); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// kilobyte is about 1 kB of metadata.
func kilobyte() Map {
	return Map{
		"name": "Alice Example", "email": "alice@example.net", "customer": 1234567, "vip": true,
		"page": "https://example.net/shop/basket?id=1234567", "notes": strings.Repeat("The quick brown fox jumps over the lazy dog. ", 19),
	}
}

// BenchmarkEncrypt compares encrypting 1 kB of metadata with its bare primitives:
// random bytes, SHA-512, AES-CBC and base64.
func BenchmarkEncrypt(b *testing.B) {
	key := testKey(b, testSecret)
	secret := key.secret()
	e := new(encoder)
	if err := e.envelope(soon, kilobyte(), ""); err != nil {
		b.Fatal(err)
	}
	text := e.dst
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			sum := sha512.Sum512(text)
			out := make([]byte, aes.BlockSize, aes.BlockSize+len(sum)+len(text)+aes.BlockSize)
			_, _ = rand.Read(out)
			out = append(out, sum[:]...)
			out = append(out, text...)
			for len(out)%aes.BlockSize != 0 {
				out = append(out, 0)
			}
			block, _ := aes.NewCipher(secret)
			cipher.NewCBCEncrypter(block, out[:aes.BlockSize]).CryptBlocks(out[aes.BlockSize:], out[aes.BlockSize:])
			keep = base64.RawURLEncoding.EncodeToString(out)
		}
	})
	metadata := kilobyte()
	b.Run("metadata", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			keep, _ = key.Encrypt(soon, metadata, At(noon))
		}
	})
}

// The allocations of a signature are few.
func TestAllocations(t *testing.T) {
	key := testKey(t, testSecret)
	attrs := Map{"silenced": false}
	if n := testing.AllocsPerRun(100, func() { keep, _ = key.SignJoinChannel(soon, "1bfbr0u", attrs, At(noon)) }); n > 12 {
		t.Errorf("signing allocates %v times", n)
	}
	v := newVerifier(t)
	v.Replays = Reusable{}
	request := Request{Action: JoinChannel, ChannelID: "1bfbr0u", UserID: "u", Attrs: Pairs{{"silenced", false}}}
	text := must[string](t)(key.SignJoinChannel(soon, "1bfbr0u", attrs, At(noon)))
	if n := testing.AllocsPerRun(100, func() { _, _ = v.Verify(t.Context(), text, request) }); n > 12 {
		t.Errorf("verifying allocates %v times", n)
	}
}
