package master

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	testID     = "22nlihvg"
	testSecret = "C58sAn+Dp2Ogb2+FdfSNg3J0ImMYfYodUUgXFF2OPo0="
	evilSecret = "VREhJeA+rubaab1ZuMzBdIg9BFPCcZcHL9w6zaY8yBg="
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// soon is an expiry as of noon.
var soon = noon.Add(10 * time.Minute)

func testKey(t testing.TB, secret string) *Key {
	t.Helper()
	key, err := ParseKey(testID, secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testJWTKey(t testing.TB, secret string) *JWTKey {
	t.Helper()
	key, err := ParseJWTKey(testID, secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newVerifier accepts the test key at noon.
func newVerifier(t testing.TB) *Verifier {
	key, jwtKey := testKey(t, testSecret), testJWTKey(t, testSecret)
	return &Verifier{
		Keys: func(id string) *Key {
			if id != testID {
				return nil
			}
			return key
		},
		JWTKeys: func(id string) *JWTKey {
			if id != testID {
				return nil
			}
			return jwtKey
		},
		Replays: new(MemoryReplays),
		Now:     func() time.Time { return noon },
	}
}

// must returns a result that needs no error.
func must[T any](t testing.TB) func(T, error) T {
	return func(result T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
}

func wantError(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", what, err, want)
	}
	// No error quotes a secret.
	text := fmt.Sprintf("%v %+v %#v", err, err, err)
	for _, secret := range []string{testSecret, evilSecret} {
		if strings.Contains(text, secret[:16]) || strings.Contains(text, secret[20:40]) {
			t.Errorf("%s: the error has a secret", what)
		}
	}
}
