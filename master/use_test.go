package master

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// noted remembers what has been asked for.
type noted struct {
	MemoryReplays
	uses []Use
}

func (n *noted) Spend(ctx context.Context, use Use) (bool, error) {
	n.uses = append(n.uses, use)
	return n.MemoryReplays.Spend(ctx, use)
}

func TestMetadataIsUsedOnce(t *testing.T) {
	for name, text := range sealed(t) {
		t.Run(name, func(t *testing.T) {
			v, store := newVerifier(t), new(noted)
			v.Replays = store
			if name != "jwt" {
				refused(t, v, "another user", text, "v", ErrWrongUser)
			}
			refused(t, v, "garbled", text[:len(text)-60]+"AAAAAAAA"+text[len(text)-52:], "u", ErrMismatch)
			v.Now = func() time.Time { return soon.Add(DefaultSkew) }
			refused(t, v, "expired", text, "u", ErrExpired)
			v.Now = func() time.Time { return noon }
			if len(store.uses) > 0 {
				t.Errorf("it was used up by %+v, which it isn't good for", store.uses)
			}
			_ = must[*Metadata](t)(v.Decrypt(t.Context(), text, "u"))
			refused(t, v, "second time", text, "u", ErrReplayed)
			v.Now = func() time.Time { return soon.Add(DefaultSkew - 1) }
			refused(t, v, "in the last moment", text, "u", ErrReplayed)
			for _, use := range store.uses {
				if use.ID != store.uses[0].ID || !use.Until.Equal(soon.Add(time.Hour)) || !regexp.MustCompile(`^[A-Za-z0-9._-]{43,108}$`).MatchString(use.ID) {
					t.Errorf("got %+v", use)
				}
			}
			v.Replays = nil
			refused(t, v, "no store", text, "u", ErrReplayStore)
			v.Replays = brokenStore{}
			refused(t, v, "broken store", text, "u", ErrReplayStore)
			v.Replays = Reusable{}
			for range 2 {
				_ = must[*Metadata](t)(v.Decrypt(t.Context(), text, "u"))
			}
		})
	}
}

// What has been used isn't good again for who tolerates more, although it had expired,
// and been forgotten, for who tolerates less.
func TestMetadataIsUsedOnceWhateverIsTolerated(t *testing.T) {
	for name, text := range sealed(t) {
		now := noon
		strict, lenient := newVerifier(t), newVerifier(t)
		strict.Skew, strict.Now = -1, func() time.Time { return now }
		lenient.Skew, lenient.Now, lenient.Replays = time.Hour, strict.Now, strict.Replays
		_ = must[*Metadata](t)(strict.Decrypt(t.Context(), text, "u"))
		now = soon.Add(time.Hour - 1)
		other := must[string](t)(testKey(t, testSecret).Encrypt(now.Add(time.Hour), nil, At(now)))
		_ = must[*Metadata](t)(strict.Decrypt(t.Context(), other, "")) // what is over is forgotten
		refused(t, lenient, name, text, "u", ErrReplayed)
	}
}

// What has been used doesn't come back in another spelling.
func TestMetadataIsUsedOnceHoweverItIsWritten(t *testing.T) {
	v := newVerifier(t)
	dash := sealed(t)["dash"]
	id, body, _ := strings.Cut(dash, "-")
	raw := must[[]byte](t)(base64.StdEncoding.DecodeString(body))
	_ = must[*Metadata](t)(v.Decrypt(t.Context(), id+"."+base64.RawURLEncoding.EncodeToString(raw), "u"))
	refused(t, v, "the other form", dash, "u", ErrReplayed)
	// A block of padding can be cut off without the key.
	plaintext := fmt.Sprintf(`{"expire":%d,"metadata":{}}`, soon.Unix())
	plaintext += strings.Repeat(" ", (16-len(plaintext)%16)%16)
	long := seal(t, plaintext, 16)
	raw = must[[]byte](t)(base64.RawURLEncoding.DecodeString(long[len(testID)+1:]))
	short := testID + "." + base64.RawURLEncoding.EncodeToString(raw[:len(raw)-16])
	_ = must[*Metadata](t)(v.Decrypt(t.Context(), short, ""))
	refused(t, v, "with more padding", long, "", ErrReplayed)
	// With dir, nothing protects what stands in the place of an encrypted key.
	token := sealed(t)["jwt"]
	_ = must[*Metadata](t)(v.Decrypt(t.Context(), token, ""))
	refused(t, v, "token", token, "", ErrReplayed)
	refused(t, v, "token with a key", strings.Replace(token, "..", ".AAAA.", 1), "", ErrMalformed)
}

