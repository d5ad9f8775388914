package master

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// sealed are metadata in all forms.
func sealed(t testing.TB) map[string]string {
	key, jwtKey := testKey(t, testSecret), testJWTKey(t, testSecret)
	metadata := Map{"name": "Alice", "vip": true}
	return map[string]string{
		"url":  must[string](t)(key.EncryptForUser(soon, metadata, "u", At(noon))),
		"dash": must[string](t)(key.EncryptForUser(soon, metadata, "u", At(noon), Dash)),
		"jwt":  must[string](t)(jwtKey.Encrypt(soon, metadata, At(noon), UserName("Alice"))),
	}
}

func TestDecrypt(t *testing.T) {
	for name, text := range sealed(t) {
		m, err := newVerifier(t).Decrypt(t.Context(), text, "u")
		if err != nil {
			t.Fatal(name, err)
		}
		if string(m.JSON) != `{"name":"Alice","vip":true}` || m.KeyID != testID || !m.Expire.Equal(soon) {
			t.Errorf("%s: got %+v", name, m)
		}
		if jwt := name == "jwt"; jwt != (m.UserName == "Alice") || jwt != (m.UserID == "") || jwt != (m.KeyType == "jwt") {
			t.Errorf("%s: got %+v", name, m)
		}
	}
}

// refused checks that metadata is refused for a reason, and that nobody else can
// tell which.
func refused(t *testing.T, v *Verifier, what, text, userID string, want error) {
	t.Helper()
	m, err := v.Decrypt(t.Context(), text, userID)
	refusal, ok := errors.AsType[*RefusedError](err)
	if m != nil || !ok || !errors.Is(err, ErrRefused) || err.Error() != ErrRefused.Error() {
		t.Errorf("%s: got %+v, %v", what, m, err)
		return
	}
	if errors.Is(err, want) || strings.Contains(fmt.Sprintf("%v %+v %s %q", err, err, err, err), string(want.(Error))) {
		t.Errorf("%s: the error tells the reason", what)
	}
	if !errors.Is(refusal.Reason(), want) {
		t.Errorf("%s: the reason is %v, want %v", what, refusal.Reason(), want)
	}
}

func TestDecryptRefuses(t *testing.T) {
	for name, text := range sealed(t) {
		v := newVerifier(t)
		if name != "jwt" {
			refused(t, v, name+": another user", text, "v", ErrWrongUser)
			refused(t, v, name+": nobody", text, "", ErrWrongUser)
			refused(t, v, name+": another key", "x"+text, "u", ErrUnknownKey)
		}
		refused(t, new(Verifier), name+": no keys", text, "u", ErrUnknownKey)
		v.Now = func() time.Time { return soon.Add(DefaultSkew) }
		refused(t, v, name+": expired", text, "u", ErrExpired)
		v.Now = func() time.Time { return soon.Add(-MaxLifetime - DefaultSkew - 1) }
		refused(t, v, name+": premature", text, "u", ErrPremature)
		evil, evilJWT := testKey(t, evilSecret), testJWTKey(t, evilSecret)
		v = newVerifier(t)
		v.Keys = func(string) *Key { return evil }
		v.JWTKeys = func(string) *JWTKey { return evilJWT }
		refused(t, v, name+": another secret", text, "u", ErrMismatch)
	}
	v := newVerifier(t)
	for _, text := range []string{
		"", ".", "-", testID + ".", testID + "-", testID + ".AAAA", testID + "." + strings.Repeat("A", 107), testID + "." + strings.Repeat("!", 200),
		"." + strings.Repeat("A", 256), "a b." + strings.Repeat("A", 256), "a.b.c", "a.b.c.d.e", strings.Repeat("A", maxSealed+1),
	} {
		refused(t, v, text[:min(len(text), 50)], text, "u", ErrMalformed)
	}
}

// Each bit of encrypted metadata counts, and so does each character.
func TestEveryBitOfMetadataCounts(t *testing.T) {
	for name, text := range sealed(t) {
		v := newVerifier(t)
		try := func(text string) {
			t.Helper()
			if m, err := v.Decrypt(t.Context(), text, "u"); err == nil || m != nil {
				t.Errorf("%s: accepted %q", name, text)
			}
		}
		for i := range text {
			for bit := range 8 {
				try(text[:i] + string([]byte{text[i] ^ 1<<bit}) + text[i+1:])
			}
			try(text[:i])
			try(text[i+1:])
			try(text[:i] + text[i+1:])
		}
		for _, more := range []string{"=", "A", "AAAA", "\n", " ", ".", "-"} {
			try(text + more)
			try(more + text)
		}
		if name == "jwt" {
			continue
		}
		i := len(testID)
		body, _ := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(text[i+1:]))
		for j := range body {
			for bit := range 8 {
				body[j] ^= 1 << bit
				try(testID + "." + base64.RawURLEncoding.EncodeToString(body))
				body[j] ^= 1 << bit
			}
		}
		for size := range body {
			try(testID + "." + base64.RawURLEncoding.EncodeToString(body[:size]))
		}
		try(testID + "." + base64.RawURLEncoding.EncodeToString(append(body, make([]byte, 16)...)))
	}
}

// seal encrypts a plaintext that this package wouldn't.
func seal(t *testing.T, plaintext string, padding int) string {
	t.Helper()
	sum := sha512.Sum512([]byte(plaintext))
	body := append(sum[:], plaintext...)
	body = append(body, make([]byte, padding)...)
	block, err := aes.NewCipher(testKey(t, testSecret).secret())
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, aes.BlockSize, aes.BlockSize+len(body))
	out = append(out, body...)
	cipher.NewCBCEncrypter(block, out[:aes.BlockSize]).CryptBlocks(out[aes.BlockSize:], body)
	return testID + "." + base64.RawURLEncoding.EncodeToString(out)
}

