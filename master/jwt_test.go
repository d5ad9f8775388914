package master

import (
	"crypto/fips140"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var bothClaims = Claims{Subject: "alice@example.net", PreferredUsername: "Älice", Channels: []string{"c", "d"}}

func TestToken(t *testing.T) {
	token := must[string](t)(testJWTKey(t, testSecret).Sign(soon.Add(time.Second/2), bothClaims, At(noon)))
	v := newVerifier(t)
	login := must[*Token](t)(v.VerifyLogin(token))
	if !reflect.DeepEqual(login.Claims, bothClaims) || login.KeyID != testID || !login.Expire.Equal(soon) {
		t.Errorf("got %+v", login)
	}
	for channel, want := range map[string]error{"c": nil, "d": nil, "e": ErrScope, "": ErrScope} {
		_, err := v.VerifyChannel(token, channel)
		wantError(t, channel, err, want)
	}
	channels := must[string](t)(testJWTKey(t, testSecret).Sign(soon, Claims{Channels: []string{"c"}}, At(noon)))
	_, err := v.VerifyLogin(channels)
	wantError(t, "no subject", err, ErrScope)
	parts := strings.Split(token, ".")
	header, _ := base64.RawURLEncoding.DecodeString(parts[0])
	if got := must[Pairs](t)(ParseAttrs(header)); fmt.Sprint(sortedText(got)) != "[alg:HS256 kid:22nlihvg typ:JWT]" {
		t.Errorf("the header is %s", header)
	}
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	if got := must[Pairs](t)(ParseAttrs(payload)); fmt.Sprint(sortedText(got)) != fmt.Sprintf("[exp:%d preferred_username:Älice scopes:[channel:c channel:d] sub:alice@example.net]", soon.Unix()) {
		t.Errorf("the payload is %s", payload)
	}
}

func sortedText(pairs Pairs) []string {
	sorted, _ := sortedAttrs(pairs)
	var list []string
	for _, p := range sorted {
		list = append(list, fmt.Sprint(p.Name, ":", p.Value))
	}
	return list
}

func TestClaims(t *testing.T) {
	key := testJWTKey(t, testSecret)
	for name, claims := range map[string]Claims{
		"nothing": {}, "only a name": {PreferredUsername: "a"}, "name without subject": {PreferredUsername: "a", Channels: []string{"c"}},
		"empty channel": {Channels: []string{""}}, "many channels": {Channels: make([]string, maxScopes+1)}, "not UTF-8": {Subject: "\xff"},
		"long": {Subject: strings.Repeat("x", maxToken)},
	} {
		token, err := key.Sign(soon, claims, At(noon))
		wantError(t, name, err, ErrValue)
		if token != "" {
			t.Errorf("%s: got %s", name, token)
		}
	}
	_, err := key.Sign(soon, bothClaims, At(noon), UserName("x"))
	wantError(t, "user name", err, ErrValue)
}

func TestEveryBitOfTokensCounts(t *testing.T) {
	token := must[string](t)(testJWTKey(t, testSecret).Sign(soon, bothClaims, At(noon)))
	v := newVerifier(t)
	try := func(token string) {
		t.Helper()
		if got, err := v.VerifyLogin(token); err == nil || got != nil {
			t.Errorf("accepted %q", token)
		}
	}
	for i := range token {
		for bit := range 8 {
			try(token[:i] + string([]byte{token[i] ^ 1<<bit}) + token[i+1:])
		}
		try(token[:i])
		try(token[i+1:])
		try(token[:i] + token[i+1:])
		try(token[:i] + "\n" + token[i:])
	}
	for _, more := range []string{"=", "A", "\n", " ", "."} {
		try(token + more)
		try(more + token)
	}
}

func b64(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// forge makes a token with a header of its own, signed with HS256 by the test
// key.
func forge(t *testing.T, header, payload string) string {
	t.Helper()
	secret := testKey(t, testSecret).secret()
	text := b64(header) + "." + b64(payload)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func TestTokensAreRefused(t *testing.T) {
	good := fmt.Sprintf(`{"sub":"a","exp":%d}`, soon.Unix())
	head := `{"alg":"HS256","kid":"` + testID + `"`
	v := newVerifier(t)
	if _, err := v.VerifyLogin(forge(t, head+`}`, good)); err != nil {
		t.Fatalf("the forge doesn't work: %v", err)
	}
	for name, header := range map[string]string{
		"none": `{"alg":"none","kid":"` + testID + `"}`, "None": `{"alg":"None","kid":"` + testID + `"}`, "no alg": `{"kid":"` + testID + `"}`,
		"HS512": `{"alg":"HS512","kid":"` + testID + `"}`, "RS256": `{"alg":"RS256","kid":"` + testID + `"}`, "two algs": `{"alg":"none","alg":"HS256","kid":"` + testID + `"}`,
		"no kid": `{"alg":"HS256"}`, "empty kid": `{"alg":"HS256","kid":""}`, "odd kid": `{"alg":"HS256","kid":1}`,
		"critical": head + `,"crit":["x"],"x":1}`, "empty critical": head + `,"crit":[]}`, "b64": head + `,"crit":["b64"],"b64":false}`, "zip": head + `,"zip":"DEF"}`,
		"own key": head + `,"jwk":{"kty":"oct","k":"AA"}}`, "key URL": head + `,"jku":"https://example.net"}`, "certificate": head + `,"x5c":[]}`,
		"array": `[]`, "garbage": `x`, "huge": head + `,"x":"` + strings.Repeat("x", maxHeader) + `"}`,
	} {
		_, err := v.VerifyLogin(forge(t, header, good))
		wantError(t, name, err, ErrMalformed)
	}
	_, err := v.VerifyLogin(b64(`{"alg":"none","kid":"`+testID+`"}`) + "." + b64(good) + ".")
	wantError(t, "unsigned", err, ErrMalformed)
	_, err = v.VerifyLogin(forge(t, `{"alg":"HS256","kid":"other"}`, good))
	wantError(t, "unknown kid", err, ErrUnknownKey)
	_, err = v.VerifyLogin(strings.Repeat("x", maxToken+1))
	wantError(t, "long", err, ErrMalformed)
	at := func(seconds int64) string { return fmt.Sprintf(`{"sub":"a","exp":%d}`, seconds) }
	for name, test := range map[string]struct {
		payload string
		want    error
	}{
		"no exp": {`{"sub":"a"}`, ErrMalformed}, "null exp": {`{"sub":"a","exp":null}`, ErrMalformed}, "text exp": {`{"sub":"a","exp":"1"}`, ErrMalformed},
		"milliseconds": {at(soon.UnixMilli()), ErrMalformed}, "expired": {at(noon.Unix() - 31), ErrExpired}, "in the tolerance": {at(noon.Unix() - 29), nil},
		"a week": {at(noon.Add(MaxLifetime).Unix()), nil}, "more": {at(noon.Add(MaxLifetime).Unix() + 31), ErrPremature},
		"fraction": {fmt.Sprintf(`{"sub":"a","exp":%d.5}`, soon.Unix()), nil}, "twice": {`{"sub":"a","sub":"b","exp":1}`, ErrMalformed},
		"odd sub": {fmt.Sprintf(`{"sub":1,"exp":%d}`, soon.Unix()), ErrMalformed}, "empty sub": {fmt.Sprintf(`{"sub":"","exp":%d}`, soon.Unix()), ErrScope},
		"odd scopes": {fmt.Sprintf(`{"sub":"a","scopes":"channel:c","exp":%d}`, soon.Unix()), ErrMalformed}, "odd scope": {fmt.Sprintf(`{"sub":"a","scopes":[1],"exp":%d}`, soon.Unix()), ErrMalformed},
		"not yet": {fmt.Sprintf(`{"sub":"a","exp":%d,"nbf":%d}`, soon.Unix(), noon.Unix()+31), ErrPremature}, "just now": {fmt.Sprintf(`{"sub":"a","exp":%d,"nbf":%d}`, soon.Unix(), noon.Unix()+29), nil},
		"odd nbf": {fmt.Sprintf(`{"sub":"a","exp":%d,"nbf":"x"}`, soon.Unix()), ErrMalformed}, "array": {`[]`, ErrMalformed}, "garbage": {`x`, ErrMalformed},
	} {
		_, err := v.VerifyLogin(forge(t, head+`}`, test.payload))
		wantError(t, name, err, test.want)
	}
	evil := must[string](t)(testJWTKey(t, evilSecret).Sign(soon, bothClaims, At(noon)))
	_, err = v.VerifyLogin(evil)
	wantError(t, "another secret", err, ErrMismatch)
	zero := must[string](t)(must[*JWTKey](t)(NewJWTKey(testID, make([]byte, 32))).Sign(soon, bothClaims, At(noon)))
	_, err = new(Verifier).VerifyLogin(zero)
	wantError(t, "no keys", err, ErrUnknownKey)
}

// encrypted makes a JWE that this package wouldn't.
func encrypted(t *testing.T, enc jose.ContentEncryption, options *jose.EncrypterOptions, payload string) string {
	t.Helper()
	secret := testKey(t, testSecret).secret()
	if enc == jose.A128GCM {
		secret = secret[:16]
	}
	var token string
	// It chooses the nonce itself.
	fips140.WithoutEnforcement(func() {
		encrypter := must[jose.Encrypter](t)(jose.NewEncrypter(enc, jose.Recipient{Algorithm: jose.DIRECT, Key: secret, KeyID: testID}, options))
		token = must[string](t)(must[*jose.JSONWebEncryption](t)(encrypter.Encrypt([]byte(payload))).CompactSerialize())
	})
	return token
}

// Another library can decrypt what this one has encrypted.
func TestEncryptedForOthers(t *testing.T) {
	token := must[string](t)(testJWTKey(t, testSecret).Encrypt(soon, Map{"a": 1}, At(noon)))
	parsed := must[*jose.JSONWebEncryption](t)(jose.ParseEncryptedCompact(token, []jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{jose.A256GCM}))
	if parsed.Header.KeyID != testID || parsed.Header.ExtraHeaders["typ"] != "JWT" {
		t.Errorf("header %+v", parsed.Header)
	}
	fips140.WithoutEnforcement(func() {
		payload := must[[]byte](t)(parsed.Decrypt(testKey(t, testSecret).secret()))
		if want := fmt.Sprintf(`{"exp":%d,"ninchat.com/metadata":{"a":1}}`, soon.Unix()); string(payload) != want {
			t.Errorf("payload %s", payload)
		}
	})
}

// A JWE that was altered is refused, whatever was altered.
func TestAlteredJWE(t *testing.T) {
	v := newVerifier(t)
	token := must[string](t)(testJWTKey(t, testSecret).Encrypt(soon, Map{"a": 1}, At(noon)))
	if _, err := v.Decrypt(t.Context(), token, ""); err != nil {
		t.Fatal(err)
	}
	for i := range token {
		for _, c := range []byte("A_") {
			altered := token[:i] + string(c) + token[i+1:]
			if _, err := v.Decrypt(t.Context(), altered, ""); err == nil && altered != token {
				t.Errorf("byte %d became %c", i, c)
			}
		}
	}
	pieces := strings.Split(token, ".")
	for name, altered := range map[string][]string{
		"encrypted key": {pieces[0], "AAAA", pieces[2], pieces[3], pieces[4]},
		"short nonce":   {pieces[0], "", pieces[2][:8], pieces[3], pieces[4]},
		"moved bytes":   {pieces[0], "", pieces[2] + pieces[3][:4], pieces[3][4:], pieces[4]},
		"short tag":     {pieces[0], "", pieces[2], pieces[3], pieces[4][:8]},
		"nothing":       {pieces[0], "", "", "", ""},
	} {
		refused(t, v, name, strings.Join(altered, "."), "", ErrMalformed)
	}
}

func TestEncryptedTokensAreRefused(t *testing.T) {
	v := newVerifier(t)
	exp := fmt.Sprint(soon.Unix())
	good := `{"exp":` + exp + `,"ninchat.com/metadata":{"a":1}}`
	if m, err := v.Decrypt(t.Context(), encrypted(t, jose.A256GCM, nil, good), ""); err != nil || string(m.JSON) != `{"a":1}` {
		t.Fatal(m, err)
	}
	refused(t, v, "compressed", encrypted(t, jose.A256GCM, &jose.EncrypterOptions{Compression: jose.DEFLATE}, good), "", ErrMalformed)
	bomb := `{"exp":` + exp + `,"ninchat.com/metadata":{"a":"` + strings.Repeat("a", 1<<20) + `"}}`
	refused(t, v, "huge when decompressed", encrypted(t, jose.A256GCM, &jose.EncrypterOptions{Compression: jose.DEFLATE}, bomb), "", ErrMalformed)
	refused(t, v, "huge", encrypted(t, jose.A256GCM, nil, bomb), "", ErrMalformed)
	refused(t, v, "A128GCM", encrypted(t, jose.A128GCM, nil, good), "", ErrMalformed)
	refused(t, v, "critical", encrypted(t, jose.A256GCM, new(jose.EncrypterOptions).WithHeader("crit", []string{"exp"}), good), "", ErrMalformed)
	for _, payload := range []string{
		`{}`, `[]`, `x`, `{"exp":` + exp + `}`, `{"exp":` + exp + `,"ninchat.com/metadata":[]}`, `{"exp":` + exp + `,"ninchat.com/metadata":null}`, `{"ninchat.com/metadata":{}}`,
		`{"exp":` + exp + `,"ninchat.com/metadata":{},"preferred_username":1}`, `{"exp":` + exp + `,"ninchat.com/metadata":{"a":1,"a":2}}`,
	} {
		refused(t, v, payload, encrypted(t, jose.A256GCM, nil, payload), "", ErrMalformed)
	}
	// A signed token isn't encrypted metadata, and the other way round.
	signed := must[string](t)(testJWTKey(t, testSecret).Sign(soon, bothClaims, At(noon)))
	refused(t, v, "signed token", signed, "", ErrMalformed)
	_, err := v.VerifyLogin(encrypted(t, jose.A256GCM, nil, good))
	wantError(t, "encrypted token", err, ErrMalformed)
	long := must[*JWTKey](t)(NewJWTKey(testID, make([]byte, 64)))
	_, err = long.Encrypt(soon, nil, At(noon))
	wantError(t, "long secret", err, ErrKey)
	v.JWTKeys = func(string) *JWTKey { return long }
	refused(t, v, "key with a long secret", encrypted(t, jose.A256GCM, nil, good), "", ErrUnknownKey)
	for name, value := range map[string]any{"array": []any{}, "text": "a", "number": 1} {
		_, err := testJWTKey(t, testSecret).Encrypt(soon, value, At(noon))
		wantError(t, name, err, ErrValue)
	}
	token := must[string](t)(testJWTKey(t, testSecret).Encrypt(soon, nil, At(noon)))
	if m, err := newVerifier(t).Decrypt(t.Context(), token, "anybody"); err != nil || string(m.JSON) != "{}" {
		t.Error(m, err)
	}
}