// What says the same, but was made anew, is something else, and so is what another
// key or type of key has made.
func TestMetadataIsToldApart(t *testing.T) {
	v := newVerifier(t)
	key, jwtKey := testKey(t, testSecret), testJWTKey(t, testSecret)
	other := must[*Key](t)(ParseKey("other", testSecret))
	v.Keys = func(id string) *Key { return map[string]*Key{testID: key, "other": other}[id] }
	iv := fixed{iv: make([]byte, 16)}
	for name, text := range map[string]string{
		"key":            must[string](t)(key.Encrypt(soon, Map{"a": 1}, At(noon))),
		"again":          must[string](t)(key.Encrypt(soon, Map{"a": 1}, At(noon))),
		"fixed":          must[string](t)(key.Encrypt(soon, Map{"a": 1}, At(noon), iv)),
		"other key":      must[string](t)(other.Encrypt(soon, Map{"a": 1}, At(noon), iv)),
		"other metadata": must[string](t)(key.Encrypt(soon, Map{"a": 2}, At(noon), iv)),
		"token":          must[string](t)(jwtKey.Encrypt(soon, Map{"a": 1}, At(noon))),
		"token again":    must[string](t)(jwtKey.Encrypt(soon, Map{"a": 1}, At(noon))),
	} {
		if _, err := v.Decrypt(t.Context(), text, ""); err != nil {
			t.Errorf("%s: %v", name, errors.Unwrap(err))
		}
		refused(t, v, name, text, "", ErrReplayed)
	}
}

// Of many who present metadata at the same time, one is let in.
func TestMetadataReplayRace(t *testing.T) {
	v, text := newVerifier(t), sealed(t)["url"]
	var accepted atomic.Int32
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if _, err := v.Decrypt(t.Context(), text, "u"); err == nil {
				accepted.Add(1)
			}
		})
	}
	group.Wait()
	if accepted.Load() != 1 {
		t.Errorf("%d were let in", accepted.Load())
	}
}

// Metadata is an object or null: nobody makes, or accepts, anything else.
func TestMetadataIsAnObject(t *testing.T) {
	key, jwtKey := testKey(t, testSecret), testJWTKey(t, testSecret)
	for _, value := range []string{`"text"`, `1`, `1.5`, `true`, `false`, `[1]`, `[{}]`} {
		for name, encrypt := range map[string]func() (string, error){
			"ninchat": func() (string, error) { return key.Encrypt(soon, json.RawMessage(value), At(noon)) },
			"user":    func() (string, error) { return key.EncryptForUser(soon, json.RawMessage(value), "u", At(noon)) },
			"jwt":     func() (string, error) { return jwtKey.Encrypt(soon, json.RawMessage(value), At(noon)) },
		} {
			_, err := encrypt()
			wantError(t, name+" "+value, err, ErrValue)
			if !strings.Contains(fmt.Sprint(err), "metadata must be an object or null") {
				t.Errorf("%s %s: the error doesn't say what is wrong: %v", name, value, err)
			}
		}
		plaintext := fmt.Sprintf(`{"expire":%d,"metadata":%s}`, soon.Unix(), value)
		plaintext += strings.Repeat(" ", (16-len(plaintext)%16)%16)
		refused(t, newVerifier(t), value, seal(t, plaintext, 0), "", ErrMalformed)
		claims := fmt.Sprintf(`{"exp":%d,"ninchat.com/metadata":%s}`, soon.Unix(), value)
		refused(t, newVerifier(t), value, encrypted(t, jose.A256GCM, nil, claims), "", ErrMalformed)
	}
	for _, test := range []struct {
		metadata any
		want     string
	}{
		{nil, "null"}, {json.RawMessage("null"), "null"}, {Map{}, "{}"}, {Map(nil), "{}"}, {Pairs{}, "{}"}, {struct{ A int }{1}, `{"A":1}`},
	} {
		for name, encrypt := range map[string]func(time.Time, any, ...Option) (string, error){"ninchat": key.Encrypt, "jwt": jwtKey.Encrypt} {
			want := test.want
			if name == "jwt" && want == "null" {
				want = "{}"
			}
			m, err := newVerifier(t).Decrypt(t.Context(), must[string](t)(encrypt(soon, test.metadata, At(noon))), "")
			if err != nil || string(m.JSON) != want {
				t.Errorf("%s: %#v became %v, %v", name, test.metadata, m, err)
			}
		}
	}
}