// Those who have the key can make mistakes, too.
func TestGenuineButMalformed(t *testing.T) {
	v := newVerifier(t)
	pad := func(plaintext string) string {
		return plaintext + strings.Repeat(" ", (16-len(plaintext)%16)%16)
	}
	if m, err := v.Decrypt(t.Context(), seal(t, pad(fmt.Sprintf(`{"expire":%d,"metadata":{},"more":1}`, soon.Unix())), 0), "u"); err != nil {
		t.Errorf("the plaintext itself is good: %v", m)
	}
	if _, err := v.Decrypt(t.Context(), seal(t, pad(fmt.Sprintf(`{"expire":%d,"metadata":[]}`, soon.Unix())), 16), "u"); err != nil {
		t.Error("a whole block of padding is refused")
	}
	refused(t, v, "too much padding", seal(t, pad(fmt.Sprintf(`{"expire":%d,"metadata":[]}`, soon.Unix())), 32), "u", ErrMismatch)
	for _, plaintext := range []string{
		`[]`, `{}`, `null`, `{"expire":1}`, `{"metadata":{}}`, `{"expire":"1","metadata":{}}`, `{"expire":null,"metadata":{}}`, `{"expire":-1,"metadata":{}}`,
		`{"expire":1e11,"metadata":{}}`, `{"expire":1,"expire":2,"metadata":{}}`, `{"expire":1,"metadata":{},"user_id":""}`, `{"expire":1,"metadata":{},"user_id":null}`,
		`{"expire":1,"metadata":{},"user_id":1}`, `{"expire":1,"metadata":"` + "\xff" + `"}`, `{"expire":1,"metadata":`, `x`,
	} {
		refused(t, v, plaintext, seal(t, pad(plaintext), 0), "u", ErrMalformed)
	}
	refused(t, v, "milliseconds", seal(t, pad(fmt.Sprintf(`{"expire":%d,"metadata":{}}`, soon.UnixMilli())), 0), "u", ErrMalformed)
}

// All paths through unseal hash the same number of blocks.
func TestHashBlocks(t *testing.T) {
	for length := 16; length < 1000; length += 16 {
		for zeros := range aes.BlockSize + 1 {
			if extra := hashBlocks(length) - hashBlocks(length-zeros); extra < 0 || extra > 1 {
				t.Fatalf("%d, %d: %d", length, zeros, extra)
			}
		}
	}
	for length, want := range map[int]int{0: 1, 111: 1, 112: 2, 128: 2, 239: 2, 240: 3} {
		if got := hashBlocks(length); got != want {
			t.Errorf("%d: got %d", length, got)
		}
	}
	for zeros := range 18 {
		text := append([]byte(strings.Repeat("x", 32)), make([]byte, zeros)...)
		if got := padding(text); got != min(zeros, 16) {
			t.Errorf("%d zeros: got %d", zeros, got)
		}
	}
	if got := padding([]byte("0123456789abcd\x00x")); got != 0 {
		t.Errorf("got %d", got)
	}
}

// Metadata of all lengths come back.
func TestLengths(t *testing.T) {
	key, v := testKey(t, testSecret), newVerifier(t)
	for length := range 300 {
		text := must[string](t)(key.Encrypt(soon, Map{"x": strings.Repeat("x", length)}, At(noon)))
		m, err := v.Decrypt(t.Context(), text, "")
		if err != nil || len(m.JSON) != length+len(`{"x":""}`) {
			t.Fatalf("%d: %v", length, err)
		}
	}
	largest := maxMetadata - len(fmt.Sprintf(`{"expire":%d,"metadata":{"x":""}}`, soon.Unix()))
	text := must[string](t)(key.Encrypt(soon, Map{"x": strings.Repeat("x", largest)}, At(noon)))
	if m, err := v.Decrypt(t.Context(), text, ""); err != nil || len(m.JSON) != largest+len(`{"x":""}`) {
		t.Errorf("the largest: %v", err)
	}
	_, err := key.Encrypt(soon, Map{"x": strings.Repeat("x", largest+1)}, At(noon))
	wantError(t, "larger", err, ErrValue)
}

func TestFractions(t *testing.T) {
	expire := soon.Add(123456 * time.Microsecond)
	m := must[*Metadata](t)(newVerifier(t).Decrypt(t.Context(), must[string](t)(testKey(t, testSecret).Encrypt(expire, nil, At(noon))), ""))
	if !m.Expire.Equal(expire) || string(m.JSON) != "null" {
		t.Errorf("got %+v", m)
	}
}

// Several goroutines can use a key and a verifier at the same time.
func TestConcurrentUse(t *testing.T) {
	key, v := testKey(t, testSecret), newVerifier(t)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 50 {
				value := fmt.Sprintf(`%d %s`, i, strings.Repeat("x", j*j))
				want := `{"x":"` + value + `"}`
				text, err := key.Encrypt(soon, Map{"x": value}, At(noon))
				if err != nil {
					t.Error(err)
				}
				if m, err := v.Decrypt(t.Context(), text, ""); err != nil || string(m.JSON) != want {
					t.Error(err)
				}
				sign, err := key.SignFollowChannelForUser(soon, "c", fmt.Sprint(i), At(noon))
				if err != nil {
					t.Error(err)
				}
				if _, err := v.Verify(t.Context(), sign, Request{Action: FollowChannel, ChannelID: "c", UserID: fmt.Sprint(i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}
